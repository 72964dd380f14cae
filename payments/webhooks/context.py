"""What the translations of every gateway share: whose an object is, what is asked about it, and how it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.inbox.contract import Event, Handled, Hopeless, NeedsFetch, Park
from config.kernel.ids import PATTERN
from config.kernel.money import Money
from orders.order.queries import lock_order
from payments.abuse.services.learn import note_declines
from payments.charges import rules
from payments.charges.models import Payment
from payments.charges.queries import find_payment, is_transaction_kept
from payments.charges.services.fee import record_transaction
from payments.charges.services.record import observe_payment
from payments.charges.services.start import GatewayDown
from payments.charges.services.stray import adopt, is_that
from payments.gateways.contract import Capability
from payments.gateways.dispute_views import DisputeView
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.refund_views import RefundView
from payments.gateways.registry import gateway_for
from payments.refunds.queries import find_refund, has_refund_at_gateway, is_known
from payments.refunds.services.record import record_seen

Fetched = Mapping[tuple[str, str], Any]


def fetch(*, account: str, kind: str, object_id: str) -> Any:
    """Answers NeedsFetch: a payment, a refund, a balance transaction, a dispute, or all refunds of a payment; None when
    there is none.

    Raises GatewayDown: the event is tried again, and nobody is called for it.
    """
    gateway = gateway_for(account)
    try:
        if kind == "payment":
            return gateway.get_payment(gateway_payment_id=object_id, session_id="")
        if kind == "refund":
            return gateway.get_refund(refund_id=object_id)
        if kind == "setup":
            return gateway.get_setup(setup_id=object_id)
        if kind == "method":
            return gateway.get_method(method_id=object_id)
        if kind == "balance_transaction":
            return gateway.get_balance_transaction(transaction_id=object_id)
        if kind == "dispute":
            return gateway.get_dispute(dispute_id=object_id)
        return tuple(gateway.list_refunds(gateway_payment_id=object_id))
    except GatewayUnreachable as error:
        raise GatewayDown from error


class Context:
    """An event with its object, what was fetched for it, and the instant.

    `charge_id` is the object's own id where it is a charge: such an object may name nothing else that we know, and has
    a say on the money that it took alone. `is_payment`: it is the gateway's payment itself and no part of one.
    """

    def __init__(
        self,
        event: Event,
        fetched: Fetched,
        at: datetime,
        *,
        obj: Mapping[str, Any],
        charge_id: str = "",
        is_payment: bool = False,
    ) -> None:
        self.event = event
        self.at = at
        self.obj = obj
        self.actor = f"gateway:{event.source}"
        self._fetched = fetched
        self._charge_id = charge_id
        self._is_payment = is_payment

    def ask(self, kind: str, object_id: str) -> Any:
        """What the gateway says now; the engine fetches it and runs us again if it is not here yet."""
        try:
            return self._fetched[kind, object_id]
        except KeyError:
            raise NeedsFetch(kind, object_id) from None

    def owner_of(self, view: PaymentView | RefundView | DisputeView) -> Payment | None:
        """Our payment behind an object, by our mark or the gateway's ids. None when it is not ours.

        An object without our mark may still belong to a payment whose gateway id we have not stored yet: then the
        payment's own mark says whose it is. Raises Park for one of ours that is not stored here yet.
        """
        is_payment = isinstance(view, PaymentView)
        our_id = mark(view.our_id, "pay") if isinstance(view, PaymentView) else ""
        payment = find_payment(
            account=self.event.account,
            our_id=our_id,
            gateway_payment_id=view.gateway_payment_id,
            session_id=view.session_id if isinstance(view, PaymentView) else "",
            charge_id=self._charge_id if isinstance(view, PaymentView) else view.charge_id,
        )
        if payment is None and our_id:
            raise Park(our_id)
        if payment is not None and isinstance(view, PaymentView) and not is_that(payment, view):
            return adopt(marked=payment, view=view, actor=self.actor, at=self.at)
        if payment is None and view.gateway_payment_id and not (is_payment and self._is_payment):
            above: PaymentView | None = self.ask("payment", view.gateway_payment_id)
            if above is not None and mark(above.our_id, "pay"):
                return self.owner_of(above)
        return payment

    def at_present(self, payment: Payment, view: PaymentView) -> PaymentView:
        """What the event says of our payment, or what the gateway says now where the event may be older than what we
        know: one that would take a label back, and a charge's word on anything but the money that it took."""
        if view.captures or not view.gateway_payment_id:
            return view
        lock_order(payment.ref)  # under which alone labels move
        payment.refresh_from_db(fields=["status", "is_processing"])
        is_hint = bool(self._charge_id) or rules.would_go_back(
            status=payment.status, is_processing=payment.is_processing, state=view.state
        )
        return (self.ask("payment", view.gateway_payment_id) or view) if is_hint else view

    def observe(self, payment: Payment, view: PaymentView) -> str:
        """Brings our payment up to what is said of it. Returns what was done."""
        return observe_payment(payment=payment, view=view, actor=self.actor, at=self.at)

    def record_refund(self, payment: Payment, view: RefundView) -> str:
        """Ours is brought up to date, another one is recorded. Returns what was done."""
        if view.is_release:
            return "an authorization was let go: no money moved"
        known = find_refund(account=self.event.account, view=view)
        if known is None:
            _check_currency(payment, view)
            self._hear_of_ours(payment, view)
        return record_seen(payment=payment, refund=known, view=view, actor=self.actor, at=self.at)

    def _hear_of_ours(self, payment: Payment, view: RefundView) -> None:
        """A refund that somebody made at the gateway may replace one of ours that came back or was never made. Events
        come in any order, so it is asked for: else what it gives would be taken from somewhere else, and stay owed."""
        gateway_payment_id = view.gateway_payment_id or payment.gateway_payment_id
        if not gateway_payment_id or not has_refund_at_gateway(payment):
            return
        if Capability.LIST_REFUNDS not in gateway_for(self.event.account).capabilities:
            return
        for each in self.ask("refunds", gateway_payment_id):
            ours = find_refund(account=self.event.account, view=each)
            if ours is not None:
                record_seen(payment=payment, refund=ours, view=each, actor=self.actor, at=self.at)

    def record_movement(self, payment: Payment, transaction_id: str, *, moved: Money) -> None:
        """Keeps the movement of our balance that a charge or a refund names, asking for it where it is news."""
        if not transaction_id or is_transaction_kept(account=self.event.account, transaction_id=transaction_id):
            return
        movement = self.ask("balance_transaction", transaction_id)
        if movement is not None:
            record_transaction(payment=payment, moved=moved, view=movement, actor=self.actor, at=self.at)


def _check_currency(payment: Payment, view: RefundView) -> None:
    """No gateway gives back in another currency than it took. Were it booked, so many units of one currency would be
    taken for as many of the other: a person looks. Raises Hopeless."""
    if view.amount.currency != payment.currency:
        raise Hopeless("refund_in_another_currency", f"{payment.public_id} is in {payment.currency}")


def mark(our_id: str, prefix: str) -> str:
    """An id of ours, or nothing: others write marks under the same name."""
    return our_id if our_id.startswith(f"{prefix}_") and PATTERN.fullmatch(our_id) else ""


def people(payment: Payment) -> tuple[str, ...]:
    """Whom an event of this payment concerns, by public id."""
    return (payment.order.buyer.public_id,) if payment.order and payment.order.buyer else ()


def concerned(*, account: str, gateway_payment_id: object) -> tuple[str, ...]:
    """Whom an event concerns that we do not handle: its body may name them all the same, and goes when they do."""
    if not isinstance(gateway_payment_id, str) or not gateway_payment_id:
        return ()
    payment = find_payment(account=account, gateway_payment_id=gateway_payment_id)
    return people(payment) if payment is not None else ()


def translate_payment(context: Context, view: PaymentView) -> tuple[Payment | None, Handled]:
    """What a gateway says of a payment, in its event; with the payment where it is ours."""
    payment = context.owner_of(view)
    if payment is None:
        return None, Handled.foreign("no payment of ours")
    _count_declines(context, payment, view)
    note = context.observe(payment, context.at_present(payment, view))
    return payment, Handled.processed(f"{payment.public_id}: {note}", *people(payment))


def _count_declines(context: Context, payment: Payment, view: PaymentView) -> None:
    """One per attempt where the object lists them, for its events may all be one hint; else one per event."""
    told = view.declines
    if not told and view.state is PaymentState.FAILED and view.failure is not None:
        told = (context.event.event_id,)
    note_declines(payment=payment, told=told, fingerprint=view.fingerprint, at=context.at)


def translate_refund(context: Context, view: RefundView) -> Handled:
    """What a gateway says of a refund, in its event, whoever made it."""
    known = find_refund(account=context.event.account, view=view)
    if known is None and mark(view.our_id, "rf") and not is_known(view.our_id):
        raise Park(view.our_id)
    payment = known.payment if known else context.owner_of(view)
    if payment is None:
        return Handled.foreign("a refund of no payment of ours")
    if known is None and not payment.captured_minor and view.gateway_payment_id:
        # Faster than the capture that it gives back, which must be booked first: else it would seem a loss, and the
        # order would stand paid with money that the buyer has again.
        above: PaymentView | None = context.ask("payment", view.gateway_payment_id)
        if above is not None:
            context.observe(payment, above)
    note = context.record_refund(payment, view)
    if not view.is_release:
        context.record_movement(payment, view.balance_transaction_id, moved=-view.amount)
        context.record_movement(payment, view.failure_balance_transaction_id, moved=view.amount)
    return Handled.processed(f"{payment.public_id}: {note}", *people(payment))
