"""Two at once, each on a connection of its own: a transfer is offered once, and ends in one way."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from config.calls.models import GatewayCall
from config.papers.tests.test_papers import PDF
from orders.tests.together import together
from orders.tickets.conftest import Hands
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import NothingToSay, confirm_receipt, hand_in_proof, withdraw
from orders.tickets.transfers.services.cancel import call_back, send_cancel
from orders.tickets.transfers.services.record import observe_transfer
from orders.tickets.transfers.services.send import send_wanted
from orders.tickets.transfers.services.start import TransferExists
from orders.tickets.transfers.services.tests.telling import fresh, send
from orders.tickets.transfers.tests.played import AT, Played, make_part, make_transfer

pytestmark = pytest.mark.django_db(transaction=True)
LATER = AT + timedelta(minutes=5)
TIMES = 5


def take_back(row: TicketTransfer) -> str:
    with transaction.atomic():
        return call_back(transfer_pk=row.pk, actor="user:seller", at=LATER, reason="sold twice")


class TestStart:
    def test_of_two_one_is_the_transfer_of_a_part(self, played: Played) -> None:
        part = make_part()
        ends = together([partial(make_transfer, part=part) for _ in range(4)])
        assert sum(isinstance(end, TicketTransfer) for end in ends) == 1
        assert sum(isinstance(end, TransferExists) for end in ends) == 3
        assert TicketTransfer.objects.count() == 1


class TestSend:
    def test_two_that_send_it_ask_its_provider_once(self, played: Played) -> None:
        row = make_transfer()
        together([partial(send_wanted, {"transfer": row.public_id}, AT) for _ in range(4)])
        assert (played.asked, GatewayCall.objects.count(), fresh(row).status) == (["initiate"], 1, "initiated")

    def test_two_that_call_it_back_ask_once(self, played: Played) -> None:
        row = send(make_transfer())
        assert set(together([partial(take_back, row) for _ in range(3)])) == {"cancelling"}
        together([partial(send_cancel, {"transfer": row.public_id}, LATER) for _ in range(3)])
        assert (played.asked.count("cancel"), fresh(row).status) == (1, "cancelled")


class TestCrossing:
    @pytest.mark.parametrize("attempt", range(TIMES))
    def test_an_acceptance_and_a_call_back_end_in_one_way(self, played: Played, attempt: int) -> None:
        row = send(make_transfer())
        view = played.become(row, TransferState.ACCEPTED)

        def hear() -> None:
            with transaction.atomic():
                observe_transfer(transfer_pk=row.pk, view=view, actor="provider:played", at=LATER)

        together([hear, partial(take_back, row)])
        send_cancel({"transfer": row.public_id}, LATER)
        assert fresh(row).status == "accepted"

    @pytest.mark.parametrize("attempt", range(TIMES))
    def test_a_proof_and_a_call_back_never_leave_a_proof_that_was_taken_back(self, hands: Hands, attempt: int) -> None:
        row = send(make_transfer(provider="manual"))
        prove = partial(hand_in_proof, transfer_pk=row.pk, name="a.pdf", content=PDF, actor="user:seller", at=LATER)
        proved, _ = together([prove, partial(take_back, row)])
        send_cancel({"transfer": row.public_id}, LATER)
        said = HandOver.objects.get()
        if isinstance(proved, NothingToSay):
            assert (fresh(row).status, said.status, said.proof_at) == ("cancelled", "cancelled", None)
        else:
            assert (fresh(row).status, said.status, said.cancel_asked_at) == ("cancelling", "pending", hands.at)

    @pytest.mark.parametrize("attempt", range(TIMES))
    def test_of_buyer_and_seller_who_speak_at_once_one_is_heard(self, hands: Hands, attempt: int) -> None:
        row = send(make_transfer(provider="manual"))
        ends = together(
            [
                partial(confirm_receipt, transfer_pk=row.pk, actor="user:buyer", at=LATER),
                partial(withdraw, transfer_pk=row.pk, actor="user:seller", reason="kept", at=LATER),
            ]
        )
        assert sum(isinstance(end, NothingToSay) for end in ends) == 1
        assert fresh(row).status == HandOver.objects.get().status
        assert fresh(row).status in ("accepted", "cancelled")
