"""What staff can do about a transfer: each act for its roles and states, told before it is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.accounts.roles import Role
from config.admin.acts import offered
from config.admin.tests.operators import act_of, as_role, confirm, somebody, text_of
from config.papers.tests.test_papers import PDF
from orders.tests.factories import force
from orders.tickets.conftest import Hands
from orders.tickets.transfers.acts import ASK, BUYER_HAS, SELLER_HAS
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import deny_receipt, hand_in_proof
from orders.tickets.transfers.services.tests.telling import fresh, send, take_back
from orders.tickets.transfers.states import TransferStatus
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

LATER = AT + timedelta(minutes=5)


@pytest.fixture
def by_hand(hands: Hands) -> TicketTransfer:
    row = send(make_transfer(provider="manual"))
    hand_in_proof(transfer_pk=row.pk, name="sent.pdf", content=PDF, actor="user:seller", at=LATER)
    return fresh(row)


def names(row: TicketTransfer, role: Role = Role.OPERATIONS) -> list[str]:
    return [act.name for act in offered((ASK, BUYER_HAS, SELLER_HAS), row, user=somebody(role))]


@pytest.mark.django_db
class TestOffered:
    @pytest.mark.parametrize("status", TransferStatus)
    def test_a_person_decides_reviews_alone_and_asks_where_a_provider_knows(
        self, played: Played, status: TransferStatus
    ) -> None:
        row = make_transfer()
        row.status = status
        assert ("accepted" in names(row), "ended" in names(row)) == (status == "review", status == "review")
        assert ("ask" in names(row)) is (status in ("initiated", "pending", "cancelling"))

    @pytest.mark.parametrize(
        ("role", "asks", "decides"),
        [
            (Role.OPERATIONS, True, ["accepted", "ended"]),
            (Role.SUPPORT, False, ["ended"]),
            (Role.FINANCE, True, []),
            (Role.AUDITOR, False, []),
            (Role.SELLER, False, []),
            (Role.BUYER, False, []),
        ],
    )
    def test_to_its_roles(self, played: Played, role: Role, asks: bool, decides: list[str]) -> None:
        row = make_transfer()
        row.status = TransferStatus.REVIEW
        assert names(row, role) == decides
        row.status = TransferStatus.INITIATED
        assert names(row, role) == (["ask"] if asks else [])

    def test_asking_names_the_providers_transfer_or_ours(self, played: Played) -> None:
        row = make_transfer()
        assert ASK.effect(row, None, AT).calls == (f"played: how {row.public_id} stands",)
        row.provider_id = "theirs_1"
        assert ASK.effect(row, None, AT).calls == ("played: how theirs_1 stands",)


@pytest.mark.django_db
class TestAsk:
    def test_makes_the_next_sweep_ask(self, played: Played) -> None:
        row = send(make_transfer())
        TicketTransfer.objects.update(ask_at="2100-01-01T00:00:00Z")
        assert "within a minute" in text_of(confirm(as_role(Role.OPERATIONS), row, "ask", reason="the buyer wrote"))
        row = fresh(row)
        assert row.ask_at is not None
        assert row.ask_at.year < 2100

    def test_is_for_those_who_settle_calls(self, played: Played) -> None:
        assert as_role(Role.SUPPORT).get(act_of(send(make_transfer()), "ask")).status_code == 403


@pytest.mark.django_db(transaction=True)
class TestSettle:
    """A rehearsal needs a connection without a transaction."""

    @pytest.mark.parametrize(
        ("act", "role", "status"), [("accepted", Role.OPERATIONS, "accepted"), ("ended", Role.OPERATIONS, "cancelled")]
    )
    def test_shows_its_effect_and_does_it(self, by_hand: TicketTransfer, act: str, role: Role, status: str) -> None:
        deny_receipt(transfer_pk=by_hand.pk, actor="user:buyer", reason="nothing came", at=LATER)
        client = as_role(role)
        assert "You say for good" in text_of(client.get(act_of(by_hand, act)))
        assert fresh(by_hand).status == "review"
        confirm(client, by_hand, act, reason="asked both")
        assert fresh(by_hand).status == status

    @pytest.mark.parametrize(("part", "words"), [("cancelled", "becomes void"), ("review", "part is delivered")])
    def test_says_what_it_means_that_the_buyer_has_them(self, played: Played, part: str, words: str) -> None:
        row = make_transfer()
        force(row.fulfilment, part)
        TicketTransfer._base_manager.filter(pk=row.pk).update(status="review")
        assert words in text_of(as_role(Role.OPERATIONS).get(act_of(row, "accepted")))

    def test_is_for_those_who_may_and_for_reviews_alone(self, played: Played) -> None:
        row = send(make_transfer())
        take_back(row)
        assert as_role(Role.FINANCE).get(act_of(row, "accepted")).status_code == 403
        confirm(as_role(Role.OPERATIONS), row, "accepted", reason="asked both")
        assert fresh(row).status == "cancelling"
