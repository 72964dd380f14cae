"""While a rail takes a debt back it is not written off: its payee would be paid what they just gave back."""

from __future__ import annotations

import pytest
from django.db import transaction

from config.tests.together import TIMEOUT_S, begin, wait_until_somebody_waits_for_a_lock
from payments.debts.models import DebtProposal
from payments.debts.services.settle import DebtTakenBack, confirm, propose
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payments.ledger.services import lock_balance
from payouts.payout.models import Payout
from payouts.reversals.models import Reversal
from payouts.reversals.services.send import send_approved
from payouts.reversals.tests.owing import FINANCE, let_go, owing, taken_back
from payouts.tests.connect_world import ConnectWorld

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = "user:first"


def balance_of(payout: Payout) -> PayeeBalance:
    return PayeeBalance.objects.get(owner=payout.owner, currency="USD")


def write_off(connect: ConnectWorld, payout: Payout) -> None:
    propose(
        balance_pk=balance_of(payout).pk, kind=DebtProposal.Kind.WRITTEN_OFF, amount_minor=3_000, actor=FIRST,
        reason="insolvent", at=connect.world.at,
    )  # fmt: skip


def agree(connect: ConnectWorld, payout: Payout) -> bool:
    return confirm(balance_pk=balance_of(payout).pk, actor=FINANCE, reason="agreed", at=connect.world.at)


def without_an_answer(connect: ConnectWorld) -> Reversal:
    """Stripe has taken it back, and we do not know that yet."""
    reversal = let_go(connect)
    connect.world.lose_answer("/v1/transfers/*/reversals")
    connect.work_once()
    reversal.refresh_from_db()
    assert (reversal.status, connect.moved("transfer_reversed")) == ("sending", (1, 3_000))
    return reversal


class TestWrittenOff:
    def test_not_while_it_is_taken_back_and_then_nothing_is_owed(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        write_off(connect, payout)
        without_an_answer(connect)
        with pytest.raises(DebtTakenBack):
            agree(connect, payout)
        assert (balance_of(payout).receivable_minor, balance_minor("bad_debt", currency="USD")) == (3_000, 0)
        assert DebtProposal.objects.get().status == "proposed"
        connect.world.later(minutes=20)
        assert taken_back(connect).status == "succeeded"
        assert connect.standing(payout.payee) == {"clearing": 3_000}

    def test_nor_is_it_proposed_then(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        without_an_answer(connect)
        with pytest.raises(DebtTakenBack):
            write_off(connect, payout)
        assert not DebtProposal.objects.exists()

    def test_one_that_was_declined_keeps_it_from_nothing(self, connect: ConnectWorld) -> None:
        payout = owing(connect, has=0)
        write_off(connect, payout)
        let_go(connect)
        assert taken_back(connect).status == "declined"
        assert agree(connect, payout)
        assert connect.standing(payout.payee) == {}
        assert balance_minor("bad_debt", currency="USD") == 3_000

    def test_who_sends_waits_for_who_writes_it_off_and_takes_nothing(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        write_off(connect, payout)
        reversal = let_go(connect)
        with transaction.atomic():
            lock_balance(payout.owner, "USD")
            sending = begin(lambda: send_approved({"reversal": reversal.public_id}, connect.world.at))
            wait_until_somebody_waits_for_a_lock()
            assert agree(connect, payout)
        sending.result(TIMEOUT_S)
        reversal.refresh_from_db()
        assert (reversal.status, connect.moved("transfer_reversed")) == ("cancelled", (0, 0))
        assert connect.standing(payout.payee) == {}
