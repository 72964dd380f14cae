"""Payouts that meet: two over one balance, a sale, a hold, a recall, two over the last of a float."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import transaction

from config.tests.together import TIMEOUT_S, begin, together, wait_until_somebody_waits_for_a_lock
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Payee
from payouts.payees.services.terms import hold_payee
from payouts.payout.models import Payout
from payouts.payout.services import freeze, send
from payouts.payout.services.decide import recall
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


class TestOneBalance:
    def test_is_frozen_by_one_payout(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        outcomes = together([lambda: payouts.freeze(payee) for _ in range(4)])
        assert kinds(outcomes) == ["Payout", *["PayoutNotPossible"] * 3]
        assert list(Payout.objects.values_list("gross_minor", flat=True)) == [10_000]
        assert payouts.balance(payee) == (0, 0, 0)

    def test_what_is_earned_meanwhile_is_in_one_of_two_and_never_in_both(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        acts: list[Any] = [lambda: payouts.freeze(payee), lambda: payouts.freeze(payee)]
        outcomes = together([*acts, *[lambda: payouts.earn(payee, 500) for _ in range(3)]])
        assert "Payout" in kinds(outcomes)
        frozen = sum(Payout.objects.values_list("gross_minor", flat=True))
        assert frozen + payouts.balance(payee)[0] == 11_500  # and the truths of ranges hold

    @pytest.mark.broken_books
    def test_negative_control_without_the_locks_both_take_it(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both find it payable. PostgreSQL has the last word: the second is refused by what the balance may not be, or
        by where a payout may begin."""
        payee = payouts.payee(10_000)
        both_have_looked = threading.Barrier(2)

        def look_and_wait(owner: str, currency: str) -> PayeeBalance:
            found = PayeeBalance.objects.get(owner=owner, currency=currency)
            both_have_looked.wait(TIMEOUT_S)
            return found

        monkeypatch.setattr(freeze, "lock_payee", lambda key: Payee.objects.select_related("user").get(pk=key))
        monkeypatch.setattr(freeze, "lock_balance", look_and_wait)
        outcomes = together([lambda: payouts.freeze(payee) for _ in range(2)])
        assert kinds(outcomes) == ["IntegrityError", "Payout"]


class TestSending:
    def test_two_workers_send_one_payout_once(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        # None of them waits for what another one holds while that one waits for it: PostgreSQL would end one of them,
        # perhaps the one that has the rail's answer.
        assert together([lambda: send.send(payout, at=payouts.at) for _ in range(4)]) == [False] * 4
        assert payouts.again(payout).status == "in_transit"
        assert len(payouts.rail.asked) == 1

    def test_the_last_of_a_float_is_one_payouts(self, payouts: PayoutWorld) -> None:
        waiting = [payouts.approved(6_000) for _ in range(3)]
        payouts.fund(10_000)
        together([lambda payout=payout: send.send(payout, at=payouts.at) for payout in waiting])
        assert sorted(payouts.again(payout).status for payout in waiting) == ["approved", "approved", "in_transit"]

    def test_negative_control_without_the_floats_lock_two_are(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waiting = [payouts.approved(6_000) for _ in range(2)]
        payouts.fund(10_000)
        both_have_looked = threading.Barrier(2)

        def look_and_wait(payout: Payout) -> int:
            both_have_looked.wait(TIMEOUT_S)
            return 0

        monkeypatch.setattr(send, "one_at_a_time", lambda payout: None)
        monkeypatch.setattr(send, "in_flight_minor", look_and_wait)
        together([lambda payout=payout: send.send(payout, at=payouts.at) for payout in waiting])
        assert [payouts.again(payout).status for payout in waiting] == ["in_transit", "in_transit"]

    def test_a_recall_and_a_sending_are_one_or_the_other(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        given: dict[str, Any] = {"owner": payout.owner, "currency": "INR", "actor": "system:test", "at": payouts.at}
        outcomes = together([lambda: send.send(payout, at=payouts.at), lambda: recall(**given)])
        assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
        payout = payouts.again(payout)
        assert (payout.status, len(payouts.rail.asked)) in [("cancelled", 0), ("in_transit", 1)]
        assert payouts.balance(payout.payee)[0] == (10_000 if payout.status == "cancelled" else 0)

    def test_a_hold_and_a_sending_are_one_before_the_other(self, payouts: PayoutWorld) -> None:
        """Whoever holds a payee back at this instant is waited for, and then nothing is sent."""
        payout = payouts.approved()
        payouts.fund(10_000)
        with transaction.atomic():
            hold_payee(payee=payout.payee, actor="user:ops", reason="looks odd", at=payouts.at)
            sending = begin(lambda: send.send(payout, at=payouts.at))
            wait_until_somebody_waits_for_a_lock()
        assert sending.result(TIMEOUT_S) is False
        assert (payouts.again(payout).status, payouts.rail.asked) == ("approved", [])

    def test_negative_control_without_the_payees_lock_it_is_sent_to_who_is_held(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = payouts.approved()
        payouts.fund(10_000)
        monkeypatch.setattr(send, "lock_payee", lambda key: None)
        with transaction.atomic():
            hold_payee(payee=payout.payee, actor="user:ops", reason="looks odd", at=payouts.at)
            begin(lambda: send.send(payout, at=payouts.at)).result(TIMEOUT_S)
        assert (payouts.again(payout).status, len(payouts.rail.asked)) == ("in_transit", 1)
