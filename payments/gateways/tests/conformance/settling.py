"""Payouts to our bank: what they are made of, line by line, to the last minor unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from config.kernel.ids import new_id
from payments.gateways.contract import Capability
from payments.gateways.payment_views import PaymentView
from payments.gateways.settlement_views import SettlementLine, SettlementState, SettlementView
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, a_minute_before, only_capture
from payments.gateways.tests.conformance.harness import Harness


class SettlingHarness(Harness, Protocol):
    """The other side of an adapter that reads settlements."""

    zone: ZoneInfo
    """Where the gateway's days begin and end."""

    def settle(self) -> None:
        """What is not settled yet goes to our bank."""


class ProvesSettlements(Proofs):
    """What is settled is what moved, less what it cost."""

    proves = frozenset({Capability.SETTLEMENTS})

    def settled(self, harness: SettlingHarness) -> SettlementView:
        """The only settlement."""
        harness.settle()
        [view] = harness.gateway.list_settlements(since=a_minute_before(harness.now()))
        return view

    def lines(self, harness: SettlingHarness, at: datetime) -> dict[tuple[str, str], SettlementLine]:
        found = list(harness.gateway.list_settlement_lines(day=at.astimezone(harness.zone).date()))
        keyed = {(line.movement.type, line.movement.transaction_id): line for line in found}
        assert len(keyed) == len(found)
        return keyed

    def given_back(self, harness: SettlingHarness, payment: PaymentView, amount_minor: int) -> str:
        answer = harness.gateway.refund_payment(
            key=new_id("call"),
            our_id=new_id("rf"),
            gateway_payment_id=payment.gateway_payment_id,
            charge_id=only_capture(payment).charge_id,
            amount=type(payment.amount)(amount_minor, payment.amount.currency),
        )
        assert answer.refund is not None
        return answer.refund.refund_id

    def test_is_read_by_its_id(self, harness: SettlingHarness) -> None:
        self.paid(harness)
        view = self.settled(harness)
        assert harness.gateway.get_settlement(settlement_id=view.settlement_id) == view
        assert view.state in (SettlementState.ANNOUNCED, SettlementState.PAID)
        assert (view.amount.currency, view.livemode) == (harness.currency, False)

    def test_is_the_sum_of_its_lines(self, harness: SettlingHarness) -> None:
        payment = self.paid(harness)
        refund_id = self.given_back(harness, payment, 20_000)
        view = self.settled(harness)
        lines = self.lines(harness, view.created_at)
        assert sum(line.movement.net_minor for line in lines.values()) == view.amount.amount_minor
        assert {line.settlement_id for line in lines.values()} == {view.settlement_id}
        assert {line.reference for line in lines.values()} == {view.reference}
        assert {line.settled_at for line in lines.values()} == {view.created_at}
        taken = lines["payment", only_capture(payment).charge_id]
        assert (taken.movement.amount_minor, taken.gateway_payment_id) == (AMOUNT_MINOR, payment.gateway_payment_id)
        assert taken.movement.fee_minor > taken.movement.tax_minor >= 0
        assert taken.movement.net_minor == AMOUNT_MINOR - taken.movement.fee_minor
        assert lines["refund", refund_id].movement.net_minor == -20_000

    def test_its_lines_say_what_the_movements_themselves_say(self, harness: SettlingHarness) -> None:
        payment = self.paid(harness)
        line = self.lines(harness, self.settled(harness).created_at)["payment", only_capture(payment).charge_id]
        known = harness.gateway.get_balance_transaction(transaction_id=line.movement.transaction_id)
        assert known is not None
        for name in ("amount_minor", "fee_minor", "tax_minor", "net_minor", "currency"):
            assert getattr(line.movement, name) == getattr(known, name)

    def test_what_is_disputed_names_its_dispute(self, harness: SettlingHarness) -> None:
        payment = self.paid(harness)
        dispute_id = harness.cardholder_disputes(payment, 10_000)
        harness.bank_decides_dispute(dispute_id, won=False)
        lines = self.lines(harness, self.settled(harness).created_at)
        [line] = [line for line in lines.values() if line.dispute_id == dispute_id]
        assert (line.movement.net_minor, line.movement.fee_minor) == (-10_000, 0)

    def test_of_another_day_there_are_none(self, harness: SettlingHarness) -> None:
        self.paid(harness)
        view = self.settled(harness)
        for days in (-2, 2):
            assert self.lines(harness, view.created_at + timedelta(days=days)) == {}
        assert list(harness.gateway.list_settlements(since=harness.now() + timedelta(minutes=1))) == []

    def test_one_that_is_not_there_is_none(self, harness: SettlingHarness) -> None:
        assert harness.gateway.get_settlement(settlement_id="setl_of_nobody") is None
