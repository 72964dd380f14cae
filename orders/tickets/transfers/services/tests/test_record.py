"""Facts about a transfer: told twice, late, backward, and against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from orders.tickets.providers.contract import TransferState, TransferView
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.record import observe_transfer
from orders.tickets.transfers.services.tests.telling import calls, fresh, jobs, send, take_back
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=10)
T = TransferState


def hear(row: TicketTransfer, view: TransferView) -> str:
    observe_transfer(transfer_pk=row.pk, view=view, actor="provider:played", at=LATER)
    return fresh(row).status


def everything() -> list[object]:
    tables = (TicketTransfer, GatewayCall, AuditEntry, OutboxJob)
    return [list(table._base_manager.order_by("pk").values()) for table in tables]


class TestObserve:
    @pytest.mark.parametrize(
        ("state", "status", "topic"),
        [
            (T.ACCEPTED, "accepted", "ticket_transfer.accepted"),
            (T.DECLINED, "declined", "ticket_transfer.ended"),
            (T.EXPIRED, "expired", "ticket_transfer.ended"),
            (T.CANCELLED, "cancelled", "ticket_transfer.ended"),
            (T.FAILED, "failed", "ticket_transfer.ended"),
            (T.NEEDS_REVIEW, "review", "ticket_transfer.unanswered"),
        ],
    )
    def test_follows_the_providers_word_and_says_so_once(
        self, played: Played, state: TransferState, status: str, topic: str
    ) -> None:
        row = send(make_transfer())
        view = played.become(row, state)
        assert hear(row, view) == status
        [*others, job] = OutboxJob.objects.filter(topic=topic)
        assert {each.ordering_key for each in (*others, job)} == {row.public_id}
        assert job.payload == {
            "transfer": row.public_id, "fulfilment": row.fulfilment.public_id, "state": status, "why": "",
            "by": "provider:played",
        }  # fmt: skip
        before = everything()
        assert hear(row, view) == status
        assert everything() == before

    def test_an_older_word_changes_nothing(self, played: Played) -> None:
        row = send(make_transfer())
        first = played.transfers[row.public_id]
        hear(row, played.become(row, T.ACCEPTED))
        before = everything()
        assert hear(row, first) == "accepted"
        assert everything() == before

    @pytest.mark.parametrize("ended", [T.CANCELLED, T.EXPIRED, T.DECLINED])
    def test_accepted_after_it_ended_goes_to_a_person(self, played: Played, ended: TransferState) -> None:
        row = send(make_transfer())
        hear(row, played.become(row, ended))
        assert hear(row, played.become(row, T.ACCEPTED)) == "review"
        assert jobs("ticket_transfer.accepted") == 0
        job = OutboxJob.objects.filter(topic="ticket_transfer.unanswered").latest("pk")
        assert job.payload["why"] == f"accepted after {ended}"
        assert (fresh(row).ended_at, row.told) == (None, "accepted")

    def test_accepted_while_it_is_called_back_is_accepted(self, played: Played) -> None:
        row = send(make_transfer())
        take_back(row)
        assert hear(row, played.become(row, T.ACCEPTED)) == "accepted"

    def test_a_word_about_what_is_with_a_person_is_only_kept(self, played: Played) -> None:
        row = send(make_transfer())
        hear(row, played.become(row, T.NEEDS_REVIEW))
        assert hear(row, played.become(row, T.CANCELLED)) == "review"
        assert fresh(row).told == "cancelled"

    def test_an_event_that_is_faster_than_the_answer_names_it(self, played: Played) -> None:
        row = make_transfer()
        played.loses = True
        send(row)
        hear(row, played.become(row, T.PENDING))
        row = fresh(row)
        assert (row.status, row.provider_id) == ("pending", played.transfers[row.public_id].provider_id)
        assert calls() == [("transfer.create", "succeeded")]

    def test_one_that_is_called_back_before_its_name_is_known_is_called_back_then(self, played: Played) -> None:
        row = make_transfer()
        played.loses = True
        send(row)
        take_back(row)
        assert jobs("ticket_transfer.cancel_wanted") == 0
        assert hear(row, played.become(row, T.PENDING)) == "cancelling"
        assert jobs("ticket_transfer.cancel_wanted") == 1

    def test_a_later_look_at_the_same_state_keeps_when_it_was(self, played: Played) -> None:
        row = send(make_transfer())
        view = replace(played.transfers[row.public_id], changed_at=LATER)
        assert hear(row, view) == "initiated"
        assert fresh(row).told_at == LATER
