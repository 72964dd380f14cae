"""Events about our own account at Stripe: payouts to our bank are settlements, invoices lead to payments of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.kernel.money import Money
from payments.charges.models import Payment
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.outflows.models import Outflow
from payments.settlements.models import Settlement
from payments.tests.walking import everything
from payments.webhooks.tests.answering import Answers, answering
from payments.webhooks.tests.recorded import JSON, OWN, Ids, intent_behind, outcome_of, read, seed

pytestmark = pytest.mark.django_db(transaction=True)
SHAPES = pytest.mark.parametrize("shape", ["old", "new"])
STATES = {"payout.created": "pending", "payout.updated": "in_transit", "payout.paid": "paid", "payout.failed": "failed",
          "payout.canceled": "canceled", "payout.reconciliation_completed": "paid"}  # fmt: skip


@pytest.fixture
def answers(settings: Any) -> Iterator[Answers]:
    with answering() as given:
        account = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], api_base=given.api_base)
        settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "stripe": account}
        yield given


def payout(kind: str, *, shape: str = "new", **changes: Any) -> JSON:
    event = read(OWN / f"payout.paid__{shape}.json")
    obj = {**event["data"]["object"], "status": STATES[kind], **changes}
    return {**event, "id": f"evt_{kind}_{json.dumps(changes)}", "type": kind, "data": {"object": obj}}


def where_it_is() -> tuple[str, int, int]:
    """(the settlement's status, what is settling, what the gateway holds), in minor units."""
    (row,) = Settlement.objects.all()
    return row.status, balance_minor("settling", currency="USD"), balance_minor("clearing", currency="USD")


class TestPayout:
    @SHAPES
    def test_takes_its_money_out_of_the_gateways_hands(self, shape: str) -> None:
        assert outcome_of(payout("payout.created", shape=shape)) == "processed"
        assert where_it_is() == ("announced", 7_350, -7_350)
        outcome_of(payout("payout.paid", shape=shape))
        assert where_it_is() == ("paid", 7_350, -7_350)  # what the bank has is booked by its statement
        row = Settlement.objects.get()
        assert (row.reference, row.expected_at is not None) == ("TRACE0000000001" if shape == "new" else "", True)

    @SHAPES
    def test_whose_lines_are_known_is_where_it_was(self, shape: str) -> None:
        event = read(OWN / f"payout.reconciliation_completed__{shape}.json")
        assert outcome_of(event) == "processed"
        assert where_it_is() == ("paid", 7_350, -7_350)
        before = everything()
        assert outcome_of(payout("payout.paid", shape=shape)) == "processed"
        assert everything() == before

    @pytest.mark.parametrize(("kind", "status"), [("payout.failed", "failed"), ("payout.canceled", "cancelled")])
    def test_that_comes_to_nothing_gives_it_back(self, kind: str, status: str) -> None:
        outcome_of(payout("payout.created"))
        outcome_of(payout(kind, failure_code="account_closed"))
        assert where_it_is() == (status, 0, 0)
        assert Settlement.objects.get().failure_code == "account_closed"

    def test_may_fail_after_it_was_paid(self) -> None:
        outcome_of(payout("payout.paid"))
        outcome_of(payout("payout.failed", failure_code="could_not_process"))
        assert where_it_is() == ("failed", 0, 0)

    @pytest.mark.parametrize(
        "order", list(permutations(["payout.created", "payout.updated", "payout.paid", "payout.failed"]))
    )
    def test_in_any_order_and_twice_comes_to_the_same(self, order: tuple[str, ...]) -> None:
        for kind in order:
            outcome_of(payout(kind))
            outcome_of({**payout(kind), "id": f"evt_again_{kind}"})
        assert where_it_is() == ("failed", 0, 0)
        assert LedgerEntry.objects.count() == 2

    def test_below_zero_is_a_debit_from_our_bank(self) -> None:
        outcome_of(payout("payout.created", amount=-500))
        assert where_it_is() == ("announced", -500, 500)

    def test_of_a_sellers_account_is_theirs(self) -> None:
        before = everything()
        assert outcome_of({**payout("payout.paid"), "account": "acct_of_a_seller"}) == "foreign"
        assert everything() == before

    @pytest.mark.parametrize(
        "broken", [{"status": "lost"}, {"amount": "7350"}, {"amount": None}, {"arrival_date": "soon"}]
    )
    def test_that_nobody_can_read_waits_for_a_person(self, broken: dict[str, Any]) -> None:
        event = payout("payout.paid")
        event["data"]["object"].update(broken)
        assert outcome_of(event) == "dead"
        assert not Settlement.objects.exists()


def transfer(kind: str, *, shape: str = "new", **changes: Any) -> JSON:
    event = read(OWN / f"{kind}__{shape}.json")
    event["data"]["object"] |= {"id": "tr_1", **changes}
    return {**event, "id": f"evt_{kind}_{json.dumps(changes)}"}


def unexplained() -> tuple[str, int, int]:
    """(the outflow's status, what stands in suspense, what the gateway holds), in minor units."""
    (row,) = Outflow.objects.all()
    return row.status, balance_minor("suspense", currency="USD"), balance_minor("clearing", currency="USD")


class TestTransfer:
    @SHAPES
    def test_that_nobody_here_made_is_unexplained_until_it_is_reversed(self, shape: str) -> None:
        assert outcome_of(transfer("transfer.created", shape=shape)) == "processed"
        assert unexplained() == ("open", 7_350, -7_350)
        assert Outflow.objects.get().destination == "acct_SomebodyElse00001"
        outcome_of(transfer("transfer.updated", shape=shape))
        assert unexplained() == ("open", 5_000, -5_000)
        outcome_of(transfer("transfer.reversed", shape=shape))
        assert unexplained() == ("returned", 0, 0)

    @pytest.mark.parametrize("order", list(permutations(["transfer.created", "transfer.updated", "transfer.reversed"])))
    def test_in_any_order_and_twice_comes_to_the_same(self, order: tuple[str, ...]) -> None:
        for kind in order:
            outcome_of(transfer(kind))
            outcome_of({**transfer(kind), "id": f"evt_again_{kind}"})
        assert unexplained() == ("returned", 0, 0)

    def test_of_a_sellers_account_is_theirs(self) -> None:
        before = everything()
        assert outcome_of({**transfer("transfer.created"), "account": "acct_of_a_seller"}) == "foreign"
        assert everything() == before

    @pytest.mark.parametrize("broken", [{"amount": "7350"}, {"amount": None}, {"created": "soon"}, {"livemode": 1}])
    def test_that_nobody_can_read_waits_for_a_person(self, broken: dict[str, Any]) -> None:
        event = transfer("transfer.created")
        event["data"]["object"].update(broken)
        assert outcome_of(event) == "dead"
        assert not Outflow.objects.exists()


class TestInvoice:
    def ids(self, event: JSON) -> Ids:
        obj = event["data"]["object"]
        intent = obj.get("payment_intent") or obj["payments"]["data"][0]["payment"]["payment_intent"]
        return Ids(payment=intent, session="", charge="ch_behind", amount=Money(7_350, "USD"))

    @SHAPES
    def test_that_a_payment_of_ours_settles_brings_its_capture(self, answers: Answers, shape: str) -> None:
        event = read(OWN / f"invoice.paid__{shape}.json")
        ids = self.ids(event)
        intent = {**event, "type": "payment_intent.succeeded", "data": {"object": {
            "id": ids.payment, "object": "payment_intent", "amount": 7_350, "currency": "usd"}}}  # fmt: skip
        payment = seed(intent)
        answers[f"/v1/payment_intents/{ids.payment}"] = intent_behind(intent, ids)
        assert outcome_of(event) == "processed"
        assert Payment.objects.get(pk=payment.pk).captured_minor == 7_350

    @SHAPES
    def test_whose_payment_failed_brings_what_became_of_it(self, answers: Answers, shape: str) -> None:
        event = read(OWN / f"invoice.payment_failed__{shape}.json")
        ids = self.ids(event)
        intent = {**event, "type": "async_payment_failed", "data": {"object": {
            "id": ids.payment, "object": "payment_intent", "amount": 7_350, "currency": "usd"}}}  # fmt: skip
        payment = seed(intent)
        answers[f"/v1/payment_intents/{ids.payment}"] = intent_behind(intent, ids)
        assert outcome_of(event) == "processed"
        payment.refresh_from_db()
        assert (payment.status, payment.captured_minor, payment.failure_code) == (
            "failed", 0, "payment_intent_payment_attempt_failed"
        )  # fmt: skip

    @SHAPES
    def test_of_somebody_else_is_foreign(self, answers: Answers, shape: str) -> None:
        event = read(OWN / f"invoice.paid__{shape}.json")
        ids = self.ids(event)
        answers[f"/v1/payment_intents/{ids.payment}"] = intent_behind(event, ids)
        before = everything()
        assert outcome_of(event) == "foreign"
        assert everything() == before

    def test_without_a_payment_is_foreign_and_nobody_is_asked(self) -> None:
        event = read(OWN / "invoice.paid__old.json")
        event["data"]["object"]["payment_intent"] = None
        assert outcome_of(event) == "foreign"
