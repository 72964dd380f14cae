"""What this app adds to the pages of the apps below it: where the money of an order is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import Sum

from config.accounts.models import User
from config.admin.history import Subject, subject_of, trail
from config.admin.money import shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Figures, Table, columns, part
from config.admin.show import row_link, when
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.tickets.transfers.models import TicketTransfer
from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.disputes.queries import takes_answers
from payments.escrow.models import EscrowHold
from payments.escrow.states import HoldStatus
from payments.ledger.models import PayeeBalance
from payments.refunds.models import Refund
from payments.related import (
    calls_table,
    disputes_table,
    entries_table,
    holds_table,
    payments_table,
    refunds_table,
)


def _holds(order: Order) -> list[EscrowHold]:
    holds = EscrowHold.objects.filter(fulfilment__order=order).select_related("payee").order_by("pk")
    return list(holds[:SHOWN])


def _refunds(order: Order) -> list[Refund]:
    return list(Refund.objects.filter(payment__order=order).order_by("-pk")[:SHOWN])


@part("orders.view", "Where the money is")
def money_of_order(order: Order, at: datetime) -> Figures:
    """What of the order's money is held, with the sellers, and on its way back. All of it is read per order."""
    del at
    unit = order.currency
    holds = _holds(order)
    held = sum(hold.remaining_minor for hold in holds)
    released = sum(
        hold.amount_minor - hold.returned_minor - hold.lost_minor
        for hold in holds
        if hold.status == HoldStatus.RELEASED
    )
    sums = Payment.objects.filter(order=order).aggregate(back=Sum("refunding_minor"))
    found = []
    if held:
        frozen = any(hold.status == HoldStatus.FROZEN for hold in holds)
        label = "In escrow, frozen" if frozen else "In escrow"
        found.append(Figure(label, shown(held, unit), Tone.BAD if frozen else Tone.WARNING))
    if released:
        found.append(Figure("Released to sellers", shown(released, unit), Tone.GOOD))
    if sums["back"]:
        found.append(Figure("On its way back", shown(int(sums["back"]), unit), Tone.WARNING))
    return Figures(tuple(found))


@part("payments.view", "Payments")
def payments_of_order(order: Order, at: datetime) -> Table:
    """Every attempt to pay it."""
    del at
    return payments_table(Payment.objects.filter(order=order).select_related("gateway_account").order_by("-pk")[:SHOWN])


@part("escrow.view", "Escrow")
def holds_of_order(order: Order, at: datetime) -> Table:
    """Its money that is nobody's yet."""
    del at
    return holds_table(_holds(order))


@part("refunds.view", "Refunds")
def refunds_of_order(order: Order, at: datetime) -> Table:
    """Its money that goes back."""
    del at
    return refunds_table(_refunds(order))


def _disputes(order: Order) -> list[Dispute]:
    return list(Dispute.objects.filter(payment__order=order).order_by("-pk")[:SHOWN])


@part("disputes.view", "Disputes")
def disputes_of_order(order: Order, at: datetime) -> Table | None:
    """What banks took of its money, or may take; nothing where none ever asked. Where its gateway tells us of none,
    what to do when a letter comes."""
    del at
    found = _disputes(order)
    paid = order.payments.filter(captured_minor__gt=0).values_list("gateway_account__code", flat=True).distinct()
    silent = sorted(account for account in paid if not takes_answers(account))
    if not found and not silent:
        return None
    table = disputes_table(found)
    note = (
        f"No dispute is told of or answered through the API of {', '.join(silent)}. When its letter comes: freeze the"
        " holds here, answer in its dashboard before its deadline, and lift the freeze when it is decided."
    )
    return replace(table, note=note) if silent else table


def _rows_of(order: Order) -> list[Payment | EscrowHold | Refund | Dispute]:
    payments = Payment.objects.filter(order=order).order_by("-pk").only("public_id")[:SHOWN]
    return [*payments, *_holds(order), *_refunds(order), *_disputes(order)]


@part("ledger.view", "Ledger")
def entries_of_order(order: Order, at: datetime) -> Table:
    """Everything that was booked for it."""
    del at
    return entries_table([row.public_id for row in _rows_of(order)])


def _subjects(order: Order) -> list[Subject]:
    return [subject_of(order), *(subject_of(row) for row in (*order.fulfilments.all()[:SHOWN], *_rows_of(order)))]


@part("calls.view", "Calls to the gateway")
def calls_of_order(order: Order, at: datetime) -> Table:
    """Everything that was asked of a gateway for it."""
    del at
    return calls_table(_subjects(order))


@part("audit.view", "History")
def history_of_order(order: Order, at: datetime) -> Table:
    """Everything that moved: the order, its fulfilments, payments, holds and refunds."""
    del at
    return trail(_subjects(order))


@part("escrow.view", "Escrow")
def hold_of_fulfilment(row: Fulfilment, at: datetime) -> Table:
    """The money that waits for this delivery."""
    del at
    return holds_table(EscrowHold.objects.filter(fulfilment=row).select_related("payee"))


@part("escrow.view", "Escrow")
def money_of_transfer(row: TicketTransfer, at: datetime) -> Table:
    """The money that waits for these tickets, or does not any more."""
    del at
    return holds_table(EscrowHold.objects.filter(fulfilment=row.fulfilment_id).select_related("payee"))


@part("refunds.view", "Refunds")
def refunds_of_transfer(row: TicketTransfer, at: datetime) -> Table:
    """What of it went back to their buyer."""
    del at
    return refunds_table(Refund.objects.filter(shares__hold__fulfilment=row.fulfilment_id).order_by("-pk")[:SHOWN])


@part("audit.view", "History")
def history_of_fulfilment(row: Fulfilment, at: datetime) -> Table:
    """The fulfilment and its hold."""
    del at
    holds = EscrowHold.objects.filter(fulfilment=row)
    return trail([subject_of(row), *(subject_of(hold) for hold in holds)])


@part("ledger.view", "Balances")
def balances_of_payee(person: User, at: datetime) -> Table | None:
    """What we owe this person, and what they owe us; nothing where they never were a payee."""
    del at
    rows = list(PayeeBalance.objects.filter(owner=person.public_id).order_by("currency")[:SHOWN])
    if not rows:
        return None
    return Table(
        title="Balances",
        columns=columns("Currency", "#Payable", "#Reserve", "#Owes us", "Changed"),
        rows=tuple(
            (
                row_link(row, row.currency),
                shown(row.payable_minor, row.currency),
                shown(row.reserve_minor, row.currency),
                shown(row.receivable_minor, row.currency),
                when(row.changed_at),
            )
            for row in rows
        ),
    )
