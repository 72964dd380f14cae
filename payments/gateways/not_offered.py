"""What an adapter inherits that has no such thing in its gateway's API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from payments.gateways.contract import Answer
from payments.gateways.failures import NotOffered
from payments.gateways.method_views import MethodView, SetupView
from payments.gateways.settlement_views import SettlementLine, SettlementView


class WithoutSettlements:
    """Of an adapter without SETTLEMENTS: each call raises NotOffered."""

    name: str

    def get_settlement(self, *, settlement_id: str) -> SettlementView | None:
        raise self._tells_none()

    def list_settlements(self, *, since: datetime) -> Iterator[SettlementView]:
        raise self._tells_none()

    def list_settlement_lines(self, *, day: date) -> Iterator[SettlementLine]:
        raise self._tells_none()

    def _tells_none(self) -> NotOffered:
        return NotOffered(f"{self.name} shows no settlements here")


class WithoutSavedMethods:
    """Of an adapter without SAVED_METHODS and OFF_SESSION: each call raises NotOffered."""

    name: str

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        raise self._refusal()

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        raise self._refusal()

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        raise self._refusal()

    def get_setup(self, *, setup_id: str) -> SetupView | None:
        raise self._refusal()

    def get_method(self, *, method_id: str) -> MethodView | None:
        raise self._refusal()

    def list_methods(self, *, customer_id: str) -> Iterator[MethodView]:
        raise self._refusal()

    def detach_method(self, *, key: str, method_id: str) -> Answer:
        raise self._refusal()

    def confirm_payment(self, *, key: str, gateway_payment_id: str, method_id: str) -> Answer:
        raise self._refusal()

    def _refusal(self) -> NotOffered:
        return NotOffered(f"{self.name} saves no methods here")
