"""Workers at once: a bounty is earned and taken back once, and no two corrections close a loop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from config.accounts.models import User
from config.accounts.roles import Role
from config.tests.together import TIMEOUT_S
from orders.tests.factories import force, item, make_paid_order
from payments.ledger import services as ledger
from payments.ledger.models import LedgerEntry
from payouts.payees.services.tests.test_races import together
from payouts.scouts.models import Referral, Scout, Source
from payouts.scouts.queries import above
from payouts.scouts.services import earn as earning
from payouts.scouts.services import refer as referring
from payouts.scouts.services.earn import follow_order
from payouts.scouts.services.refer import set_referral
from payouts.scouts.tests.scouting import AT, books, bounties, bring, broken, buys, make_product, make_scout

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broken_books]


class TestBounties:
    @pytest.mark.parametrize("status", ["paid", "completed", "refunded"])
    def test_are_booked_once_however_many_tell_of_the_order(self, status: str) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        if status == "refunded":
            follow_order({"order": order.public_id}, AT)
        force(order, status)
        assert together(*[lambda: follow_order({"order": order.public_id}, AT)] * 4) == []
        assert len(bounties()) == 1
        keys = list(LedgerEntry.objects.values_list("key", flat=True))
        assert len(keys) == len(set(keys)) == (1 if status == "paid" else 2)
        expected = {"paid": (0, 1_000, 0, 1_000), "completed": (1_000, 0, 0, 1_000), "refunded": (0, 0, 0, 0)}
        assert books(scout) == expected[status]
        assert broken() == set()

    def test_of_recruits_who_buy_from_each_other_do_not_wait_in_circles(self) -> None:
        one, other = make_scout(), make_scout()
        for _ in range(3):
            assert together(*map(caught, crosswise(one, other))) == []
        assert [books(scout)[1] for scout in (one, other)] == [12_000, 12_000]
        assert broken() == set()

    def test_without_their_balances_locked_first_they_would(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The negative control: each holds the balance that the other one waits for."""
        one, other = make_scout(), make_scout()
        first, second = crosswise(one, other)
        monkeypatch.setattr(earning, "_lock_balances", lambda order, earned: None)
        meeting, have_one = threading.Barrier(2), threading.local()

        def meet(*given: Any, **more: Any) -> Any:
            entry = ledger.post(*given, **more)
            if not hasattr(have_one, "entry"):
                have_one.entry = entry
                meeting.wait(TIMEOUT_S)
            return entry

        monkeypatch.setattr(earning, "post", meet)
        assert [type(error) for error in together(caught(first), caught(second))] == [IntegrityError]


def crosswise(one: Scout, other: Scout) -> list[Callable[[], None]]:
    """What is told of two orders at once: a recruit of each scout buys three listings of a recruit of the other one."""
    sides = ((bring(one), bring(other, Role.SELLER)), (bring(other), bring(one, Role.SELLER)))
    orders = [
        make_paid_order(*(item(make_product(seller=seller)) for _ in range(3)), buyer=buyer) for buyer, seller in sides
    ]
    return [partial(follow_order, {"order": order.public_id}, AT) for order in orders]


def caught(act: Callable[[], None]) -> Callable[[], None]:
    """A deadlock as an error that `together` hands out."""

    def run() -> None:
        try:
            act()
        except OperationalError as error:
            raise IntegrityError(str(error)) from error

    return run


def mutual(one: Scout, other: Scout) -> list[Exception]:
    """Two administrators at once: each scout is to have brought the other one."""

    def act(recruit: User, scout: Scout) -> Any:
        return lambda: set_referral(
            recruit=recruit, scout=scout, source=Source.ADMINISTRATOR, actor="user:admin", reason="x", at=AT
        )

    return together(act(one.user, other), act(other.user, one))


class TestReferrals:
    def test_no_two_corrections_close_a_loop(self) -> None:
        one, other = make_scout(), make_scout()
        assert [type(error).__name__ for error in mutual(one, other)] == ["ReferralLoop"]
        assert Referral.objects.count() == 1

    def test_without_taking_turns_they_would(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The negative control: both look up the chain before either has written."""
        one, other = make_scout(), make_scout()
        monkeypatch.setattr(referring, "_one_at_a_time", lambda: None)
        meeting = threading.Barrier(2)

        def look(person: User) -> set[str]:
            found = above(person)
            meeting.wait(TIMEOUT_S)
            return found

        monkeypatch.setattr(referring, "above", look)
        assert mutual(one, other) == []
        assert Referral.objects.count() == 2
