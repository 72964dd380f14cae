"""What gateways told us of a person's payments: answers, bodies of events, and what the payment kept of it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from config.accounts.models import User
from config.calls import erasure as calls
from config.erasure.contract import counted, rewrite
from config.inbox import erasure as inbox
from payments.charges.models import Payment
from payments.charges.states import OPEN
from payments.disputes.models import Dispute
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.refunds.models import FormerRefund, Refund


def paid_by(person: User) -> QuerySet[Payment]:
    """Payments of what they bought."""
    return Payment.objects.filter(order__buyer=person)


def open_things(*, person: User) -> list[str]:
    """Payments that can still take money, calls without an answer, and events that are still to be handled."""
    waiting = paid_by(person).filter(status__in=OPEN)
    return [
        *counted(waiting.count(), "payment is not over", "payments are not over"),
        *calls.unanswered(_subjects(person)),
        *inbox.waiting_for(_objects(person)),
    ]


def erase(*, person: User, batch: int, at: datetime) -> int:
    """Answers and bodies that may name the person, and what a card showed. What was charged stays."""
    del at
    shown = paid_by(person).exclude(last4="", failure_detail="")
    return (
        calls.empty(_subjects(person), batch)
        + inbox.empty(_objects(person), batch)
        + rewrite(shown, batch, last4="", failure_detail="")
    )


def _subjects(person: User) -> list[tuple[str, list[str]]]:
    """The rows in whose name gateways were called."""
    rows: list[tuple[str, QuerySet[Payment] | QuerySet[Refund] | QuerySet[Dispute]]] = [
        ("payment", paid_by(person)),
        ("refund", Refund.objects.filter(payment__order__buyer=person)),
        ("dispute", Dispute.objects.filter(payment__order__buyer=person)),
    ]
    subjects = [(kind, list(found.values_list("public_id", flat=True))) for kind, found in rows]
    subjects.append(("order", list(paid_by(person).values_list("ref", flat=True).distinct())))
    for kind, model, of in (
        ("gatewaycustomer", GatewayCustomer, "person"),
        ("methodsetup", MethodSetup, "customer__person"),
        ("savedmethod", SavedMethod, "person"),
    ):
        subjects.append((kind, list(model._base_manager.filter(**{of: person}).values_list("public_id", flat=True))))
    return subjects


def _objects(person: User) -> list[str]:
    """The gateways' ids of everything of theirs."""
    found: set[str | None] = set()
    for ids in paid_by(person).values_list("public_id", "gateway_payment_id", "gateway_order_id", "charge_id"):
        found.update(ids)  # PhonePe's objects are called by our own ids
    of_refunds = Refund.objects.filter(payment__order__buyer=person)
    for refund_ids in of_refunds.values_list("gateway_refund_id", "charge_id"):
        found.update(refund_ids)
    for model, of, name in (
        (FormerRefund, "refund__payment__order__buyer", "gateway_refund_id"),
        (Dispute, "payment__order__buyer", "gateway_dispute_id"),
        (GatewayCustomer, "person", "gateway_customer_id"),
        (MethodSetup, "customer__person", "gateway_setup_id"),
        (SavedMethod, "person", "gateway_method_id"),
    ):
        found.update(model._base_manager.filter(**{of: person}).values_list(name, flat=True))
    return [each for each in found if each]
