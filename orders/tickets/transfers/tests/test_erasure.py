"""Nobody is forgotten while their tickets are out, and nothing of them is left afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.accounts.models import User
from config.calls.models import GatewayCall
from config.papers.tests.test_papers import PDF
from orders.tests.factories import item, make_paid_order, make_product, make_user
from orders.tickets.conftest import Hands
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers import erasure
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import confirm_receipt, hand_in_proof
from orders.tickets.transfers.services.tests.telling import fresh, send
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=1)


@pytest.fixture
def buyer() -> User:
    return make_user()


def theirs(buyer: User, provider: str) -> TicketTransfer:
    part = make_paid_order(item(make_product()), buyer=buyer).fulfilments.get()
    return send(make_transfer(part=part, provider=provider))


def erase_all(person: User) -> None:
    while erasure.erase(person=person, batch=2, at=LATER):
        pass


class TestOpenThings:
    def test_a_transfer_that_is_out_is_open_for_buyer_and_seller(self, played: Played, buyer: User) -> None:
        row = theirs(buyer, "played")
        for person in (buyer, row.fulfilment.seller):
            assert erasure.open_things(person=person) == ["1 transfer of tickets is not decided"]
        assert erasure.open_things(person=make_user()) == []

    def test_so_is_a_call_without_an_answer(self, played: Played, buyer: User) -> None:
        played.loses = True
        theirs(buyer, "played")
        assert "1 call to a gateway has no answer" in erasure.open_things(person=buyer)

    def test_one_that_is_decided_is_not(self, hands: Hands, buyer: User) -> None:
        row = theirs(buyer, "manual")
        confirm_receipt(transfer_pk=row.pk, actor="user:buyer", at=LATER)
        assert erasure.open_things(person=buyer) == []


class TestErase:
    def test_takes_address_proof_and_answers_and_leaves_that_it_happened(self, hands: Hands, buyer: User) -> None:
        row = theirs(buyer, "manual")
        hand_in_proof(transfer_pk=row.pk, name="ann.pdf", content=PDF, actor="user:seller", at=LATER)
        confirm_receipt(transfer_pk=row.pk, actor="user:buyer", at=LATER)
        erase_all(buyer)
        row, handed = fresh(row), HandOver.objects.get()
        assert (row.recipient, row.recipient_masked, row.status) == ("", "", "accepted")
        assert (handed.proof_sealed, handed.proof_name, handed.recipient) == (None, "", "")

    def test_empties_what_providers_answered(self, played: Played, buyer: User) -> None:
        theirs(buyer, "played")
        assert GatewayCall.objects.filter(answer__isnull=False).exists()
        erase_all(buyer)
        assert not GatewayCall.objects.filter(answer__isnull=False).exists()

    def test_leaves_others_alone(self, played: Played, buyer: User) -> None:
        row = theirs(buyer, "played")
        erase_all(make_user())
        assert fresh(row).recipient == "ann@example.com"
