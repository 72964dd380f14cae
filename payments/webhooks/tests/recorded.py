"""Recorded Stripe events, and the rows and gateway objects that each of them is about."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
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
from payments.tests.world import post_event
from payments.webhooks.tests.answering import Answers

JSON = dict[str, Any]
OWN = Path(__file__).parent / "fixtures" / "stripe"
# Recorded samples of others lie beside a checkout of ours, or do not.
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "stripe"
# Types that are about money which was captured before.
AFTER_CAPTURE = ("charge.updated", "charge.refund", "refund.", "charge.dispute.")


@dataclass(frozen=True)
class Ids:
    """What a payment of ours must be called, so that the event is about it."""

    payment: str
    session: str
    charge: str
    amount: Money


def read(path: Path) -> JSON:
    event: JSON = json.loads(path.read_text(encoding="utf-8"))
    return event


def own_files() -> list[Path]:
    return sorted(OWN.glob("*.json"))


def ids_of(event: JSON) -> Ids:
    obj = event["data"]["object"]
    kind = obj["object"]
    own_id = str(obj["id"])
    return Ids(
        payment=own_id if kind == "payment_intent" else obj.get("payment_intent") or "",
        session=own_id if kind == "checkout.session" else "",
        charge=own_id if kind == "charge" else obj.get("charge") or f"ch_of_{own_id}",
        amount=Money(obj.get("amount_total" if kind == "checkout.session" else "amount"), obj["currency"].upper()),
    )


def seed(event: JSON) -> Payment:
    """A payment of ours that the event is about: captured where it speaks of money that was, else waiting."""
    ids, at = ids_of(event), timezone.now()
    account, _ = GatewayAccount.objects.get_or_create(code="stripe", defaults={"gateway": "stripe", "livemode": False})
    product = make_product(prices={ids.amount.currency: ids.amount.amount_minor})
    order = make_order(item(product), currency=ids.amount.currency, at=at)
    payment = Payment.objects.create(
        ref=order.public_id,
        order=order,
        gateway_account=account,
        gateway_payment_id=ids.payment or None,
        gateway_order_id=ids.session or None,
        charge_id=ids.charge if event["data"]["object"]["object"] == "charge" else "",
        amount_minor=ids.amount.amount_minor,
        currency=ids.amount.currency,
        status="pending",
        livemode=False,
        created_at=at,
    )
    if event["type"].startswith(AFTER_CAPTURE):
        view = PaymentView(
            gateway_payment_id=ids.payment,
            session_id=ids.session,
            our_id=payment.public_id,
            state=PaymentState.CAPTURED,
            amount=ids.amount,
            captures=(CaptureFact(ids.charge, ids.amount, at),),
            livemode=False,
            created_at=at,
        )
        with transaction.atomic():
            observe_payment(payment=payment, view=view, actor="test", at=at)
    return payment


def teach(answers: Answers, event: JSON) -> None:
    """Tells the gateway what the event is about, as it would say when it is asked."""
    obj, ids = event["data"]["object"], ids_of(event)
    if ids.payment:
        answers[f"/v1/payment_intents/{ids.payment}"] = intent_behind(event, ids)
        answers["/v1/refunds"] = {"object": "list", "data": refunds_behind(obj, ids), "has_more": False, "url": "/"}
    for movement in obj.get("balance_transactions") or ():
        answers[f"/v1/balance_transactions/{movement['id']}"] = movement
    sign = -1 if obj["object"] == "refund" else 1
    for name, minor in (("balance_transaction", sign), ("failure_balance_transaction", -sign)):
        if isinstance(obj.get(name), str):
            kind = "refund" if minor < 0 else "charge" if obj["object"] == "charge" else "refund_failure"
            movement = movement_of(obj[name], minor * ids.amount.amount_minor, ids.amount.currency, kind)
            answers[f"/v1/balance_transactions/{obj[name]}"] = movement


def intent_behind(event: JSON, ids: Ids) -> JSON:
    obj = event["data"]["object"]
    failed = event["type"].endswith("async_payment_failed")
    expired = event["type"] == "charge.expired"
    minor = ids.amount.amount_minor
    charge = {
        "id": ids.charge, "object": "charge", "status": "succeeded", "captured": True, "amount": minor,
        "amount_captured": minor, "created": event["created"], "livemode": False, "metadata": {},
        "currency": obj["currency"], "payment_intent": ids.payment,
    }  # fmt: skip
    return {
        "id": ids.payment, "object": "payment_intent", "amount": minor, "currency": obj["currency"],
        "created": event["created"], "livemode": False, "amount_capturable": 0,
        # A dispute carries no mark of ours: what it disputes does.
        "metadata": obj["metadata"] if obj["object"] == "dispute" else {},
        "status": "requires_payment_method" if failed else "canceled" if expired else "succeeded",
        "amount_received": 0 if failed or expired else minor,
        "last_payment_error": {"code": "payment_intent_payment_attempt_failed"} if failed else None,
        "latest_charge": None if failed or expired else charge,
    }  # fmt: skip


def refunds_behind(obj: JSON, ids: Ids) -> list[JSON]:
    if not obj.get("amount_refunded"):
        return []
    return [{
        "id": "re_of_nobody", "object": "refund", "amount": obj["amount_refunded"], "currency": obj["currency"],
        "charge": ids.charge, "payment_intent": ids.payment, "status": "succeeded", "created": obj["created"],
        "metadata": {}, "balance_transaction": "txn_of_a_refund",
    }]  # fmt: skip


def movement_of(transaction_id: str, amount_minor: int, currency: str, kind: str) -> JSON:
    fee = 50 if kind == "charge" else 0
    return {
        "id": transaction_id, "object": "balance_transaction", "amount": amount_minor, "currency": currency.lower(),
        "fee": fee, "net": amount_minor - fee, "fee_details": [], "type": kind, "source": "ch_of_nobody",
        "created": 1_784_115_300, "available_on": 1_784_288_100, "exchange_rate": None, "status": "pending",
    }  # fmt: skip


def marked(event: JSON) -> JSON:
    """The same event about an object that carries our mark, of a row that is not here."""
    changed = copy.deepcopy(event)
    obj = changed["data"]["object"]
    mark = {"refund": new_id("rf")} if obj["object"] == "refund" else {"payment": new_id("pay")}
    obj["metadata"] = mark
    return changed


def outcome_of(event: JSON) -> str:
    """Delivers the event through the door, works it off, and says what became of it: a state of the inbox, or
    `rejected`."""
    answer = post_event(event)
    if answer.status_code != 200:
        return "rejected"
    process_inbox(now=timezone.now, once=True)
    return WebhookEvent.objects.get(event_id=event["id"]).state
