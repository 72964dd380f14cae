"""Decisions about disputes, with the arithmetic in sight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.disputes import rules
from payments.disputes.rules import Bearer, Left, Share
from payments.disputes.states import DISPUTE_STATES, DisputeStatus

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
AMOUNTS = st.integers(0, 10_000)
PARTS = st.lists(st.tuples(st.integers(-5, 10_000), st.booleans()), max_size=4).map(
    lambda drawn: [Left(pk, left, arrived) for pk, (left, arrived) in enumerate(drawn)]
)


class TestWay:
    @pytest.mark.parametrize(
        ("origin", "target", "steps"),
        [
            ("lost", "lost", ()),
            ("needs_response", "lost", ("lost",)),
            ("inquiry", "won", ("needs_response", "won")),
            ("won", "lost", ("needs_response", "lost")),
            ("won", "under_review", ("needs_response", "under_review")),
            ("lost", "needs_response", ("under_review", "needs_response")),
            ("prevented", "lost", None),
            ("won", "inquiry", None),
        ],
    )
    def test_is_the_shortest_or_none(self, origin: str, target: str, steps: tuple[str, ...] | None) -> None:
        assert rules.way(DISPUTE_STATES, origin, target) == steps

    @pytest.mark.parametrize("origin", DisputeStatus.values)
    @pytest.mark.parametrize("target", DisputeStatus.values)
    def test_has_only_steps_of_the_table(self, origin: str, target: str) -> None:
        steps = rules.way(DISPUTE_STATES, origin, target)
        for here, there in zip((origin, *(steps or ())), steps or (), strict=False):
            assert DISPUTE_STATES.allows(here, there)


class TestIsNews:
    @pytest.mark.parametrize(
        ("known", "told", "later", "is_news"),
        [
            ("needs_response", "lost", 1, True),
            ("lost", "needs_response", -1, False),
            ("lost", "won", 0, True),
            ("won", "lost", 0, False),
            ("under_review", "needs_response", 1, True),
            ("needs_response", "needs_response", 0, False),
        ],
    )
    def test_the_younger_wins_and_in_the_same_second_the_rank(
        self, known: str, told: str, later: int, is_news: bool
    ) -> None:
        found = rules.is_news(known=known, known_at=AT, told=told, told_at=AT + timedelta(seconds=later))
        assert found is is_news


class TestMoneyOfADispute:
    @pytest.mark.parametrize("status", DisputeStatus.values)
    @pytest.mark.parametrize("away", [-100, 0, 700])
    def test_what_is_away_is_lost_or_in_dispute_and_never_both(self, status: str, away: int) -> None:
        lost = rules.loss_minor(status=status, withdrawn_minor=away)
        open_ = rules.in_dispute_minor(status=status, withdrawn_minor=away)
        assert lost + open_ == max(0, away)
        assert (lost > 0) == (status == "lost" and away > 0)


class TestTakeLoss:
    def test_over_the_holds_by_what_is_left_of_each(self) -> None:
        parts = [Left(1, 6_667, False), Left(2, 3_333, True)]
        loss = rules.take_loss(amount_minor=5_000, parts=parts, bearer=Bearer.SELLER)
        assert (loss.holds, loss.borne, loss.excess_minor) == ({1: 3_334, 2: 1_666}, {}, 0)

    def test_the_rest_is_ours(self) -> None:
        loss = rules.take_loss(amount_minor=10_000, parts=[Left(1, 6_000, True)], bearer=Bearer.SELLER)
        assert (loss.holds, loss.excess_minor) == ({1: 6_000}, 4_000)

    def test_the_platform_bears_only_what_was_delivered(self) -> None:
        parts = [Left(1, 5_000, True), Left(2, 5_000, False)]
        loss = rules.take_loss(amount_minor=10_000, parts=parts, bearer=Bearer.PLATFORM)
        assert (loss.holds, loss.borne, loss.excess_minor) == ({2: 5_000}, {1: 5_000}, 0)

    def test_of_a_payment_without_holds_is_all_ours(self) -> None:
        assert rules.take_loss(amount_minor=7, parts=[], bearer=Bearer.SELLER).excess_minor == 7

    @given(amount=AMOUNTS, parts=PARTS, bearer=st.sampled_from(list(Bearer)))
    def test_no_unit_is_lost_or_taken_twice(self, amount: int, parts: list[Left], bearer: Bearer) -> None:
        loss = rules.take_loss(amount_minor=amount, parts=parts, bearer=bearer)
        taken = {**loss.holds, **loss.borne}
        assert sum(taken.values()) + loss.excess_minor == amount
        assert not set(loss.holds) & set(loss.borne)
        left = {part.hold_pk: max(0, part.left_minor) for part in parts}
        assert all(0 < minor <= left[pk] for pk, minor in taken.items())
        if loss.excess_minor:
            assert sum(taken.values()) == sum(left.values())


class TestGiveUp:
    def test_first_what_nothing_covered(self) -> None:
        given = rules.give_up(amount_minor=5_000, first=[Share(1, 4_000)], then=[Share(2, 4_000), Share(3, 2_000)])
        assert given == {1: 4_000, 2: 667, 3: 333}

    @given(
        first=st.lists(st.integers(1, 900), max_size=3),
        then=st.lists(st.integers(1, 900), max_size=3),
        data=st.data(),
    )
    def test_gives_up_just_that_and_no_more_than_there_is(
        self, first: list[int], then: list[int], data: st.DataObject
    ) -> None:
        shares = [Share(pk, minor) for pk, minor in enumerate([*first, *then])]
        amount = data.draw(st.integers(0, sum(first) + sum(then)))
        given = rules.give_up(amount_minor=amount, first=shares[: len(first)], then=shares[len(first) :])
        assert sum(given.values()) == amount
        assert all(0 < minor <= shares[pk].amount_minor for pk, minor in given.items())
        if any(pk >= len(first) for pk in given):
            assert all(given[pk] == minor for pk, minor in enumerate(first))


class TestWhoBears:
    @pytest.mark.parametrize(
        ("reason", "bearer", "reasons", "who"),
        [
            ("fraudulent", "seller", {"fraudulent"}, Bearer.PLATFORM),
            ("general", "seller", {"fraudulent"}, Bearer.SELLER),
            ("general", "platform", set(), Bearer.PLATFORM),
        ],
    )
    def test_is_the_policys_or_the_platform_by_reason(
        self, reason: str, bearer: str, reasons: set[str], who: Bearer
    ) -> None:
        assert rules.who_bears(reason=reason, bearer=bearer, platform_bears_reasons=reasons) is who


class TestMayAnswer:
    @pytest.mark.parametrize(
        ("status", "is_submitted", "due", "code"),
        [
            ("needs_response", False, AT + A_DAY, ""),
            ("inquiry", False, None, ""),
            ("under_review", False, AT + A_DAY, "dispute_not_answerable"),
            ("lost", False, AT + A_DAY, "dispute_not_answerable"),
            ("needs_response", True, AT + A_DAY, "evidence_submitted"),
            ("needs_response", False, AT, "evidence_too_late"),
        ],
    )
    def test_once_in_time_while_it_is_waited_for(
        self, status: str, is_submitted: bool, due: datetime | None, code: str
    ) -> None:
        verdict = rules.may_answer(status=status, is_submitted=is_submitted, evidence_due_at=due, at=AT)
        assert (bool(verdict), verdict.code) == (not code, code)


class TestMayAccept:
    @pytest.mark.parametrize("status", DisputeStatus.values)
    def test_only_a_chargeback_that_is_undecided(self, status: str) -> None:
        assert bool(rules.may_accept(status=status)) is (status in ("needs_response", "under_review"))


class TestMayConcedeAlone:
    @pytest.mark.parametrize(
        ("amount_minor", "threshold_minor", "code"),
        [(999, 1_000, ""), (1_000, 1_000, ""), (1_001, 1_000, "above_threshold"), (1, 0, "above_threshold"),
         (1, None, "no_threshold")],
    )  # fmt: skip
    def test_up_to_the_threshold(self, amount_minor: int, threshold_minor: int | None, code: str) -> None:
        verdict = rules.may_concede_alone(amount_minor=amount_minor, threshold_minor=threshold_minor)
        assert (bool(verdict), verdict.code) == (not code, code)


class TestAcceptsItself:
    @pytest.mark.parametrize(
        ("changes", "does"),
        [
            ({}, True),
            ({"amount_minor": 1_000}, False),
            ({"is_submitted": True}, False),
            ({"has_evidence": True}, False),
            ({"status": "inquiry"}, False),
            ({"status": "under_review"}, False),
            ({"threshold_minor": 0}, False),
            ({"alone_minor": 999}, True),
            ({"alone_minor": 998}, False),
            ({"alone_minor": 0}, False),
            ({"alone_minor": None}, False),
            ({"alone_minor": 5_000, "amount_minor": 1_000}, False),
        ],
    )
    def test_below_the_threshold_where_nobody_fights(self, changes: dict[str, object], does: bool) -> None:
        facts: dict[str, object] = {
            "status": "needs_response", "is_submitted": False, "has_evidence": False, "amount_minor": 999,
            "threshold_minor": 1_000, "alone_minor": 1_000,
        }  # fmt: skip
        assert rules.accepts_itself(**(facts | changes)) is does  # type: ignore[arg-type]


class TestNextReminder:
    DUE = AT + timedelta(days=5)

    def next(self, at: datetime, **changes: object) -> datetime | None:
        facts: dict[str, object] = {
            "status": "needs_response", "is_submitted": False, "evidence_due_at": self.DUE, "days": (7, 3, 1),
        }  # fmt: skip
        return rules.next_reminder(at=at, **(facts | changes))  # type: ignore[arg-type]

    def test_is_the_first_that_lies_ahead(self) -> None:
        assert self.next(AT) == self.DUE - timedelta(days=3)
        assert self.next(self.DUE - timedelta(days=3)) == self.DUE - timedelta(days=1)
        assert self.next(self.DUE - timedelta(days=1)) is None

    def test_what_was_not_sent_yet_stays(self) -> None:
        missed = AT - timedelta(minutes=5)
        assert self.next(AT, unsent=missed) == missed
        assert self.next(AT, unsent=AT + timedelta(days=9)) == self.DUE - timedelta(days=3), "it is reckoned anew"
        assert self.next(AT, unsent=missed, is_submitted=True) is None

    @pytest.mark.parametrize(
        "changes", [{"status": "lost"}, {"is_submitted": True}, {"evidence_due_at": None}, {"days": ()}]
    )
    def test_is_none_where_nobody_needs_it(self, changes: dict[str, object]) -> None:
        assert self.next(AT, **changes) is None
