"""A payout whose transfer is made is stopped by taking that back first, and is payable again only after that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, page_of, text_of
from config.calls.models import GatewayCall
from config.tests.together import together
from payments.tests.lives import Died, dying_at, forget_leases
from payments.tests.walking import everything
from payouts.payees.models import Destination
from payouts.payout.models import Payout
from payouts.payout.services import send as sending
from payouts.payout.services.decide import PayoutTransferred, cancel_payout
from payouts.payout.services.due import send_waiting
from payouts.payout.services.send import send
from payouts.reversals.models import Reversal
from payouts.reversals.services.propose import NothingToReverse, stop_half_way
from payouts.reversals.tests.owing import FINANCE, taken_back
from payouts.tests.connect_world import ConnectWorld

pytestmark = pytest.mark.django_db(transaction=True)
HALF_WAY = {"in_transit": 10_000, "connected": 10_000}
BACK = {"payable": 10_000, "clearing": 10_000}


def half_way(connect: ConnectWorld) -> Payout:
    """One whose transfer is made; of the payout itself Stripe executed nothing."""
    payout = connect.approved(connect.payee())
    connect.world.fail("/v1/payouts", status=429)
    connect.work_once()
    payout = connect.books.again(payout)
    assert (payout.status, payout.transferred_at is not None) == ("approved", True)
    assert connect.standing(payout.payee) == HALF_WAY
    return payout


def stop(connect: ConnectWorld, payout: Payout, *, actor: str = FINANCE) -> Reversal:
    return stop_half_way(payout_pk=payout.pk, actor=actor, reason="wrong month", at=connect.world.at)


def asked_for(payout: Payout) -> int:
    calls = GatewayCall.objects.filter(subject_id=payout.public_id, operation="payout.create")
    return calls.exclude(status="not_executed").count()


class TestCancel:
    def test_is_refused_with_what_to_do_and_nothing_moves(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        before = everything()
        with pytest.raises(PayoutTransferred):
            cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="wrong month", at=connect.world.at)
        assert everything() == before
        assert connect.standing(payout.payee) == HALF_WAY


class TestAnotherBank:
    def test_given_meanwhile_gets_nothing_that_a_second_person_let_go_for_the_one_before(
        self, connect: ConnectWorld
    ) -> None:
        payout = half_way(connect)
        cools_until = connect.world.at + timedelta(hours=1)
        Destination.objects.filter(pk=payout.destination_id).update(cools_until=cools_until)
        connect.books.at = cools_until + timedelta(hours=4)
        send_waiting(at=connect.books.at)
        waiting = connect.books.again(payout)
        assert (waiting.status, asked_for(payout)) == ("approved", 0)
        assert waiting.waits_because.startswith("their account was given another bank since: stop it")
        stop(connect, payout)
        assert taken_back(connect).status == "succeeded"
        assert connect.books.again(payout).status == "cancelled"
        assert connect.standing(payout.payee) == BACK


class TestStop:
    def test_takes_the_transfer_back_and_only_then_is_it_payable_again(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        reversal = stop(connect, payout)
        assert (reversal.cause, reversal.amount_minor, reversal.status) == ("stopped", 10_000, "approved")
        assert connect.standing(payout.payee) == HALF_WAY
        assert taken_back(connect).status == "succeeded"
        payout = connect.books.again(payout)
        assert (payout.status, payout.in_account_minor, asked_for(payout)) == ("cancelled", 0, 0)
        assert connect.standing(payout.payee) == BACK
        assert connect.moved("transfer_reversed") == (1, 10_000)
        connect.hear()
        connect.world.later(hours=4)
        send_waiting(at=connect.world.at)
        connect.work()
        assert connect.standing(payout.payee) == BACK
        assert asked_for(payout) == 0

    def test_the_next_payout_moves_it_anew(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        stop(connect, payout)
        taken_back(connect)
        again = connect.approved(payout.payee)
        connect.work()
        again = connect.books.again(again)
        assert (again.status, again.rail_transfer_id != payout.rail_transfer_id) == ("in_transit", True)
        assert connect.standing(payout.payee) == HALF_WAY

    def test_it_is_not_sent_while_its_transfer_is_asked_back(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        stop(connect, payout)
        connect.world.refuse(f"/v1/transfers/{payout.rail_transfer_id}/reversals")
        connect.work_once()
        assert Reversal.objects.get().status == "sending"
        send(payout, at=connect.world.at)
        payout = connect.books.again(payout)
        assert (payout.status, asked_for(payout)) == ("approved", 0)
        assert payout.waits_because == "it is being stopped: its transfer is taken back first"
        assert connect.standing(payout.payee) == HALF_WAY
        for _ in range(3):
            connect.world.later(minutes=20)
            connect.work()
        assert connect.books.again(payout).status == "cancelled"
        assert connect.moved("transfer_reversed") == (1, 10_000)
        assert connect.standing(payout.payee) == BACK

    def test_where_their_account_has_less_the_payout_goes_on(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=-1)
        stop(connect, payout)
        connect.work_once()
        assert Reversal.objects.get().status == "declined"
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=1)
        connect.world.later(minutes=6)
        connect.work()
        assert connect.books.again(payout).status == "in_transit"
        assert connect.standing(payout.payee) == HALF_WAY

    @pytest.mark.parametrize("how", ["sent", "stopped", "unsent"])
    def test_refuses_what_is_not_half_way(self, connect: ConnectWorld, how: str) -> None:
        payout = connect.sent() if how == "sent" else half_way(connect)
        if how == "stopped":
            stop(connect, payout)
        if how == "unsent":
            payout = connect.approved(connect.payee())
        before = everything()
        with pytest.raises(NothingToReverse):
            stop(connect, payout)
        assert everything() == before

    def test_wherever_it_dies_it_is_stopped_once(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        stop(connect, payout)
        with dying_at("transfer.reverse.answered") as passed, pytest.raises(Died):
            connect.work()
        assert passed
        for _ in range(4):
            forget_leases()
            connect.world.later(minutes=20)
            connect.work()
        assert connect.books.again(payout).status == "cancelled"
        assert connect.moved("transfer_reversed") == (1, 10_000)
        assert connect.standing(payout.payee) == BACK


class TestRaces:
    def test_it_is_sent_or_stopped_and_never_both(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        acts: list[Any] = [lambda: stop(connect, payout), lambda: send(payout, at=connect.world.at)]
        stopped, _ = together(acts)
        connect.work()
        is_stopped = isinstance(stopped, Reversal)
        assert is_stopped or isinstance(stopped, NothingToReverse)
        assert connect.books.again(payout).status == ("cancelled" if is_stopped else "in_transit")
        assert asked_for(payout) == (0 if is_stopped else 1)
        assert connect.standing(payout.payee) == (BACK if is_stopped else HALF_WAY)

    def test_negative_control_without_the_look_at_its_reversal_it_is_asked_for_as_well(
        self, connect: ConnectWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = half_way(connect)
        stop(connect, payout)
        monkeypatch.setattr(sending, "is_being_taken_back", lambda payout: False)
        send(payout, at=connect.world.at)
        assert asked_for(payout) == 1
        assert Reversal.objects.get().status == "approved"


class TestPage:
    def test_offers_it_instead_of_a_cancellation(self, connect: ConnectWorld) -> None:
        payout = half_way(connect)
        finance = as_role(Role.FINANCE)
        text = text_of(finance.get(page_of(payout)))
        assert "Stop it, and take its transfer back…" in text
        assert "Cancel…" not in text
        asked = text_of(finance.get(act_of(payout, "stop-transfer")))
        assert "Only then is the payout cancelled" in asked
        confirm(finance, payout, "stop-transfer")
        assert taken_back(connect).status == "succeeded"
        reversal = Reversal.objects.get()
        assert "its payout is stopped before it is made" in text_of(finance.get(page_of(reversal)))
        assert as_role(Role.SUPPORT).get(act_of(payout, "stop-transfer")).status_code == 403
