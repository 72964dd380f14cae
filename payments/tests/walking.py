"""Walks every pair of states of a machine: what its table allows moves, everything else leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.audit.services import move
from config.calls.models import GatewayCall
from config.kernel.states import MoveNotAllowed, StateTable
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_product, traces
from payments.charges.models import GatewayAccount, Payment
from payments.debts.models import DebtProposal
from payments.disputes.models import Dispute, DisputeMovement, DisputeShare
from payments.escrow.models import EscrowHold
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.refunds.models import FormerRefund, Refund, RefundProposal, RefundShare
from payments.reserves.models import DisputeReserve, ReserveSlice, ReserveTerms

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NEVER = (LedgerEntry, LedgerLine, PayeeBalance)
DISPUTES = (Dispute, DisputeMovement, DisputeShare, DisputeReserve)
ROWS = (
    Payment, EscrowHold, Refund, RefundShare, RefundProposal, FormerRefund, *DISPUTES, GatewayCall, GatewayAccount,
    GatewayCustomer, MethodSetup, SavedMethod, ReserveTerms, ReserveSlice, DebtProposal,
)  # fmt: skip


def everything() -> dict[str, Any]:
    """All that a refused move must leave as it was: rows, ledger, audit and outbox."""
    rows = {table.__name__: list(table._base_manager.order_by("pk").values()) for table in (*ROWS, *NEVER)}
    return {**traces(), **rows}


def unpaid_order() -> Order:
    return make_order(item(make_product(prices={"USD": 10_000})), currency="USD", at=AT)


def a_payment(**columns: Any) -> Payment:
    """A payment of a new order, without anything at a gateway."""
    account, _ = GatewayAccount.objects.get_or_create(code="stripe", defaults={"gateway": "stripe", "livemode": False})
    order = unpaid_order()
    return Payment.objects.create(
        ref=order.public_id, order=order, gateway_account=account, amount_minor=10_000, currency="USD", livemode=False,
        created_at=AT, **columns,
    )  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """A table of states, a maker of rows, and the columns that the database demands in a state."""

    table: StateTable
    make: Callable[[], Any]
    needs: Mapping[str, Mapping[str, Any]]

    def columns(self, status: str) -> Mapping[str, Any]:
        return self.needs.get(status, self.needs.get("", {}))

    def row(self, status: str) -> Any:
        """A new row, put into `status` past its table."""
        row = self.make()
        type(row)._base_manager.filter(pk=row.pk).update(status=status, **self.columns(status))
        row.refresh_from_db()
        return row

    def walk(self, origin: str, target: str, *, allowed: bool) -> None:
        """One pair: an allowed move is made and audited once; another raises and changes nothing at all."""
        row = self.row(origin)
        before = everything()
        if not allowed:
            with pytest.raises(MoveNotAllowed):
                move(row, to=target, actor="test", at=AT, reason="why", **self.columns(target))
            assert everything() == before
            return
        assert move(row, to=target, actor="test", at=AT, reason="why", **self.columns(target))
        row.refresh_from_db()
        assert row.status == target
        entry = AuditEntry.objects.get(subject_id=row.public_id, act="move")
        assert (entry.from_state, entry.to_state, entry.actor, entry.reason) == (origin, target, "test", "why")
        after = everything()
        assert after["audit"] == before["audit"] + 1
        untouched = set(after) - {"audit", type(row).__name__}
        assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}

    def stand_still(self, status: str) -> None:
        """To the state that it is in: False, and nothing written, not even the columns that came with it."""
        row = self.row(status)
        before = everything()
        assert not move(row, to=status, actor="test", at=AT, reason="why", **self.columns(status))
        assert everything() == before


def allowed_pairs(table: StateTable) -> set[tuple[str, str]]:
    return {(origin, target) for origin, target, allowed in table.pairs() if allowed}
