"""Reads of payments."""

from __future__ import annotations

from django.db.models import Q

from orders.order.models import Order
from payments.charges.models import GatewayTransaction, Payment
from payments.charges.states import OPEN
from payments.refunds.models import Refund

_WHOSE = (
    "public_id",
    "ref",
    "gateway_payment_id",
    "gateway_order_id",
    "amount_minor",
    "currency",
    "captured_minor",
    "refunded_minor",
    "gateway_account__code",
    "order__buyer__public_id",
)


def open_payments(order: Order) -> list[Payment]:
    """Payments of this order that wait for the customer or the gateway."""
    return list(Payment.objects.filter(order=order, status__in=OPEN).order_by("pk"))


def unclosed_payments(order: Order) -> list[Payment]:
    """Payments of this order whose object at the gateway could still take money, captured ones aside."""
    return list(
        Payment.objects.filter(order=order, closed_at__isnull=True, captured_minor=0)
        .select_related("gateway_account")
        .order_by("pk")
    )


def lock_payment(payment_pk: int) -> Payment:
    """The payment, locked until the transaction ends. Its order is locked before it."""
    return Payment.objects.select_for_update(of=("self",)).select_related("gateway_account").get(pk=payment_pk)


def lock_payments(order: Order) -> list[Payment]:
    """All payments of an order by ascending id, locked until the transaction ends; the order is locked before them."""
    payments = Payment.objects.select_for_update(of=("self",)).select_related("gateway_account")
    return list(payments.filter(order=order).order_by("pk"))


def find_payment(
    *, account: str, our_id: str = "", gateway_payment_id: str = "", session_id: str = "", charge_id: str = ""
) -> Payment | None:
    """Ours by our own id that travelled with the object, else by the gateway's ids; None when it is not known.

    Read to be locked: with little more than whose it is (what else is asked of it costs a query).
    """
    payments = Payment.objects.select_related("gateway_account", "order__buyer").only(*_WHOSE)
    payments = payments.filter(gateway_account__code=account)
    for name, value in (
        ("public_id", our_id),
        ("gateway_payment_id", gateway_payment_id),
        ("gateway_order_id", session_id),
        ("charge_id", charge_id),
        ("refunds__charge_id", charge_id),  # a second charge on one object: its money is on its way back
    ):
        if value and (found := payments.filter(**{name: value}).first()):
            return found
    return None


def further_charges(payment: Payment) -> list[str]:
    """The gateway's charges on the same object beyond the one that paid: their money goes back."""
    others = payment.refunds.exclude(charge_id__in=["", payment.charge_id])
    return list(others.order_by("charge_id").values_list("charge_id", flat=True).distinct())


def said_of_further(payment: Payment) -> str:
    """The same in a sentence; empty where there are none."""
    others = further_charges(payment)
    return f"paid once more by {', '.join(others)}: that money goes back" if others else ""


def of_charge(charge_id: str) -> Q:
    """Payments that took money by this charge of the gateway, first or once more."""
    again = Refund.objects.filter(charge_id=charge_id).values("payment")
    return Q(charge_id=charge_id) | Q(pk__in=again)


def is_transaction_kept(*, account: str, transaction_id: str) -> bool:
    """Whether this movement of our balance is known."""
    return GatewayTransaction.objects.filter(gateway_account__code=account, external_id=transaction_id).exists()
