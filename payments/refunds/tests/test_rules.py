"""How much may be given back, and where what a gateway gave is taken from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.refunds.rules import (
    Bearer,
    Part,
    Pot,
    Taken,
    Terms,
    may_decide,
    may_go_alone,
    may_refund,
    may_void,
    refundable_minor,
    spread,
    take_external,
    terms_of,
    who_bears,
)

MINOR = st.integers(0, 10**12)


class TestRefundable:
    @pytest.mark.parametrize(
        ("captured", "refunded", "refunding", "disputed", "left"),
        [
            (10_000, 0, 0, 0, 10_000),
            (10_000, 4_000, 0, 0, 6_000),
            (10_000, 4_000, 5_000, 0, 1_000),
            (10_000, 4_000, 5_000, 1_000, 0),
            (10_000, 9_000, 5_000, 0, 0),
        ],
    )
    def test_is_what_neither_went_back_nor_is_on_its_way_nor_disputed(
        self, captured: int, refunded: int, refunding: int, disputed: int, left: int
    ) -> None:
        found = refundable_minor(
            captured_minor=captured, refunded_minor=refunded, refunding_minor=refunding, disputed_minor=disputed
        )
        assert found == left

    def test_what_is_asked_for_or_was_paid_another_way_is_not_left_either(self) -> None:
        found = refundable_minor(
            captured_minor=10_000, refunded_minor=0, refunding_minor=1_000, requested_minor=2_000, elsewhere_minor=3_000
        )
        assert found == 4_000

    @pytest.mark.parametrize(("amount", "code"), [(1, ""), (1_000, ""), (1_001, "exceeds_refundable")])
    def test_ours_never_exceed_it(self, amount: int, code: str) -> None:
        assert may_refund(amount_minor=amount, refundable=1_000).code == code

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_is_not_given_back(self, amount: int) -> None:
        assert may_refund(amount_minor=amount, refundable=1_000).code == "nothing_to_refund"


class TestTakeExternal:
    @pytest.mark.parametrize(
        ("amount", "unapplied", "pots", "taken"),
        [
            (5_000, 0, [10_000], Taken(0, {0: 5_000}, 0)),
            (5_000, 2_000, [10_000], Taken(2_000, {0: 3_000}, 0)),
            (5_000, 9_000, [10_000], Taken(5_000, {}, 0)),
            (5_000, 0, [3_333, 3_333, 3_334], Taken(0, {0: 1_667, 1: 1_666, 2: 1_667}, 0)),
            (5_000, 0, [4_000], Taken(0, {0: 4_000}, 1_000)),
            (5_000, 0, [0, 6_000], Taken(0, {1: 5_000}, 0)),
            (5_000, 0, [], Taken(0, {}, 5_000)),
        ],
    )
    def test_first_what_nobody_may_keep_then_the_holds_then_us(
        self, amount: int, unapplied: int, pots: list[int], taken: Taken
    ) -> None:
        found = take_external(
            amount_minor=amount,
            unapplied_minor=unapplied,
            pots=[Pot(hold_pk=number, left_minor=left) for number, left in enumerate(pots)],
        )
        assert found == taken

    @given(amount=st.integers(1, 10**12), unapplied=MINOR, left=st.lists(MINOR, max_size=5))
    def test_no_unit_is_lost_and_no_pot_overdrawn(self, amount: int, unapplied: int, left: list[int]) -> None:
        pots = [Pot(hold_pk=number, left_minor=minor) for number, minor in enumerate(left)]
        taken = take_external(amount_minor=amount, unapplied_minor=unapplied, pots=pots)
        assert taken.unapplied_minor + sum(taken.holds.values()) + taken.loss_minor == amount
        assert taken.unapplied_minor <= unapplied
        assert all(0 < minor <= left[pk] for pk, minor in taken.holds.items())
        assert not taken.loss_minor or sum(taken.holds.values()) == sum(left)


AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class TestTerms:
    @pytest.mark.parametrize(
        ("categories", "days", "bearer"),
        [
            ({""}, 30, "seller"),
            ({"tickets"}, 7, "seller"),
            ({"tickets", "shoes"}, 7, "seller"),
            ({"gifts"}, 30, "platform"),
            ({"gifts", "shoes"}, 30, "seller"),
        ],
    )
    def test_the_shortest_window_and_the_platform_only_where_it_bears_all(
        self, categories: set[str], days: int, bearer: str
    ) -> None:
        found = terms_of(
            categories, window_days=30, window_days_by_category={"tickets": 7}, platform_bears=frozenset({"gifts"})
        )
        assert found == Terms(window_days=days, bearer=Bearer(bearer))

    def test_the_platform_may_bear_everything(self) -> None:
        found = terms_of({"a", "b"}, window_days=1, window_days_by_category={}, platform_bears={"*"})
        assert found.bearer == Bearer.PLATFORM


class TestWhoBears:
    @pytest.mark.parametrize(
        ("asked", "usual", "delivered_days_ago", "bearer", "code"),
        [
            # Before delivery the hold gives all of it back.
            ("", "seller", None, "seller", ""),
            ("", "platform", None, "seller", ""),
            ("platform", "seller", None, "platform", "not_delivered_yet"),
            # Within the window whoever usually does, or the platform because somebody asked for that.
            ("", "seller", 7, "seller", ""),
            ("", "platform", 7, "platform", ""),
            ("platform", "seller", 7, "platform", ""),
            # After it only the platform, and only on request.
            ("", "seller", 8, "seller", "refund_window_over"),
            ("", "platform", 8, "platform", "refund_window_over"),
            ("platform", "seller", 8, "platform", ""),
        ],
    )
    def test_by_the_window_the_category_and_what_is_asked(
        self, asked: str, usual: str, delivered_days_ago: int | None, bearer: str, code: str
    ) -> None:
        delivered_at = None if delivered_days_ago is None else AT - delivered_days_ago * DAY
        found, verdict = who_bears(
            asked=asked,
            terms=Terms(window_days=7, bearer=Bearer(usual)),
            has_arrived=delivered_at is not None,
            delivered_at=delivered_at,
            at=AT,
        )
        assert (found, verdict.code) == (bearer, code)


class TestMayGoAlone:
    @pytest.mark.parametrize(
        ("amount", "threshold", "of_order", "of_requester", "bearer", "code"),
        [
            (1_000, 1_000, 0, 0, "", ""),
            (1_001, 1_000, 0, 0, "", "above_threshold_of_order"),
            (1, 1_000, 1_000, 0, "", "above_threshold_of_order"),
            (1, 1_000, 0, 1_000, "", "above_threshold_of_requester"),
            (400, 1_000, 600, 600, "", ""),
            (1, None, 0, 0, "", "no_threshold"),
            (1, 0, 0, 0, "", "above_threshold_of_order"),
            (1, 1_000, 0, 0, "platform", "platform_bears_it"),
        ],
    )
    def test_up_to_the_threshold_of_the_order_and_of_the_requester(
        self, amount: int, threshold: int | None, of_order: int, of_requester: int, bearer: str, code: str
    ) -> None:
        verdict = may_go_alone(
            amount_minor=amount,
            threshold_minor=threshold,
            order_minor=of_order,
            requester_minor=of_requester,
            asked_bearer=bearer,
        )
        assert (verdict.ok, verdict.code) == (code == "", code)

    def test_nobody_decides_what_they_asked_for(self) -> None:
        assert may_decide(requested_by="user:a", actor="user:a").code == "four_eyes"
        assert may_decide(requested_by="user:a", actor="user:b")


class TestSpread:
    def test_the_example_of_the_ledger(self) -> None:
        """5,000 of 3,333 / 3,333 / 3,334: 1,667 / 1,666 / 1,667."""
        parts = [Part(pk, (amount,), amount) for pk, amount in enumerate((3_333, 3_333, 3_334), start=1)]
        assert spread(5_000, parts) == {1: 1_667, 2: 1_666, 3: 1_667}
        assert spread(5_000, [Part(1, (3_333, 3_333, 3_334), 10_000)]) == {1: 5_000}

    def test_what_is_not_free_of_a_part_gives_nothing(self) -> None:
        assert spread(2_000, [Part(1, (5_000, 5_000), 0), Part(2, (3_000,), 2_000)]) == {2: 2_000}

    @given(st.data())
    def test_sums_to_the_amount_and_takes_no_more_than_is_free(self, data: st.DataObject) -> None:
        lines = st.lists(st.integers(0, 10_000), min_size=1, max_size=4)
        drawn = data.draw(st.lists(lines, min_size=1, max_size=4))
        parts = [Part(pk, tuple(left), data.draw(st.integers(0, sum(left)))) for pk, left in enumerate(drawn, start=1)]
        amount = data.draw(st.integers(0, sum(part.left_minor for part in parts)))
        given_by = spread(amount, parts)
        assert sum(given_by.values()) == amount
        assert all(given_by.get(part.hold_pk, 0) <= part.left_minor for part in parts)
        assert all(sum(part.weights) == part.left_minor for part in parts)


class TestMayVoid:
    @pytest.mark.parametrize(
        ("pots", "fulfilments", "ok"),
        [
            ({"escrow"}, {"awaiting"}, True),
            ({"released", "goodwill"}, {"completed"}, True),
            ({"unapplied"}, set(), False),
            ({"escrow"}, {"cancelled"}, False),
            ({"escrow"}, {"delivered", "cancelling"}, False),
        ],
    )
    def test_only_where_the_money_has_somewhere_to_go(self, pots: set[str], fulfilments: set[str], ok: bool) -> None:
        assert may_void(pots=pots, fulfilments=fulfilments).ok == ok
