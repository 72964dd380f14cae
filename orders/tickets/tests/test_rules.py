"""Tests of what may be done to tickets, on plain values."""

from __future__ import annotations

import pytest

from orders.tickets.rules import may_find_invalid, may_send_out, may_void
from orders.tickets.states import TICKET_STATES, TicketStatus


class TestMayFindInvalid:
    @pytest.mark.parametrize("status", TicketStatus.values)
    def test_exactly_what_is_promised_and_can_become_void(self, status: str) -> None:
        promised = {"reserved", "in_escrow", "review"}
        assert bool(may_find_invalid(status=status)) == (status in promised)
        assert status not in promised or TICKET_STATES.allows(status, "void")

    @pytest.mark.parametrize("status", ["transferring", "cancelling"])
    def test_of_what_is_out_its_provider_says_who_has_it(self, status: str) -> None:
        assert may_find_invalid(status=status).code == "ticket_is_out"

    @pytest.mark.parametrize("status", TicketStatus.values)
    def test_nothing_is_taken_out_by_both_ways(self, status: str) -> None:
        assert not (may_find_invalid(status=status) and may_void(status=status))


class TestMaySendOut:
    def code(self, **changes: object) -> str:
        facts: dict[str, object] = {
            "fulfilment_status": "awaiting", "order_status": "paid", "tickets": ["in_escrow"], "refunded_minor": 0,
        }  # fmt: skip
        return may_send_out(**{**facts, **changes}).code  # type: ignore[arg-type]

    def test_all_of_a_part_that_is_paid(self) -> None:
        assert self.code() == ""

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"fulfilment_status": "cancelling"}, "not_awaiting"),
            ({"order_status": "pending_payment"}, "not_awaiting"),
            ({"refunded_minor": 1}, "part_refunded"),
            ({"tickets": []}, "tickets_not_in_escrow"),
            ({"tickets": ["in_escrow", "transferring"]}, "tickets_not_in_escrow"),
            ({"any_invalid": True}, "ticket_found_invalid"),
        ],
    )
    def test_not_otherwise(self, changes: dict[str, object], code: str) -> None:
        assert self.code(**changes) == code
