"""A destination is made known to its rail once, whatever answer is lost and whenever a process dies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.calls.outcomes import Outcome
from config.calls.services import ask_due
from config.crypto import open_sealed
from config.outbox.models import OutboxJob
from orders.tests.factories import AT
from payments.tests.lives import Died, dying_at, forget_leases
from payouts.payees.models import Destination
from payouts.payees.services.known import DestinationNotTold, make_known, refresh_due
from payouts.payees.tests.dummy_rail import DummyRail, use_dummy_rail
from payouts.payees.tests.paying import INDIAN, OTHER_INDIAN, approve, make_payee, propose, traces
from payouts.rails.contract import CheckState

pytestmark = pytest.mark.django_db
UPI = {"holder": "Asha Rao", "address": "asha@okbank"}


@pytest.fixture
def rail(settings: Any, monkeypatch: pytest.MonkeyPatch) -> DummyRail:
    return use_dummy_rail(settings, monkeypatch)


def tell(destination: Destination, at: datetime = AT) -> Destination:
    make_known({"destination": destination.public_id}, at)
    destination.refresh_from_db()
    return destination


def work(at: datetime) -> None:
    """Questions and jobs until nothing is due, as workers do them."""
    for _ in range(10):
        asked = ask_due(now=lambda: at)
        jobs = list(OutboxJob.objects.filter(topic="destination.approved", state="due"))
        for job in jobs:
            make_known(job.payload, at)
            OutboxJob.objects.filter(pk=job.pk).update(state="done")
        if not asked and not jobs:
            return


class TestMakeKnown:
    def test_first_the_payee_then_where_their_money_goes(self, rail: DummyRail) -> None:
        destination = tell(propose(make_payee()))
        assert [kind for kind, _ in rail.calls] == ["cont", "fa"]
        assert (destination.recipient_id, destination.account_id) == ("cont_1", "fa_2")
        assert (destination.status, destination.rail) == ("active", "dummy")
        new = rail.made[rail.calls[1][1]][1]
        assert (new.details, new.holder, new.recipient_id) == (INDIAN, "Asha Rao", "cont_1")

    def test_nothing_that_identifies_it_stands_in_the_journal(self, rail: DummyRail) -> None:
        tell(propose(make_payee()))
        for call in GatewayCall.objects.all():
            assert INDIAN["account_number"] not in str(call.request_facts)
            assert call.answer is not None
            assert INDIAN["account_number"].encode() not in bytes(call.answer)
            assert INDIAN["account_number"].encode() in open_sealed(call.answer)

    def test_told_again_it_does_nothing(self, rail: DummyRail) -> None:
        destination = tell(propose(make_payee()))
        before = traces()
        tell(destination)
        assert (traces(), len(rail.calls)) == (before, 2)

    def test_a_payee_whom_the_rail_knows_is_not_made_again(self, rail: DummyRail) -> None:
        payee = make_payee()
        tell(propose(payee))
        second = tell(approve(propose(payee, UPI, kind="upi")))
        assert [kind for kind, _ in rail.calls] == ["cont", "fa", "fa"]
        assert (second.recipient_id, second.status) == ("cont_1", "active")

    def test_a_connected_account_is_both_at_once(self, rail: DummyRail) -> None:
        given = {"account": "acct_1Nv0FGQ9RKHgCVdK"}
        tell(propose(make_payee(), given, kind="connected_account", currency="EUR"))
        assert [kind for kind, _ in rail.calls] == ["fa"]

    def test_one_that_waits_for_a_person_is_not_told(self, rail: DummyRail) -> None:
        payee = make_payee()
        tell(propose(payee))
        tell(propose(payee, OTHER_INDIAN))
        assert len(rail.calls) == 2

    def test_what_the_rail_still_looks_at_is_not_paid_to_yet(self, rail: DummyRail) -> None:
        rail.check, rail.outcomes = CheckState.PENDING, [Outcome.SUCCEEDED, Outcome.PENDING]
        destination = tell(propose(make_payee()))
        assert (destination.status, destination.account_id) == ("verifying", "fa_2")
        rail.check = CheckState.GOOD
        assert refresh_due(at=AT) == 1
        destination.refresh_from_db()
        assert destination.status == "active"

    def test_a_refusal_is_told_in_words(self, rail: DummyRail) -> None:
        rail.outcomes = [Outcome.SUCCEEDED, Outcome.DECLINED]
        destination = tell(propose(make_payee()))
        assert (destination.status, destination.why) == ("rejected", "the number is not one of this bank's")

    @pytest.mark.parametrize("first", [[], [Outcome.SUCCEEDED]])
    def test_what_was_not_executed_is_sent_again_under_its_own_key(self, rail: DummyRail, first: list[Outcome]) -> None:
        rail.outcomes = [*first, Outcome.NOT_EXECUTED]
        destination = propose(make_payee())
        with pytest.raises(DestinationNotTold):
            tell(destination)
        tell(destination)
        assert destination.status == "active"
        assert (len(rail.calls), len({key for _, key in rail.calls})) == (3, 2)

    @pytest.mark.parametrize("first", [[], [Outcome.SUCCEEDED]])
    def test_a_lost_answer_is_asked_about_and_makes_nothing_twice(self, rail: DummyRail, first: list[Outcome]) -> None:
        rail.outcomes = [*first, Outcome.UNKNOWN]
        destination = tell(propose(make_payee()))
        assert destination.status == "verifying"
        tell(destination)
        assert len(rail.calls) == len(first) + 1, "an unknown outcome blocks another call"
        OutboxJob.objects.all().delete()
        work(AT + timedelta(minutes=1))
        destination.refresh_from_db()
        assert (destination.status, len(rail.made)) == ("active", 2)

    def test_past_the_keys_time_it_is_told_anew(self, rail: DummyRail) -> None:
        rail.outcomes = [Outcome.UNKNOWN]
        destination = tell(propose(make_payee()))
        OutboxJob.objects.all().delete()
        rail.made.clear()
        GatewayCall.objects.update(created_at=AT - timedelta(days=2), sent_at=AT - timedelta(days=2))
        for minutes in (10, 60, 180, 600):
            GatewayCall.objects.filter(status="unknown").update(due_at=AT)
            work(AT + timedelta(minutes=minutes))
        destination.refresh_from_db()
        assert destination.status == "active"


class TestDeaths:
    """A process dies at a point; the next one goes on, and the end is that of a whole life."""

    @pytest.mark.parametrize(
        "point",
        [
            "payee.create.intended",
            "payee.create.answered",
            "payee.create.recorded",
            "destination.create.intended",
            "destination.create.answered",
            "destination.create.recorded",
        ],
    )
    def test_makes_nothing_twice(self, rail: DummyRail, point: str) -> None:
        destination = propose(make_payee())
        with dying_at(point), pytest.raises(Died):
            tell(destination)
        later = AT + timedelta(minutes=10)
        work(later)
        destination.refresh_from_db()
        assert (destination.status, len(rail.made)) == ("active", 2)
        assert not GatewayCall.objects.exclude(status="succeeded").exists()

    @pytest.mark.parametrize("first", [[], [Outcome.SUCCEEDED]])
    def test_also_while_asking(self, rail: DummyRail, first: list[Outcome]) -> None:
        rail.outcomes = [*first, Outcome.UNKNOWN]
        destination = tell(propose(make_payee()))
        later = AT + timedelta(minutes=1)
        with dying_at("destination.asked"), pytest.raises(Died):
            ask_due(now=lambda: later)
        forget_leases()
        work(later)
        destination.refresh_from_db()
        assert (destination.status, len(rail.made)) == ("active", 2)


class TestRefreshDue:
    def test_goes_on_where_a_rail_does_not_answer(self, rail: DummyRail, settings: Any) -> None:
        rail.check = CheckState.PENDING
        tell(propose(make_payee()))
        settings.RAIL_ACCOUNTS = {}
        before = traces()
        assert refresh_due(at=AT) == 0
        assert traces() == before
