"""Stands before every adapter: no call inside a transaction, none while the network is barred, each one timed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from config.calls.timed import Observe, Timed
from config.kernel.backoff import Ladder
from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Absence, Answer, Capability, FetchedEvent, Gateway, NewPayment
from payments.gateways.dispute_views import DisputeView, Evidence, EvidenceText
from payments.gateways.failures import GatewayFailure
from payments.gateways.method_views import MethodView, SetupView
from payments.gateways.payment_views import PaymentView
from payments.gateways.refund_views import RefundView
from payments.gateways.settlement_views import SettlementLine, SettlementView

__all__ = ["Guarded", "Observe"]


class Guarded:
    """A Gateway that stands before another one: asks before each request whether it may, and reports how it went.

    The lists are lazy: their guard stands before every page, not only before the first.
    """

    def __init__(self, adapter: Gateway, *, observe: Observe) -> None:
        self.name: str = adapter.name
        self.capabilities: frozenset[Capability] = adapter.capabilities
        self.absent_payment: Absence = adapter.absent_payment
        self.absent_refund: Absence = adapter.absent_refund
        self.absent_charge: Absence = adapter.absent_charge
        self.public_key: str = adapter.public_key
        self.schedule: Ladder | None = adapter.schedule
        self.refund_schedule: Ladder | None = adapter.refund_schedule
        self.bounce_schedule: Ladder | None = adapter.bounce_schedule
        self._adapter = adapter
        timed = Timed(adapter.name, observe=observe)
        self._call, self._each = timed.call, timed.each

    def minimum_minor(self, currency: str) -> int | None:
        return self._adapter.minimum_minor(currency)

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        return self._adapter.why_not_charge(amount)

    def verify_confirmation(self, *, gateway_payment_id: str, proof: Mapping[str, str]) -> bool:
        return self._adapter.verify_confirmation(gateway_payment_id=gateway_payment_id, proof=proof)

    def why_not_say(self, texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
        return self._adapter.why_not_say(texts)

    def create_payment(self, new: NewPayment) -> Answer:
        return self._call("create_payment", lambda: self._adapter.create_payment(new))

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        return self._call(
            "capture_payment",
            lambda: self._adapter.capture_payment(key=key, gateway_payment_id=gateway_payment_id, amount=amount),
        )

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        return self._call(
            "cancel_payment",
            lambda: self._adapter.cancel_payment(key=key, gateway_payment_id=gateway_payment_id, session_id=session_id),
        )

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        return self._call(
            "refund_payment",
            lambda: self._adapter.refund_payment(
                key=key, our_id=our_id, gateway_payment_id=gateway_payment_id, charge_id=charge_id, amount=amount
            ),
        )

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        return self._call(
            "get_payment",
            lambda: self._adapter.get_payment(gateway_payment_id=gateway_payment_id, session_id=session_id),
        )

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        return self._call(
            "find_payment", lambda: self._adapter.find_payment(our_id=our_id, call_id=call_id, since=since)
        )

    def get_refund(self, *, refund_id: str) -> RefundView | None:
        return self._call("get_refund", lambda: self._adapter.get_refund(refund_id=refund_id))

    def find_refund(self, *, our_id: str, call_id: str, gateway_payment_id: str) -> RefundView | None:
        return self._call(
            "find_refund",
            lambda: self._adapter.find_refund(our_id=our_id, call_id=call_id, gateway_payment_id=gateway_payment_id),
        )

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        return self._each("list_refunds", lambda: self._adapter.list_refunds(gateway_payment_id=gateway_payment_id))

    def get_dispute(self, *, dispute_id: str) -> DisputeView | None:
        return self._call("get_dispute", lambda: self._adapter.get_dispute(dispute_id=dispute_id))

    def list_disputes(self, *, since: datetime) -> Iterator[DisputeView]:
        return self._each("list_disputes", lambda: self._adapter.list_disputes(since=since))

    def submit_evidence(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        return self._call(
            "submit_evidence",
            lambda: self._adapter.submit_evidence(key=key, dispute_id=dispute_id, evidence=evidence, submit=submit),
        )

    def accept_dispute(self, *, key: str, dispute_id: str) -> Answer:
        return self._call("accept_dispute", lambda: self._adapter.accept_dispute(key=key, dispute_id=dispute_id))

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        return self._call("create_customer", lambda: self._adapter.create_customer(key=key, our_id=our_id))

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        return self._call(
            "start_setup", lambda: self._adapter.start_setup(key=key, our_id=our_id, customer_id=customer_id)
        )

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        return self._call("cancel_setup", lambda: self._adapter.cancel_setup(key=key, setup_id=setup_id))

    def get_setup(self, *, setup_id: str) -> SetupView | None:
        return self._call("get_setup", lambda: self._adapter.get_setup(setup_id=setup_id))

    def get_method(self, *, method_id: str) -> MethodView | None:
        return self._call("get_method", lambda: self._adapter.get_method(method_id=method_id))

    def list_methods(self, *, customer_id: str) -> Iterator[MethodView]:
        return self._each("list_methods", lambda: self._adapter.list_methods(customer_id=customer_id))

    def detach_method(self, *, key: str, method_id: str) -> Answer:
        return self._call("detach_method", lambda: self._adapter.detach_method(key=key, method_id=method_id))

    def confirm_payment(self, *, key: str, gateway_payment_id: str, method_id: str) -> Answer:
        return self._call(
            "confirm_payment",
            lambda: self._adapter.confirm_payment(key=key, gateway_payment_id=gateway_payment_id, method_id=method_id),
        )

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None:
        return self._call(
            "get_balance_transaction", lambda: self._adapter.get_balance_transaction(transaction_id=transaction_id)
        )

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]:
        return self._each(
            "list_balance_transactions",
            lambda: self._adapter.list_balance_transactions(since=since, until=until),
        )

    def get_settlement(self, *, settlement_id: str) -> SettlementView | None:
        return self._call("get_settlement", lambda: self._adapter.get_settlement(settlement_id=settlement_id))

    def list_settlements(self, *, since: datetime) -> Iterator[SettlementView]:
        return self._each("list_settlements", lambda: self._adapter.list_settlements(since=since))

    def list_settlement_lines(self, *, day: date) -> Iterator[SettlementLine]:
        return self._each("list_settlement_lines", lambda: self._adapter.list_settlement_lines(day=day))

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        return self._each("list_events", lambda: self._adapter.list_events(since=since))
