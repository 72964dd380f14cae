"""Razorpay events in documented shapes, and the rows and gateway objects that each of them is about."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from config.kernel.ids import new_id
from config.kernel.money import Money
from orders.tests.factories import item, make_order, make_product
from payments.charges.models import GatewayAccount, Payment
from payments.charges.services.record import observe_payment
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.tests.razorpay_world import post_razorpay
from payments.webhooks.tests.answering import Answers

JSON = dict[str, Any]
OWN = Path(__file__).parent / "fixtures" / "razorpay"
# Samples of Razorpay's documentation lie beside a checkout of ours, or do not.
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "razorpay"


def own_files() -> list[Path]:
    return sorted(OWN.glob("*.json"))


def paid_by(event: JSON) -> JSON:
    """The attempt that the event is about."""
    entity: JSON = event["payload"]["payment"]["entity"]
    return entity


def was_captured(event: JSON) -> bool:
    """Whether the event speaks of money that had been taken before."""
    kind = str(event["event"])
    return kind.startswith("payment.dispute.") or (kind.startswith("refund.") and bool(paid_by(event)["captured"]))


def seed(event: JSON) -> Payment:
    """A payment of ours that the event is about: captured where it speaks of money that was, else waiting."""
    attempt, at = paid_by(event), timezone.now()
    amount = Money(attempt["amount"], attempt["currency"])
    account, _ = GatewayAccount.objects.get_or_create(
        code="razorpay", defaults={"gateway": "razorpay", "livemode": False}
    )
    order = make_order(item(make_product(prices={"INR": amount.amount_minor})), currency="INR", at=at)
    payment = Payment.objects.create(
        ref=order.public_id,
        order=order,
        gateway_account=account,
        gateway_payment_id=attempt["order_id"] or "order_of_nobody",
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        status="pending",
        livemode=False,
        created_at=at,
    )
    if was_captured(event):
        view = PaymentView(
            gateway_payment_id=payment.gateway_payment_id or "",
            session_id="",
            our_id=payment.public_id,
            state=PaymentState.CAPTURED,
            amount=amount,
            captures=(CaptureFact(attempt["id"], amount, at),),
            livemode=False,
            created_at=at,
        )
        with transaction.atomic():
            observe_payment(payment=payment, view=view, actor="test", at=at)
    return payment


def teach(answers: Answers, event: JSON) -> None:
    """Tells the gateway what the event is about, as it would say when it is asked."""
    attempt = paid_by(event)
    order_id = attempt["order_id"]
    answers[f"/v1/payments/{attempt['id']}"] = attempt
    answers[f"/v1/orders/{order_id}"] = {
        "id": order_id, "entity": "order", "amount": attempt["amount"], "currency": attempt["currency"],
        "receipt": None, "status": "attempted", "notes": [], "created_at": attempt["created_at"],
    }  # fmt: skip
    answers[f"/v1/orders/{order_id}/payments"] = {"entity": "collection", "count": 1, "items": [attempt]}
    if "dispute" in event["payload"]:
        dispute = event["payload"]["dispute"]["entity"]
        answers[f"/v1/disputes/{dispute['id']}"] = dispute
    refund = event["payload"].get("refund", {}).get("entity")
    refunds = [refund] if refund else []
    answers[f"/v1/payments/{attempt['id']}/refunds"] = {"entity": "collection", "count": len(refunds), "items": refunds}


def marked(event: JSON) -> JSON:
    """The same event about an object that carries our mark, of a row that is not here."""
    changed = copy.deepcopy(event)
    if "refund" in changed["payload"]:
        changed["payload"]["refund"]["entity"]["notes"] = {"refund": new_id("rf")}
    else:
        changed["payload"]["payment"]["entity"]["notes"] = {"payment": new_id("pay")}
        if "order" in changed["payload"]:
            changed["payload"]["order"]["entity"]["notes"] = changed["payload"]["payment"]["entity"]["notes"]
    return changed


def event_id(event: JSON) -> str:
    """One id for one body, as Razorpay keeps it over all attempts."""
    return hashlib.sha256(json.dumps(event).encode()).hexdigest()[:14]


def outcome_of(event: JSON) -> str:
    """Delivers the event through the door, works it off, and says what became of it: a state of the inbox, or
    `rejected`."""
    if post_razorpay(event, event_id=event_id(event)).status_code != 200:
        return "rejected"
    process_inbox(now=timezone.now, once=True)
    return WebhookEvent.objects.get(event_id=event_id(event)).state
