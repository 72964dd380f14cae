"""What the bank did is decided by one person at a time, whoever else writes the payout meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, transaction

from config.tests.together import TIMEOUT_S, begin, together, wait_until_somebody_waits_for_a_lock
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payouts.bankfile import services
from payouts.bankfile.models import BankResult
from payouts.bankfile.services import Kind, NoBankResult, decline_result
from payouts.bankfile.tests.test_refusals import SECOND, confirm, in_file, say
from payouts.payout.models import Payout
from payouts.payout.queries import lock_payout
from payouts.payout.services.due import retry_payout
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db(transaction=True)


def said(world: PayoutWorld) -> Payout:
    payout = in_file(world)
    say(world, payout)
    return payout


def decline(world: PayoutWorld, payout: Payout) -> bool:
    return decline_result(payout_pk=payout.pk, actor=SECOND, reason="not there", at=world.at)


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def declined_while_confirmed(world: PayoutWorld, payout: Payout, has_begun: Callable[[], object]) -> list[Any]:
    """Somebody declines, and has the payout's lock when somebody else begins to confirm."""
    outcomes: list[Any] = []
    try:
        with transaction.atomic():
            lock_payout(payout.pk)
            confirming = begin(lambda: confirm(world, payout))
            has_begun()
            outcomes.append(decline(world, payout))
    except OperationalError as error:
        outcomes.append(error)
    outcomes.append(confirming.exception(TIMEOUT_S) or confirming.result())
    return outcomes


class TestConfirming:
    def test_waits_for_who_declines_and_books_nothing(self, payouts: PayoutWorld) -> None:
        payout = said(payouts)
        outcomes = declined_while_confirmed(payouts, payout, wait_until_somebody_waits_for_a_lock)
        assert kinds(outcomes) == ["NoBankResult", "bool"]
        assert isinstance(outcomes[1], NoBankResult)
        assert (payouts.again(payout).status, BankResult.objects.get().status) == ("sending", "declined")
        assert not LedgerEntry.objects.filter(event="payout_paid").exists()
        assert balance_minor("bank", currency="INR") == 0

    def test_negative_control_without_the_payouts_lock_they_wait_in_a_circle(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who confirms holds what was said and waits for the payout, and who declines the other way round."""
        payout = said(payouts)
        found, is_held = services._proposed, threading.Event()

        def held(of: Payout) -> BankResult:
            result = found(of)
            is_held.set()
            return result

        monkeypatch.setattr(services, "lock_payout", lambda key: Payout.objects.select_related("payee").get(pk=key))
        monkeypatch.setattr(services, "_proposed", held)
        outcomes = declined_while_confirmed(payouts, payout, lambda: is_held.wait(TIMEOUT_S))
        assert any(isinstance(outcome, OperationalError) for outcome in outcomes), outcomes

    def test_that_it_was_paid_after_all_and_its_retry_never_leave_the_money_twice_unowed(
        self, payouts: PayoutWorld
    ) -> None:
        payout = in_file(payouts)
        say(payouts, payout, Kind.FAILED)
        confirm(payouts, payout)
        say(payouts, payout)
        given: dict[str, Any] = {"payout_pk": payout.pk, "actor": SECOND, "reason": "once more", "at": payouts.at}
        confirmed, tried = together([lambda: confirm(payouts, payout), lambda: retry_payout(**given)])
        assert confirmed is True
        assert type(tried).__name__ in ("Payout", "NotRetriable")
        payouts.work()
        assert payouts.again(payout).status == "paid_late"
        assert set(Payout.objects.exclude(pk=payout.pk).values_list("status", flat=True)) <= {"cancelled"}
        assert payouts.balance(payout.payee) == (0, 0, 0)
        assert balance_minor("bank", currency="INR") == -10_000

    def test_and_declining_at_once_are_one_or_the_other(self, payouts: PayoutWorld) -> None:
        payout = said(payouts)
        outcomes = together([lambda: confirm(payouts, payout), lambda: decline(payouts, payout)])
        assert kinds(outcomes) == ["NoBankResult", "bool"]
        is_paid = isinstance(outcomes[0], bool)
        assert BankResult.objects.get().status == ("confirmed" if is_paid else "declined")
        assert payouts.again(payout).status == ("paid" if is_paid else "sending")
        assert balance_minor("bank", currency="INR") == (-10_000 if is_paid else 0)
