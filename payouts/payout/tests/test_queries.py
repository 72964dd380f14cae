"""Reads of payouts stay within one payee, one currency, one float, and one way of being drawn on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from payments.ledger.accounts import Account
from payments.ledger.payout_recipes import Pot as LedgerPot
from payouts.payees.rules import why_not_paid
from payouts.payout.models import Payout, Pot
from payouts.payout.queries import (
    facts_for_freezing,
    facts_for_sending,
    facts_for_showing,
    failure_before,
    frozen_lines,
    frozen_of,
    in_flight_minor,
    is_recallable,
    is_shut,
    known,
    last_ended,
    last_upto,
    payee_actor,
    pot_kind,
    pot_of,
    rail_account_for,
    recallable,
    recallable_minor,
    stands_minor,
    stranded,
    stranded_minor,
)
from payouts.payout.services.decide import cancel_payout
from payouts.rails.contract import RailCapability, RailState
from payouts.rails.registry import rail_for
from payouts.tests.paper_rail import PaperRail
from payouts.tests.payout_world import FINANCE, PayoutWorld, a_destination

pytestmark = pytest.mark.django_db
BY_FILE: dict[str, Any] = {"rail": "bank_file", "account_id": ""}


def two_currencies(world: PayoutWorld) -> tuple[Payout, Payout]:
    """Of one payee, one after the other: 10,000 paise that the rail pays, 300 cents by a file."""
    payee = world.payee(10_000)
    a_destination(payee, currency="USD", **BY_FILE)
    first = world.freeze(payee)
    world.earn(payee, 300, "USD")
    return first, world.freeze(payee, currency="USD")


def ended(world: PayoutWorld, payout: Payout, *, status: str, after: int, **columns: Any) -> Payout:
    """It ended so many minutes from now."""
    at = world.at + timedelta(minutes=after)
    Payout.objects.filter(pk=payout.pk).update(
        status=status, ended_at=at, paid_at=at if status in ("paid", "returned") else None, **columns
    )
    return world.again(payout)


class TestRailAccount:
    def test_is_the_first_that_pays_the_currency(self, payouts: PayoutWorld, settings: Any) -> None:
        paper = django_settings.RAIL_ACCOUNTS["paper"]
        settings.RAIL_ACCOUNTS = {"second": replace(paper, code="second"), "paper": paper}
        assert rail_account_for(rail="paper", currency="INR") == "second"
        assert rail_account_for(rail="paper", currency="USD") == ""
        assert rail_account_for(rail="nobody", currency="INR") == ""

    def test_one_that_names_no_currencies_pays_them_all(self, payouts: PayoutWorld) -> None:
        assert {rail_account_for(rail="bank_file", currency=each) for each in ("INR", "JPY", "KWD")} == {"bank:main"}

    @pytest.mark.parametrize(
        ("more", "less", "pot"),
        [
            ((), (), Pot.FLOAT), ((RailCapability.TRANSFERS_FIRST,), (), Pot.CONNECTED),
            ((), (RailCapability.CALLS,), Pot.BANK),
        ],
    )  # fmt: skip
    def test_what_it_is_drawn_on_follows_from_what_it_can_do(self, more: Any, less: Any, pot: Pot) -> None:
        rail = PaperRail()
        rail.capabilities = (rail.capabilities | frozenset(more)) - frozenset(less)
        assert pot_kind(rail) == pot  # type: ignore[arg-type]

    def test_as_the_ledger_names_it(self, payouts: PayoutWorld) -> None:
        by_call, by_file = two_currencies(payouts)
        assert pot_of(by_call) == LedgerPot(Account.FLOAT, "paper")
        assert pot_of(by_file) == LedgerPot(Account.BANK, "main")
        by_call.drawn_on = Pot.CONNECTED
        assert pot_of(by_call) == LedgerPot(Account.CONNECTED, by_call.owner)


class TestKnown:
    def test_is_what_a_rails_word_is_compared_with(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        found = known(payout)
        assert (found.public_id, found.net, found.account_id) == (
            payout.public_id, payout.net, payout.destination.account_id,
        )  # fmt: skip
        assert (found.rail_payout_id, found.rail_transfer_id) == (payout.rail_payout_id, None)
        assert payee_actor(payout.payee) == payout.payee.user.actor


class TestLines:
    def test_each_currency_has_its_own_row_of_payouts(self, payouts: PayoutWorld) -> None:
        first, second = two_currencies(payouts)
        assert (first.after_line_id, second.after_line_id) == (0, 0)
        assert last_upto(first.owner, "INR") == first.upto_line_id
        assert last_upto(first.owner, "USD") == second.upto_line_id
        assert last_upto(first.owner, "EUR") == last_upto("usr_nobody", "INR") == 0

    def test_what_another_currency_brought_meanwhile_is_in_none_of_them(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payouts.earn(payee, 700, "USD")
        payouts.earn(payee, 500)
        payout = payouts.freeze(payee)
        assert [line.amount_minor for line in frozen_lines(payout)] == [-10_000, -500, 10_500]
        assert {line.currency for line in frozen_lines(payout)} == {"INR"}

    def test_nor_what_stands_in_reserve_or_is_anothers(self, payouts: PayoutWorld) -> None:
        payee, other = payouts.payee(10_000), payouts.payee(9_000)
        payouts.keep_in_reserve(payee, 4_000)
        payout = payouts.freeze(payee)
        assert [line.amount_minor for line in frozen_lines(payout)] == [-10_000, 4_000, 6_000]
        assert {line.account for line in frozen_lines(payout)} == {Account.PAYABLE}
        assert other.owner not in {line.owner for line in frozen_lines(payout)}


class TestLastEnded:
    @pytest.mark.broken_books  # ends that nothing booked
    def test_the_newest_end_there_and_not_the_newest_payout(self, payouts: PayoutWorld) -> None:
        first = payouts.sent(says="declined")
        second = payouts.freeze(first.payee, retry_of=first)
        ended(payouts, second, status="paid", after=-5)
        assert last_ended(first.destination) == first
        ended(payouts, second, status="paid", after=5)
        assert last_ended(first.destination) == second

    def test_what_was_cancelled_says_nothing_of_the_account(self, payouts: PayoutWorld) -> None:
        first = payouts.sent(says="declined")
        second = payouts.freeze(first.payee, retry_of=first)
        payouts.later(minutes=1)
        cancel_payout(payout_pk=second.pk, actor=FINANCE, reason="not yet", at=payouts.at)
        assert last_ended(first.destination) == first
        assert is_shut(first.destination)

    def test_another_account_of_theirs_has_its_own_end(self, payouts: PayoutWorld) -> None:
        first = payouts.sent(says="declined")
        first.payee.destinations.update(status="retired")
        other = a_destination(first.payee)
        assert last_ended(other) is None
        assert not is_shut(other)
        assert failure_before(other) == ""

    @pytest.mark.parametrize(
        ("status", "columns", "shut"),
        [
            ("failed", {"advice": "final", "failure_code": "closed"}, True),
            ("returned", {"advice": "final", "failure_code": "closed"}, True),
            ("failed", {"advice": "fix", "failure_code": "invalid_ifsc_code"}, True),
            ("failed", {"advice": "retry", "failure_code": "gateway_down"}, False),
            ("paid", {"advice": "final", "failure_code": "closed"}, False),
        ],
    )
    def test_shut_is_what_only_another_account_ends(
        self, payouts: PayoutWorld, status: str, columns: dict[str, str], shut: bool
    ) -> None:
        payout = ended(payouts, payouts.sent(says="declined"), status=status, after=1, **columns)
        assert is_shut(payout.destination) is shut
        code = why_not_paid(facts_for_freezing(payout.payee, "INR", at=payouts.at)).code
        again = why_not_paid(facts_for_freezing(payout.payee, "INR", at=payouts.at, again=True)).code
        assert (code, again) == ("destination_shut" if shut else "", "")
        payout.payee.accounts.update(due_at=payouts.at)
        assert why_not_paid(facts_for_showing(payout.payee, "INR", at=payouts.at)).code == code

    @pytest.mark.broken_books  # ends that nothing booked
    def test_the_way_round_is_kept_as_long_as_it_works(self, payouts: PayoutWorld) -> None:
        first = payouts.sent(says="declined")
        first = ended(payouts, first, status="failed", after=0, advice="retry", failure_code="imps_not_allowed")
        assert failure_before(first.destination) == "imps_not_allowed"
        second = payouts.freeze(first.payee)
        assert second.failed_before == "imps_not_allowed"
        ended(payouts, second, status="paid", after=1)
        assert failure_before(first.destination) == "imps_not_allowed"
        ended(payouts, second, status="failed", after=1, failure_code="other")
        assert failure_before(first.destination) == "other"


class TestRecallable:
    def test_is_of_one_payee_and_one_currency(self, payouts: PayoutWorld) -> None:
        first, second = two_currencies(payouts)
        other = payouts.freeze(payouts.payee(77))
        assert list(recallable(first.owner, "INR")) == [first]
        assert list(recallable(first.owner, "USD")) == [second]
        assert (recallable_minor(first.owner, "INR"), recallable_minor(first.owner, "USD")) == (10_000, 300)
        assert recallable_minor(other.owner, "INR") == 77
        assert recallable_minor("usr_nobody", "INR") == 0

    def test_gives_back_what_was_frozen_with_the_fee(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        payout = payouts.freeze(payouts.payee(10_000))
        assert payout.net_minor == 9_950
        assert recallable_minor(payout.owner, "INR") == 10_000

    def test_not_what_was_sent_or_transferred(self, payouts: PayoutWorld) -> None:
        sent, transferred = payouts.sent(says="lost"), payouts.approved()
        Payout.objects.filter(pk=transferred.pk).update(rail_transfer_id="tr_1")
        for payout in (sent, payouts.again(transferred)):
            assert not is_recallable(payout)
            assert recallable_minor(payout.owner, "INR") == 0
            assert list(frozen_of(payout.owner, "INR")) == [payout]
        Payout.objects.filter(pk=transferred.pk).update(rail_transfer_id=None)


class TestStranded:
    def payout(self, world: PayoutWorld, **columns: Any) -> Payout:
        """Its transfer was made, and its bank refused the payout."""
        world.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        world.fresh()
        payout = world.approved()
        world.charge(10_000)
        world.rail.says += [RailState.PROCESSING, "declined"]
        world.work()
        Payout.objects.filter(pk=payout.pk).update(**columns)
        return world.again(payout)

    @pytest.mark.broken_books
    @pytest.mark.parametrize(
        ("columns", "minor"),
        [
            ({}, 10_000),
            ({"transfer_returned_minor": 4_000}, 6_000),
            ({"transfer_returned_minor": 4_000, "transfer_repaid_minor": 1_000}, 7_000),
            ({"transfer_returned_minor": 10_000}, 0),
            ({"rail_transfer_id": None}, 0),
        ],
    )
    def test_is_what_stands_in_their_account_of_what_is_over(
        self, payouts: PayoutWorld, columns: dict[str, Any], minor: int
    ) -> None:
        payout = self.payout(payouts, **columns)
        assert stranded_minor(payout.owner, "INR") == minor
        assert list(stranded()) == ([payout] if minor else [])
        assert stranded_minor(payout.owner, "USD") == stranded_minor("usr_nobody", "INR") == 0
        code = why_not_paid(facts_for_freezing(payout.payee, "INR", at=payouts.at, again=True)).code
        assert code == ("stranded_in_account" if minor else "")

    def test_what_is_on_its_way_or_paid_is_not_stranded(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payouts.fresh()
        for says in (RailState.PROCESSING, RailState.PAID):
            payout = payouts.approved()
            payouts.charge(10_000)
            payouts.rail.says += [RailState.PROCESSING, says]
            payouts.work()
            assert payouts.again(payout).rail_transfer_id
        assert list(stranded()) == []


class TestCover:
    def test_what_stands_is_of_the_same_account_and_currency(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(700)
        payouts.fund(90, currency="USD")
        payouts.fund(8, rail_account="other")
        payouts.charge(5)
        assert stands_minor(payout) == 700
        payout.drawn_on = Pot.CONNECTED
        assert stands_minor(payout) == 5

    def test_what_flies_is_of_the_same_account_and_currency_and_not_itself(self, payouts: PayoutWorld) -> None:
        flying, another, foreign, mine = (payouts.sent(minor, says="lost") for minor in (600, 90, 8, 7))
        Payout.objects.filter(pk=another.pk).update(rail_account="other")
        Payout.objects.filter(pk=foreign.pk).update(currency="USD")
        assert in_flight_minor(mine) == 600
        assert in_flight_minor(payouts.approved(10)) == 607
        Payout.objects.filter(pk=flying.pk).update(status="in_transit")
        assert in_flight_minor(mine) == 600
        Payout.objects.filter(pk=flying.pk).update(status="sending")
        Payout.objects.filter(pk=another.pk).update(rail_account="paper")
        Payout.objects.filter(pk=foreign.pk).update(currency="INR")

    def test_what_was_transferred_has_left_already(self, payouts: PayoutWorld) -> None:
        flying, mine = payouts.sent(600, says="lost"), payouts.approved(10)
        assert in_flight_minor(mine) == 600
        Payout.objects.filter(pk=flying.pk).update(transferred_at=payouts.at)
        assert in_flight_minor(mine) == 0
        Payout.objects.filter(pk=flying.pk).update(transferred_at=None)

    def test_what_ended_or_was_never_asked_for_flies_not(self, payouts: PayoutWorld) -> None:
        payouts.sent(600, says=RailState.PAID)
        payouts.sent(90, says="declined")
        payouts.freeze(payouts.payee(8))
        assert in_flight_minor(payouts.approved(10)) == 0


class TestFactsForSending:
    def test_are_of_what_was_frozen_and_not_of_what_came_since(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(10_000)
        payouts.earn(payout.payee, 500)
        facts = facts_for_sending(payout, at=payouts.at)
        assert (facts.payable_minor, facts.frozen_minor, facts.minimum_minor) == (10_000, 0, 0)
        assert (facts.due_at, facts.is_on_request) == (None, False)

    @pytest.mark.broken_books
    def test_what_is_transferred_goes_on_whatever_they_owe(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(10_000)
        payouts.take_back(payout.payee, 300)
        assert why_not_paid(facts_for_sending(payout, at=payouts.at)).code == "payee_owes"
        payout.transferred_at = payouts.at
        assert why_not_paid(facts_for_sending(payout, at=payouts.at))

    def test_the_rail_is_asked_about_the_net_of_each(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        payee = payouts.payee(10_000)
        for limit, code in ((9_949, "rail_refuses"), (9_950, "")):
            payouts.rail.limit_minor = limit
            assert why_not_paid(facts_for_freezing(payee, "INR", at=payouts.at)).code == code
        payout = payouts.freeze(payee)
        for least, code in ((9_951, "rail_refuses"), (9_950, "")):
            payouts.rail.least_minor = least
            assert why_not_paid(facts_for_sending(payout, at=payouts.at)).code == code

    def test_rails_are_known_by_their_accounts(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        assert rail_for(payout.rail_account).name == payout.rail == "paper"
