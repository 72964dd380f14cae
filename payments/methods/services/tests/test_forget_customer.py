"""The gateway forgets a person: nothing of theirs is charged any more, and somebody must erase them here."""

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
