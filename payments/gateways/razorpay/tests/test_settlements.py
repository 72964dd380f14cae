"""Settlements and their lines, read into our words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.razorpay.movements import of_settlement_line, settlement_line
from payments.gateways.razorpay.settlements import settlement_view
from payments.gateways.razorpay.tests.entities import MADE, page
from payments.gateways.razorpay.tests.scripted import refusal, scripted
from payments.gateways.settlement_views import SettlementState
from payments.gateways.tests.scripted import Reply


def settlement(**changes: Any) -> dict[str, Any]:
    return {
        "id": "setl_One", "entity": "settlement", "amount": 48_820, "status": "processed", "fees": 0, "tax": 0,
        "utr": "utr1", "created_at": MADE,
    } | changes  # fmt: skip


def line(kind: str = "payment", **changes: Any) -> dict[str, Any]:
    return {
        "entity_id": "pay_One", "type": kind, "debit": 0, "credit": 48_820, "amount": 50_000, "currency": "INR",
        "fee": 1_180, "tax": 180, "created_at": MADE, "settled_at": MADE + 99, "payment_id": None,
    } | changes  # fmt: skip


class TestView:
    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("created", SettlementState.ANNOUNCED),
            ("processed", SettlementState.PAID),
            ("failed", SettlementState.FAILED),
        ],
    )
    def test_is_rupees_on_their_way(self, status: str, state: SettlementState) -> None:
        view = settlement_view(settlement(status=status), livemode=False)
        assert (view.state, view.amount, view.reference) == (state, Money(48_820, "INR"), "utr1")
        assert (view.failure is None) == (status != "failed")

    def test_the_bank_has_it_hours_later(self) -> None:
        view = settlement_view(settlement(), livemode=False)
        assert view.expected_at == view.created_at + timedelta(hours=3)
        assert settlement_view(settlement(status="created", utr=None), livemode=False).expected_at is None

    @pytest.mark.parametrize("broken", [{"status": "lost"}, {"amount": None}, {"id": ""}, {"entity": "x"}])
    def test_of_another_shape_is_unreadable(self, broken: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            settlement_view(settlement(**broken), livemode=False)


class TestLine:
    @pytest.mark.parametrize(
        ("given", "amounts"),
        [
            (line(), (50_000, 1_180, 180, 48_820)),
            (line("refund", debit=10_000, credit=0, amount=10_000, fee=0, tax=0), (-10_000, 0, 0, -10_000)),
            (line("transfer", debit=100_296, credit=0, amount=100_000, fee=296, tax=46), (-100_000, 296, 46, -100_296)),
            (line("adjustment", credit=5, amount=5, fee=0, tax=0), (5, 0, 0, 5)),
        ],
    )
    def test_is_gross_fee_and_net(self, given: dict[str, Any], amounts: tuple[int, ...]) -> None:
        found = of_settlement_line(given)
        assert (found.amount_minor, found.fee_minor, found.tax_minor, found.net_minor) == amounts

    def test_names_its_payment(self) -> None:
        assert of_settlement_line(line()).source_id == "pay_One"
        assert of_settlement_line(line(entity_id="rfnd_One", payment_id="pay_Two")).source_id == "pay_Two"

    @pytest.mark.parametrize("broken", [{"amount": 49_999}, {"debit": 1}, {"credit": "1"}, {"entity_id": None}])
    def test_that_does_not_add_up_is_unreadable(self, broken: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            of_settlement_line(line(**broken))


class TestReads:
    def test_one_and_none(self) -> None:
        with scripted(Reply(body=settlement())) as script:
            view = script.gateway.get_settlement(settlement_id="setl_One")
        assert view is not None
        assert view.settlement_id == "setl_One"
        with scripted(refusal(400, description="The id provided does not exist")) as script:
            assert script.gateway.get_settlement(settlement_id="setl_None") is None

    def test_those_since_and_the_lines_of_a_day(self) -> None:
        since = datetime.fromtimestamp(MADE, tz=UTC)
        with scripted(Reply(body=page(settlement())), Reply(body=page(line()))) as script:
            assert [each.settlement_id for each in script.gateway.list_settlements(since=since)] == ["setl_One"]
            found = list(script.gateway.list_settlement_lines(day=since.date()))
        assert [each.movement.transaction_id for each in found] == ["pay_One"]
        asked = script.seen[1]
        assert (asked.path, asked.query["count"]) == ("/v1/settlements/recon/combined", "1000")
        assert (asked.query["year"], asked.query["day"]) == (str(since.year), str(since.day))

    def test_lines_come_a_page_at_a_time_and_no_sooner_than_they_are_wanted(self) -> None:
        full = page(*(line(entity_id=f"pay_{number}") for number in range(1_000)))
        with scripted(Reply(body=full), Reply(body=page(line(entity_id="pay_last")))) as script:
            lines = script.gateway.list_settlement_lines(day=datetime.fromtimestamp(MADE, tz=UTC).date())
            assert next(lines).movement.transaction_id == "pay_0"
            assert [seen.query["skip"] for seen in script.seen] == ["0"]
            assert len(list(lines)) == 1_000
        assert [seen.query["skip"] for seen in script.seen] == ["0", "1000"]

    def test_a_line_says_of_which_settlement_and_of_what_it_is(self) -> None:
        given = line(settlement_id="setl_One", settlement_utr="utr1", order_id="order_One", dispute_id="disp_One")
        found = settlement_line(given)
        assert (found.settlement_id, found.reference, found.gateway_payment_id, found.dispute_id) == (
            "setl_One", "utr1", "order_One", "disp_One"
        )  # fmt: skip
        assert found.settled_at == datetime.fromtimestamp(MADE + 99, tz=UTC)

    @pytest.mark.parametrize("held", [{"settlement_id": None}, {"settlement_id": "setl_One", "settled_at": None}])
    def test_one_that_is_held_back_is_not_settled(self, held: dict[str, Any]) -> None:
        assert settlement_line(line(**held)).settled_at is None
