"""Stripe's suspicions: reviews by its rules, and early fraud warnings by card issuers."""

from __future__ import annotations

from config.calls.fields import flag, instant, text, text_or_empty
from config.inbox.contract import Handled
from payments.charges.models import Payment
from payments.charges.queries import find_payment
from payments.gateways.payment_views import PaymentView
from payments.gateways.stripe.fields import a, id_of
from payments.reviews.services.suspect import Suspicion, observe_suspicion
from payments.reviews.states import ReviewKind
from payments.webhooks.context import Context, mark, people


def review(context: Context) -> Handled:
    """`review.opened` and `.closed`."""
    obj = a("review", context.obj)
    is_open = flag(obj, "open")
    said = Suspicion(
        gateway_review_id=text(obj, "id"),
        kind=ReviewKind.REVIEW,
        reason=text_or_empty(obj, "opened_reason") or text_or_empty(obj, "reason"),
        is_open=is_open,
        outcome="" if is_open else text_or_empty(obj, "closed_reason") or "closed by the gateway",
        opened_at=instant(obj, "created"),
    )
    return _recorded(context, said)


def early_fraud_warning(context: Context) -> Handled:
    """`radar.early_fraud_warning.created` and `.updated`: an issuer's word, which a dispute often follows. It is no
    longer actionable when the charge was refunded or disputed."""
    obj = a("radar.early_fraud_warning", context.obj)
    is_open = flag(obj, "actionable")
    said = Suspicion(
        gateway_review_id=text(obj, "id"),
        kind=ReviewKind.EARLY_FRAUD_WARNING,
        reason=text_or_empty(obj, "fraud_type"),
        is_open=is_open,
        outcome="" if is_open else "not actionable any more",
        opened_at=instant(obj, "created"),
    )
    return _recorded(context, said)


def _recorded(context: Context, said: Suspicion) -> Handled:
    payment = _suspected(context)
    if payment is None:
        return Handled.foreign("a suspicion of no payment of ours")
    note = observe_suspicion(payment=payment, said=said, actor=context.actor, at=context.at)
    return Handled.processed(f"{payment.public_id}: {said.kind} {note}", *people(payment))


def _suspected(context: Context) -> Payment | None:
    """Our payment behind the charge that is suspected; one whose gateway id is not stored yet is asked for. Raises Park
    where it is ours and not stored yet."""
    intent_id, charge_id = id_of(context.obj, "payment_intent"), id_of(context.obj, "charge")
    payment = find_payment(account=context.event.account, gateway_payment_id=intent_id, charge_id=charge_id)
    if payment is None and intent_id:
        above: PaymentView | None = context.ask("payment", intent_id)
        if above is not None and mark(above.our_id, "pay"):
            return context.owner_of(above)
    return payment
