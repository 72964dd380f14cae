"""What a rail says of a destination, in any order and twice."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.tests.factories import AT
from payouts.payees.models import Destination
from payouts.payees.services.known import make_known
from payouts.payees.services.observe import observe_destination
from payouts.payees.tests.dummy_rail import DummyRail, use_dummy_rail
from payouts.payees.tests.paying import OTHER_INDIAN, approve, make_payee, propose, traces
from payouts.rails.contract import CheckState, DestinationView

pytestmark = pytest.mark.django_db


@pytest.fixture
def rail(settings: Any, monkeypatch: pytest.MonkeyPatch) -> DummyRail:
    found = use_dummy_rail(settings, monkeypatch)
    found.check = CheckState.PENDING
    return found


@pytest.fixture
def verifying(rail: DummyRail) -> Destination:
    destination = propose(make_payee())
    make_known({"destination": destination.public_id}, AT)
    destination.refresh_from_db()
    return destination


def hear(destination: Destination, check: CheckState, needs: str = "", **more: Any) -> str:
    view = DummyRail().view(recipient_id="cont_1", check=check, needs=needs, **({"account_id": "fa_2"} | more))
    observe_destination(destination=destination, view=view, actor="webhook", at=AT)
    return destination.status


class TestObserve:
    @pytest.mark.parametrize(
        ("checks", "status"),
        [
            (["good"], "active"),
            (["bad"], "rejected"),
            (["suspended"], "verifying"),
            (["good", "suspended"], "suspended"),
            (["good", "bad"], "suspended"),
            (["good", "suspended", "good"], "active"),
            (["good", "pending"], "active"),
            (["bad", "good"], "rejected"),
        ],
    )
    def test_moves_it_as_the_rail_says(self, verifying: Destination, checks: list[str], status: str) -> None:
        for check in checks:
            hear(verifying, CheckState(check), "a passport")
        assert verifying.status == status

    @pytest.mark.parametrize("checks", list(itertools.product(CheckState, repeat=2)))
    def test_twice_is_once(self, verifying: Destination, checks: tuple[CheckState, ...]) -> None:
        for check in checks:
            hear(verifying, check, "a passport")
        before = traces()
        hear(verifying, checks[-1], "a passport")
        assert traces() == before

    def test_says_what_is_needed(self, verifying: Destination) -> None:
        hear(verifying, CheckState.SUSPENDED, "a passport")
        assert verifying.why == "a passport"
        hear(verifying, CheckState.GOOD)
        assert verifying.why == ""
        hear(verifying, CheckState.SUSPENDED, "another passport")
        assert (verifying.status, verifying.why) == ("suspended", "another passport")

    def test_an_account_that_does_not_take_the_currency_is_refused(self, verifying: Destination) -> None:
        assert hear(verifying, CheckState.GOOD, currencies=("EUR", "USD")) == "rejected"
        assert verifying.why == "the account takes no INR"

    def test_of_another_account_it_is_not_about_this_one(self, verifying: Destination) -> None:
        before = traces()
        assert hear(verifying, CheckState.GOOD, account_id="fa_of_another") == "verifying"
        assert traces() == before

    def test_the_one_before_goes_only_when_the_new_one_is_good(self, verifying: Destination, rail: DummyRail) -> None:
        hear(verifying, CheckState.GOOD)
        second = approve(propose(verifying.payee, OTHER_INDIAN))
        make_known({"destination": second.public_id}, AT)
        verifying.refresh_from_db()
        assert verifying.status == "active"
        second.refresh_from_db()
        hear(second, CheckState.GOOD, account_id=second.account_id)
        verifying.refresh_from_db()
        assert (verifying.status, second.status) == ("retired", "active")

    def test_a_retired_one_stays_retired(self, verifying: Destination) -> None:
        approved = propose(verifying.payee, OTHER_INDIAN)
        verifying.refresh_from_db()
        assert (verifying.status, approved.status) == ("retired", "verifying")
        assert hear(verifying, CheckState.GOOD) == "retired"


class TestTheirBank:
    """A connected account is given another bank by whoever has its password. The second person is who lets the first
    payout to that bank go."""

    @pytest.fixture
    def connected(self, verifying: Destination) -> Destination:
        Destination.objects.filter(pk=verifying.pk).update(kind="connected_account", masked="STRIPE •••• 1111")
        verifying.refresh_from_db()
        hear(verifying, CheckState.GOOD)
        assert (verifying.status, verifying.cools_until) == ("active", None)
        return verifying

    def told(self) -> int:
        return OutboxJob.objects.filter(topic="destination.changed").count()

    def test_changed_it_cools_and_the_payee_hears_of_it(self, connected: Destination, settings: Any) -> None:
        before = self.told()
        view = self.view("BANK •••• 2222")
        observe_destination(destination=connected, view=view, actor="webhook", at=AT + timedelta(minutes=1))
        assert connected.masked == "BANK •••• 2222"
        assert connected.cools_until == AT + timedelta(minutes=1, hours=settings.POLICY.payout_cooling_hours)
        assert (self.told(), AuditEntry.objects.filter(act="its bank was changed").count()) == (before + 1, 1)
        assert "2222" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))

    def test_told_again_it_cools_no_longer(self, connected: Destination, settings: Any) -> None:
        for minutes in (1, 90):
            observe_destination(
                destination=connected, view=self.view("BANK •••• 2222"), actor="webhook",
                at=AT + timedelta(minutes=minutes),
            )  # fmt: skip
        assert AuditEntry.objects.filter(act="its bank was changed").count() == 1
        assert connected.cools_until == AT + timedelta(minutes=1, hours=settings.POLICY.payout_cooling_hours)

    def test_the_first_one_changes_nothing(self, verifying: Destination) -> None:
        Destination.objects.filter(pk=verifying.pk).update(kind="connected_account")
        verifying.refresh_from_db()
        hear(verifying, CheckState.PENDING, masked="BANK •••• 2222")
        assert (verifying.masked, verifying.cools_until) == ("BANK •••• 2222", None)
        assert not AuditEntry.objects.filter(act="its bank was changed").exists()

    @pytest.mark.parametrize("masked", ["", "STRIPE •••• 1111"])
    def test_the_same_or_none_is_no_change(self, connected: Destination, masked: str) -> None:
        before = traces()
        hear(connected, CheckState.GOOD, masked=masked)
        assert traces() == before

    def test_of_a_bank_account_the_rail_changes_nothing(self, verifying: Destination) -> None:
        hear(verifying, CheckState.GOOD)
        before = traces()
        hear(verifying, CheckState.GOOD, masked="BANK •••• 2222")
        assert traces() == before

    def view(self, masked: str) -> DestinationView:
        return DummyRail().view(recipient_id="cont_1", account_id="fa_2", check=CheckState.GOOD, masked=masked)
