"""Conceding: alone below the threshold, above it by two people of whom neither does the other's part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.kernel.errors import FourEyes
from config.tests.together import together
from payments.disputes.models import Dispute
from payments.disputes.services import concede as room
from payments.disputes.services.answer import DisputeNotAcceptable, accept_dispute
from payments.disputes.services.concede import concede, refuse_concession
from payments.disputes.services.evidence import AnswerUnderWay
from payments.disputes.services.tests.test_answer import submit
from payments.disputes.services.tests.test_evidence import write
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ONE, TWO = "user:one", "user:two"


@pytest.fixture
def dispute(world: World, settings: Any) -> Dispute:
    settings.POLICY = replace(django_settings.POLICY, refund_approval_threshold_minor={"USD": 9_999})
    world.disputed_order(10_000)
    return Dispute.objects.get()


def do(dispute: Dispute, world: World, by: str, reason: str = "the buyer is right") -> str:
    return concede(dispute_pk=dispute.pk, actor=by, reason=reason, at=world.now())


def refuse(dispute: Dispute, world: World, by: str) -> bool:
    return refuse_concession(dispute_pk=dispute.pk, actor=by, reason="we have the receipt", at=world.now())


def closed(world: World, dispute: Dispute) -> int:
    return world.requests("POST", f"/v1/disputes/{dispute.gateway_dispute_id}/close")


def asked(dispute: Dispute) -> tuple[str, str]:
    dispute.refresh_from_db()
    return dispute.concession_asked_by, dispute.concession_reason


class TestAlone:
    @pytest.mark.parametrize("threshold_minor", [10_000, 1_000_000])
    def test_up_to_the_threshold(self, world: World, dispute: Dispute, settings: Any, threshold_minor: int) -> None:
        settings.POLICY = replace(settings.POLICY, refund_approval_threshold_minor={"USD": threshold_minor})
        assert do(dispute, world, ONE) == "succeeded"
        dispute.refresh_from_db()
        assert dispute.status == "lost"

    def test_not_in_a_currency_without_a_threshold(self, world: World, dispute: Dispute, settings: Any) -> None:
        settings.POLICY = replace(settings.POLICY, refund_approval_threshold_minor={"INR": 10_000_000})
        assert do(dispute, world, ONE) == "awaits_second"


class TestByTwo:
    def test_the_first_asks_and_nothing_is_sent(self, world: World, dispute: Dispute) -> None:
        assert do(dispute, world, ONE) == "awaits_second"
        assert asked(dispute) == (ONE, "the buyer is right")
        assert (dispute.status, closed(world, dispute)) == ("needs_response", 0)
        assert not GatewayCall.objects.filter(operation="dispute.accept").exists()
        entry = AuditEntry.objects.get(act="concession asked for")
        assert (entry.actor, entry.reason, entry.facts) == (ONE, "the buyer is right", {"because": "above_threshold"})

    def test_never_does_the_seconds_part(self, world: World, dispute: Dispute) -> None:
        do(dispute, world, ONE)
        before = everything()
        with pytest.raises(FourEyes):
            do(dispute, world, ONE)
        assert everything() == before
        assert closed(world, dispute) == 0

    def test_the_second_concedes(self, world: World, dispute: Dispute) -> None:
        do(dispute, world, ONE)
        assert do(dispute, world, TWO) == "succeeded"
        dispute.refresh_from_db()
        assert (dispute.status, dispute.lost_minor, closed(world, dispute)) == ("lost", 10_000, 1)
        assert asked(dispute) == ("", ""), "it is done"

    def test_says_no_and_it_is_asked_for_anew(self, world: World, dispute: Dispute) -> None:
        do(dispute, world, ONE)
        assert refuse(dispute, world, TWO)
        assert asked(dispute) == ("", "")
        before = everything()
        assert not refuse(dispute, world, TWO)
        assert everything() == before
        assert do(dispute, world, TWO) == "awaits_second"
        assert asked(dispute)[0] == TWO

    def test_who_asked_may_take_it_back(self, world: World, dispute: Dispute) -> None:
        do(dispute, world, ONE)
        assert refuse(dispute, world, ONE)
        assert asked(dispute) == ("", "")

    def test_what_was_asked_for_in_one_state_does_not_hold_in_the_next(self, world: World, dispute: Dispute) -> None:
        """Somebody submits meanwhile, the bank comes back with its next phase: it is another question."""
        do(dispute, world, ONE)
        write(dispute, world)
        submit(dispute, world)
        assert asked(dispute) == ("", "")
        assert dispute.status == "under_review"

    def test_is_refused_while_an_answer_is_on_its_way(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        world.lose_answer(f"/v1/disputes/{dispute.gateway_dispute_id}")
        assert submit(dispute, world) == "unknown"
        with pytest.raises(AnswerUnderWay):
            do(dispute, world, ONE)
        assert asked(dispute) == ("", "")

    def test_is_refused_once_it_is_decided(self, world: World, dispute: Dispute) -> None:
        world.decide(dispute.gateway_dispute_id, "win")
        world.hear()
        with pytest.raises(DisputeNotAcceptable):
            do(dispute, world, ONE)
        assert asked(dispute) == ("", "")


class TestRaces:
    def test_many_who_ask_at_once_are_one_who_asks_and_one_who_concedes(self, world: World, dispute: Dispute) -> None:
        together([lambda by=by: do(dispute, world, by) for by in (ONE, TWO, "user:three")])
        assert closed(world, dispute) <= 1
        assert GatewayCall.objects.filter(operation="dispute.accept").count() == closed(world, dispute)
        assert AuditEntry.objects.filter(act="concession asked for").count() == 1

    def test_one_person_twice_at_once_never_is_two(self, world: World, dispute: Dispute) -> None:
        outcomes = together([lambda: do(dispute, world, ONE) for _ in range(3)])
        assert sorted(str(getattr(each, "code", each)) for each in outcomes) == [
            "awaits_second",
            "four_eyes",
            "four_eyes",
        ]
        assert closed(world, dispute) == 0

    def test_a_no_between_the_look_and_the_act_holds(
        self, world: World, dispute: Dispute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        do(dispute, world, ONE)

        def refuse_first(**given: Any) -> str:
            refuse(dispute, world, ONE)
            return accept_dispute(**given)

        monkeypatch.setattr(room, "accept_dispute", refuse_first)
        with pytest.raises(DisputeNotAcceptable):
            do(dispute, world, TWO)
        assert closed(world, dispute) == 0

    def test_negative_control_without_asking_again_under_lock_it_goes(
        self, world: World, dispute: Dispute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        do(dispute, world, ONE)

        def refuse_first(**given: Any) -> str:
            refuse(dispute, world, ONE)
            return accept_dispute(**(given | {"still": None}))

        monkeypatch.setattr(room, "accept_dispute", refuse_first)
        assert do(dispute, world, TWO) == "succeeded"
        assert closed(world, dispute) == 1
