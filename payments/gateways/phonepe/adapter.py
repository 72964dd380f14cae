"""The gateway contract, spoken to PhonePe's Standard Checkout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from config.calls.wire import NoAnswer, NotSent, Reply
from config.kernel.backoff import Ladder
from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Absence, Answer, Capability, FetchedEvent, NewPayment, Outcome
from payments.gateways.dispute_views import DisputeView, Evidence, EvidenceText
from payments.gateways.failures import (
    NO_ANSWER,
    NOT_SENT,
    UNREADABLE,
    GatewayFailure,
    GatewayMisconfigured,
    GatewayUnreachable,
    NotOffered,
    QuestionRefused,
    UnreadableObject,
)
from payments.gateways.not_offered import WithoutSavedMethods, WithoutSettlements
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.phonepe import amounts
from payments.gateways.phonepe.client import InvalidLogin, Login, PhonePeConnection
from payments.gateways.phonepe.links import Links
from payments.gateways.phonepe.outcomes import error_of_read, outcome_of
from payments.gateways.phonepe.requests import life_s, pay_body, refund_id
from payments.gateways.phonepe.views import payment_view, refund_view
from payments.gateways.readings import answered, refunded
from payments.gateways.refund_views import RefundView

_MINUTE = timedelta(minutes=1)
_HOUR_S = 3_600
# Orders as PhonePe advises: after 25 s, then every 3 s for 30 s, 6 s for 60 s, 10 s for 60 s, 30 s for 60 s, then every
# minute. An order ends within an hour; about one that is still open then it is asked for three days more.
# Source: developer.phonepe.com, "Order Status", reconciliation schedule [doc].
ORDERS = Ladder(
    steps_s=(25, *(3,) * 10, *(6,) * 10, *(10,) * 6, *(30,) * 2, *(60,) * 65, *(600,) * 6, *(_HOUR_S,) * 71)
)
# Nothing is advised for refunds: soon at first, because holds stand still meanwhile, then for a month.
REFUNDS = Ladder(steps_s=(60, 300, 900, _HOUR_S, *(6 * _HOUR_S,) * 20, *(24 * _HOUR_S,) * 30))
# A bank may return what it was given; how long, nobody says. Two weeks are twice what a bank transfer takes to bounce.
BOUNCES = Ladder(steps_s=(_HOUR_S, *(6 * _HOUR_S,) * 4, *(24 * _HOUR_S,) * 13))


class PhonePeGateway(WithoutSavedMethods, WithoutSettlements):
    """One PhonePe account. The customer pays on its page; nothing is authorised first, cancelled, or listed."""

    def __init__(self, connection: PhonePeConnection, *, account: str = "phonepe") -> None:
        self.name: str = "phonepe"
        self.capabilities: frozenset[Capability] = frozenset({Capability.PARTIAL_REFUND})
        self.absent_payment = Absence(after=_MINUTE, times=2, apart=_MINUTE)
        self.absent_refund = Absence(after=_MINUTE, times=2, apart=_MINUTE)
        self.absent_charge = self.absent_payment
        self.public_key: str = ""
        self.schedule: Ladder | None = ORDERS
        self.refund_schedule: Ladder | None = REFUNDS
        self.bounce_schedule: Ladder | None = BOUNCES
        self._connection = connection
        self._links = Links(account=account)

    # Questions that ask nobody

    def minimum_minor(self, currency: str) -> int | None:
        return amounts.minimum_minor(currency)

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        return amounts.why_not_charge(amount)

    def verify_confirmation(self, *, gateway_payment_id: str, proof: Mapping[str, str]) -> bool:
        raise NotOffered("PhonePe's page brings no signed proof")

    # Changes

    def why_not_say(self, texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
        del texts  # it takes no evidence at all
        return None

    def create_payment(self, new: NewPayment) -> Answer:
        if new.amount.currency != amounts.CURRENCY:  # its amounts name no currency: they would be taken for rupees
            return Answer(Outcome.DECLINED, failure=amounts.why_not_charge(new.amount))
        answer, reply = self._post("/checkout/v2/pay", pay_body(new))
        if answer.outcome is Outcome.DECLINED:
            return self._what_is_there(answer, new)
        if reply is None or answer.outcome is not Outcome.SUCCEEDED:
            return answer
        url = reply.body.get("redirectUrl")
        if not isinstance(url, str) or not url:  # it was executed, but what it made must be asked for
            return replace(answer, outcome=Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE, "order.redirectUrl"))
        self._links.keep(new.our_id, url, seconds=life_s(new))
        # The answer says less than we said ourselves: what travels with the order, and over how much it is.
        order = {**pay_body(new), **reply.body}
        try:
            view = payment_view(order, order_id=new.our_id, livemode=self._connection.livemode, redirect_url=url)
        except UnreadableObject as error:
            return replace(answer, outcome=Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE, str(error)))
        return replace(answer, payment=view)

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        raise NotOffered("PhonePe authorises nothing that could be captured later")

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        raise NotOffered("PhonePe's orders end by themselves")

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        if amount.currency != amounts.CURRENCY:
            return Answer(Outcome.DECLINED, failure=amounts.why_not_charge(amount))
        its_id = refund_id(our_id=our_id, call_id=key)
        answer, reply = self._post(
            "/payments/v2/refund",
            {
                "merchantRefundId": its_id,
                "originalMerchantOrderId": gateway_payment_id,
                "amount": amount.amount_minor,
            },
        )
        if answer.outcome not in (Outcome.SUCCEEDED, Outcome.DECLINED):
            return answer
        try:
            view = self.get_refund(refund_id=its_id)
        except (GatewayUnreachable, QuestionRefused, UnreadableObject):
            view = None
            if answer.outcome is Outcome.DECLINED:  # the refusal alone does not say whether it had been made before
                return replace(answer, outcome=Outcome.UNKNOWN)
        if view is None and answer.outcome is Outcome.DECLINED:
            return answer
        if view is None and reply is not None:  # the request was answered "pending": nothing newer is known
            try:
                view = refund_view(reply.body, refund_id=its_id, at=reply.at, order_id=gateway_payment_id)
            except UnreadableObject as error:
                return replace(answer, outcome=Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE, str(error)))
        if view is None or view.amount != amount or view.gateway_payment_id != gateway_payment_id:
            return replace(answer, outcome=Outcome.UNKNOWN, failure=GatewayFailure("another_refund_under_this_id"))
        return answered(answer, refunded(replace(view, charge_id=charge_id)))

    # Reads

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        # PhonePe's own order id, which we keep as the session, opens nothing: it is asked by ours.
        order_id = gateway_payment_id or session_id
        order = self._get(f"/checkout/v2/order/{order_id}/status", details="true", errorContext="true")
        if order is None:
            return None
        view = payment_view(order, order_id=order_id, livemode=self._connection.livemode)
        may_be_paid = view.state in (PaymentState.PENDING, PaymentState.FAILED) and not view.is_closed
        return replace(view, redirect_url=self._links.find(order_id)) if may_be_paid else view

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        del call_id, since  # the payment's own id is the order's
        return self.get_payment(gateway_payment_id=our_id, session_id="")

    def get_refund(self, *, refund_id: str) -> RefundView | None:
        reply = self._look(f"/payments/v2/refund/{refund_id}/status")
        return refund_view(reply.body, refund_id=refund_id, at=reply.at) if reply is not None else None

    def find_refund(self, *, our_id: str, call_id: str, gateway_payment_id: str) -> RefundView | None:
        del gateway_payment_id
        return self.get_refund(refund_id=refund_id(our_id=our_id, call_id=call_id))

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        raise NotOffered("PhonePe lists no refunds")

    def get_dispute(self, *, dispute_id: str) -> DisputeView | None:
        raise NotOffered("PhonePe's API has no disputes")

    def list_disputes(self, *, since: datetime) -> Iterator[DisputeView]:
        raise NotOffered("PhonePe's API has no disputes")

    def submit_evidence(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        raise NotOffered("PhonePe's API has no disputes")

    def accept_dispute(self, *, key: str, dispute_id: str) -> Answer:
        raise NotOffered("PhonePe's API has no disputes")

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None:
        raise NotOffered("PhonePe's API shows no balance")

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]:
        raise NotOffered("PhonePe's API shows no balance")

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        raise NotOffered("PhonePe lists no events")

    def _what_is_there(self, refusal: Answer, new: NewPayment) -> Answer:
        """A refused order: PhonePe does not say whether its id was used before or its body is wrong, so it is asked."""
        try:
            view = self.get_payment(gateway_payment_id=new.our_id, session_id="")
        except (GatewayUnreachable, QuestionRefused, UnreadableObject):
            return replace(refusal, outcome=Outcome.UNKNOWN)
        if view is None:
            return replace(refusal, failure=amounts.why_not_charge(new.amount) or refusal.failure)
        if view.amount != new.amount or view.our_id != new.our_id:
            return replace(refusal, outcome=Outcome.UNKNOWN, failure=GatewayFailure("another_order_under_this_id"))
        return replace(refusal, outcome=Outcome.SUCCEEDED, payment=view, failure=None)

    def _post(self, path: str, body: Mapping[str, Any]) -> tuple[Answer, Reply | None]:
        """What became of a request that changes something; SUCCEEDED where an object came back, whatever it says."""
        try:
            reply = self._connection.send("POST", path, json=body)
        except NotSent as error:
            return Answer(Outcome.NOT_EXECUTED, failure=GatewayFailure(NOT_SENT, str(error))), None
        except NoAnswer as error:
            return Answer(Outcome.UNKNOWN, failure=GatewayFailure(NO_ANSWER, str(error))), None
        except InvalidLogin as error:
            raise GatewayMisconfigured(str(error)) from error
        if reply.is_good:
            return Answer(Outcome.SUCCEEDED, http_status=reply.status, raw=reply.body), reply
        if 200 <= reply.status < 300:
            return Answer(Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE), http_status=reply.status), reply
        outcome, failure = outcome_of(reply)
        return Answer(outcome, failure=failure, http_status=reply.status, raw=reply.body), reply

    def _get(self, path: str, **query: str) -> Mapping[str, Any] | None:
        reply = self._look(path, **query)
        return reply.body if reply is not None else None

    def _look(self, path: str, **query: str) -> Reply | None:
        """A read. None where there is no such object. Raises GatewayUnreachable, GatewayMisconfigured and
        QuestionRefused."""
        try:
            reply = self._connection.send("GET", path, query=query)
        except (NotSent, NoAnswer) as error:
            raise GatewayUnreachable(f"PhonePe did not answer ({error})") from error
        except InvalidLogin as error:
            raise GatewayMisconfigured(str(error)) from error
        if reply.is_good:
            return reply
        raised = error_of_read(reply)
        if raised is None:
            return None
        raise raised


def build(*, account: str, client_id: str, client_secret: str, client_version: str, api_base: str) -> PhonePeGateway:
    """The adapter of one account. Sends nothing yet."""
    login = Login(client_id=client_id, client_secret=client_secret, client_version=client_version)
    return PhonePeGateway(PhonePeConnection(login=login, api_base=api_base), account=account)
