"""What a gateway tells of setups, methods and customers: in any order, told twice or late, it comes to the same."""

from __future__ import annotations

import pytest

from config.erasure.models import ErasureRequest
from config.inbox.models import WebhookEvent
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def delete(wallet: Wallet) -> None:
    customer = GatewayCustomer.objects.get(person=wallet.person, deleted_at=None)
    wallet.control(f"customers/{customer.gateway_customer_id}/delete")


def method() -> SavedMethod:
    return SavedMethod.objects.get()


class TestHear:
    def test_what_is_saved_is_a_method_with_its_consent(self, wallet: Wallet) -> None:
        saved = wallet.save()
        assert (saved.person, saved.status, saved.is_default) == (wallet.person, "active", True)
        assert (saved.kind, saved.network, saved.last4) == ("card", "visa", "4242")
        assert (saved.expiry_month, saved.expiry_year) == (12, 2034)
        assert (saved.consent_version, saved.consented_at) == ("2026-01", saved.setup.consented_at)
        assert MethodSetup.objects.get().status == "succeeded"

    def test_of_an_indian_card_only_four_digits_stay(self, wallet: Wallet) -> None:
        saved = wallet.save("pm_card_in")
        assert (saved.last4, saved.network, saved.expiry_month, saved.expiry_year) == ("0008", "", None, None)

    def test_the_first_is_the_default_and_no_other(self, wallet: Wallet) -> None:
        first, second = wallet.save(), wallet.save("pm_card_mastercard")
        assert (first.is_default, second.is_default) == (True, False)
        assert Wallet(wallet.world).save().is_default

    def test_in_any_order_and_told_twice_it_is_the_same(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup, "pm_card_chargeDeclinedLostCard")
        wallet.confirm(setup, "pm_card_threeDSecureRequired")
        wallet.authenticate(setup)
        events = wallet.world.new_events()
        kinds = {event["type"] for event in events}
        assert {"setup_intent.setup_failed", "setup_intent.requires_action", "setup_intent.succeeded",
                "payment_method.attached"} <= kinds  # fmt: skip
        wallet.world.hear(list(reversed(events)))
        assert (method().status, MethodSetup.objects.get().status) == ("active", "succeeded")
        before = everything()
        wallet.world.hear([{**event, "id": f"{event['id']}_again"} for event in events])
        assert everything() == before

    def test_one_that_is_gone_again_before_we_hear_of_it_is_never_chargeable(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        method_id = wallet.confirm(setup)["object"]["payment_method"]
        wallet.control(f"payment_methods/{method_id}/detach")
        wallet.world.hear(list(reversed(wallet.world.new_events())))
        assert (method().status, method().is_default) == ("detached", False)

    def test_a_bank_that_says_no_leaves_it_open(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup, "pm_card_chargeDeclinedLostCard")
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code) == ("failed", "lost_card")
        wallet.confirm(setup)
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code) == ("succeeded", "")

    def test_a_method_that_came_without_a_setup_of_ours_is_nobodys(self, wallet: Wallet) -> None:
        customer = wallet.start().setup.customer.gateway_customer_id
        wallet.control(f"customers/{customer}/save")
        wallet.world.hear()
        assert not SavedMethod.objects.exists()

    def test_what_replaces_another_takes_its_place(self, wallet: Wallet) -> None:
        old = wallet.save()
        new = wallet.save("pm_card_mastercard", replaces=old.public_id)
        old.refresh_from_db()
        assert (new.is_default, old.is_default) == (True, False)
        assert old.status == "detached"  # and the gateway has forgotten it
        assert wallet.at_gateway(old)["customer"] is None


class TestAtTheGateway:
    def test_detached_there_it_is_detached_here(self, wallet: Wallet) -> None:
        method = wallet.save()
        wallet.control(f"payment_methods/{method.gateway_method_id}/detach")
        wallet.world.hear()
        method.refresh_from_db()
        assert (method.status, method.is_default) == ("detached", False)

    @pytest.mark.parametrize("backwards", [False, True])
    def test_a_new_card_is_known_by_its_new_digits_in_any_order(self, wallet: Wallet, backwards: bool) -> None:
        method = wallet.save()
        place = f"payment_methods/{method.gateway_method_id}/renew"
        wallet.control(place, exp_month=1, exp_year=2040, last4="1881")
        wallet.control(place, exp_month=2, exp_year=2041, last4="1005")
        events = wallet.world.new_events()
        wallet.world.hear(list(reversed(events)) if backwards else events)
        method.refresh_from_db()
        assert (method.last4, method.expiry_month, method.expiry_year) == ("1005", 2, 2041)


class TestCustomerDeleted:
    def test_methods_are_detached_at_once_and_an_erasure_is_requested(self, wallet: Wallet) -> None:
        method, other = wallet.save(), Wallet(wallet.world).save()
        setup = wallet.start().setup
        delete(wallet)
        wallet.world.hear()
        for row in (method, other, setup):
            row.refresh_from_db()
        assert (method.status, method.is_default, other.status) == ("detached", False, "active")
        assert (setup.status, setup.failure_code) == ("cancelled", "customer_deleted")
        request = ErasureRequest.objects.get()
        assert (request.person, request.status, request.cause) == (wallet.person, "open", "customer.deleted")
        event = WebhookEvent.objects.get(type="customer.deleted")
        assert (event.state, event.concerns) == ("processed", [wallet.person.public_id])

    def test_told_twice_and_late_it_is_once(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup)
        delete(wallet)
        events = wallet.world.new_events()
        wallet.world.hear(list(reversed(events)))
        assert ErasureRequest.objects.count() == 1
        assert not SavedMethod.objects.exclude(status="detached").exists()
        before = everything()
        wallet.world.hear([{**event, "id": f"{event['id']}_again"} for event in events])
        assert everything() == before

    def test_who_comes_back_is_a_new_customer(self, wallet: Wallet) -> None:
        wallet.save()
        delete(wallet)
        wallet.world.hear()
        assert wallet.save().status == "active"
        assert GatewayCustomer.objects.count() == 2
        assert MethodSetup.objects.count() == 2

    def test_somebody_elses_customer_is_foreign(self, wallet: Wallet) -> None:
        wallet.world.sandbox.control.stripe(
            "events", type="customer.deleted", object={"id": "cus_of_nobody", "object": "customer", "livemode": False}
        )
        wallet.world.hear()
        assert WebhookEvent.objects.get().state == "foreign"
        assert not ErasureRequest.objects.exists()
