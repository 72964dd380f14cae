"""What the database itself says about a transfer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.states import LIVE, TransferStatus
from orders.tickets.transfers.tests.played import AT, Played, make_part, make_transfer

pytestmark = pytest.mark.django_db


class TestConstraints:
    @pytest.mark.parametrize(
        ("columns", "constraint"),
        [
            ({"status": "lost"}, "a_transfer_has_a_known_status"),
            ({"status": "accepted"}, "a_transfer_is_decided_exactly_when_dated"),
            ({"ended_at": AT}, "a_transfer_is_decided_exactly_when_dated"),
            ({"status": "cancelling"}, "a_transfer_that_is_called_back_says_since_when"),
        ],
    )
    def test_one_that_cannot_be_is_refused(self, played: Played, columns: dict[str, Any], constraint: str) -> None:
        make_transfer()
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            TicketTransfer.objects.update(**columns)

    def test_a_providers_id_is_one_transfer(self, played: Played) -> None:
        make_transfer()
        TicketTransfer.objects.update(provider_id="trf_1")
        other = make_transfer()
        with pytest.raises(IntegrityError, match="a_provider_s_transfer_is_one"), transaction.atomic():
            TicketTransfer.objects.filter(pk=other.pk).update(provider_id="trf_1")
        TicketTransfer.objects.filter(pk=other.pk).update(provider="manual", provider_id="trf_1")

    @pytest.mark.parametrize("status", TransferStatus.values)
    def test_a_part_has_one_that_may_still_reach_its_buyer(self, played: Played, status: str) -> None:
        part = make_part()
        first = make_transfer(part=part)
        ends = {"ended_at": AT} if status not in LIVE else {}
        TicketTransfer.objects.filter(pk=first.pk).update(status=status, cancel_wanted_at=AT, **ends)
        second = TicketTransfer(fulfilment=part, provider="played", ticket_ids=["tkt_1"], expires_at=AT, started_by="t")
        if status in LIVE or status == "accepted":
            with pytest.raises(IntegrityError, match="may_still_reach_its_buyer"), transaction.atomic():
                second.save()
        else:
            second.save()

    def test_a_hand_over_waits_for_its_buyer_only_with_a_proof(self) -> None:
        row = HandOver.objects.create(reference="tt_1", ticket_ids=[], expires_at=AT, changed_at=AT)
        with pytest.raises(IntegrityError, match="waits_for_its_buyer_once_a_proof_is_shown"), transaction.atomic():
            HandOver.objects.filter(pk=row.pk).update(status="pending")


class TestRecipient:
    def test_is_kept_encrypted_and_shown_masked(self, played: Played) -> None:
        row = make_transfer()
        assert b"ann@example.com" not in bytes(row.recipient_sealed or b"")
        assert (row.recipient, row.recipient_masked) == ("ann@example.com", "a…@example.com")

    def test_is_nobody_once_it_is_erased(self, played: Played) -> None:
        assert TicketTransfer(recipient_sealed=None).recipient == ""
