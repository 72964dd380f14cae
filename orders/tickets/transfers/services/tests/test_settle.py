"""What nobody knows, a person decides, and nobody else."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from orders.tests.factories import traces
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.settle import (
    TransferNotInReview,
    follow_review,
    leave_to_a_person,
    settle_transfer,
)
from orders.tickets.transfers.services.tests.telling import fresh, send, take_back
from orders.tickets.transfers.states import TransferStatus
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db


def settle(row: TicketTransfer, *, accepted: bool) -> bool:
    return settle_transfer(transfer_pk=row.pk, accepted=accepted, actor="user:ops", reason="asked both", at=AT)


class TestSettle:
    @pytest.mark.parametrize(("accepted", "status"), [(True, "accepted"), (False, "cancelled")])
    def test_says_who_has_the_tickets(self, played: Played, accepted: bool, status: str) -> None:
        row = send(make_transfer())
        take_back(row)
        assert leave_to_a_person(transfer_pk=row.pk, why="no answer", actor="system:transfers", at=AT)
        assert settle(row, accepted=accepted)
        assert (fresh(row).status, row.ended_at) == (status, AT)
        entry = AuditEntry.objects.filter(subject_type="tickettransfer").latest("pk")
        assert (entry.actor, entry.reason, entry.to_state) == ("user:ops", "asked both", status)
        assert not settle(row, accepted=accepted)

    @pytest.mark.parametrize("status", [each for each in TransferStatus.values if each != "review"])
    @pytest.mark.parametrize("accepted", [True, False])
    def test_decides_nothing_that_is_not_in_review(self, played: Played, status: str, accepted: bool) -> None:
        row = send(make_transfer())
        ended = AT if status in ("accepted", "declined", "expired", "cancelled", "failed") else None
        TicketTransfer.objects.update(status=status, ended_at=ended, cancel_wanted_at=AT)
        before = [*TicketTransfer.objects.values(), traces()]
        is_so_already = status == "accepted" if accepted else status in ("declined", "expired", "cancelled", "failed")
        if is_so_already:
            assert not settle(row, accepted=accepted)
        else:
            with pytest.raises(TransferNotInReview):
                settle(row, accepted=accepted)
        assert [*TicketTransfer.objects.values(), traces()] == before


class TestFollowReview:
    def test_a_person_who_says_it_of_the_part_says_it_of_its_transfer(self, played: Played) -> None:
        row = send(make_transfer())
        TicketTransfer.objects.update(status="review")
        for _ in range(2):
            follow_review({"fulfilment": row.fulfilment.public_id, "arrived": True}, AT)
        assert fresh(row).status == "accepted"

    def test_leaves_what_is_not_in_review(self, played: Played) -> None:
        row = send(make_transfer())
        follow_review({"fulfilment": row.fulfilment.public_id, "arrived": True}, AT)
        assert fresh(row).status == "initiated"


class TestLeaveToAPerson:
    @pytest.mark.parametrize("status", [each for each in TransferStatus.values if each != "cancelling"])
    def test_only_what_was_called_back(self, played: Played, status: str) -> None:
        row = send(make_transfer())
        ended = AT if status in ("accepted", "declined", "expired", "cancelled", "failed") else None
        TicketTransfer.objects.update(status=status, ended_at=ended)
        assert not leave_to_a_person(transfer_pk=row.pk, why="no answer", actor="system:transfers", at=AT)
        assert fresh(row).status == status
