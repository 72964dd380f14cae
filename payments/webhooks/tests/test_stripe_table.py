"""The table: what each recorded event must lead to, over our own fixtures always, and over others' where they lie."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from config.inbox.models import WebhookEvent, WebhookRejection
from payments.charges.models import GatewayTransaction, Payment
from payments.disputes.models import Dispute
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.tests.walking import everything
from payments.tests.world import post_event
from payments.webhooks.stripe import TRANSLATIONS
from payments.webhooks.stripe_methods import TRANSLATIONS as METHODS
from payments.webhooks.tests.answering import Answers, answering
from payments.webhooks.tests.recorded import (
    SHARED,
    ids_of,
    intent_behind,
    marked,
    outcome_of,
    own_files,
    read,
    seed,
    teach,
)

pytestmark = pytest.mark.django_db
Effect = Callable[[Payment], bool]


def captured(payment: Payment) -> bool:
    order = payment.order
    return (payment.status, payment.captured_minor, order.status, order.applied_minor) == (
        "captured", payment.amount_minor, "paid", payment.amount_minor
    )  # fmt: skip


def stands_at(status: str, *, is_processing: bool = False) -> Effect:
    def holds(payment: Payment) -> bool:
        found = payment.status, payment.is_processing, payment.captured_minor, payment.order.status
        return found == (status, is_processing, 0, "pending_payment")

    return holds


def charged_a_fee(payment: Payment) -> bool:
    kept = GatewayTransaction.objects.filter(type="charge").count()
    return captured(payment) and kept == 1 and balance_minor("gateway_fees", currency=payment.currency) == 50


def refunded(payment: Payment) -> bool:
    (refund,) = Refund.objects.filter(payment=payment)
    given = (refund.status, refund.cause, payment.refunded_minor)
    return given == ("succeeded", "external", refund.amount_minor)


def came_to_nothing(payment: Payment) -> bool:
    (refund,) = Refund.objects.filter(payment=payment)
    held = -balance_minor("escrow", currency=payment.currency)
    return (refund.status, payment.refunded_minor, held) == ("cancelled", 0, payment.amount_minor)


def disputed(payment: Payment) -> bool:
    """Undecided, or not yet heard of as decided: the money stands still, and what is away is booked as away."""
    (dispute,) = Dispute.objects.filter(payment=payment)
    (hold,) = payment.holds.all()
    away = balance_minor("withdrawn", currency=payment.currency)
    is_open = dispute.status in ("inquiry", "needs_response", "under_review")
    return dispute.withdrawn_minor == away and hold.status == ("frozen" if is_open else "held")


def withdrawn(payment: Payment) -> bool:
    return disputed(payment) and balance_minor("withdrawn", currency=payment.currency) == payment.amount_minor


def decided(payment: Payment) -> bool:
    (dispute,) = Dispute.objects.filter(payment=payment)
    (hold,) = payment.holds.all()
    ends = {"won": ("held", 0), "lost": ("returned", payment.amount_minor)}
    return (hold.status, hold.lost_minor) == ends[dispute.status] and dispute.closed_at is not None


# Type → what an event of it does to the payment that it is about.
APPLIED: dict[str, Effect] = {
    "checkout.session.completed": captured,
    "checkout.session.expired": stands_at("expired"),
    "checkout.session.async_payment_succeeded": captured,
    "checkout.session.async_payment_failed": stands_at("failed"),
    "payment_intent.succeeded": captured,
    "payment_intent.payment_failed": stands_at("failed"),
    "payment_intent.canceled": stands_at("cancelled"),
    "payment_intent.processing": stands_at("pending", is_processing=True),
    "payment_intent.requires_action": stands_at("pending"),
    "payment_intent.amount_capturable_updated": stands_at("authorized"),
    "charge.succeeded": captured,
    "charge.captured": captured,
    "charge.updated": charged_a_fee,
    "charge.expired": stands_at("cancelled"),
    "charge.refunded": refunded,
    "charge.refund.updated": refunded,
    "refund.created": refunded,
    "refund.updated": refunded,
    "refund.failed": came_to_nothing,
    "charge.dispute.created": disputed,
    "charge.dispute.updated": disputed,
    "charge.dispute.funds_withdrawn": withdrawn,
    "charge.dispute.funds_reinstated": disputed,
    "charge.dispute.closed": decided,
}
# How many events may end in each class, so that none slips from one into another unseen.
OWN_CEILING = {"processed": 58, "ignored": 3, "foreign": 4}
SHARED_CEILING = {"processed": 22, "ignored": 66, "foreign": 10}


@pytest.fixture
def answers(settings: Any) -> Iterator[Answers]:
    with answering() as given:
        account = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], api_base=given.api_base)
        settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "stripe": account}
        yield given


# What is about no payment of ours alone has tests of its own: test_stripe_account.py, test_stripe_methods.py
# and test_stripe_reviews.py.
NOT_PAYMENTS = ("payout.", "transfer.", "invoice.", "review.", "radar.")
ELSEWHERE = {kind for kind in TRANSLATIONS if kind.startswith(NOT_PAYMENTS)} | set(METHODS)
OF_PAYMENTS = set(TRANSLATIONS) - ELSEWHERE


def is_about_money(event: dict[str, Any]) -> bool:
    obj = event["data"]["object"]
    return event["type"] in OF_PAYMENTS and obj.get("mode", "payment") == "payment"


FILES = own_files()
HANDLED = [path for path in FILES if is_about_money(read(path))]


def named(paths: list[Path]) -> Any:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


class TestOwnFixtures:
    def test_there_is_one_of_the_old_and_one_of_the_new_shape_for_every_type(self) -> None:
        kinds = {(read(path)["type"], path.stem.rpartition("__")[2]) for path in HANDLED}
        # `charge.refund.updated` is what endpoints of before 2024 call `refund.updated`.
        assert kinds == {(kind, shape) for kind in OF_PAYMENTS for shape in ("old", "new")} - {
            ("charge.refund.updated", "new")
        }

    def test_the_table_has_every_type(self) -> None:
        assert set(APPLIED) == OF_PAYMENTS

    def test_no_class_has_more_than_its_share(self, answers: Answers) -> None:
        assert tally(FILES, answers) == OWN_CEILING

    @named(HANDLED)
    def test_about_a_payment_of_ours_is_applied(self, answers: Answers, path: Path) -> None:
        event = read(path)
        payment = seed(event)
        teach(answers, event)
        assert outcome_of(event) == "processed"
        payment = Payment.objects.select_related("order").get(pk=payment.pk)
        assert APPLIED[event["type"]](payment), everything()

    @named(HANDLED)
    def test_twice_is_once(self, answers: Answers, path: Path) -> None:
        event = read(path)
        seed(event)
        teach(answers, event)
        outcome_of(event)
        before = everything()
        assert post_event(event).json() == {"received": True, "duplicate": True}
        again = {**event, "id": "evt_the_same_told_again"}
        assert outcome_of(again) == "processed"
        assert everything() == before

    @named(HANDLED)
    def test_about_somebody_elses_object_is_foreign(self, answers: Answers, path: Path) -> None:
        event = read(path)
        teach(answers, event)
        before = everything()
        assert outcome_of(event) == "foreign"
        assert everything() == before

    @named(HANDLED)
    def test_of_another_account_is_foreign(self, answers: Answers, path: Path) -> None:
        event = read(path)
        seed(event)
        teach(answers, event)
        before = everything()
        assert outcome_of({**event, "account": "acct_of_somebody"}) == "foreign"
        assert everything() == before

    @named(HANDLED)
    def test_with_our_mark_and_no_row_is_parked(self, answers: Answers, path: Path) -> None:
        event = marked(read(path))
        teach(answers, event)
        before = everything()
        assert outcome_of(event) == "parked"
        (mark,) = event["data"]["object"]["metadata"].values()
        assert WebhookEvent.objects.get().wake_key == mark
        assert everything() == before

    @named(HANDLED)
    def test_with_somebody_elses_metadata_under_our_names_is_foreign(self, answers: Answers, path: Path) -> None:
        event = marked(read(path))
        event["data"]["object"]["metadata"] = {"payment": "4711", "refund": "yes", "order": "A-17"}
        teach(answers, event)
        assert outcome_of(event) == "foreign"

    @named(FILES)
    def test_of_the_other_mode_is_rejected(self, answers: Answers, path: Path) -> None:
        event = {**read(path), "livemode": True}
        assert outcome_of(event) == "rejected"
        assert not WebhookEvent.objects.exists()
        assert WebhookRejection.objects.get().reason == "wrong_livemode"

    @named([path for path in FILES if path not in HANDLED and read(path)["type"] not in ELSEWHERE])
    def test_of_a_kind_that_we_do_not_handle_is_kept_and_ignored(self, answers: Answers, path: Path) -> None:
        event = read(path)
        before = everything()
        assert outcome_of(event) == "ignored"
        assert bytes(WebhookEvent.objects.get().body or b"")
        assert everything() == before


class TestRecordedSamples:
    def test_of_others_lead_where_the_table_says(self, answers: Answers) -> None:
        """Over whatever lies beside the checkout; where nothing does, our own fixtures have said it all."""
        paths = [path for path in sorted(SHARED.glob("*.json")) if read(path)["data"]["object"].get("id")]
        # One recording of 2013 is about a dispute without an id: nobody can say which it is.
        for outcome, count in tally(paths, answers).items():
            assert count <= SHARED_CEILING.get(outcome, 0), outcome


def tally(paths: list[Path], answers: Answers) -> dict[str, int]:
    """Counts the classes, each event over rows of its own, and proves the effect of those that are applied."""
    found: Counter[str] = Counter()
    for path in paths:
        event = read(path)
        # A savepoint, not a block: for the gateway's guard a block would be a transaction of ours.
        before = transaction.savepoint()
        answers.clear()
        payment = None
        if is_about_money(event):
            payment = seed(event)
            teach(answers, event)
        outcome = outcome_of(event)
        found[outcome] += 1
        if payment is not None:
            payment = Payment.objects.select_related("order").get(pk=payment.pk)
            assert outcome == "processed", (path.name, WebhookEvent.objects.get().last_error)
            assert APPLIED[event["type"]](payment), (path.name, json.dumps(everything(), default=str))
        transaction.savepoint_rollback(before)
    return dict(found)


def test_the_gateway_that_answers_says_what_the_event_says() -> None:
    """The helper is no oracle: it repeats the event's own ids and amounts."""
    for path in HANDLED:
        event = read(path)
        ids = ids_of(event)
        behind = intent_behind(event, ids)
        assert (behind["id"], behind["amount"]) == (ids.payment, ids.amount.amount_minor)
