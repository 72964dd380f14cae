"""Reads of scouts: a code as it is typed, a chain of referrals, what a bounty is worth when, and who earned most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from config.accounts.models import User
from config.accounts.roles import Role
from orders.order.models import Order, OrderLine
from orders.tests.factories import AT, force, item, make_order, make_paid_order, policy
from payouts.scouts import queries
from payouts.scouts.models import Bounty, BountyRate, Referral, Scout
from payouts.scouts.queries import (
    above,
    concerns_a_scout,
    is_first_paid,
    leaders,
    parts_given_back,
    rate_of,
    rates_at,
    sale_of,
    scout_by_code,
    shown_name,
    standing_bounties,
)
from payouts.scouts.rules import Rate
from payouts.scouts.tests.scouting import bring, buys, follow, make_product, make_scout, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]
SECOND = timedelta(seconds=1)


class TestByCode:
    def test_as_somebody_typed_it(self) -> None:
        scout = make_scout()
        make_scout()
        for typed in (scout.code, f"  {scout.code.lower()} "):
            assert scout_by_code(typed) == scout
        assert scout_by_code("NOBODY22") is None
        assert scout_by_code("") is None

    def test_of_one_who_scouts_no_more_it_is_found_and_of_who_is_gone_it_is_not(self) -> None:
        scout = make_scout()
        Scout.objects.update(is_active=False)
        assert scout_by_code(scout.code) == scout
        User.objects.filter(pk=scout.user_id).update(is_active=False)
        assert scout_by_code(scout.code) is None


class TestAbove:
    def test_follows_the_chain_to_its_top_and_no_other(self) -> None:
        top, middle, low = make_scout(), make_scout(), make_scout()
        for scout, recruit in ((top, middle), (middle, low)):
            Referral.objects.create(recruit=recruit.user, scout=scout, source="code", at=AT)
        bring(top)
        bring(low)
        assert above(top.user) == set()
        assert above(middle.user) == {top.user.public_id}
        assert above(low.user) == {top.user.public_id, middle.user.public_id}

    def test_a_circle_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "_DEEPEST", 5)
        first, second = make_scout(), make_scout()
        for scout, recruit in ((first, second), (second, first)):
            Referral.objects.create(recruit=recruit.user, scout=scout, source="code", at=AT)
        assert above(first.user) == {first.user.public_id, second.user.public_id}

    def test_no_further_than_anybody_honest_goes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "_DEEPEST", 2)
        chain = [make_scout() for _ in range(4)]
        for scout, recruit in pairwise(chain):
            Referral.objects.create(recruit=recruit.user, scout=scout, source="code", at=AT)
        assert above(chain[3].user) == {chain[2].user.public_id, chain[1].user.public_id}


class TestWorth:
    def test_the_newest_rate_that_has_begun_in_that_currency(self, settings: Any) -> None:
        settings.POLICY = policy(
            scout_bounty_minor={"INR": 1_000, "JPY": 3}, scout_bounty_least_sale_minor={"INR": 9_000}
        )
        rates = (("INR", 500, 5, AT), ("INR", 700, 7, AT + timedelta(days=2)), ("USD", 90, 9, AT))
        for currency, amount_minor, least_sale_minor, from_at in rates:
            BountyRate.objects.create(
                currency=currency, amount_minor=amount_minor, least_sale_minor=least_sale_minor, from_at=from_at,
                set_by="user:a", reason="spring",
            )  # fmt: skip
        later = AT + timedelta(days=2)
        assert rate_of("INR", at=AT - SECOND) == Rate(None, 1_000, 9_000)
        assert rate_of("INR", at=AT) == rate_of("INR", at=later - SECOND) == Rate(AT, 500, 5)
        assert rate_of("INR", at=later) == Rate(later, 700, 7)
        assert (rate_of("USD", at=AT), rate_of("EUR", at=AT)) == (Rate(AT, 90, 9), Rate(None, 0, 0))
        assert list(rates_at(AT - SECOND).items()) == [
            ("INR", Rate(None, 1_000, 9_000)), ("JPY", Rate(None, 3, 0)), ("USD", Rate(None, 0, 0)),
        ]  # fmt: skip


class TestSale:
    @pytest.mark.parametrize(
        ("status", "is_given_back"),
        [
            ("pending_payment", False),
            ("paid", False),
            ("delivered", False),
            ("completed", False),
            ("refunded", True),
            ("cancelled", True),
            ("expired", True),
        ],
    )
    def test_is_given_back_where_the_order_is_over_without_one(self, status: str, is_given_back: bool) -> None:
        sale = sale_of(Order(status=status))
        assert (sale.status, sale.is_given_back) == (status, is_given_back)


class TestConcerns:
    def test_whose_buyer_or_seller_somebody_brought(self) -> None:
        scout = make_scout()
        nobodys = buys(make_user(Role.BUYER))
        bought = buys(bring(scout))
        sold = buys(make_user(Role.BUYER), make_product(seller=bring(scout, Role.SELLER)))
        found = [concerns_a_scout(order.public_id) for order in (nobodys, bought, sold)]
        assert found == [False, True, True]
        assert not concerns_a_scout("ord_nobody")

    def test_what_earned_something_goes_on_to_though_the_referral_is_gone(self) -> None:
        order = buys(bring(make_scout()))
        follow(order)
        other = buys(make_user(Role.BUYER))
        Referral.objects.all().delete()
        assert [concerns_a_scout(each.public_id) for each in (order, other)] == [True, False]


class TestBounties:
    def test_standing_ones_are_of_that_order_and_not_taken_back(self) -> None:
        scout = make_scout()
        buyer, seller = bring(scout), bring(scout, Role.SELLER)
        order = buys(buyer, make_product(seller=seller))
        follow(order)
        follow(buys(bring(scout)))
        first, second = Bounty.objects.filter(order=order).order_by("pk")
        assert standing_bounties(order) == [first, second]
        Bounty.objects.filter(pk=first.pk).update(status="reversed", reversed_at=AT)
        assert standing_bounties(order) == [second]


class TestGivenBack:
    def two_parts(self) -> tuple[Order, OrderLine, OrderLine]:
        order = make_paid_order(item(make_product()), item(make_product()))
        first, second = order.lines.order_by("pk")
        return order, first, second

    def test_the_listing_of_a_cancelled_part_alone(self) -> None:
        order, first, _ = self.two_parts()
        assert parts_given_back(order) == set()
        force(first.fulfilment, "cancelled")
        other, _, third = self.two_parts()
        force(third.fulfilment, "cancelled")
        assert parts_given_back(order) == {first.product_id}
        assert parts_given_back(other) == {third.product_id}

    def test_one_all_of_whose_money_went_back(self) -> None:
        order, first, second = self.two_parts()
        OrderLine.objects.filter(pk=first.pk).update(refunded_minor=first.amount_minor)
        OrderLine.objects.filter(pk=second.pk).update(refunded_minor=second.amount_minor - 1)
        assert parts_given_back(order) == {first.product_id}

    def test_not_one_that_is_sold_in_another_line_still(self) -> None:
        order, first, second = self.two_parts()
        OrderLine.objects.filter(pk=second.pk).update(product=first.product)
        force(first.fulfilment, "cancelled")
        assert parts_given_back(order) == set()


class TestFirstPaid:
    def test_is_the_one_that_was_paid_first_and_not_the_one_that_was_placed_first(self) -> None:
        buyer = make_user(Role.BUYER)
        earlier = buys(make_user(Role.BUYER), at=AT - timedelta(days=1))
        placed, paid = make_order(buyer=buyer), buys(buyer)
        assert [is_first_paid(order) for order in (earlier, paid, placed)] == [True, True, False]
        force(placed, "paid", paid_at=paid.paid_at + SECOND if paid.paid_at else None)
        assert [is_first_paid(order) for order in (paid, placed)] == [True, False]
        Order.objects.filter(pk=placed.pk).update(paid_at=AT - SECOND)
        assert [is_first_paid(order) for order in (paid, placed)] == [False, True]

    def test_of_two_at_the_same_instant_it_is_the_older_row(self) -> None:
        buyer = make_user(Role.BUYER)
        first, second = buys(buyer), buys(buyer)
        assert first.paid_at == second.paid_at
        assert [is_first_paid(order) for order in (first, second)] == [True, False]


class TestLeaders:
    SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

    def earned(self, scout: Scout, amount_minor: int = 1_000, **columns: Any) -> None:
        order = make_order()
        given = {"event": "first_order", "currency": "INR", "accrued_at": AT, "recruit": make_user(Role.BUYER)}
        Bounty.objects.create(scout=scout, order=order, amount_minor=amount_minor, **{**given, **columns})

    def board(self, currency: str = "INR") -> list[tuple[int, str, int, int]]:
        found = leaders(currency=currency, since=self.SINCE, until=self.UNTIL)
        return [(each.rank, each.name, each.bounties, each.amount_minor) for each in found]

    def test_who_earned_most_comes_first_however_many_times(self) -> None:
        often, much = make_scout(), make_scout()
        for _ in range(3):
            self.earned(often, 100)
        self.earned(much, 301)
        assert self.board() == [(1, shown_name(much), 1, 301), (2, shown_name(often), 3, 300)]

    def test_of_two_who_earned_as_much_the_older_scout_comes_first(self) -> None:
        older, newer = make_scout(), make_scout()
        self.earned(newer)
        self.earned(older)
        assert [name for _, name, _, _ in self.board()] == [shown_name(older), shown_name(newer)]

    def test_counts_from_the_first_instant_to_before_the_last(self) -> None:
        scout = make_scout()
        for at in (self.SINCE - SECOND, self.SINCE, self.UNTIL - SECOND, self.UNTIL):
            self.earned(scout, accrued_at=at)
        assert [(count, minor) for _, _, count, minor in self.board()] == [(2, 2_000)]

    def test_counts_one_currency_and_nothing_that_was_taken_back(self) -> None:
        scout = make_scout()
        self.earned(scout, 7, currency="USD")
        self.earned(scout, status="reversed", reversed_at=AT)
        assert self.board() == []
        assert self.board("USD") == [(1, shown_name(scout), 1, 7)]

    def test_ends_after_the_last_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(queries, "LEADERS", 2)
        for minor in (3, 2, 1):
            self.earned(make_scout(), minor)
        assert [minor for _, _, _, minor in self.board()] == [3, 2]

    def test_a_name_that_was_not_chosen_tells_nothing(self) -> None:
        scout = make_scout()
        assert shown_name(scout) == f"Scout {scout.public_id[-4:]}"
        scout.display_name = "Swift"
        assert shown_name(scout) == "Swift"
