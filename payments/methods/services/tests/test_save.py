"""Saving a method: consent first, then the gateway's objects, whatever becomes of their answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.calls.models import GatewayCall
from config.kernel.errors import NotFound
from payments.charges.services.start import GatewayDown, GatewayNotOffered, OutcomeUnknown
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.services.follow import follow_up
from payments.methods.services.save import ConsentMissing, SetupRefused, TooManySetups, go_on
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS, SETUPS = "/v1/customers", "/v1/setup_intents"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def method() -> SavedMethod:
    return SavedMethod.objects.get()


class TestStart:
    def test_gives_the_browser_what_it_needs_and_says_nothing_of_the_person(self, wallet: Wallet) -> None:
        started = wallet.start()
        assert started.client_secret.startswith(f"{started.setup.gateway_setup_id}_secret")
        assert started.setup.status == "pending"
        assert (started.setup.consent_version, started.setup.consented_at) == ("2026-01", wallet.world.at)
        (customer,) = wallet.world.sandbox.control.get("objects", kind="customer")["objects"]
        row = GatewayCustomer.objects.get()
        assert customer["body"]["metadata"]["customer"] == row.public_id
        assert (customer["body"]["email"], customer["body"]["name"]) == (None, None)
        assert row.gateway_customer_id == customer["body"]["id"]
        assert {call.status for call in GatewayCall.objects.all()} == {"succeeded"}

    def test_again_goes_on_with_the_same_customer(self, wallet: Wallet) -> None:
        first, second = wallet.start().setup, wallet.start().setup
        assert first.customer == second.customer
        assert wallet.world.requests("POST", CUSTOMERS) == 1

    def test_without_consent_nothing_is_asked(self, wallet: Wallet) -> None:
        before = everything()
        with pytest.raises(ConsentMissing):
            wallet.start(consents=False)
        assert everything() == before
        assert wallet.world.requests("POST", SETUPS) == 0

    def test_at_no_gateway_is_refused(self, wallet: Wallet) -> None:
        before = everything()
        with pytest.raises(GatewayNotOffered):
            wallet.start(account="nowhere")
        assert everything() == before

    def test_in_place_of_what_is_not_theirs_is_refused(self, wallet: Wallet) -> None:
        theirs = Wallet(wallet.world).save()
        with pytest.raises(NotFound):
            wallet.start(replaces=theirs.public_id)
        assert MethodSetup.objects.count() == 1

    def test_only_so_many_are_open_at_a_time(self, wallet: Wallet) -> None:
        for _ in range(5):
            wallet.start()
        with pytest.raises(TooManySetups):
            wallet.start()
        assert MethodSetup.objects.count() == 5

    @pytest.mark.parametrize("path", [CUSTOMERS, SETUPS])
    def test_a_lost_answer_is_asked_about_and_makes_nothing_twice(self, wallet: Wallet, path: str) -> None:
        wallet.world.lose_answer(path)
        with pytest.raises(OutcomeUnknown):
            wallet.start()
        wallet.world.later(seconds=30)
        wallet.world.work()
        assert {call.status for call in GatewayCall.objects.all()} == {"succeeded"}
        kind = "customer" if path == CUSTOMERS else "setup_intent"
        assert len(wallet.world.sandbox.control.get("objects", kind=kind)["objects"]) == 1
        if path == SETUPS:
            assert go_on(MethodSetup.objects.get(), at=wallet.world.at).client_secret

    @pytest.mark.parametrize("path", [CUSTOMERS, SETUPS])
    def test_a_gateway_that_takes_nothing_now_leaves_the_way_free(self, wallet: Wallet, path: str) -> None:
        wallet.world.fail(path, status=429, code="rate_limit")
        with pytest.raises(GatewayDown):
            wallet.start()
        assert wallet.start().client_secret

    def test_what_the_gateway_refuses_is_over(self, wallet: Wallet) -> None:
        wallet.start()
        wallet.world.fail(SETUPS, status=400, code="parameter_invalid")
        with pytest.raises(SetupRefused):
            wallet.start()
        assert list(MethodSetup.objects.order_by("pk").values_list("status", flat=True)) == ["pending", "cancelled"]


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

    def test_who_comes_back_before_we_are_told_is_not_told_to_wait(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        follow_up(setup=setup, actor=wallet.person.actor, at=wallet.world.at)
        assert not SavedMethod.objects.exists()
        wallet.confirm(setup)
        follow_up(setup=setup, actor=wallet.person.actor, at=wallet.world.at)
        before = everything()
        assert method().status == "active"
        wallet.world.hear()
        after = everything()
        assert {name: after[name] for name in ("SavedMethod", "MethodSetup")} == {
            name: before[name] for name in ("SavedMethod", "MethodSetup")
        }

    def test_a_setup_that_was_never_made_is_given_up_after_a_day(self, wallet: Wallet) -> None:
        wallet.start()
        wallet.world.refuse(SETUPS, times=1)
        with pytest.raises(OutcomeUnknown):
            wallet.start()
        for _ in range(3):
            wallet.world.later(hours=25)
            wallet.world.work()
        assert GatewayCall.objects.latest("pk").status == "not_executed"
        last = MethodSetup.objects.latest("pk")
        assert (last.status, last.ended_at is not None) == ("cancelled", True)
        assert wallet.world.at - last.created_at < timedelta(days=7)
