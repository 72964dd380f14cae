"""What became of payouts whose events were lost is found by asking, booked once, and no rail keeps another from its
turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q

from config.inbox.models import WebhookEvent
from config.kernel import clock
from payments.gateways.failures import GatewayUnreachable, UnreadableObject
from payments.ledger.checks import broken_truths
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.outflows.models import Outflow
from payments.tests.walking import everything
from payouts.payout.models import Payout
from payouts.payout.services import follow
from payouts.payout.services.follow import ask_paid, list_payouts
from payouts.payout.services.observe import observe_payout
from payouts.rails.contract import PayoutView, RailState
from payouts.rails.registry import rail_for
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.payout_world import PayoutWorld
from payouts.tests.razorpayx_world import RazorpayXWorld

pytestmark = pytest.mark.django_db
FUNDS = 1_000_000


def float_minor() -> int:
    return balance_minor("float", currency="INR", owner="razorpayx")


def at_razorpayx() -> int:
    told = rail_for("razorpayx").get_float(currency="INR")
    assert told is not None
    return told.amount_minor


def paid_at_razorpayx(razorpayx: RazorpayXWorld) -> Payout:
    razorpayx.at = clock.now()
    razorpayx.top_up(FUNDS)
    payout = razorpayx.paid_out()
    razorpayx.settle()
    return razorpayx.again(payout)


class TestListed:
    def test_a_payout_that_came_back_without_a_word_is_payable_again(self, razorpayx: RazorpayXWorld) -> None:
        payout = paid_at_razorpayx(razorpayx)
        razorpayx.at_rail(f"payouts/{payout.rail_payout_id}/reverse")
        assert list_payouts(at=razorpayx.at) == 1
        payout = razorpayx.again(payout)
        assert (payout.status, payout.followed_at) == ("returned", razorpayx.at)
        assert razorpayx.balance(payout.payee) == (50_000, 0, 0)
        assert float_minor() == at_razorpayx() == FUNDS
        entries = LedgerEntry.objects.count()
        assert list_payouts(at=razorpayx.at) == 0
        razorpayx.settle()  # the events that come after all
        assert LedgerEntry.objects.count() == entries
        assert not Outflow.objects.exists()

    def test_nothing_lost_moves_nothing(self, razorpayx: RazorpayXWorld) -> None:
        paid_at_razorpayx(razorpayx)
        list_payouts(at=razorpayx.at)
        before = everything()
        assert list_payouts(at=razorpayx.at) == 0
        assert everything() == before

    def test_a_payment_that_no_event_told_is_found_too(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.at = clock.now()
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out()
        at_razorpayx()  # whatever is due there is done
        assert list_payouts(at=razorpayx.at) == 1
        assert razorpayx.again(payout).status == "paid"
        assert not WebhookEvent.objects.exists()

    def test_what_the_list_shows_late_is_not_believed(
        self, razorpayx: RazorpayXWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was paid when the list was read, and is back, and booked, when its row is looked at."""
        razorpayx.at = clock.now()
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out()
        at_razorpayx()
        stale = list(rail_for("razorpayx").list_payouts(since=razorpayx.at - timedelta(days=1)))
        assert [view.state for view in stale] == [RailState.PAID]
        razorpayx.at_rail(f"payouts/{payout.rail_payout_id}/reverse")
        monkeypatch.setattr(type(rail_for("razorpayx")), "list_payouts", lambda *_, since: iter(stale))
        list_payouts(at=razorpayx.at)
        assert razorpayx.again(payout).status == "failed"
        assert razorpayx.balance(payout.payee) == (50_000, 0, 0)
        assert float_minor() == at_razorpayx() == FUNDS

    def test_a_rail_that_does_not_answer_is_asked_the_next_time(self, razorpayx: RazorpayXWorld) -> None:
        payout = paid_at_razorpayx(razorpayx)
        razorpayx.at_rail(f"payouts/{payout.rail_payout_id}/reverse")
        assert razorpayx.sandbox is not None
        fault = razorpayx.sandbox.control.fault(
            "error", gateway="razorpay", method="GET", path="/v1/payouts", status=503, stage="before", count=None
        )
        before = everything()
        assert list_payouts(at=razorpayx.at) == 0
        assert everything() == before
        razorpayx.sandbox.control.delete(f"faults/{fault}")
        assert list_payouts(at=razorpayx.at) == 1

    def test_more_than_a_page_is_read(self, razorpayx: RazorpayXWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(follow, "PAGE", 1)
        first = paid_at_razorpayx(razorpayx)
        second = razorpayx.paid_out()
        razorpayx.settle()
        for payout in (first, second):
            razorpayx.at_rail(f"payouts/{razorpayx.again(payout).rail_payout_id}/reverse")
        assert list_payouts(at=razorpayx.at) == 2
        assert set(Payout.objects.values_list("status", flat=True)) == {"returned"}


class TestOfNobody:
    def made(self, razorpayx: RazorpayXWorld, **given: Any) -> str:
        account_id = razorpayx.known_at_rail("765432123456780")
        made = razorpayx.at_rail("dashboard_payout", **{"fund_account_id": account_id, "amount": 10_000, **given})
        at_razorpayx()
        return str(made["object"]["id"])

    def funded(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.at = clock.now() - timedelta(seconds=5)
        razorpayx.top_up(FUNDS)

    def test_stands_in_suspense_until_it_is_back_and_its_debit_changes_nothing(self, razorpayx: RazorpayXWorld) -> None:
        self.funded(razorpayx)
        made = self.made(razorpayx)
        assert list_payouts(at=razorpayx.at) == 1
        outflow = Outflow.objects.get()
        assert (outflow.gateway_transfer_id, outflow.amount_minor, outflow.status) == (made, 10_590, "open")
        assert list_payouts(at=razorpayx.at) == 0
        razorpayx.settle()
        assert float_minor() == at_razorpayx() == FUNDS - 10_590
        razorpayx.at_rail(f"payouts/{made}/reverse")
        assert list_payouts(at=razorpayx.at) == 1
        razorpayx.settle()
        outflow.refresh_from_db()
        assert (outflow.status, float_minor()) == ("returned", FUNDS)
        assert at_razorpayx() == FUNDS

    @pytest.mark.parametrize("listed", [True, False])
    def test_what_a_current_account_reversed_and_then_calls_failed_is_back(
        self, razorpayx: RazorpayXWorld, listed: bool
    ) -> None:
        """The event of the credit is lost, and the list is read when it is failed."""
        self.funded(razorpayx)
        made = self.made(razorpayx)
        if listed:
            assert list_payouts(at=razorpayx.at) == 1
        else:
            razorpayx.settle()
        assert (Outflow.objects.get().status, float_minor()) == ("open", FUNDS - 10_590)
        razorpayx.at_rail(f"payouts/{made}/reverse")
        razorpayx.at_rail(f"payouts/{made}/fail", reason="gateway_down")
        assert list_payouts(at=razorpayx.at) == 1
        assert (Outflow.objects.get().status, float_minor()) == ("returned", FUNDS)
        assert (balance_minor("suspense", currency="INR"), at_razorpayx()) == (0, FUNDS)
        entries = LedgerEntry.objects.count()
        razorpayx.settle()  # the events that come after all
        assert list_payouts(at=razorpayx.at) == 0
        assert LedgerEntry.objects.count() == entries

    def test_one_that_failed_and_was_never_seen_to_leave_is_nothing(self, razorpayx: RazorpayXWorld) -> None:
        self.funded(razorpayx)
        made = self.made(razorpayx)
        razorpayx.at_rail(f"payouts/{made}/reverse")
        razorpayx.at_rail(f"payouts/{made}/fail", reason="gateway_down")
        before = everything()
        assert list_payouts(at=razorpayx.at) == 0
        assert everything() == before

    def test_told_before_it_is_listed_it_is_booked_once(self, razorpayx: RazorpayXWorld) -> None:
        self.funded(razorpayx)
        self.made(razorpayx)
        razorpayx.settle()
        assert list_payouts(at=razorpayx.at) == 0
        assert float_minor() == at_razorpayx() == FUNDS - 10_590

    def test_our_mark_on_it_makes_it_not_ours(self, razorpayx: RazorpayXWorld) -> None:
        self.funded(razorpayx)
        ours = razorpayx.paid_out()
        razorpayx.settle()
        made = self.made(razorpayx, amount=50_000, reference_id=ours.public_id)
        assert list_payouts(at=razorpayx.at) == 1
        assert razorpayx.again(ours).rail_payout_id != made
        assert Outflow.objects.get().gateway_transfer_id == made
        assert float_minor() == at_razorpayx() == FUNDS - 2 * 50_590

    def test_what_left_before_the_books_knew_the_float_was_never_in_them(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.at = clock.now() - timedelta(seconds=5)
        razorpayx.at_rail("fund", amount=FUNDS)
        self.made(razorpayx)
        before = everything()
        assert list_payouts(at=razorpayx.at) == 0
        razorpayx.at = clock.now() + timedelta(minutes=1)
        razorpayx.fund(FUNDS - 10_590, rail_account="razorpayx")
        assert list_payouts(at=razorpayx.at) == 0
        assert (Outflow.objects.count(), len(everything()) >= len(before)) == (0, True)


class TestAsked:
    def test_a_payout_that_failed_after_it_was_paid_is_found_at_stripe(self, connect: ConnectWorld) -> None:
        payout = connect.paid()
        assert payout.status == "paid"
        connect.bank(payout, "fail")
        soon, late = connect.world.at + timedelta(hours=23), connect.world.at + timedelta(hours=25)
        assert list_payouts(at=late) == 0  # nothing there lists it
        assert ask_paid(at=soon) == 0  # its event may only be late
        assert connect.books.again(payout).status == "paid"
        assert ask_paid(at=late) == 1
        assert connect.books.again(payout).status == "returned"
        assert connect.standing(payout.payee)["payable"] == 10_000
        assert ask_paid(at=late + timedelta(days=2)) == 0
        connect.hear()  # the event that comes after all
        assert connect.books.again(payout).status == "returned"
        assert broken_truths() == []

    def test_one_that_was_paid_late_is_asked_about_as_any_other(self, connect: ConnectWorld) -> None:
        """It failed, was paid after all, and came back in the end, of which no event told."""
        payout = connect.paid()
        connect.bank(payout, "fail")
        connect.hear()
        assert connect.books.again(payout).status == "returned"
        view = connect.rail.get_payout(payout_id=payout.rail_payout_id or "", account_id=payout.destination.account_id)
        assert view is not None
        again = replace(view, state=RailState.PAID)
        assert observe_payout(payout=payout, view=again, actor="system:test", at=connect.world.at) == "paid_late"
        connect.work()
        late = connect.world.at + timedelta(hours=25)
        assert ask_paid(at=late) == 1
        assert connect.books.again(payout).status == "returned"
        assert ask_paid(at=late + timedelta(days=2)) == 0
        assert broken_truths() == []

    def test_what_it_asks_about_is_found_by_an_index_of_those_alone(self) -> None:
        index = next(each for each in Payout._meta.indexes if each.name == "payout_at_bank")
        assert index.condition == Q(status__in=["paid", "paid_late"])
        assert index.fields == ["rail_account", "paid_at"]

    def test_the_longest_unseen_first_and_none_twice_within_a_day(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(follow, "MOST_ASKED", 1)
        asked: list[str] = []
        find = payouts.rail.get_payout

        def noted(*, payout_id: str, account_id: str) -> PayoutView | None:
            asked.append(payout_id)
            return find(payout_id=payout_id, account_id=account_id)

        monkeypatch.setattr(payouts.rail, "get_payout", noted)
        paid = [payouts.sent(says=RailState.PAID).rail_payout_id for _ in range(2)]
        later = payouts.at + timedelta(hours=25)
        assert [ask_paid(at=later) for _ in range(3)] == [0, 0, 0]
        assert asked == paid

    def test_after_so_many_days_nobody_asks_any_more(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        payouts.rail.become(RailState.RETURNED)
        assert ask_paid(at=payouts.at + timedelta(days=10, seconds=1)) == 0
        assert payouts.again(payout).status == "paid"
        assert ask_paid(at=payouts.at + timedelta(days=10)) == 1
        assert payouts.again(payout).status == "returned"

    @pytest.mark.parametrize("view", [None, "unreadable"])
    def test_one_that_nobody_knows_there_keeps_no_other_from_its_turn(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch, view: str | None
    ) -> None:
        lost, found = payouts.sent(says=RailState.PAID), payouts.sent(says=RailState.PAID)
        payouts.rail.become(RailState.RETURNED)
        find = payouts.rail.get_payout

        def get(*, payout_id: str, account_id: str) -> PayoutView | None:
            if payout_id == lost.rail_payout_id and view is not None:
                raise UnreadableObject("payout.status")
            return find(payout_id=payout_id, account_id=account_id) if payout_id != lost.rail_payout_id else None

        monkeypatch.setattr(payouts.rail, "get_payout", get)
        later: datetime = payouts.at + timedelta(hours=25)
        assert ask_paid(at=later) == 1
        assert (payouts.again(lost).status, payouts.again(found).status) == ("paid", "returned")

    def test_a_rail_that_does_not_answer_is_asked_the_next_time(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = payouts.sent(says=RailState.PAID)
        payouts.rail.become(RailState.RETURNED)
        later = payouts.at + timedelta(hours=25)

        def down(**_: Any) -> None:
            raise GatewayUnreachable("no answer")

        with monkeypatch.context() as now:
            now.setattr(payouts.rail, "get_payout", down)
            assert ask_paid(at=later) == 0
            assert payouts.again(payout).followed_at is None
        assert ask_paid(at=later) == 1
