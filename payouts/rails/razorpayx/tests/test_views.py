"""RazorpayX's objects, read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payouts.rails.contract import Advice, CheckState, PayoutView, RailState
from payouts.rails.razorpayx.tests.entities import (
    CREATED,
    ended,
    fund_account,
    payout,
    transaction,
    validation,
    vpa,
)
from payouts.rails.razorpayx.views import (
    NOT_CHECKED,
    NOT_THERE,
    STATES,
    balance,
    destination_view,
    movement,
    payout_view,
    validation_view,
)

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "samples" / "razorpay"


def rupees(minor: int) -> Money:
    return Money(minor, "INR")


def view(obj: object) -> PayoutView:
    return payout_view(obj, livemode=False)


class TestPayoutView:
    def test_of_one_that_arrived(self) -> None:
        assert view(payout()) == PayoutView(
            payout_id="pout_Made0000000001", state=RailState.PAID, amount=rupees(50_000),
            account_id="fa_Made0000000001", our_id="po_1", call_id="call_1", created_at=from_epoch(CREATED),
            livemode=False, fee=rupees(590), tax=rupees(90), reference="933815233814",
        )  # fmt: skip

    @pytest.mark.parametrize(("status", "state"), STATES.items())
    def test_each_status_is_a_state(self, status: str, state: RailState) -> None:
        assert view(payout(status=status)).state is state

    @pytest.mark.parametrize("status", ["failed", "reversed"])
    def test_one_that_came_to_nothing_says_why_and_cost_nothing(self, status: str) -> None:
        seen = view(ended(status, "bank_account_closed"))
        assert seen.failure is not None
        assert (seen.failure.code, seen.failure.detail) == ("bank_account_closed", "the payee's account is closed")
        assert (seen.advice, seen.fee, seen.tax) == (Advice.FINAL, rupees(0), rupees(0))

    def test_one_that_was_rejected_or_stopped_says_that(self) -> None:
        """Whatever bank the sample of a rejection names: it never got there."""
        rejected, stopped = view(ended("rejected", "beneficiary_bank_rejected")), view(ended("cancelled", ""))
        assert rejected.failure is not None
        assert stopped.failure is not None
        assert (rejected.failure.code, rejected.advice) == ("rejected", Advice.ASK)
        assert (stopped.failure.code, stopped.advice) == ("cancelled", Advice.FIX)

    def test_one_without_details_is_asked_about(self) -> None:
        seen = view(payout(status="failed", status_details=None))
        assert seen.failure is not None
        assert (seen.failure.code, seen.advice) == ("", Advice.ASK)
        older = view(payout(status="failed", status_details=None, failure_reason="bank_account_frozen"))
        assert older.advice is Advice.FINAL

    @pytest.mark.parametrize(("status", "reason"), [("queued", "low_balance"), ("processing", "bank_window_closed")])
    def test_one_that_waits_says_for_what(self, status: str, reason: str) -> None:
        seen = view(ended(status, reason))
        assert seen.waits_for
        assert (seen.failure, seen.advice) == (None, None)

    def test_its_fund_account_may_stand_in_it_alone(self) -> None:
        nested = payout(fund_account=fund_account())
        del nested["fund_account_id"]
        assert view(nested).account_id == "fa_Made0000000001"

    def test_one_of_somebody_else_carries_no_mark(self) -> None:
        seen = view(payout(reference_id=None, notes=[]))
        assert (seen.our_id, seen.call_id) == ("", "")

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "evaporated"}, {"amount": 1.5}, {"amount": None}, {"currency": "XXX"}, {"id": ""},
            {"entity": "refund"}, {"created_at": -1}, {"fund_account_id": None}, {"fees": "590"}, {"utr": 7},
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_named(self, changes: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            view(payout(**changes))

    def test_of_the_documented_samples(self) -> None:
        """Those beside the checkout; one of them has its payout's fields beside the entity, and is named."""
        for path in sorted(SAMPLES.glob("payout.*.json")):
            if ".downtime." in path.name or path.name == "payout.pending.json":
                continue
            entity = json.loads(path.read_text(encoding="utf-8"))["payload"]["payout"]["entity"]
            assert view(entity).state is STATES[entity["status"]]
        if SAMPLES.is_dir():
            broken = json.loads((SAMPLES / "payout.pending.json").read_text(encoding="utf-8"))
            with pytest.raises(UnreadableObject):
                view(broken["payload"]["payout"]["entity"])


class TestDestinationView:
    @pytest.mark.parametrize(
        ("given", "check", "needs"),
        [
            (None, CheckState.PENDING, ""),
            (validation("created", None), CheckState.PENDING, ""),
            (validation(), CheckState.GOOD, ""),
            (validation(account_status="valid"), CheckState.GOOD, ""),
            (validation(account_status="invalid"), CheckState.BAD, NOT_THERE),
            (validation(account_status=None), CheckState.BAD, NOT_THERE),
            (validation("failed", ""), CheckState.BAD, NOT_CHECKED),
        ],
    )
    def test_says_what_its_validation_says(self, given: Any, check: CheckState, needs: str) -> None:
        seen = destination_view(fund_account(), given, is_validated=True)
        assert (seen.check, seen.needs) == (check, needs)
        assert (seen.recipient_id, seen.account_id) == ("cont_Made000000001", "fa_Made0000000001")

    def test_where_nobody_validates_it_is_good(self) -> None:
        assert destination_view(fund_account(), None, is_validated=False).check is CheckState.GOOD

    def test_one_that_was_switched_off_is_bad(self) -> None:
        seen = destination_view(fund_account(active=False), validation(), is_validated=True)
        assert (seen.check, bool(seen.needs)) == (CheckState.BAD, True)

    def test_is_shown_masked(self) -> None:
        bank = destination_view(fund_account(), None, is_validated=True).masked
        assert bank == "HDFC •••• 6789"
        assert destination_view(vpa(), None, is_validated=True).masked == "a••••@okbank"

    def test_what_cannot_be_read_is_named(self) -> None:
        wrong: list[object] = [{}, fund_account(contact_id=None), None, []]
        for broken in wrong:
            with pytest.raises(UnreadableObject):
                destination_view(broken, None, is_validated=True)


class TestValidationView:
    def test_names_the_fund_account_and_our_destination(self) -> None:
        seen, ours = validation_view(validation())
        assert (seen.account_id, seen.check, ours) == ("fa_Made0000000001", CheckState.GOOD, "dst_1")

    def test_of_somebody_else_carries_no_mark(self) -> None:
        assert validation_view(validation(notes=[]))[1] == ""

    def test_of_the_documented_samples(self) -> None:
        for path in sorted(SAMPLES.glob("fund_account.validation.*.json")):
            payload = json.loads(path.read_text(encoding="utf-8"))["payload"]
            seen, _ = validation_view(payload["fund_account.validation"]["entity"])
            assert seen.check is (CheckState.GOOD if "completed" in path.name else CheckState.BAD)


class TestMovement:
    def test_of_a_payout(self) -> None:
        seen = movement(transaction())
        assert (seen.amount, seen.source, seen.payout_id) == (rupees(-50_590), "payout", "pout_Made0000000001")

    def test_of_a_reversal(self) -> None:
        seen = movement(transaction(50_590, 0, id="rvrsl_1", entity="reversal", payout_id="pout_1"))
        assert (seen.amount, seen.source, seen.source_id, seen.payout_id) == (
            rupees(50_590), "reversal", "rvrsl_1", "pout_1",
        )  # fmt: skip

    def test_of_money_that_came(self) -> None:
        seen = movement(transaction(1_000, 0, id="bt_1", entity="bank_transfer", bank_reference="AXIR1"))
        assert (seen.amount, seen.source, seen.payout_id, seen.reference) == (
            rupees(1_000),
            "bank_transfer",
            "",
            "AXIR1",
        )

    def test_of_what_nobody_listed(self) -> None:
        line = transaction()
        line["source"] = None
        assert (movement(line).source, movement(line).source_id) == ("", "")

    @pytest.mark.parametrize(
        "changes", [{"credit": 1}, {"debit": 0}, {"debit": -1}, {"debit": 1.0}, {"currency": "USD"}, {"id": ""}]
    )
    def test_what_cannot_be_read_is_named(self, changes: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            movement(transaction() | changes)

    def test_of_the_documented_sample(self) -> None:
        path = SAMPLES / "transaction.created.json"
        if path.is_file():
            line = json.loads(path.read_text(encoding="utf-8"))["payload"]["transaction"]["entity"]
            assert movement(line).amount == rupees(10_000_000)


def test_a_balance_is_what_can_be_drawn_on() -> None:
    assert balance({"currency": "INR", "amount": 5, "available_amount": 3}) == rupees(3)
    with pytest.raises(UnreadableObject):
        balance({"currency": "INR", "amount": 5})
