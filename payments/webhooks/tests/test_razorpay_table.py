"""The table: what each Razorpay event must lead to, over our own fixtures always, and over others' where they lie."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction

from config.inbox.models import WebhookEvent, WebhookRejection
from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.refunds.models import Refund
from payments.tests.razorpay_world import credentials, post_razorpay
from payments.tests.walking import everything
from payments.webhooks import razorpay_methods
from payments.webhooks.razorpay import TRANSLATIONS
from payments.webhooks.tests.answering import Answers, answering
from payments.webhooks.tests.recorded import read
from payments.webhooks.tests.recorded_razorpay import (
    SHARED,
    event_id,
    marked,
    outcome_of,
    own_files,
    paid_by,
    seed,
    teach,
    was_captured,
)
from payments.webhooks.tests.test_stripe_table import Effect, came_to_nothing, captured, refunded, stands_at

pytestmark = pytest.mark.django_db


def disputed(status: str, *, is_taken: bool = False) -> Effect:
    def holds(payment: Payment) -> bool:
        (dispute,) = Dispute.objects.filter(payment=payment)
        return (dispute.status, dispute.withdrawn_minor) == (status, dispute.amount_minor if is_taken else 0)

    return holds


# Type → what an event of it does to the payment that it is about.
APPLIED: dict[str, Effect] = {
    "payment.authorized": stands_at("authorized"),
    "payment.captured": captured,
    "payment.failed": stands_at("failed"),
    "order.paid": captured,
    "refund.created": refunded,
    "refund.processed": refunded,
    "refund.failed": came_to_nothing,
    "refund.speed_changed": refunded,
    "payment.dispute.created": disputed("needs_response"),
    "payment.dispute.under_review": disputed("under_review"),
    "payment.dispute.action_required": disputed("needs_response"),
    "payment.dispute.won": disputed("won"),
    "payment.dispute.lost": disputed("lost", is_taken=True),
    "payment.dispute.closed": disputed("won"),
}
NOT_OF_A_PAYMENT = {"settlement.processed"}
OF_TOKENS = set(razorpay_methods.TRANSLATIONS)  # each is foreign here: test_razorpay_methods has those of ours
# How many events may end in each class, so that none slips from one into another unseen.
OWN_CEILING = {"processed": 29, "foreign": 11, "ignored": 1}
SHARED_CEILING = {"processed": 27, "foreign": 14, "ignored": 72}


@pytest.fixture(autouse=True)
def answers(settings: Any) -> Iterator[Answers]:
    with answering() as given:
        settings.GATEWAY_ACCOUNTS = {**django_settings.GATEWAY_ACCOUNTS, "razorpay": credentials(given.api_base)}
        yield given


def is_handled(event: dict[str, Any]) -> bool:
    return isinstance(event["event"], str) and event["event"] in TRANSLATIONS and "payment" in event["payload"]


def let_go(payment: Payment) -> bool:
    """Razorpay's own refund of what was never captured."""
    return (payment.status, payment.captured_minor, Refund.objects.count()) == ("expired", 0, 0)


def effect_of(event: dict[str, Any]) -> Effect:
    is_release = event["event"].startswith("refund.") and not was_captured(event)
    return let_go if is_release else APPLIED[event["event"]]


FILES = own_files()
HANDLED = [path for path in FILES if is_handled(read(path)) and paid_by(read(path))["order_id"]]


def named(paths: list[Path]) -> Any:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


class TestOwnFixtures:
    def test_there_is_one_for_every_type(self) -> None:
        of_payments = {read(path)["event"] for path in HANDLED}
        assert of_payments == set(APPLIED) == set(TRANSLATIONS) - NOT_OF_A_PAYMENT - OF_TOKENS

    def test_no_class_has_more_than_its_share(self, answers: Answers) -> None:
        assert tally(FILES, answers) == OWN_CEILING

    @named(HANDLED)
    def test_about_a_payment_of_ours_is_applied(self, answers: Answers, path: Path) -> None:
        event = read(path)
        payment = seed(event)
        teach(answers, event)
        assert outcome_of(event) == "processed", WebhookEvent.objects.get().last_error
        payment = Payment.objects.select_related("order").get(pk=payment.pk)
        assert effect_of(event)(payment), everything()

    @named(HANDLED)
    def test_twice_is_once(self, answers: Answers, path: Path) -> None:
        event = read(path)
        seed(event)
        teach(answers, event)
        outcome_of(event)
        before = everything()
        assert post_razorpay(event, event_id=event_id(event)).json() == {"received": True, "duplicate": True}
        assert post_razorpay(event, event_id="another").json() == {"received": True, "duplicate": True}
        assert outcome_of({**event, "told": "again"}) == "processed"
        assert everything() == before

    @named(HANDLED)
    def test_about_somebody_elses_object_is_foreign(self, answers: Answers, path: Path) -> None:
        event = read(path)
        teach(answers, event)
        before = everything()
        assert outcome_of(event) == "foreign"
        assert everything() == before

    @named([path for path in HANDLED if "dispute" not in path.stem])  # which carry no marks of ours
    def test_with_our_mark_and_without_its_row_is_parked(self, answers: Answers, path: Path) -> None:
        event = read(path)
        teach(answers, event)
        before = everything()
        assert outcome_of(marked(event)) == "parked"
        assert everything() == before


class TestSharedSamples:
    def test_all_come_through_the_door_and_each_has_its_class(self, answers: Answers) -> None:
        """Over what lies beside the checkout; where nothing does, our own fixtures have said it all."""
        assert tally(sorted(SHARED.glob("*.json")), answers) in (SHARED_CEILING, {})
        assert not WebhookRejection.objects.exists()


def tally(paths: list[Path], answers: Answers) -> dict[str, int]:
    """Delivers each event about a payment of ours, where it can be about one, and counts what became of them."""
    found: Counter[str] = Counter()
    for path in paths:
        before = transaction.savepoint()
        event = read(path)
        handled = is_handled(event)
        payment = None
        if handled:
            payment = seed(event)
            teach(answers, event)
        outcome = outcome_of(event)
        found[outcome] += 1
        if payment is not None and outcome == "processed":
            payment = Payment.objects.select_related("order").get(pk=payment.pk)
            assert effect_of(event)(payment), (path.name, json.dumps(everything(), default=str))
        elif not handled:
            assert (outcome == "processed") == (str(event["event"]) in NOT_OF_A_PAYMENT), path.name
        transaction.savepoint_rollback(before)
    return dict(found)
