"""Reminders before a deadline, conceding what is not worth an answer, and asking where nobody told us."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail

from config.accounts.roles import Role
from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from orders.tests.factories import make_user
from payments.disputes.models import Dispute
from payments.disputes.services import sweeps
from payments.disputes.services.answer import accept_dispute
from payments.disputes.services.sweeps import accept_due, refresh_due, remind_due
from payments.disputes.services.tests.test_answer import submit
from payments.disputes.services.tests.test_evidence import write
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(world: World) -> Dispute:
    world.disputed_order(10_000)
    return Dispute.objects.get()


def before_deadline(dispute: Dispute, world: World, **delta: float) -> None:
    assert dispute.evidence_due_at is not None
    world.at = dispute.evidence_due_at - timedelta(**delta)


def reminders() -> int:
    return OutboxJob.objects.filter(topic="dispute.evidence_due").count()


def letters() -> list[Any]:
    """Those to our own people; buyers got theirs."""
    return [letter for letter in mail.outbox if letter.bcc]


class TestRemind:
    def test_once_for_each_of_the_days(self, world: World, dispute: Dispute) -> None:
        counts = []
        for days in (8, 7, 5, 3, 2.9, 1, 0.5):
            before_deadline(dispute, world, days=days)
            remind_due(at=world.at)
            remind_due(at=world.at)
            counts.append(reminders())
        assert counts == [1, 2, 2, 3, 3, 4, 4], "the first says that it came in"

    def test_one_that_is_due_is_not_lost_to_an_event_that_comes_first(self, world: World, dispute: Dispute) -> None:
        """The event reckons the next one; that of this day was not sent yet."""
        assert remind_due(at=world.now()).done == 1
        before_deadline(dispute, world, days=7)
        world.later(minutes=1)
        world.decide(dispute.gateway_dispute_id, "withdraw", amount=1)
        world.hear()
        assert remind_due(at=world.at).done == 1
        assert reminders() == 2

    def test_writes_to_finance(self, world: World, dispute: Dispute) -> None:
        person = make_user(Role.FINANCE)
        make_user(Role.SUPPORT)
        before_deadline(dispute, world, days=3)
        remind_due(at=world.at)
        world.work()
        [letter] = letters()
        assert (letter.to, letter.bcc) == ([], [person.email])
        assert "$100.00" in letter.subject
        assert f"/admin/payments/dispute/{dispute.pk}/change/" in letter.body

    def test_writes_to_administrators_where_there_is_no_finance(self, world: World, dispute: Dispute) -> None:
        person = make_user(Role.ADMINISTRATOR)
        before_deadline(dispute, world, days=3)
        remind_due(at=world.at)
        world.work()
        assert [letter.bcc for letter in letters()] == [[person.email]]

    def test_nobody_is_reminded_of_what_was_answered(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        submit(dispute, world)
        before_deadline(dispute, world, days=3)
        assert remind_due(at=world.at).done == 0
        assert Dispute.objects.get().remind_at is None

    def test_an_outage_over_several_days_reminds_once(self, world: World, dispute: Dispute) -> None:
        before_deadline(dispute, world, hours=12)
        remind_due(at=world.at)
        assert reminders() == 1


class TestAcceptDue:
    @pytest.fixture(autouse=True)
    def _threshold(self, settings: Any) -> None:
        settings.POLICY = replace(
            django_settings.POLICY,
            dispute_accept_below_minor={"USD": 10_001},
            refund_approval_threshold_minor={"USD": 10_000},
        )

    def test_concedes_near_the_deadline_and_not_before(self, world: World, dispute: Dispute) -> None:
        before_deadline(dispute, world, days=2, seconds=1)
        assert accept_due(at=world.at).done == 0
        before_deadline(dispute, world, days=2)
        assert accept_due(at=world.at).done == 1
        dispute.refresh_from_db()
        assert dispute.status == "lost"
        assert accept_due(at=world.at).done == 0

    def test_not_where_somebody_has_begun_to_answer(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        before_deadline(dispute, world, days=1)
        assert accept_due(at=world.at).done == 0
        assert Dispute.objects.get().status == "needs_response"

    def test_not_where_somebody_begins_while_the_machine_makes_up_its_mind(
        self, world: World, dispute: Dispute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sweep looked, then a person wrote: what counts is what stands there under lock."""

        def write_first(**given: Any) -> str:
            write(dispute, world)
            return accept_dispute(**given)

        monkeypatch.setattr(sweeps, "accept_dispute", write_first)
        before_deadline(dispute, world, days=1)
        assert accept_due(at=world.at).done == 0
        assert Dispute.objects.get().status == "needs_response"
        assert not GatewayCall.objects.filter(operation="dispute.accept").exists()

    @pytest.mark.parametrize("threshold", [{}, {"EUR": 10_001}, {"USD": 10_000}])
    def test_not_from_the_threshold_on(
        self, world: World, dispute: Dispute, settings: Any, threshold: dict[str, int]
    ) -> None:
        settings.POLICY = replace(settings.POLICY, dispute_accept_below_minor=threshold)
        before_deadline(dispute, world, days=1)
        assert accept_due(at=world.at).done == 0

    @pytest.mark.parametrize("alone", [{}, {"EUR": 10_000}, {"USD": 9_999}])
    def test_not_what_one_person_might_not_concede_alone(
        self, world: World, dispute: Dispute, settings: Any, alone: dict[str, int]
    ) -> None:
        settings.POLICY = replace(settings.POLICY, refund_approval_threshold_minor=alone)
        before_deadline(dispute, world, days=1)
        before = everything()
        assert accept_due(at=world.at).done == 0
        assert everything() == before
        assert Dispute.objects.get().status == "needs_response"
        assert not GatewayCall.objects.filter(operation="dispute.accept").exists()

    def test_not_after_the_deadline(self, world: World, dispute: Dispute) -> None:
        before_deadline(dispute, world, seconds=-1)
        assert accept_due(at=world.at).done == 0


class TestRefresh:
    def test_hears_what_nobody_told_us(self, world: World, dispute: Dispute) -> None:
        world.decide(dispute.gateway_dispute_id, "lose")
        assert refresh_due(at=world.later(hours=5)).done == 0
        assert refresh_due(at=world.later(hours=2)).done == 1
        dispute.refresh_from_db()
        assert (dispute.status, dispute.lost_minor) == ("lost", 10_000)
        assert refresh_due(at=world.later(hours=7)).done == 0, "it is settled"

    def test_asks_again_only_hours_later(self, world: World, dispute: Dispute) -> None:
        asked = f"/v1/disputes/{dispute.gateway_dispute_id}"
        world.later(hours=7)
        before = world.requests("GET", asked)
        for _ in range(3):
            refresh_due(at=world.at)
        assert world.requests("GET", asked) == before + 1

    def test_what_is_won_and_not_back_is_asked_about(self, world: World, dispute: Dispute) -> None:
        world.decide(dispute.gateway_dispute_id, "win", reinstated=False)
        world.hear()
        world.decide(dispute.gateway_dispute_id, "reinstate")
        refresh_due(at=world.later(hours=7))
        dispute.refresh_from_db()
        assert (dispute.status, dispute.withdrawn_minor) == ("won", 0)

    def test_a_gateway_that_does_not_answer_is_not_asked_again_in_the_same_sweep(
        self, world: World, dispute: Dispute
    ) -> None:
        """Each try waits until a call's patience is over: with hundreds of disputes a sweep would never end."""
        for _ in range(2):
            world.disputed_order(1_000)
        world.later(hours=7)
        world.sandbox.control.fault(
            "error", method="GET", path="/v1/disputes/*", status=500, count=100, stored=False, error={}
        )
        before = world.requests("GET", "/v1/disputes/*")
        swept = refresh_due(at=world.at)
        assert (swept.done, swept.refused, swept.failed) == (0, 3, 0)
        once = world.requests("GET", "/v1/disputes/*") - before
        world.sandbox.control.clear_faults()
        assert once <= 2, "the client's own second try is one of them"
        assert refresh_due(at=world.at).done == 3
