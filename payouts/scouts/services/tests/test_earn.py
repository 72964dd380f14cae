"""What orders earn scouts: once each, at the amount of the day, and only for as long as the order stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from config.accounts.roles import Role
from config.outbox.models import OutboxJob
from orders.order.models import Order
from orders.tests import factories
from orders.tests.factories import force, item, make_order, make_paid_order, make_user, policy
from payments.ledger.accounts import Account
from payouts.payees.tests.paying import give
from payouts.scouts.models import Source
from payouts.scouts.services.earn import follow_order
from payouts.scouts.services.enrol import set_active
from payouts.scouts.services.rates import set_rate
from payouts.scouts.services.refer import set_referral
from payouts.scouts.tests.scouting import (
    AT,
    books,
    bounties,
    bring,
    broken,
    buys,
    follow,
    make_product,
    make_scout,
    traces,
)

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


@pytest.fixture(autouse=True)
def _the_books_hold_but_for_captures() -> Iterator[None]:
    yield
    assert broken() == set()


class TestFirstOrder:
    def test_of_a_recruit_is_kept_in_reserve(self) -> None:
        scout = make_scout()
        follow(buys(bring(scout)))
        assert bounties() == [("first_order", "accrued", 1_000)]
        assert books(scout) == (0, 1_000, 0, 1_000)

    def test_is_only_the_first(self) -> None:
        scout = make_scout()
        recruit = bring(scout)
        first, second = buys(recruit), buys(recruit, at=AT + timedelta(hours=1))
        follow(second)
        assert bounties() == [], "whatever is told first"
        follow(first)
        follow(second)
        assert bounties() == [("first_order", "accrued", 1_000)]

    def test_that_came_to_nothing_is_not_made_up_for_by_the_second(self) -> None:
        recruit = bring(make_scout())
        first, second = buys(recruit), buys(recruit, at=AT + timedelta(hours=1))
        follow(first)
        follow(first, "refunded")
        follow(second)
        assert bounties() == [("first_order", "reversed", 1_000)]

    def test_before_they_were_brought_earns_nothing_nor_does_the_next(self) -> None:
        scout = make_scout()
        recruit = bring(scout, at=AT + timedelta(hours=1))
        for order in (buys(recruit), buys(recruit, at=AT + timedelta(hours=2))):
            follow(order)
        assert bounties() == []

    def test_of_a_guest_is_nobodys(self) -> None:
        scout = make_scout()
        recruit = bring(scout)
        order = buys(None)
        Order.objects.filter(pk=order.pk).update(email=recruit.email)
        follow(order)
        assert bounties() == []

    def test_that_is_not_paid_earns_nothing(self) -> None:
        order = make_order(item(make_product()), buyer=bring(make_scout()))
        follow(order)
        assert bounties() == []

    def test_of_who_was_brought_by_nobody_earns_nothing(self) -> None:
        make_scout()
        follow(buys(make_user(Role.BUYER)))
        assert bounties() == []


class TestListingSold:
    def test_whatever_buyer_it_has(self) -> None:
        scout = make_scout()
        seller = bring(scout, Role.SELLER)
        follow(buys(None, make_product(seller=seller)))
        assert bounties() == [("listing_sold", "accrued", 1_000)]
        assert books(scout) == (0, 1_000, 0, 1_000)

    def test_once_for_a_listing_however_often_it_is_sold(self) -> None:
        product = make_product(seller=bring(make_scout(), Role.SELLER))
        for order in (buys(None, product, quantity=3), buys(None, product)):
            follow(order)
        assert bounties() == [("listing_sold", "accrued", 1_000)]

    def test_again_after_the_first_sale_came_to_nothing(self) -> None:
        product = make_product(seller=bring(make_scout(), Role.SELLER))
        first, second = buys(None, product), buys(None, product)
        follow(first)
        follow(first, "refunded")
        follow(second)
        assert [status for _, status, _ in bounties()] == ["reversed", "accrued"]

    def test_each_listing_of_an_order_and_its_buyer_too(self) -> None:
        scout = make_scout()
        seller, buyer = bring(scout, Role.SELLER), bring(scout)
        products = [make_product(seller=seller) for _ in range(2)]
        follow(make_paid_order(*(item(each) for each in products), buyer=buyer))
        assert [event for event, _, _ in bounties()] == ["first_order", "listing_sold", "listing_sold"]
        assert books(scout) == (0, 3_000, 0, 3_000)

    @pytest.mark.parametrize("who", ["scout", "seller"])
    def test_to_the_scout_or_to_oneself_earns_nothing(self, who: str) -> None:
        scout = make_scout()
        seller = bring(scout, Role.SELLER)
        follow(buys(scout.user if who == "scout" else seller, make_product(seller=seller)))
        assert "listing_sold" not in [event for event, _, _ in bounties()]

    def test_whose_part_was_cancelled_is_taken_back_though_the_order_is_completed(self) -> None:
        scout = make_scout()
        seller = bring(scout, Role.SELLER)
        order = make_paid_order(item(make_product(seller=seller)), item(make_product()), buyer=None)
        follow(order)
        force(order.fulfilments.get(seller=seller), "cancelled")
        follow(order, "completed")
        assert bounties() == [("listing_sold", "reversed", 1_000)]
        assert books(scout) == (0, 0, 0, 0)

    @pytest.mark.parametrize("is_before", [True, False])
    def test_whose_money_went_back_is_taken_back_though_the_order_stands(self, is_before: bool) -> None:
        scout = make_scout()
        seller = bring(scout, Role.SELLER)
        sold, kept = (make_product(seller=seller) for _ in range(2))
        order = make_paid_order(item(sold), item(kept), item(make_product()), buyer=None)
        follow(order, "" if is_before else "completed")
        assert books(scout)[:3] == ((0, 2_000, 0) if is_before else (2_000, 0, 0))
        order.lines.filter(product=kept).update(refunded_minor=F("amount_minor") - 1)
        order.lines.filter(product=sold).update(refunded_minor=F("amount_minor"))
        for _ in range(2):
            follow(order, "completed" if is_before else "")
        assert sorted(bounties()) == [("listing_sold", "matured", 1_000), ("listing_sold", "reversed", 1_000)]
        assert books(scout) == (1_000, 0, 0, 1_000)

    def test_whose_money_went_back_before_anything_was_told_earns_nothing(self) -> None:
        product = make_product(seller=bring(make_scout(), Role.SELLER))
        order = make_paid_order(item(product), item(make_product()), buyer=None)
        order.lines.filter(product=product).update(refunded_minor=F("amount_minor"))
        follow(order)
        assert bounties() == []


class TestLife:
    def test_matures_with_the_order(self) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        follow(order)
        follow(order, "delivered")
        assert books(scout) == (0, 1_000, 0, 1_000)
        follow(order, "completed")
        assert books(scout) == (1_000, 0, 0, 1_000)

    @pytest.mark.parametrize("status", ["refunded", "cancelled"])
    def test_is_taken_from_reserve_before_that(self, status: str) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        follow(order)
        follow(order, status)
        assert (bounties()[0][1], books(scout)) == ("reversed", (0, 0, 0, 0))

    def test_is_taken_from_what_is_payable_afterwards(self) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        follow(order, "completed")
        follow(order, "refunded")
        assert (bounties()[0][1], books(scout)) == ("reversed", (0, 0, 0, 0))

    def test_is_owed_where_it_was_paid_out_and_never_taken_from_other_bounties(self) -> None:
        scout = make_scout()
        order, other = buys(bring(scout)), buys(bring(scout))
        follow(order, "completed")
        follow(other)
        give(scout.payee, -600)  # paid out
        follow(order, "refunded")
        assert books(scout) == (0, 1_000, 600, 1_000)
        assert OutboxJob.objects.filter(topic="payee.short").exists()
        follow(other, "completed")
        assert books(scout) == (400, 0, 0, 1_000)

    @pytest.mark.parametrize("told", list(itertools.permutations(["paid", "completed", "refunded"])))
    def test_comes_to_the_same_in_any_order_and_twice(self, told: tuple[str, ...]) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        force(order, "refunded")
        for _ in told * 2:
            follow(order)
        assert books(scout) == (0, 0, 0, 0)
        assert bounties() == []

    def test_twice_is_once(self) -> None:
        scout = make_scout()
        order = buys(bring(scout, Role.SELLER, Role.BUYER))
        for status in ("", "completed", "refunded"):
            follow(order, status)
            before = traces()
            follow(order)
            assert traces() == before

    def test_what_was_taken_back_is_not_given_again(self) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        for status in ("", "refunded", "completed"):
            follow(order, status)
        assert (bounties()[0][1], books(scout)) == ("reversed", (0, 0, 0, 0))


class TestAmount:
    def test_is_that_of_the_day_on_which_it_was_paid(self) -> None:
        scout = make_scout()
        first, second = buys(bring(scout)), buys(bring(scout), at=AT + timedelta(days=2))
        rate: dict[str, Any] = {"currency": "INR", "actor": "user:admin", "reason": "spring", "at": AT}
        set_rate(amount_minor=2_500, least_sale_minor=0, from_at=AT + timedelta(days=1), **rate)
        for order in (second, first):
            follow(order)
        assert sorted(amount for _, _, amount in bounties()) == [1_000, 2_500]

    @pytest.mark.parametrize(("minor", "earned"), [(9_999, []), (10_000, ["first_order"]), (10_001, ["first_order"])])
    def test_of_a_small_first_order_is_none_nor_is_the_next_ones(self, minor: int, earned: list[str]) -> None:
        scout = make_scout()
        recruit = bring(scout)
        for hours in (0, 1):
            follow(buys(recruit, make_product(minor=minor if not hours else 90_000), at=AT + timedelta(hours=hours)))
        assert [event for event, _, _ in bounties()] == earned
        assert books(scout) == (0, 1_000 * len(earned), 0, 1_000 * len(earned))

    def test_of_a_listing_is_by_what_was_paid_for_it_alone(self) -> None:
        seller = bring(make_scout(), Role.SELLER)
        small, many = make_product(seller=seller, minor=100), make_product(seller=seller, minor=5_000)
        order = make_paid_order(item(small), item(many, 2), item(make_product(minor=90_000)), buyer=None)
        follow(order)
        assert bounties(listing=small) == []
        assert bounties() == bounties(listing=many) == [("listing_sold", "accrued", 1_000)]

    def test_of_a_small_sale_is_by_the_rate_of_the_day_on_which_it_was_paid(self) -> None:
        small = [buys(bring(make_scout()), make_product(minor=100), at=AT + timedelta(days=n)) for n in range(3)]
        rate: dict[str, Any] = {"currency": "INR", "actor": "user:admin", "reason": "spring", "at": AT}
        set_rate(amount_minor=500, least_sale_minor=0, from_at=AT + timedelta(days=1), **rate)
        set_rate(amount_minor=700, least_sale_minor=101, from_at=AT + timedelta(days=2), **rate)
        for order in small:
            follow(order)
        assert bounties() == [("first_order", "accrued", 500)]

    def test_of_a_currency_without_one_is_none(self) -> None:
        recruit = bring(make_scout())
        follow(make_paid_order(item(factories.make_product(prices={"USD": 50_000})), currency="USD", buyer=recruit))
        assert bounties() == []

    def test_of_zero_is_none(self, settings: Any) -> None:
        settings.POLICY = policy(scout_bounty_minor={"INR": 0})
        follow(buys(bring(make_scout())))
        assert bounties() == []

    def test_of_a_scout_who_is_no_longer_one_is_none_and_what_they_have_stays(self) -> None:
        scout = make_scout()
        kept = buys(bring(scout))
        follow(kept)
        later = buys(bring(scout))
        set_active(scout=scout, is_active=False, actor="user:admin", reason="spam", at=AT)
        follow(later)
        follow(kept, "completed")
        assert books(scout) == (1_000, 0, 0, 1_000)


class TestCost:
    def test_of_an_order_of_people_whom_nobody_brought_is_one_statement(
        self, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
    ) -> None:
        bring(make_scout())
        order = make_paid_order(item(make_product()), item(make_product()), buyer=make_user(Role.BUYER))
        with django_assert_num_queries(1):
            follow_order({"order": order.public_id}, AT)

    @pytest.mark.parametrize("who", ["buyer", "seller", "nobody any more"])
    def test_is_paid_where_somebody_was_brought_or_earned_something(self, who: str) -> None:
        scout = make_scout()
        person = bring(scout, Role.SELLER, Role.BUYER)
        order = buys(None, make_product(seller=person)) if who == "seller" else buys(person)
        follow(order)
        if who == "nobody any more":
            set_referral(recruit=person, scout=None, source=Source.ADMINISTRATOR, actor="user:admin", reason="x", at=AT)
            follow(order, "refunded")
        assert books(scout) == ((0, 0, 0, 0) if who == "nobody any more" else (0, 1_000, 0, 1_000))


class TestTopics:
    def test_what_happens_to_an_order_is_told(self) -> None:
        order = buys(bring(make_scout()))
        told = OutboxJob.objects.filter(listener__endswith="follow_order")
        assert [job.topic for job in told] == ["order.paid"]
        follow_order(told.get().payload, AT)
        assert bounties() == [("first_order", "accrued", 1_000)]
        assert order.public_id in str(told.get().payload)

    def test_a_promise_is_of_the_payee_as_a_scout(self) -> None:
        scout = make_scout()
        give(scout.payee, 500, account=Account.PAYABLE)
        follow(buys(bring(scout)))
        assert books(scout) == (500, 1_000, 0, 1_000)
        assert scout.payee.owner.startswith("pye_")
