"""The gateway contract, spoken to Razorpay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from config.calls.fields import JSON, text
from config.kernel.backoff import Ladder
from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Absence, Answer, Capability, FetchedEvent, NewPayment, Outcome
from payments.gateways.dispute_views import DisputeView, Evidence, EvidenceText
from payments.gateways.failures import GatewayFailure, GatewayUnreachable, NotOffered, QuestionRefused, UnreadableObject
from payments.gateways.payment_views import PaymentView
from payments.gateways.razorpay import amounts, movements, recurring, views
from payments.gateways.razorpay.calls import attempts_of, change, look, walk
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.razorpay.confirmation import is_genuine
from payments.gateways.razorpay.disputes import RazorpayDisputes, why_not_say
from payments.gateways.razorpay.fields import CALL_MARK, PAYMENT_MARK, mark
from payments.gateways.razorpay.requests import capture_body, order_body, refund_body
from payments.gateways.razorpay.saved import NOT_LOOKED_UP, RazorpaySavedMethods
from payments.gateways.razorpay.settlements import RazorpaySettlements
from payments.gateways.readings import Reading, captured, refunded
from payments.gateways.refund_views import RefundView

REFUND_KEY: Final = "X-Refund-Idempotency"
NOT_CAPTURED: Final = "payment_not_captured"
NOT_AUTHORIZED: Final = "payment_not_authorized"
CAPABILITIES: Final = frozenset(
    {
        Capability.MANUAL_CAPTURE,
        Capability.PARTIAL_REFUND,
        Capability.LIST_REFUNDS,
        Capability.BALANCE_TRANSACTIONS,
        Capability.SETTLEMENTS,
        Capability.SIGNED_BODIES,
        Capability.STAYS_OPEN,
        Capability.CLIENT_CONFIRMATION,
        Capability.DISPUTE_EVIDENCE,
        Capability.SAVED_METHODS,
        Capability.OFF_SESSION,
    }
)
# Orders that wait, in case that no event tells: now and then while they may be paid, then rarely while a bank decides.
ORDERS: Final = Ladder(steps_s=(120, 180, 300, 600, 600, 1_800, *(21_600,) * 20))
# A refund takes five to seven working days, and its event may be lost; `processed` is its last word.
# Source: razorpay.com/docs/payments/refunds, states of a refund [doc].
REFUNDS: Final = Ladder(steps_s=(300, 1_800, 7_200, *(21_600,) * 20, *(86_400,) * 30))


class RazorpayGateway(RazorpaySavedMethods, RazorpaySettlements):
    """One Razorpay account. Our payment is its order; money moves when the customer pays in Checkout, at a late
    capture, when a token is charged and at a refund. An order cannot be closed: what comes after we gave it up is
    unapplied."""

    def __init__(self, client: RazorpayClient, *, key_id: str, key_secret: str) -> None:
        self.name: str = "razorpay"
        self.capabilities: frozenset[Capability] = CAPABILITIES
        self.absent_payment = Absence(after=timedelta(minutes=2), times=2, apart=timedelta(minutes=1))
        self.absent_refund = Absence(after=timedelta(minutes=10), times=2, apart=timedelta(minutes=1))
        self.absent_charge = Absence(after=timedelta(minutes=15), times=2, apart=timedelta(minutes=1))
        self.public_key: str = key_id
        self.schedule: Ladder | None = ORDERS
        self.refund_schedule: Ladder | None = REFUNDS
        self.bounce_schedule: Ladder | None = None
        self._client = client
        self._key_secret = key_secret
        self._livemode = key_id.startswith("rzp_live_")
        self._disputes = RazorpayDisputes(client, livemode=self._livemode)

    # Questions that ask nobody

    def minimum_minor(self, currency: str) -> int | None:
        return amounts.minimum_minor(currency)

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        return amounts.why_not_charge(amount)

    def verify_confirmation(self, *, gateway_payment_id: str, proof: Mapping[str, str]) -> bool:
        return is_genuine(key_secret=self._key_secret, order_id=gateway_payment_id, proof=proof)

    # Changes

    def why_not_say(self, texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
        return why_not_say(texts)

    def create_payment(self, new: NewPayment) -> Answer:
        answer = change(
            self._client,
            lambda client: client.order.create(order_body(new)),
            lambda order: Reading(Outcome.SUCCEEDED, payment=self._view(order, ())),
        )
        if answer.outcome is Outcome.DECLINED:  # all its refusals have one code; ours are told apart
            return replace(answer, failure=amounts.why_not_charge(new.amount) or answer.failure)
        return answer

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        """All of it or nothing. The attempt to capture is looked up first: without an answer to that nothing was sent.
        Captures have no key; one of what is captured already is refused, and then looked at."""
        attempts = self._attempts_or_failure(gateway_payment_id)
        if isinstance(attempts, GatewayFailure):
            return Answer(Outcome.NOT_EXECUTED, failure=attempts)
        waiting = views.authorized(attempts)
        if waiting is None:
            refusal = Answer(Outcome.DECLINED, failure=GatewayFailure(NOT_AUTHORIZED))
            return self._as_it_stands(refusal, gateway_payment_id, amount)
        answer = change(
            self._client,
            lambda client: client.payment.capture(text(waiting, "id"), amount.amount_minor, capture_body(amount)),
            lambda payment: captured(self._attempt(payment), amount),
        )
        if answer.outcome is Outcome.DECLINED:
            return self._as_it_stands(answer, gateway_payment_id, amount)
        return answer

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        raise NotOffered("an order cannot be closed at Razorpay")

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        if not charge_id:
            attempts = self._attempts_or_failure(gateway_payment_id)
            if isinstance(attempts, GatewayFailure):
                return Answer(Outcome.NOT_EXECUTED, failure=attempts)
            taken = views.captured(attempts)
            if taken is None:
                return Answer(Outcome.DECLINED, failure=GatewayFailure(NOT_CAPTURED))
            charge_id = text(taken, "id")
        return change(
            self._client,
            lambda client: client.payment.refund(
                charge_id, refund_body(our_id=our_id, key=key, amount=amount), headers={REFUND_KEY: key}
            ),
            lambda refund: refunded(views.refund_view(refund, gateway_payment_id=gateway_payment_id)),
        )

    # Reads

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        if not gateway_payment_id:
            return None
        order = look(self._client, lambda client: client.order.fetch(gateway_payment_id))
        return self._view(order, self._attempts(gateway_payment_id)) if order is not None else None

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        orders = list(walk(self._client, lambda client, params: client.order.all(params), {"receipt": our_id}))
        by_call = [order for order in orders if call_id and mark(order, CALL_MARK) == call_id]
        ours = by_call or [order for order in orders if mark(order, PAYMENT_MARK) == our_id]
        return self._view(ours[0], self._attempts(text(ours[0], "id"))) if ours else None

    def get_refund(self, *, refund_id: str) -> RefundView | None:
        refund = look(self._client, lambda client: client.refund.fetch(refund_id))
        if refund is None:
            return None
        payment = self._payment(text(refund, "payment_id"))
        return views.refund_view(refund, payment=payment)

    def find_refund(self, *, our_id: str, call_id: str, gateway_payment_id: str) -> RefundView | None:
        refunds = self.list_refunds(gateway_payment_id=gateway_payment_id)
        return next((refund for refund in refunds if refund.our_id == our_id), None)

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        found = [
            views.refund_view(refund, payment=payment)
            for payment in self._attempts(gateway_payment_id)
            if payment.get("status") in ("captured", "refunded")
            for refund in walk(
                self._client,
                lambda client, params, payment=payment: client.payment.fetch_multiple_refund(  # type: ignore[misc]
                    text(payment, "id"), params
                ),
                {},
            )
        ]
        yield from sorted(found, key=lambda view: view.at, reverse=True)

    def get_dispute(self, *, dispute_id: str) -> DisputeView | None:
        return self._disputes.get(dispute_id)

    def list_disputes(self, *, since: datetime) -> Iterator[DisputeView]:
        return self._disputes.each(since)

    def confirm_payment(self, *, key: str, gateway_payment_id: str, method_id: str) -> Answer:
        return recurring.charge(
            self._client, livemode=self._livemode, key=key, gateway_payment_id=gateway_payment_id, method_id=method_id
        )

    def submit_evidence(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        return self._disputes.submit(dispute_id=dispute_id, evidence=evidence, submit=submit)

    def accept_dispute(self, *, key: str, dispute_id: str) -> Answer:
        return self._disputes.accept(dispute_id=dispute_id)

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None:
        if transaction_id.startswith("pay_"):
            payment = self._payment(transaction_id)
            return movements.of_payment(payment) if payment is not None else None
        if not transaction_id.startswith("rfnd_"):
            return None  # of a dispute: its movements stand on the dispute, and cost nothing of their own
        refund_id = transaction_id.removesuffix(views.RETURNED)
        refund = look(self._client, lambda client: client.refund.fetch(refund_id))
        returned = refund_id != transaction_id
        return movements.of_refund(refund, returned=returned) if refund is not None else None

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]:
        """Payments, then refunds, of that span; a refund that came back is there twice. What else moved the balance
        shows only in a settlement."""
        span = {"from": int(since.timestamp()), "to": int(until.timestamp()) - 1}
        for payment in walk(self._client, lambda client, params: client.payment.all(params), span):
            if movement := movements.of_payment(payment):
                yield movement
        for refund in walk(self._client, lambda client, params: client.refund.all(params), span):
            for returned in (False, True):
                if movement := movements.of_refund(refund, returned=returned):
                    yield movement

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        raise NotOffered("Razorpay lists no events")

    def _view(self, order: JSON, attempts: list[JSON] | tuple[()]) -> PaymentView:
        return views.payment_from_order(order, attempts, livemode=self._livemode)

    def _attempt(self, payment: JSON) -> PaymentView:
        return views.payment_from_attempt(payment, livemode=self._livemode)

    def _payment(self, payment_id: str) -> JSON | None:
        return look(self._client, lambda client: client.payment.fetch(payment_id))

    def _attempts(self, order_id: str) -> list[JSON]:
        return attempts_of(self._client, order_id)

    def _attempts_or_failure(self, order_id: str) -> list[JSON] | GatewayFailure:
        """The same before a change: what could not be looked up was not begun."""
        try:
            return self._attempts(order_id)
        except (GatewayUnreachable, QuestionRefused, UnreadableObject) as error:
            return GatewayFailure(NOT_LOOKED_UP, str(error))

    def _as_it_stands(self, refusal: Answer, gateway_payment_id: str, amount: Money) -> Answer:
        """The answer to a capture that was refused: what the state of the payment means for it."""
        try:
            view = self.get_payment(gateway_payment_id=gateway_payment_id, session_id="")
        except (GatewayUnreachable, UnreadableObject):  # the refusal alone does not say whether it had been done before
            return replace(refusal, outcome=Outcome.UNKNOWN)
        if view is None:
            return refusal
        reading = captured(view, amount)
        if reading.outcome is Outcome.UNKNOWN:  # still authorised: the refusal was about something else, and stands
            return replace(refusal, payment=view)
        done = reading.outcome in (Outcome.SUCCEEDED, Outcome.PENDING)
        return replace(refusal, outcome=reading.outcome, payment=view, failure=None if done else refusal.failure)


def build(*, key_id: str, key_secret: str, api_base: str) -> RazorpayGateway:
    """The adapter of one account. Sends nothing yet."""
    client = RazorpayClient(key_id=key_id, key_secret=key_secret, api_base=api_base)
    return RazorpayGateway(client, key_id=key_id, key_secret=key_secret)
