"""What a provider's word means, from every state and in every order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orders.tickets.providers.contract import TransferState
from orders.tickets.transfers.rules import Step, what_follows
from orders.tickets.transfers.states import ENDED, LIVE, OPEN, TRANSFER_STATES, TransferStatus

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
T, S = TransferState, TransferStatus
OWN_WORD = {
    T.INITIATED: S.INITIATED, T.PENDING: S.PENDING, T.ACCEPTED: S.ACCEPTED, T.DECLINED: S.DECLINED,
    T.EXPIRED: S.EXPIRED, T.CANCELLED: S.CANCELLED, T.FAILED: S.FAILED, T.NEEDS_REVIEW: S.REVIEW,
}  # fmt: skip


def step(
    status: str, told: TransferState, *, told_at: datetime = AT, known: str = "", known_at: datetime | None = None
) -> Step:
    return what_follows(status=status, told=told, told_at=told_at, known=known, known_at=known_at)


class TestNewWord:
    @pytest.mark.parametrize("status", S)
    @pytest.mark.parametrize("told", T)
    def test_leads_only_where_the_table_allows(self, status: TransferStatus, told: TransferState) -> None:
        to = step(status, told).to
        assert to is None or (to != status and TRANSFER_STATES.allows(status, to))

    @pytest.mark.parametrize("status", [S.STARTING, *OPEN])
    @pytest.mark.parametrize("told", T)
    def test_is_followed_while_it_is_open(self, status: TransferStatus, told: TransferState) -> None:
        is_backward = status in OPEN and OWN_WORD[told] in (status, S.INITIATED)
        assert step(status, told).to == (None if is_backward else OWN_WORD[told])

    @pytest.mark.parametrize("told", T)
    def test_ends_what_was_called_back_in_whatever_way_it_ended(self, told: TransferState) -> None:
        assert step(S.CANCELLING, told).to == (None if told.is_open else OWN_WORD[told])

    @pytest.mark.parametrize("told", T)
    def test_decides_nothing_that_is_with_a_person(self, told: TransferState) -> None:
        assert step(S.REVIEW, told).to is None

    @pytest.mark.parametrize("status", ENDED)
    @pytest.mark.parametrize("told", T)
    def test_never_undoes_what_ended_and_calls_a_person_where_it_contradicts(
        self, status: TransferStatus, told: TransferState
    ) -> None:
        assert step(status, told).to == (None if told.has_ended else S.REVIEW)

    @pytest.mark.parametrize("told", T)
    def test_never_undoes_an_acceptance(self, told: TransferState) -> None:
        assert step(S.ACCEPTED, told).to == (None if told is T.ACCEPTED else S.REVIEW)

    def test_the_reason_names_both_words(self) -> None:
        assert step(S.CANCELLED, T.ACCEPTED) == Step(S.REVIEW, "accepted after cancelled")


class TestOrder:
    @pytest.mark.parametrize("status", S)
    @pytest.mark.parametrize("told", T)
    def test_an_older_word_changes_nothing(self, status: TransferStatus, told: TransferState) -> None:
        assert step(status, told, told_at=AT - timedelta(seconds=1), known="pending", known_at=AT) == Step(
            None, "older than what is known", is_news=False
        )

    def test_of_one_instant_the_later_in_its_life_counts(self) -> None:
        assert not step(S.ACCEPTED, T.PENDING, known="accepted", known_at=AT).is_news
        assert not step(S.PENDING, T.INITIATED, known="pending", known_at=AT).is_news
        assert step(S.PENDING, T.ACCEPTED, known="pending", known_at=AT).to == S.ACCEPTED

    @pytest.mark.parametrize("told", [T.ACCEPTED, T.EXPIRED])
    def test_of_one_instant_two_decisions_contradict_each_other(self, told: TransferState) -> None:
        status, known = (S.EXPIRED, "expired") if told is T.ACCEPTED else (S.ACCEPTED, "accepted")
        assert step(status, told, known=known, known_at=AT).to == S.REVIEW

    @pytest.mark.parametrize("status", [*LIVE, S.ACCEPTED, *ENDED])
    def test_the_same_word_again_moves_nothing(self, status: TransferStatus) -> None:
        told = {value: key for key, value in OWN_WORD.items()}.get(status)
        if told is not None:
            assert step(status, told, known=told.value, known_at=AT).to is None


class TestTheSameWordAgain:
    @pytest.mark.parametrize("told", T)
    def test_changes_nothing_that_a_person_decided_after_it(self, told: TransferState) -> None:
        """A list is read with an overlap: what led to a review stands in it once more when the review is over."""
        for status in (S.ACCEPTED, *ENDED):
            again = step(status, told, known=told.value, known_at=AT)
            assert again.to is None

    def test_said_anew_goes_to_a_person_again(self) -> None:
        later = AT + timedelta(seconds=1)
        assert step(S.CANCELLED, T.ACCEPTED, told_at=later, known="accepted", known_at=AT).to == S.REVIEW
