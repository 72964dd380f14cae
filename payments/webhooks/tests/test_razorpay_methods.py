"""Events of tokens and of the payments that register them: of strangers they change nothing, of ours they only hint."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from config.inbox.models import WebhookEvent
from config.kernel.ids import new_id
from orders.tests.factories import make_user
from payments.charges.models import GatewayAccount
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.tests.razorpay_world import credentials
from payments.tests.walking import everything
from payments.webhooks.razorpay_methods import TRANSLATIONS
from payments.webhooks.tests.answering import Answers, answering
from payments.webhooks.tests.recorded import read
from payments.webhooks.tests.recorded_razorpay import OWN, outcome_of

pytestmark = pytest.mark.django_db
TOKEN, CUSTOMER, ORDER = "token_Own000000001", "cust_Own00000000001", "order_Own0000000001"
# Type → what becomes of a method that was active, once the token is asked for.
APPLIED = {
    "token.confirmed": "active",
    "token.activated": "active",
    "token.resumed": "active",
    "token.expiry_updated": "active",
    "token.paused": "paused",
    "token.suspended": "paused",
    "token.cancellation_initiated": "paused",
    "token.cancelled": "detached",
    "token.rejected": "detached",
    "token.deactivated": "detached",
}


@pytest.fixture(autouse=True)
def answers(settings: Any) -> Iterator[Answers]:
    with answering() as given:
        settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "razorpay": credentials(given.api_base)}
        yield given


def of(kind: str) -> dict[str, Any]:
    event: dict[str, Any] = read(OWN / f"{kind}.json")
    return event


def token_in(event: dict[str, Any]) -> dict[str, Any]:
    entity: dict[str, Any] = event["payload"]["token"]["entity"]
    return entity


def a_setup(**changes: Any) -> MethodSetup:
    at = timezone.now()
    account, _ = GatewayAccount.objects.get_or_create(
        code="razorpay", defaults={"gateway": "razorpay", "livemode": False}
    )
    customer = GatewayCustomer.objects.create(
        person=make_user(), gateway_account=account, gateway_customer_id=CUSTOMER, livemode=False, created_at=at
    )
    given = {"status": "pending", "gateway_setup_id": ORDER} | changes
    return MethodSetup.objects.create(
        customer=customer, gateway_account=account, consent_version="1", consented_at=at, created_at=at, **given
    )


def a_method(status: str = "active") -> SavedMethod:
    at = timezone.now()
    setup = a_setup(status="succeeded", ended_at=at)
    return SavedMethod.objects.create(
        person=setup.customer.person, customer=setup.customer, setup=setup, gateway_account=setup.gateway_account,
        gateway_method_id=f"{TOKEN}/{CUSTOMER}", livemode=False, kind="card", last4="4242", issuer="HDFC",
        status=status, consent_version="1", consented_at=at, created_at=at,
    )  # fmt: skip


def teach(answers: Answers, token: dict[str, Any] | None, *, status: str = "authorized", order: Any = None) -> None:
    """Tells the gateway of the registering order, its payment and the token, as they stand."""
    payment = of("payment.authorized__card")["payload"]["payment"]["entity"] | {
        "id": "pay_Own00000000001", "order_id": ORDER, "status": status, "captured": status == "captured",
        "token_id": TOKEN, "customer_id": CUSTOMER,
    }  # fmt: skip
    answers[f"/v1/orders/{ORDER}"] = order or {
        "id": ORDER, "entity": "order", "amount": 100, "currency": "INR", "receipt": None, "status": "attempted",
        "customer_id": CUSTOMER, "notes": {}, "created_at": 1_790_000_000,
    }  # fmt: skip
    answers[f"/v1/orders/{ORDER}/payments"] = {"entity": "collection", "count": 1, "items": [payment]}
    if token is not None:
        answers[f"/v1/customers/{CUSTOMER}/tokens/{TOKEN}"] = token


def order_of(setup: MethodSetup) -> dict[str, Any]:
    return {
        "id": ORDER, "entity": "order", "amount": 100, "currency": "INR", "receipt": setup.public_id,
        "status": "attempted", "customer_id": CUSTOMER, "created_at": 1_790_000_000,
        "notes": {"setup": setup.public_id, "call": "call_x", "customer": CUSTOMER},
    }  # fmt: skip


def registering(kind: str = "payment.authorized__card") -> dict[str, Any]:
    """An event of the payment that registers the token."""
    event = copy.deepcopy(of(kind))
    event["payload"]["payment"]["entity"] |= {
        "id": "pay_Own00000000001", "order_id": ORDER, "token_id": TOKEN, "customer_id": CUSTOMER, "notes": []
    }  # fmt: skip
    return event


class TestOwnFixtures:
    def test_there_is_one_for_every_type(self) -> None:
        names = {path.stem for path in OWN.glob("token.*.json")} - {"token.service_provider.failed"}
        assert names == set(TRANSLATIONS) == set(APPLIED)

    @pytest.mark.parametrize("kind", APPLIED)
    def test_of_nobodys_token_is_foreign(self, kind: str) -> None:
        before = everything()
        assert outcome_of(of(kind)) == "foreign"
        assert everything() == before

    @pytest.mark.parametrize("kind", APPLIED)
    def test_of_a_saved_method_is_applied(self, answers: Answers, kind: str) -> None:
        method, event = a_method(), of(kind)
        teach(answers, token_in(event))
        assert outcome_of(event) == "processed", WebhookEvent.objects.get().last_error
        method.refresh_from_db()
        assert method.status == APPLIED[kind]
        assert WebhookEvent.objects.get().concerns == [method.person.public_id]

    @pytest.mark.parametrize("kind", APPLIED)
    def test_what_counts_is_the_token_as_it_stands(self, answers: Answers, kind: str) -> None:
        """A late `cancelled` of a mandate that lives changes nothing."""
        method = a_method()
        teach(answers, token_in(of("token.confirmed")) | {"card": {"last4": "4242", "issuer": "HDFC"}})
        before = everything()
        assert outcome_of(of(kind)) == "processed"
        method.refresh_from_db()
        assert method.status == "active"
        assert len(everything()) == len(before)

    def test_a_token_that_is_not_there_any_more_is_forgotten(self, answers: Answers) -> None:
        method = a_method()
        answers["/v1/nothing"] = {}
        assert outcome_of(of("token.cancelled")) == "processed"
        method.refresh_from_db()
        assert method.status == "detached"

    @pytest.mark.parametrize("status", ["expired", "barred"])
    def test_what_is_not_charged_anyway_is_not_resumed(self, answers: Answers, status: str) -> None:
        method = a_method(status)
        teach(answers, token_in(of("token.confirmed")) | {"card": {"last4": "4242", "issuer": "HDFC"}})
        assert outcome_of(of("token.resumed")) == "processed"
        method.refresh_from_db()
        assert method.status == status


class TestRegistering:
    def test_saves_what_the_bank_has_confirmed(self, answers: Answers) -> None:
        setup = a_setup()
        teach(answers, token_in(of("token.resumed")), order=order_of(setup))
        assert outcome_of(registering()) == "processed"
        method = SavedMethod.objects.get()
        assert (method.setup, method.gateway_method_id, method.kind) == (setup, f"{TOKEN}/{CUSTOMER}", "upi")
        assert "buyer" not in str(SavedMethod.objects.values().get())

    def test_waits_for_the_bank_and_is_found_by_the_token(self, answers: Answers) -> None:
        setup = a_setup()
        waiting = token_in(of("token.resumed")) | {"recurring_details": {"status": "initiated"}, "recurring": False}
        teach(answers, waiting, order=order_of(setup))
        assert outcome_of(registering()) == "processed"
        setup.refresh_from_db()
        assert (setup.status, setup.gateway_method_id) == ("pending", f"{TOKEN}/{CUSTOMER}")
        teach(answers, token_in(of("token.resumed")), order=order_of(setup))
        assert outcome_of(of("token.confirmed")) == "processed"
        assert SavedMethod.objects.get().setup == setup

    def test_before_its_order_is_stored_is_found_by_our_mark(self, answers: Answers) -> None:
        setup = a_setup(gateway_setup_id=None, status="created")
        teach(answers, token_in(of("token.resumed")), order=order_of(setup))
        assert outcome_of(registering()) == "processed"
        setup.refresh_from_db()
        assert (setup.gateway_setup_id, setup.status) == (ORDER, "succeeded")

    def test_with_a_mark_of_no_setup_here_is_parked(self, answers: Answers) -> None:
        stranger = MethodSetup(public_id=new_id("set"))
        teach(answers, None, order=order_of(stranger))
        before = everything()
        assert outcome_of(registering()) == "parked"
        assert everything() == before

    def test_with_our_mark_on_another_order_opens_nothing(self, answers: Answers) -> None:
        setup = a_setup(gateway_setup_id="order_Another000001")
        teach(answers, token_in(of("token.resumed")), order=order_of(setup))
        assert outcome_of(registering()) == "foreign"
        assert not SavedMethod.objects.exists()

    def test_of_another_customer_opens_nothing(self, answers: Answers) -> None:
        setup = a_setup()
        other = order_of(setup) | {"customer_id": "cust_Another0000001"}
        teach(answers, token_in(of("token.resumed")), order=other)
        assert outcome_of(registering()) == "foreign"
        assert not SavedMethod.objects.exists()

    def test_of_strangers_is_foreign(self, answers: Answers) -> None:
        teach(answers, token_in(of("token.resumed")))
        before = everything()
        assert outcome_of(registering()) == "foreign"
        assert everything() == before

    @pytest.mark.django_db(transaction=True)
    def test_money_that_was_taken_waits_for_a_person(self, answers: Answers) -> None:
        setup = a_setup()
        teach(answers, token_in(of("token.resumed")), status="captured", order=order_of(setup))
        assert outcome_of(registering("payment.captured__card")) == "dead"
        assert WebhookEvent.objects.get().last_error_code == "setup_was_captured"
        assert not SavedMethod.objects.exists()


def test_fixtures_name_nobody() -> None:
    for path in sorted(Path(OWN).glob("token.*.json")):
        assert "@" not in path.read_text(encoding="utf-8")
