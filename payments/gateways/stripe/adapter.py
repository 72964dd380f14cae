"""The gateway contract, spoken to Stripe."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from config.calls.fields import JSON, instant, text
from config.kernel.backoff import Ladder
from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Absence, Answer, Capability, FetchedEvent, NewPayment, Outcome
from payments.gateways.dispute_views import DisputeView, Evidence, EvidenceText
from payments.gateways.failures import GatewayFailure, GatewayUnreachable, NotOffered, UnreadableObject
from payments.gateways.method_views import MethodView, SetupView
from payments.gateways.not_offered import WithoutSettlements
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.readings import Reading, captured, closed, confirmed, refunded
from payments.gateways.refund_views import RefundView
from payments.gateways.stripe import amounts
from payments.gateways.stripe.calls import change, look
from payments.gateways.stripe.client import StripeConnection, connect
from payments.gateways.stripe.disputes import StripeDisputes
from payments.gateways.stripe.lists import StripeLists, epoch, search
from payments.gateways.stripe.outcomes import MISSING
from payments.gateways.stripe.paging import newest_first, oldest_first
from payments.gateways.stripe.requests import (
    INTENT_EXPANSIONS,
    SESSION_EXPANSIONS,
    intent_params,
    refund_params,
    session_params,
)
from payments.gateways.stripe.saved import StripeSavedMethods
from payments.gateways.stripe.views import (
    balance_transaction_view,
    payment_from_intent,
    payment_from_session,
    refund_view,
)

# Refusals that are about where the PaymentIntent stands: it is looked at before the refusal is believed.
OTHER_STATE: Final = frozenset(
    {"payment_intent_unexpected_state", "intent_invalid_state", "charge_already_captured", "charge_expired_for_capture"}
)
_NOT_PAID: Final = frozenset({PaymentState.PENDING, PaymentState.FAILED, PaymentState.AUTHORIZED})

NOT_HERE: Final = frozenset({Capability.CLIENT_CONFIRMATION, Capability.SETTLEMENTS, Capability.STAYS_OPEN})


class StripeGateway(WithoutSettlements):
    """One Stripe account. Money moves only when the customer confirms in the browser, at capture and at refund."""

    def __init__(self, connection: StripeConnection) -> None:
        self.name: str = "stripe"
        self.capabilities: frozenset[Capability] = frozenset(Capability) - NOT_HERE
        self.absent_payment = Absence(after=timedelta(hours=24))
        self.absent_refund = Absence(after=timedelta(minutes=10), times=2, apart=timedelta(minutes=1))
        # A request that is still on its way somewhere may be executed until then; under its key it stays one.
        self.absent_charge = Absence(after=timedelta(minutes=10))
        self.public_key: str = ""
        self.schedule: Ladder | None = None
        self.refund_schedule: Ladder | None = None
        self.bounce_schedule: Ladder | None = None
        self._connection = connection
        self._lists = StripeLists(connection)
        self._disputes = StripeDisputes(connection, self._lists)
        self._saved = StripeSavedMethods(connection, self._lists)

    # Questions that ask nobody

    def minimum_minor(self, currency: str) -> int | None:
        return amounts.minimum_minor(currency)

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        return amounts.why_not_charge(amount)

    def verify_confirmation(self, *, gateway_payment_id: str, proof: Mapping[str, str]) -> bool:
        raise NotOffered("Stripe's page brings no signed proof")

    # Changes

    def why_not_say(self, texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
        del texts  # it has a place for each, and they are bounded where they are written
        return None

    def create_payment(self, new: NewPayment) -> Answer:
        if new.hosted:
            return change(
                self._connection,
                lambda client: client.v1.checkout.sessions.create(
                    session_params(new), {"idempotency_key": new.call_id}
                ),
                lambda session: Reading(Outcome.SUCCEEDED, payment=payment_from_session(session)),
            )
        return change(
            self._connection,
            lambda client: client.v1.payment_intents.create(intent_params(new), {"idempotency_key": new.call_id}),
            lambda intent: Reading(Outcome.SUCCEEDED, payment=payment_from_intent(intent)),
        )

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        answer = change(
            self._connection,
            lambda client: client.v1.payment_intents.capture(
                gateway_payment_id,
                {"amount_to_capture": amounts.to_wire(amount), "expand": INTENT_EXPANSIONS},
                {"idempotency_key": key},
            ),
            lambda intent: captured(payment_from_intent(intent), amount),
        )
        if answer.outcome is Outcome.DECLINED and answer.failure and answer.failure.code in OTHER_STATE:
            return self._as_it_stands(answer, gateway_payment_id, "", lambda view: captured(view, amount))
        return answer

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        if not session_id:
            return self._cancel_intent(key, gateway_payment_id)
        answer = change(
            self._connection,
            lambda client: client.v1.checkout.sessions.expire(session_id, {}, {"idempotency_key": key}),
            lambda session: closed(payment_from_session(session)),
        )
        if not _refused_as_it_stands(answer):
            return answer
        answer = self._as_it_stands(answer, "", session_id, closed)
        if answer.payment is not None and answer.payment.gateway_payment_id and answer.payment.state in _NOT_PAID:
            # The page is done with, but what it authorised may still be let go. Another request, so another key.
            return self._cancel_intent(f"{key}-intent", answer.payment.gateway_payment_id)
        return answer

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        params = refund_params(
            our_id=our_id, key=key, gateway_payment_id=gateway_payment_id, charge_id=charge_id, amount=amount
        )
        return change(
            self._connection,
            lambda client: client.v1.refunds.create(params, {"idempotency_key": key}),
            lambda refund: refunded(refund_view(refund)),
        )

    def submit_evidence(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        return self._disputes.submit(key=key, dispute_id=dispute_id, evidence=evidence, submit=submit)

    def accept_dispute(self, *, key: str, dispute_id: str) -> Answer:
        return self._disputes.accept(key=key, dispute_id=dispute_id)

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        return self._saved.create_customer(key=key, our_id=our_id)

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        return self._saved.start_setup(key=key, our_id=our_id, customer_id=customer_id)

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        return self._saved.cancel_setup(key=key, setup_id=setup_id)

    def detach_method(self, *, key: str, method_id: str) -> Answer:
        return self._saved.detach(key=key, method_id=method_id)

    def confirm_payment(self, *, key: str, gateway_payment_id: str, method_id: str) -> Answer:
        answer = change(
            self._connection,
            lambda client: client.v1.payment_intents.confirm(
                gateway_payment_id,
                {"payment_method": method_id, "off_session": True, "expand": INTENT_EXPANSIONS},
                {"idempotency_key": key},
            ),
            lambda intent: confirmed(payment_from_intent(intent)),
        )
        if answer.outcome is Outcome.DECLINED and answer.failure and answer.failure.code in OTHER_STATE:
            return self._as_it_stands(answer, gateway_payment_id, "", confirmed)
        return answer

    # Reads

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        if session_id:
            session = look(
                self._connection,
                lambda client: client.v1.checkout.sessions.retrieve(session_id, {"expand": SESSION_EXPANSIONS}),
            )
            return payment_from_session(session) if session is not None else None
        intent = look(
            self._connection,
            lambda client: client.v1.payment_intents.retrieve(gateway_payment_id, {"expand": INTENT_EXPANSIONS}),
        )
        return payment_from_intent(intent) if intent is not None else None

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        # Sessions first: the PaymentIntent of a session carries the same marks, but not the session's id.
        session_id = search(self._lists.sessions, our_id=our_id, call_id=call_id, since=since)
        if session_id:
            return self.get_payment(gateway_payment_id="", session_id=session_id)
        intent_id = search(self._lists.intents, our_id=our_id, call_id=call_id, since=since)
        return self.get_payment(gateway_payment_id=intent_id, session_id="") if intent_id else None

    def get_refund(self, *, refund_id: str) -> RefundView | None:
        refund = look(self._connection, lambda client: client.v1.refunds.retrieve(refund_id))
        return refund_view(refund) if refund is not None else None

    def find_refund(self, *, our_id: str, call_id: str, gateway_payment_id: str) -> RefundView | None:
        del call_id  # a refund has one row of ours, whichever of its calls made it
        refunds = self.list_refunds(gateway_payment_id=gateway_payment_id)
        return next((refund for refund in refunds if refund.our_id == our_id), None)

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        for page in newest_first(self._lists.refunds, {"payment_intent": gateway_payment_id}):
            yield from map(refund_view, page)

    def get_dispute(self, *, dispute_id: str) -> DisputeView | None:
        return self._disputes.get(dispute_id)

    def list_disputes(self, *, since: datetime) -> Iterator[DisputeView]:
        return self._disputes.each(since)

    def get_setup(self, *, setup_id: str) -> SetupView | None:
        return self._saved.get_setup(setup_id)

    def get_method(self, *, method_id: str) -> MethodView | None:
        return self._saved.get_method(method_id)

    def list_methods(self, *, customer_id: str) -> Iterator[MethodView]:
        return self._saved.list_methods(customer_id)

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None:
        movement = look(self._connection, lambda client: client.v1.balance_transactions.retrieve(transaction_id))
        return balance_transaction_view(movement) if movement is not None else None

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]:
        for page in newest_first(self._lists.movements, {"created": {"gte": epoch(since), "lt": epoch(until)}}):
            yield from map(balance_transaction_view, page)

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        for page in oldest_first(self._lists.events, {"created": {"gte": epoch(since)}}):
            yield from map(_fetched_event, page)

    def _cancel_intent(self, key: str, gateway_payment_id: str) -> Answer:
        answer = change(
            self._connection,
            lambda client: client.v1.payment_intents.cancel(gateway_payment_id, {}, {"idempotency_key": key}),
            lambda intent: closed(payment_from_intent(intent)),
        )
        return self._as_it_stands(answer, gateway_payment_id, "", closed) if _refused_as_it_stands(answer) else answer

    def _as_it_stands(
        self,
        refusal: Answer,
        gateway_payment_id: str,
        session_id: str,
        judge: Callable[[PaymentView], Reading],
    ) -> Answer:
        """The answer to a call that was refused for the state of its object: what that state means for the call."""
        try:
            view = self.get_payment(gateway_payment_id=gateway_payment_id, session_id=session_id)
        except (GatewayUnreachable, UnreadableObject):  # the refusal alone does not say whether it had been done before
            return replace(refusal, outcome=Outcome.UNKNOWN)
        if view is None:
            return refusal
        reading = judge(view)
        done = reading.outcome in (Outcome.SUCCEEDED, Outcome.PENDING)
        return replace(refusal, outcome=reading.outcome, payment=view, failure=None if done else refusal.failure)


def _refused_as_it_stands(answer: Answer) -> bool:
    """Declined for another reason than that there is no such object: its state may be just what was asked for."""
    return answer.outcome is Outcome.DECLINED and answer.failure is not None and answer.failure.code != MISSING


def _fetched_event(event: JSON) -> FetchedEvent:
    return FetchedEvent(
        event_id=text(event, "id"),
        type=text(event, "type"),
        created_at=instant(event, "created"),
        body=json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def build(*, secret_key: str, api_base: str) -> StripeGateway:
    """The adapter of one account. Sends nothing yet."""
    return StripeGateway(connect(secret_key=secret_key, api_base=api_base))
