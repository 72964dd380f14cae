"""The table: what each event of PhonePe must lead to, over our own fixtures always, and over others' where they lie."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from config.kernel.ids import new_id
from payments.charges.models import Payment
from payments.refunds.models import Refund
from payments.tests.phonepe_world import PhonePeWorld, post_hint
from payments.tests.walking import everything
from payments.webhooks.phonepe import BARE, TRANSLATIONS

pytestmark = pytest.mark.django_db(transaction=True)
OWN = Path(__file__).parent / "fixtures" / "phonepe"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "phonepe"
JSON = dict[str, Any]
Effect = Callable[[Payment], bool]

FILES = sorted(OWN.glob("*.json"))
OTHERS = sorted(SHARED.glob("*.json"))
named = pytest.mark.parametrize("path", FILES + OTHERS, ids=[path.stem for path in FILES + OTHERS])
# How many end in each class, none of them being about anything of ours.
OWN_SHARE = {"foreign": 15, "ignored": 3}
SHARED_SHARE = {"foreign": 15, "ignored": 3}


def read(path: Path) -> JSON:
    body: JSON = json.loads(path.read_text(encoding="utf-8"))
    return body


def payload_of(body: JSON) -> JSON:
    found: JSON = body.get("payload", body)
    return found


def captured(payment: Payment) -> bool:
    return (payment.status, payment.captured_minor, payment.order.status) == ("captured", payment.amount_minor, "paid")


def stands_at(status: str, *, closed: bool) -> Effect:
    def holds(payment: Payment) -> bool:
        found = payment.status, payment.closed_at is not None, payment.captured_minor, payment.order.status
        return found == (status, closed, 0, "pending_payment")

    return holds


def refunded(status: str) -> Effect:
    def holds(payment: Payment) -> bool:
        refund = Refund.objects.filter(payment=payment).first()
        return (refund.status if refund else "none") == status

    return holds


# What an order's event says → what is done at the gateway before it comes → what it does to our payment.
ORDERS: dict[str, tuple[tuple[str, ...], Effect]] = {
    "COMPLETED": (("pay",), captured),
    "FAILED": (("decline", "expire"), stands_at("failed", closed=True)),
    "EXPIRED": (("expire",), stands_at("expired", closed=True)),
    "PENDING": (("decline",), stands_at("failed", closed=False)),
}
# A refund of the dashboard: one that is pending only freezes the holds.
REFUNDS: dict[str, tuple[str, Effect]] = {
    "CONFIRMED": ("", refunded("none")),
    "COMPLETED": ("succeed", refunded("succeeded")),
    "FAILED": ("fail", refunded("cancelled")),
}


def is_handled(body: JSON) -> bool:
    return body.get("event", BARE) in TRANSLATIONS


def outcome_of(world: PhonePeWorld, body: JSON) -> str:
    """Delivers it through the door and works it off: a state of the inbox, or `rejected`."""
    if post_hint(body).status_code != 200:
        return "rejected"
    world.work()
    return WebhookEvent.objects.latest("pk").state


def about_ours(world: PhonePeWorld, body: JSON) -> tuple[JSON, Payment, Effect]:
    """The same event about a payment of ours, which the gateway brought there without our having heard of it."""
    body = copy.deepcopy(body)
    payload = payload_of(body)
    order = world.order(70_000)
    payment = world.start(order).payment
    if "merchantRefundId" not in payload:
        steps, effect = ORDERS[payload["state"]]
        for step in steps:
            world.at_page(payment, step)
        payload["merchantOrderId"] = payment.public_id
        return body, payment, effect
    step, effect = REFUNDS[payload["state"]]
    world.at_page(payment, "pay")
    world.hear()
    world.sandbox.control.phonepe("rules", refunds_wait=1)
    payload["merchantRefundId"] = world.refund_outside(order, 70_000)
    payload["originalMerchantOrderId"] = payment.public_id
    if step:
        world.sandbox.control.phonepe(f"refunds/{payload['merchantRefundId']}/{step}")
    return body, payment, effect


@pytest.fixture
def handled(path: Path) -> Iterator[JSON]:
    body = read(path)
    if is_handled(body):
        yield body
    else:
        yield {}


class TestEveryEvent:
    def test_there_is_one_of_our_own_for_every_type(self) -> None:
        assert {read(path).get("event", BARE) for path in FILES} >= set(TRANSLATIONS)

    @named
    def test_about_nothing_of_ours_changes_nothing(self, phonepe: PhonePeWorld, path: Path) -> None:
        before = everything()
        assert outcome_of(phonepe, read(path)) == ("foreign" if is_handled(read(path)) else "ignored")
        assert everything() == before

    @named
    def test_about_ours_is_applied_as_the_gateway_says(self, phonepe: PhonePeWorld, path: Path, handled: JSON) -> None:
        if not handled:
            assert read(path)["event"].startswith("subscription.")
            return
        body, payment, effect = about_ours(phonepe, handled)
        assert outcome_of(phonepe, body) == "processed"
        payment = Payment.objects.select_related("order").get(pk=payment.pk)
        assert effect(payment), everything()
        before = everything()
        assert post_hint(body).json() == {"received": True, "duplicate": True}
        phonepe.work()
        assert everything() == before

    @named
    def test_forged_it_changes_nothing(self, phonepe: PhonePeWorld, path: Path, handled: JSON) -> None:
        """The same under the right header, about a payment of ours to which nothing happened."""
        if not handled:
            return
        payment = phonepe.start(phonepe.order(70_000)).payment
        body = copy.deepcopy(handled)
        payload = payload_of(body)
        for name, value in (
            ("merchantOrderId", payment.public_id),
            ("originalMerchantOrderId", payment.public_id),
            ("merchantRefundId", f"{new_id('rf')}-{new_id('call')}"),
        ):
            if name in payload:
                payload[name] = value
        before = everything()
        assert outcome_of(phonepe, body) in ("processed", "foreign")
        assert everything() == before


class TestShares:
    @pytest.mark.parametrize(("files", "share"), [(FILES, OWN_SHARE), (OTHERS, SHARED_SHARE)], ids=["own", "shared"])
    def test_no_class_has_more_than_its_share(
        self, phonepe: PhonePeWorld, files: list[Path], share: dict[str, int]
    ) -> None:
        for path in files:
            post_hint(read(path))
        phonepe.work()
        tally = Counter(WebhookEvent.objects.values_list("state", flat=True))
        assert set(tally) <= set(share)
        assert all(tally[state] <= most for state, most in share.items())
