"""What the dispute translations of every gateway share: whose it is, how young its label is, and how it is recorded."""

from __future__ import annotations

from datetime import datetime

from config.inbox.contract import Handled
from orders.order.queries import lock_order
from payments.charges.models import Payment
from payments.disputes import rules
from payments.disputes.queries import find_dispute
from payments.disputes.services.observe import observe_dispute
from payments.disputes.states import DISPUTE_STATES
from payments.gateways.dispute_views import DisputeView
from payments.gateways.payment_views import PaymentView
from payments.webhooks.context import Context, people


def translate_dispute(context: Context, view: DisputeView, *, is_whole: bool = True) -> Handled:
    """What a gateway says of a dispute, in its event. `is_whole`: the object names its movements; else the dispute is
    asked for.

    A label that would not follow from the one we have by one step, or that may be older than it, is no more than a
    hint, and so is another level of what is away than the one we have: then the dispute is asked for as it is now.
    """
    payment = context.owner_of(view)
    if payment is None:
        return Handled.foreign("a dispute of no payment of ours")
    told_at: datetime | None = context.event.occurred_at
    if not is_whole or _is_hint(context, payment, view, context.event.occurred_at):
        present: DisputeView | None = context.ask("dispute", view.dispute_id)
        if present is not None:
            view, told_at = present, None
    _book_what_it_disputes(context, payment)
    for movement in view.movements:
        context.record_movement(payment, movement.transaction_id, moved=movement.amount)
    note = observe_dispute(payment=payment, view=view, told_at=told_at, actor=context.actor, at=context.at)
    return Handled.processed(f"{payment.public_id}: {note}", *people(payment))


def _is_hint(context: Context, payment: Payment, view: DisputeView, told_at: datetime) -> bool:
    lock_order(payment.ref)  # under which alone labels move
    known = find_dispute(account=context.event.account, gateway_dispute_id=view.dispute_id)
    if known is None:
        return False
    if view.away_minor not in (None, known.withdrawn_minor):
        return True
    if known.status == view.state:
        return False
    is_news = rules.is_news(known=known.status, known_at=known.label_at, told=view.state, told_at=told_at)
    return not (is_news and told_at > known.label_at and DISPUTE_STATES.allows(known.status, view.state))


def _book_what_it_disputes(context: Context, payment: Payment) -> None:
    """Faster than the capture that it takes back, which must be booked first: else all of it would seem a loss."""
    if payment.captured_minor or not payment.gateway_payment_id:
        return
    above: PaymentView | None = context.ask("payment", payment.gateway_payment_id)
    if above is not None:
        context.observe(payment, above)
