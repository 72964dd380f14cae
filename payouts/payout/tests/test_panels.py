"""What the dashboard says of payouts: each list has what needs a person, nothing else, and leads to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.admin import worklist
from config.admin.panel import Tone, WorkList
from config.admin.tests.operators import page_of
from payouts.bankfile.services import Kind, collect, confirm_result, decline_result, propose_result
from payouts.payees.models import PayeeKind
from payouts.payout import panels
from payouts.payout.models import Payout
from payouts.payout.services.observe import observe_payout
from payouts.rails.contract import RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld
from payouts.treasury.models import FloatMove
from payouts.treasury.services import decline_float_move, propose_float_move

pytestmark = pytest.mark.django_db
BY_FILE: dict[str, Any] = {"rail": "bank_file", "account_id": ""}
LISTS = (
    panels.seller_payouts_to_approve, panels.scout_payouts_to_approve, panels.failed_payouts, panels.paid_late,
    panels.floats_short, panels.bank_results_to_confirm, panels.payouts_to_take_out, panels.float_moves_to_confirm,
)  # fmt: skip


def figures(world: PayoutWorld) -> dict[str, tuple[str, Tone]]:
    return {each.label: (each.value, each.tone) for each in panels.in_transit(world.at).figures}


def labels(found: WorkList) -> list[str]:
    return [item.label for item in found.items]


def in_file(world: PayoutWorld, minor: int = 10_000) -> Payout:
    payout = world.approved(minor, **BY_FILE)
    collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=world.at)
    return payout


def say(world: PayoutWorld, payout: Payout) -> None:
    propose_result(
        payout_pk=payout.pk, kind=Kind.PAID, reference="UTR-1", actor="user:first", reason="the statement", at=world.at
    )


class TestNothing:
    @pytest.mark.parametrize("panel", LISTS)
    def test_is_good(self, payouts: PayoutWorld, panel: Any) -> None:
        payouts.sent(says=RailState.PAID)
        found = panel(payouts.at)
        assert (found.count, found.items, found.tone) == ("0", (), Tone.GOOD)


class TestInTransit:
    def test_adds_up_by_how_far_it_is_and_by_currency(self, payouts: PayoutWorld) -> None:
        payouts.sent(30_000)
        payouts.sent(400_000, says="lost")
        payouts.freeze(payouts.payee(100))
        payouts.approved(2_000)
        dollars = payouts.payee(currency="USD", **BY_FILE)
        payouts.earn(dollars, 700, "USD")
        payouts.freeze(dollars, currency="USD")
        found = figures(payouts)
        assert found["Sent, not paid"] == ("₹4,300.00", Tone.WARNING)
        unsent = [each.value for each in panels.in_transit(payouts.at).figures if each.label == "Not sent"]
        assert unsent == ["₹21.00", "$7.00"]

    def test_what_is_over_is_not_in_it(self, payouts: PayoutWorld) -> None:
        for says in (RailState.PAID, "declined"):
            payouts.sent(says=says)
        assert "Sent, not paid" not in figures(payouts)
        assert "Not sent" not in figures(payouts)

    def test_a_float_that_is_short_is_bad(self, payouts: PayoutWorld) -> None:
        payouts.approved(10_000)
        payouts.fund(9_999)
        assert figures(payouts)["Float of paper"] == ("₹99.99", Tone.BAD)
        payouts.fund(1)
        assert figures(payouts)["Float of paper"] == ("₹100.00", Tone.NEUTRAL)


class TestToApprove:
    def test_sellers_and_scouts_are_two_lists(self, payouts: PayoutWorld) -> None:
        seller, scout = payouts.freeze(payouts.payee(100)), payouts.freeze(payouts.payee(200, kind=PayeeKind.SCOUT))
        for panel, payout, amount in (
            (panels.seller_payouts_to_approve, seller, "₹1.00"), (panels.scout_payouts_to_approve, scout, "₹2.00"),
        ):  # fmt: skip
            found = panel(payouts.at)
            (item,) = found.items
            assert (found.count, found.tone) == ("1", Tone.WARNING)
            assert (item.label.startswith(amount), item.url) == (True, page_of(payout))
            assert (item.detail, item.since) == ("it is the payee's first payout", payouts.at)
            assert payout.payee.kind in found.url

    def test_the_oldest_first_and_no_more_than_are_read(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        monkeypatch.setattr(worklist, "CAP", 3)
        rows = [payouts.freeze(payouts.payee(100 + number)) for number in range(4)]
        found = panels.seller_payouts_to_approve(payouts.at)
        assert [item.url for item in found.items] == [page_of(row) for row in rows[:2]]
        assert found.count == "3+"

    def test_what_was_approved_is_gone(self, payouts: PayoutWorld) -> None:
        payouts.approve(payouts.freeze(payouts.payee(100)))
        assert panels.seller_payouts_to_approve(payouts.at).count == "0"

    def test_a_person_without_a_name_is_known_by_their_address(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        user = payout.payee.user
        type(user).objects.filter(pk=user.pk).update(name="")
        assert labels(panels.seller_payouts_to_approve(payouts.at)) == [f"₹1.00 to {user.email}"]


class TestEnded:
    def test_what_failed_says_why_and_what_to_do(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        found = panels.failed_payouts(payouts.at)
        (item,) = found.items
        assert (item.detail, item.url, item.since) == ("bank account closed; final", page_of(payout), payouts.at)
        Payout.objects.filter(pk=payout.pk).update(advice="")
        assert panels.failed_payouts(payouts.at).items[0].detail == "bank account closed; look at it"
        assert found.tone == Tone.BAD

    def test_what_was_paid_after_all_may_be_there_twice(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        for state in (RailState.FAILED, RailState.PAID):
            view = replace(payouts.view(payout), state=state)
            observe_payout(payout=payout, view=view, actor="system:test", at=payouts.at)
        found = panels.paid_late(payouts.at)
        (item,) = found.items
        assert (item.detail, item.url) == ("paid after we booked that it failed", page_of(payout))
        assert (found.tone, panels.failed_payouts(payouts.at).count) == (Tone.BAD, "0")


class TestFloats:
    def test_short_ones_say_how_much_for_how_many(self, payouts: PayoutWorld) -> None:
        payouts.approved(10_000)
        payouts.approved(5_000)
        payouts.fund(1_000)
        (item,) = panels.floats_short(payouts.at).items
        assert item.label == "₹140.00 are missing at paper"
        assert item.detail == "for 2 payouts; ₹10.00 stand there"

    def test_one_that_covers_all_that_is_due_is_not_on_it(self, payouts: PayoutWorld) -> None:
        payouts.approved(10_000)
        payouts.freeze(payouts.payee(90_000))  # waits for a person yet
        payouts.fund(10_000)
        assert panels.floats_short(payouts.at).count == "0"

    def test_what_somebody_proposed_waits_for_another(self, payouts: PayoutWorld) -> None:
        row = propose_float_move(
            rail_account="paper", bank_account="main", currency="INR", amount_minor=500, reference="UTR-1",
            actor="user:first", reason="why", at=payouts.at,
        )  # fmt: skip
        (item,) = panels.float_moves_to_confirm(payouts.at).items
        assert (item.label, item.detail, item.url) == ("₹5.00 to paper", "UTR-1", page_of(row))
        decline_float_move(move_pk=row.pk, actor="user:first", reason="mistyped", at=payouts.at)
        assert panels.float_moves_to_confirm(payouts.at).count == "0"
        assert FloatMove.objects.count() == 1


class TestBankFiles:
    def test_what_waits_for_a_file_is_added_up(self, payouts: PayoutWorld) -> None:
        payouts.approved(10_000, **BY_FILE)
        payouts.approved(500, **BY_FILE)
        payouts.approved(77)  # by call
        found = panels.payouts_to_take_out(payouts.at)
        (item,) = found.items
        assert (found.count, item.label, item.detail) == ("2", "₹105.00 from bank:main", "2 payouts")
        assert found.tone == Tone.WARNING
        collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=payouts.at)
        assert panels.payouts_to_take_out(payouts.at).count == "0"

    def test_each_currency_by_itself(self, payouts: PayoutWorld) -> None:
        payouts.approved(500, **BY_FILE)
        dollars = payouts.payee(currency="USD", **BY_FILE)
        payouts.earn(dollars, 700, "USD")
        payouts.approve(payouts.freeze(dollars, currency="USD"))
        assert labels(panels.payouts_to_take_out(payouts.at)) == ["₹5.00 from bank:main", "$7.00 from bank:main"]

    @pytest.mark.parametrize("decide", [confirm_result, decline_result])
    def test_what_somebody_says_of_the_bank_waits_for_another(self, payouts: PayoutWorld, decide: Any) -> None:
        payout = in_file(payouts)
        assert panels.bank_results_to_confirm(payouts.at).count == "0"
        say(payouts, payout)
        (item,) = panels.bank_results_to_confirm(payouts.at).items
        assert item.label.endswith(": paid")
        assert (item.detail, item.url, item.since) == ("the statement", page_of(payout), payouts.at)
        decide(payout_pk=payout.pk, actor="user:second", reason="seen", at=payouts.at)
        assert panels.bank_results_to_confirm(payouts.at).count == "0"
