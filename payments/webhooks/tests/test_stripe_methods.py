"""Events of setups, methods and customers: recorded ones of strangers change nothing, and marks alone open nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from config.kernel.ids import new_id
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World
from payments.webhooks.stripe_methods import TRANSLATIONS
from payments.webhooks.tests.recorded import SHARED, outcome_of, read

pytestmark = pytest.mark.django_db(transaction=True)
RECORDED = [path for path in sorted(SHARED.glob("*.json")) if read(path)["type"] in TRANSLATIONS]


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def event(kind: str, obj: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id("evt"), "object": "event", "type": kind, "created": 1_790_000_000, "livemode": False,
        "api_version": "2026-10-28.endive", "data": {"object": obj},
    }  # fmt: skip


def setup_of(wallet: Wallet, **over: Any) -> dict[str, Any]:
    setup = wallet.start().setup
    (found,) = wallet.world.sandbox.control.get("objects", kind="setup_intent")["objects"]
    wallet.confirm(setup)
    wallet.world.delivered.update(each["id"] for each in wallet.world.all_events())
    body: dict[str, Any] = found["body"]
    return body | over


class TestOfStrangers:
    @pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])
    def test_recorded_events_change_nothing(self, world: World, path: Path) -> None:
        before = everything()
        assert outcome_of(read(path)) == "foreign"
        assert everything() == before

    @pytest.mark.parametrize("kind", TRANSLATIONS)
    def test_each_type_is_foreign(self, world: World, kind: str) -> None:
        name = kind.partition(".")[0]
        obj: dict[str, Any] = {"id": "x_of_nobody", "object": name, "livemode": False, "metadata": {}}
        if name == "setup_intent":
            obj |= {"status": "succeeded", "created": 1, "customer": "cus_x", "payment_method": "pm_x"}
        assert outcome_of(event(kind, obj)) == "foreign"


class TestMarks:
    def test_of_a_setup_that_is_not_stored_is_parked(self, wallet: Wallet) -> None:
        body = setup_of(wallet) | {"id": "seti_other", "metadata": {"setup": new_id("set")}}
        assert outcome_of(event("setup_intent.succeeded", body)) == "parked"

    def test_of_ours_on_another_object_open_nothing(self, wallet: Wallet) -> None:
        body = setup_of(wallet, id="seti_other", status="succeeded", payment_method="pm_other")
        assert outcome_of(event("setup_intent.succeeded", body)) == "foreign"
        assert not SavedMethod.objects.exists()

    def test_of_ours_on_another_customers_object_open_nothing(self, wallet: Wallet) -> None:
        body = setup_of(wallet, customer="cus_other", status="succeeded", payment_method="pm_other")
        assert outcome_of(event("setup_intent.succeeded", body)) == "foreign"
        assert not SavedMethod.objects.exists()

    def test_of_ours_on_another_customer_forget_nobody(self, wallet: Wallet) -> None:
        method = wallet.save()
        mark = GatewayCustomer.objects.get().public_id
        body = {"id": "cus_other", "object": "customer", "livemode": False, "metadata": {"customer": mark}}
        assert outcome_of(event("customer.deleted", body)) == "foreign"
        method.refresh_from_db()
        assert method.status == "active"


class TestOfOurs:
    def test_a_saved_method_needs_only_its_setups_event(self, wallet: Wallet) -> None:
        body = setup_of(wallet)
        (found,) = wallet.world.sandbox.control.get("objects", kind="setup_intent")["objects"]
        assert found["body"]["id"] == body["id"]
        assert outcome_of(event("setup_intent.succeeded", found["body"])) == "processed"
        assert SavedMethod.objects.get().setup == MethodSetup.objects.get()
        assert WebhookEvent.objects.latest("pk").concerns == [wallet.person.public_id]

    def test_what_changes_of_a_customer_is_kept_nowhere(self, wallet: Wallet) -> None:
        wallet.save()
        customer = GatewayCustomer.objects.get()
        body = {"id": customer.gateway_customer_id, "object": "customer", "livemode": False, "email": "a@example.com"}
        before = everything()
        assert outcome_of(event("customer.updated", body)) == "processed"
        assert everything() == before
