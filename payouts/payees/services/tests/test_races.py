"""Two people at once: one proposal waits, one decision counts, with a control that shows the race without the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.audit.models import AuditEntry
from config.kernel.errors import Refused
from config.tests.together import TIMEOUT_S, begin, wait_until_somebody_waits_for_a_lock
from config.tests.together import together as all_together
from orders.tests.factories import AT
from payouts.payees.models import Destination, Payee
from payouts.payees.queries import coming_destination, current_destination, lock_payee
from payouts.payees.services import decide as deciding_about
from payouts.payees.services import propose as proposing
from payouts.payees.services.decide import reject_destination
from payouts.payees.tests.paying import OTHER_INDIAN, approve, make_payee, propose

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Any]) -> list[Exception]:
    """Runs the acts at once, each on a connection of its own. What they raised."""
    raised = [outcome for outcome in all_together(acts) if isinstance(outcome, Exception)]
    assert all(isinstance(error, Refused | IntegrityError) for error in raised), raised
    return raised


def numbered(number: int) -> dict[str, str]:
    return {**OTHER_INDIAN, "account_number": f"00070155555{number}"}


class TestProposals:
    def test_of_two_at_once_the_later_retires_the_earlier(self) -> None:
        payee = make_payee()
        propose(payee)
        raised = together(*(lambda n=n: propose(payee, numbered(n)) for n in range(4)))
        assert raised == []
        states = Destination.objects.filter(payee=payee).order_by("status").values_list("status", flat=True)
        assert sorted(states) == ["active", "proposed", "retired", "retired", "retired"]

    def test_without_the_lock_they_meet_and_only_postgresql_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The negative control: both look before either has written."""
        payee = make_payee()
        propose(payee)
        both_looked = threading.Barrier(2)
        looked = coming_destination

        def look(*given: Any) -> Destination | None:
            found = looked(*given)
            both_looked.wait(TIMEOUT_S)
            return found

        unlocked = Payee.objects.select_related("user").get
        monkeypatch.setattr(proposing, "lock_payee", lambda pk: unlocked(pk=pk))
        monkeypatch.setattr(proposing, "coming_destination", look)
        raised = together(*(lambda n=n: propose(payee, numbered(n)) for n in range(2)))
        assert ["a_payee_has_one_coming_destination_per_currency" in str(error) for error in raised] == [True]


class TestDecisions:
    def test_of_an_approval_and_a_rejection_one_counts(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        raised = together(
            lambda: approve(waiting, "user:one"),
            lambda: reject_destination(destination=waiting, actor="user:two", reason="no", at=AT),
        )
        assert [error.code for error in raised if isinstance(error, Refused)] == ["destination_decided"]
        waiting.refresh_from_db()
        decided = AuditEntry.objects.filter(subject_id=waiting.public_id, to_state__in=["active", "rejected"])
        assert [entry.to_state for entry in decided] == [waiting.status]
        assert Destination.objects.filter(payee=payee, status="active").count() == 1

    def test_whoever_freezes_a_payout_at_this_instant_is_waited_for(self) -> None:
        """Who changes where money goes holds the payee first, as who freezes it does: it is frozen for the account that
        was theirs, and the change comes after it."""
        payee = make_payee()
        first = propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        with transaction.atomic():
            lock_payee(payee.pk)
            deciding = begin(lambda: approve(waiting))
            wait_until_somebody_waits_for_a_lock()
            assert current_destination(payee, "INR") == first
        assert deciding.result(TIMEOUT_S).approved_by
        assert current_destination(payee, "INR") != first

    def test_without_the_payees_lock_it_changes_under_their_hands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The negative control."""
        payee = make_payee()
        first = propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        monkeypatch.setattr(deciding_about, "lock_payee", lambda key: None)
        with transaction.atomic():
            lock_payee(payee.pk)
            begin(lambda: approve(waiting)).result(TIMEOUT_S)
            assert current_destination(payee, "INR") != first
