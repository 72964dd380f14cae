"""What seller, buyer and staff may say of a hand-over, and what of it is believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from config.audit.models import AuditEntry
from config.audit.services import move
from config.kernel.errors import NotFound
from config.kernel.states import MoveNotAllowed
from config.papers.tests.test_papers import PDF, PNG
from orders.tickets.providers.contract import NewTransfer, Recipient, TicketRef, TransferState, TransferView
from orders.tickets.providers.manual import services
from orders.tickets.providers.manual.adapter import ManualProvider
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.providers.manual.services import HandOverClosed, ProofRefused
from orders.tickets.providers.manual.states import HAND_OVER_STATES, HandOverStatus
from orders.tickets.providers.tests.scripted import AT

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=5)
S = HandOverStatus
SAY: dict[str, Callable[[], TransferView]] = {
    "confirm": lambda: services.confirm(reference="tt_1", actor="user:buyer", at=LATER),
    "deny": lambda: services.deny(reference="tt_1", actor="user:buyer", reason="nothing came", at=LATER),
    "withdraw": lambda: services.withdraw(reference="tt_1", actor="user:seller", reason="sold out", at=LATER),
    "proof": lambda: services.show_proof(reference="tt_1", name="sent.pdf", content=PDF, actor="user:seller", at=LATER),
}


@pytest.fixture(autouse=True)
def begun() -> HandOver:
    new = NewTransfer(
        reference="tt_1",
        tickets=(TicketRef("tkt_1"),),
        recipient=Recipient("ann@example.com"),
        expires_at=AT + timedelta(hours=1),
    )
    ManualProvider(now=lambda: AT).initiate(new)
    return HandOver.objects.get()


def force(status: str) -> None:
    HandOver.objects.update(status=status, proof_at=AT, proof_sealed=b"sealed", proof_name="a.pdf")


def rows() -> list[Any]:
    return [*HandOver.objects.values(), AuditEntry.objects.count()]


# From which state each may be said, and what it becomes.
MEANS = {
    "confirm": {S.INITIATED: S.ACCEPTED, S.PENDING: S.ACCEPTED, S.NEEDS_REVIEW: S.ACCEPTED, S.ACCEPTED: S.ACCEPTED},
    "deny": {S.INITIATED: S.DECLINED, S.PENDING: S.NEEDS_REVIEW, S.NEEDS_REVIEW: S.NEEDS_REVIEW},
    "withdraw": {
        S.INITIATED: S.CANCELLED, S.PENDING: S.CANCELLED, S.NEEDS_REVIEW: S.CANCELLED, S.CANCELLED: S.CANCELLED,
    },
    "proof": {S.INITIATED: S.PENDING, S.PENDING: S.PENDING},
}  # fmt: skip


class TestWhatIsSaid:
    @pytest.mark.parametrize("status", S)
    @pytest.mark.parametrize("said", SAY)
    def test_counts_only_against_ones_own_interest_once_there_is_a_proof(self, said: str, status: S) -> None:
        if status != S.INITIATED:
            force(status)
        before = rows()
        becomes = MEANS[said].get(status)
        if becomes is None:
            with pytest.raises(HandOverClosed):
                SAY[said]()
            assert rows() == before
            return
        assert SAY[said]().state == becomes.value
        assert HandOver.objects.get().status == becomes

    @pytest.mark.parametrize("said", SAY)
    def test_of_nothing_is_refused(self, said: str) -> None:
        HandOver.objects.update(reference="tt_2")
        with pytest.raises(NotFound):
            SAY[said]()

    def test_stands_in_the_trail_with_who_said_it_and_when(self) -> None:
        SAY["deny"]()
        entry = AuditEntry.objects.get(subject_type="handover")
        assert (entry.actor, entry.reason, entry.to_state) == ("user:buyer", "nothing came", "declined")
        assert HandOver.objects.get().changed_at == LATER


class TestProof:
    def test_is_kept_encrypted_and_given_back_whole(self) -> None:
        SAY["proof"]()
        row = HandOver.objects.get()
        assert PDF not in bytes(row.proof_sealed or b"")
        kept = services.proof_of(reference="tt_1")
        assert kept is not None
        assert (kept.content, kept.content_type, kept.name) == (PDF, "application/pdf", "sent.pdf")

    def test_a_second_one_takes_the_place_of_the_first(self) -> None:
        SAY["proof"]()
        at = LATER + timedelta(minutes=1)
        view = services.show_proof(reference="tt_1", name="b.png", content=PNG, actor="user:seller", at=at)
        kept = services.proof_of(reference="tt_1")
        assert kept is not None
        assert (kept.content, view.changed_at) == (PNG, at)

    @pytest.mark.parametrize("content", [b"", b"<svg>", PDF[:-6]])
    def test_what_is_no_paper_is_refused(self, content: bytes) -> None:
        before = rows()
        with pytest.raises(ProofRefused):
            services.show_proof(reference="tt_1", name="x", content=content, actor="user:seller", at=LATER)
        assert rows() == before

    def test_comes_too_late_after_the_time_even_if_nobody_noticed(self) -> None:
        before = rows()
        with pytest.raises(HandOverClosed):
            services.show_proof(
                reference="tt_1", name="x.pdf", content=PDF, actor="user:seller", at=AT + timedelta(hours=1)
            )
        assert rows() == before

    def test_there_may_be_none(self) -> None:
        assert services.proof_of(reference="tt_1") is None


class TestCalledBackAfterAProof:
    def test_is_not_taken_back_by_us_and_says_that_we_asked(self) -> None:
        SAY["proof"]()
        row = HandOver.objects.get()
        answer = ManualProvider(now=lambda: LATER).cancel(key="call_1", provider_id=row.public_id)
        assert answer.outcome == "pending"
        assert answer.transfer is not None
        assert answer.transfer.state is TransferState.PENDING
        row.refresh_from_db()
        assert (row.status, row.cancel_asked_at) == ("pending", LATER)

    def test_never_expires_by_itself(self) -> None:
        SAY["proof"]()
        found = ManualProvider(now=lambda: AT + timedelta(days=9)).find_by_reference(reference="tt_1")
        assert found is not None
        assert found.state is TransferState.PENDING


class TestEndByPerson:
    @pytest.mark.parametrize(("accepted", "status"), [(True, "accepted"), (False, "cancelled")])
    def test_ends_it_for_both(self, accepted: bool, status: str) -> None:
        force("needs_review")
        services.end_by_person(reference="tt_1", accepted=accepted, actor="user:staff", reason="looked", at=LATER)
        assert HandOver.objects.get().status == status
        with pytest.raises(HandOverClosed):
            SAY["deny"]()

    @pytest.mark.parametrize("status", ["declined", "accepted"])
    def test_leaves_what_is_decided_and_what_never_began(self, status: str) -> None:
        force(status)
        before = rows()
        for reference in ("tt_1", "tt_none"):
            services.end_by_person(reference=reference, accepted=False, actor="u", reason="r", at=LATER)
        assert rows() == before


class TestStates:
    @pytest.mark.parametrize(("origin", "target", "allowed"), list(HAND_OVER_STATES.pairs()))
    def test_every_pair(self, origin: str, target: str, allowed: bool) -> None:
        force(origin)
        row, before = HandOver.objects.get(), rows()
        if allowed:
            with transaction.atomic():
                assert move(row, to=target, actor="test", at=AT)
            return
        with transaction.atomic(), pytest.raises(MoveNotAllowed):
            move(row, to=target, actor="test", at=AT)
        assert rows() == before
