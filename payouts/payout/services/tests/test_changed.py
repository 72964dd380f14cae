"""What changes between the freezing of a payout and its sending is seen before anything leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, page_of, text_of
from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from payouts.bankfile.models import PayoutFile
from payouts.bankfile.services import NothingToPay, collect
from payouts.payees.services.decide import approve_destination
from payouts.payees.services.propose import propose_destination
from payouts.payees.services.terms import hold_payee, let_go
from payouts.payout.services.due import send_waiting
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.payout.services.send import send_approved
from payouts.rails.contract import RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld, lines_of

pytestmark = pytest.mark.django_db
NOT_SET_UP = "our own account that it is paid from is not set up"
BY_FILE: dict[str, Any] = {"rail": "bank_file", "account_id": ""}
GERMAN = {"holder": "Asha Rao", "iban": "DE89 3704 0044 0532 0130 00"}


def take_out(world: PayoutWorld, currency: str = "INR") -> PayoutFile:
    return collect(bank_account="main", currency=currency, actor=FINANCE, reason="Monday", at=world.at)


def configured(**accounts: Any) -> dict[str, Any]:
    """The rail accounts with some changed; one that is None is not configured any more."""
    rows = {**django_settings.RAIL_ACCOUNTS, **accounts}
    return {code: account for code, account in rows.items() if account is not None}


class TestDestination:
    def test_nothing_goes_to_the_one_before_and_all_of_it_is_payable(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(currency="EUR", **BY_FILE)
        payee.destinations.update(verified_at=payouts.at)
        payouts.earn(payee, 5_000, "EUR")
        payout = payouts.approve(payouts.freeze(payee, currency="EUR"))
        other = propose_destination(
            payee=payee, currency="EUR", kind="bank_account", details=GERMAN, actor=payee.user.actor, at=payouts.at
        )
        assert other.status == "proposed"
        approve_destination(destination=other, actor=FINANCE, reason="called them back", at=payouts.at)
        assert payouts.again(payout).destination.status == "retired"
        with pytest.raises(NothingToPay):
            take_out(payouts, "EUR")
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "cancelled"
        assert payouts.balance(payee, "EUR") == (5_000, 0, 0)
        assert not PayoutFile.objects.exists()
        with pytest.raises(PayoutNotPossible) as refused:
            payouts.freeze(payee, currency="EUR")
        assert refused.value.facts["reason"] == "destination_cooling"
        payouts.later(hours=django_settings.POLICY.payout_cooling_hours)
        again = payouts.freeze(payee, currency="EUR")
        assert (again.destination_id, again.why_approval) == (other.pk, "first_payout")

    def test_one_that_is_only_proposed_changes_nothing_yet(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(currency="EUR", **BY_FILE)
        payee.destinations.update(verified_at=payouts.at)
        payouts.earn(payee, 5_000, "EUR")
        payout = payouts.approve(payouts.freeze(payee, currency="EUR"))
        propose_destination(
            payee=payee, currency="EUR", kind="bank_account", details=GERMAN, actor=payee.user.actor, at=payouts.at
        )
        assert take_out(payouts, "EUR").rows == 1
        assert payouts.again(payout).status == "sending"

    def test_suspended_by_its_rail_it_waits_and_goes_when_that_is_over(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payout.payee.destinations.update(status="suspended", why="the bank wants a paper")
        payouts.work()
        assert (payouts.again(payout).status, payouts.again(payout).waits_because) == (
            "approved", "the bank wants a paper",
        )  # fmt: skip
        assert payouts.rail.asked == []
        payout.payee.destinations.update(status="active", why="")
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "in_transit"

    @pytest.mark.parametrize(
        ("left", "status"), [(timedelta(microseconds=1), "cancelled"), (timedelta(), "in_transit")]
    )
    def test_what_is_older_than_the_end_of_cooling_does_not_go(
        self, payouts: PayoutWorld, left: timedelta, status: str
    ) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payout.payee.destinations.update(cools_until=payouts.at + left)
        payouts.work()
        assert payouts.again(payout).status == status
        assert len(payouts.rail.asked) == (status == "in_transit")

    def test_nor_when_it_is_over(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(10_000))
        payouts.fund(10_000)
        payout.payee.destinations.update(cools_until=payouts.at + timedelta(hours=1))
        payouts.later(hours=2)
        payouts.approve(payout)
        payouts.work()
        assert (payouts.again(payout).status, payouts.rail.asked) == ("cancelled", [])
        assert payouts.balance(payout.payee)[0] == 10_000

    @pytest.mark.parametrize("left", [timedelta(microseconds=1), timedelta()])
    def test_and_is_frozen_from_that_instant_on(self, payouts: PayoutWorld, left: timedelta) -> None:
        payee = payouts.payee(10_000)
        payee.destinations.update(cools_until=payouts.at + left)
        if left:
            with pytest.raises(PayoutNotPossible) as refused:
                payouts.freeze(payee)
            assert refused.value.facts["reason"] == "destination_cooling"
            assert payouts.balance(payee)[0] == 10_000
        else:
            assert payouts.freeze(payee).gross_minor == 10_000

    def test_one_whose_details_are_gone_gets_nothing(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        payout.payee.destinations.update(details=None)
        payouts.work()
        assert payouts.again(payout).waits_because == "the payee's data was erased"
        assert payouts.rail.asked == []


class TestHeld:
    def test_between_the_approval_and_the_sending(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(10_000))
        payouts.fund(10_000)
        hold_payee(payee=payout.payee, actor="user:ops", reason="looks odd", at=payouts.at)
        payouts.approve(payout)  # that it may go is one question, whether anything goes now another
        payouts.work()
        assert payouts.again(payout).status == "approved"
        assert "held back" in payouts.again(payout).waits_because
        assert not GatewayCall.objects.exists()
        let_go(payee=payout.payee, actor="user:ops", reason="it was nothing", at=payouts.at)
        send_waiting(at=payouts.at)
        assert payouts.again(payout).status == "in_transit"

    def test_by_file_it_says_why_it_is_in_none(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(**BY_FILE)
        hold_payee(payee=payout.payee, actor="user:ops", reason="looks odd", at=payouts.at)
        with pytest.raises(NothingToPay):
            take_out(payouts)
        send_waiting(at=payouts.at)
        payout = payouts.again(payout)
        assert (payout.status, payout.file_id) == ("approved", None)
        assert "held back" in payout.waits_because
        let_go(payee=payout.payee, actor="user:ops", reason="it was nothing", at=payouts.at)
        send_waiting(at=payouts.at)
        assert payouts.again(payout).waits_because == ""

    def test_once_it_is_in_a_file_it_waits_for_nothing_more(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(**BY_FILE)
        hold_payee(payee=payout.payee, actor="user:ops", reason="looks odd", at=payouts.at)
        send_waiting(at=payouts.at)
        let_go(payee=payout.payee, actor="user:ops", reason="it was nothing", at=payouts.at)
        assert take_out(payouts).rows == 1
        payout = payouts.again(payout)
        assert (payout.status, payout.waits_because) == ("sending", "")


class TestRailAccount:
    def test_one_that_is_not_configured_any_more_is_waited_for(self, payouts: PayoutWorld, settings: Any) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        before, paper = lines_of(payout.public_id), django_settings.RAIL_ACCOUNTS["paper"]
        settings.RAIL_ACCOUNTS = configured(paper=None)
        send_approved({"payout": payout.public_id}, payouts.at)
        payout = payouts.again(payout)
        assert (payout.status, payout.waits_because) == ("approved", NOT_SET_UP)
        assert (payouts.rail.asked, lines_of(payout.public_id)) == ([], before)
        swept = send_waiting(at=payouts.at)
        assert (swept.done, swept.failed) == (0, 0)
        settings.RAIL_ACCOUNTS = configured(paper=paper)
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "in_transit"

    def test_another_account_of_the_same_rail_does_not_pay_it(self, payouts: PayoutWorld, settings: Any) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        paper = django_settings.RAIL_ACCOUNTS["paper"]
        settings.RAIL_ACCOUNTS = configured(paper=None, other=replace(paper, code="other"))
        send_approved({"payout": payout.public_id}, payouts.at)
        assert payouts.again(payout).status == "approved"
        assert payouts.rail.asked == []

    @pytest.mark.parametrize("says", [None, RailState.QUEUED, RailState.PAID, "declined", "lost"])
    def test_its_page_is_shown_all_the_same(self, payouts: PayoutWorld, settings: Any, says: Any) -> None:
        payout = payouts.sent(says=says)
        settings.RAIL_ACCOUNTS = configured(paper=None)
        text = text_of(as_role(Role.FINANCE).get(page_of(payout)))
        assert payout.public_id in text
        assert "could not be read" not in text

    def test_who_has_money_is_not_frozen_for_it(self, payouts: PayoutWorld, settings: Any) -> None:
        payee = payouts.payee(10_000)
        settings.RAIL_ACCOUNTS = configured(paper=None)
        with pytest.raises(PayoutNotPossible) as refused:
            payouts.freeze(payee)
        assert refused.value.facts["reason"] == "rail_not_offered"
        assert payouts.balance(payee)[0] == 10_000


class TestNumbers:
    """A payout keeps the numbers that it was frozen with."""

    def test_a_minimum_that_was_raised_since_does_not_keep_it(self, payouts: PayoutWorld, settings: Any) -> None:
        payout = payouts.approved(10_000)
        payouts.fund(10_000)
        settings.POLICY = replace(django_settings.POLICY, payout_minimum_minor={"INR": 10_001})
        payouts.work()
        assert payouts.again(payout).status == "in_transit"

    @pytest.mark.parametrize("fee", [0, 60, 20_000])
    def test_nor_does_another_fee(self, payouts: PayoutWorld, settings: Any, fee: int) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        payouts.rail.least_minor = 9_950
        payout = payouts.approved(10_000)
        payouts.fund(10_000)
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": fee})
        payouts.work()
        assert (payouts.again(payout).status, payouts.again(payout).waits_because) == ("in_transit", "")
        assert payouts.view(payout).amount == payout.net

    def test_what_its_rail_takes_less_of_by_now_waits(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(10_000)
        payouts.fund(10_000)
        payouts.rail.limit_minor = 9_999
        payouts.work()
        assert payouts.again(payout).waits_because == "it is more than one payout may be"
        assert payouts.rail.asked == []


class TestFloat:
    def test_too_small_at_the_sending_it_waits_and_takes_nothing(self, payouts: PayoutWorld) -> None:
        payouts.fund(10_000)
        payout = payouts.freeze(payouts.payee(10_000))
        first = payouts.approved(5_000)
        payouts.work()
        payouts.approve(payout)
        payouts.work()
        payout = payouts.again(payout)
        assert (payouts.again(first).status, payout.status) == ("in_transit", "approved")
        assert payout.waits_because == "what payouts are drawn on does not cover it"
        assert [event for event, *_ in lines_of(payout.public_id)] == ["payout_frozen", "payout_frozen"]
        payouts.fund(5_000)
        assert send_waiting(at=payouts.at).done == 1

    def test_what_came_in_for_it_is_not_taken_by_one_that_failed(self, payouts: PayoutWorld) -> None:
        """A payout that failed leaves its part of the float to the others at once."""
        payouts.fund(10_000)
        first, second = payouts.approved(10_000), payouts.approved(10_000)
        payouts.rail.says.append("declined")
        payouts.work()
        assert sorted([payouts.again(first).status, payouts.again(second).status]) == ["failed", "in_transit"]

    def test_is_told_once_a_day_for_each_float(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.LISTENERS = {**django_settings.LISTENERS, "float.low": ["payouts.payout.notices.tell_payee"]}
        payouts.rail.currencies = None
        payouts.fresh()
        waiting = [payouts.approved(), payouts.approved()]
        yen = payouts.payee(currency="JPY")
        payouts.earn(yen, 500, "JPY")
        waiting.append(payouts.approve(payouts.freeze(yen, currency="JPY")))
        for days, jobs in ((0, 2), (1, 4)):
            payouts.later(days=days)
            for payout in waiting:
                send_approved({"payout": payout.public_id}, payouts.at)
            assert OutboxJob.objects.filter(topic="float.low").count() == jobs
        told = {job.payload["currency"] for job in OutboxJob.objects.filter(topic="float.low")}
        assert told == {"INR", "JPY"}
        OutboxJob.objects.all().delete()
