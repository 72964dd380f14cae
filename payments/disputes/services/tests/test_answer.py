"""Answering a dispute over the gateway's real protocol: handed in once, conceded for good, lost answers asked about."""

from __future__ import annotations

import pytest

from config.calls.models import GatewayCall
from payments.disputes.models import Dispute, DisputeEvidence
from payments.disputes.services.answer import (
    DisputeNotAcceptable,
    NothingToSay,
    accept_dispute,
    submit_evidence,
)
from payments.disputes.services.evidence import AnswerNotOffered, AnswerUnderWay, EvidenceSubmitted
from payments.disputes.services.tests.test_evidence import keep, write
from payments.gateways.dispute_views import EvidenceText
from payments.gateways.registry import gateway_for
from payments.ledger.queries import balance_minor
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(world: World) -> Dispute:
    world.disputed_order(10_000)
    return Dispute.objects.get()


def submit(dispute: Dispute, world: World) -> str:
    return submit_evidence(dispute_pk=dispute.pk, actor="user:a", reason="it arrived", at=world.now())


def accept(dispute: Dispute, world: World) -> str:
    return accept_dispute(dispute_pk=dispute.pk, actor="user:a", reason="not worth it", at=world.now())


def fresh(dispute: Dispute) -> tuple[str, bool]:
    dispute.refresh_from_db()
    return dispute.status, dispute.is_submitted


def call() -> str:
    return GatewayCall.objects.latest("pk").status


def lost(world: World, dispute: Dispute) -> int:
    return world.requests("POST", f"/v1/disputes/{dispute.gateway_dispute_id}/close")


class TestSubmit:
    def test_hands_in_words_and_files(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        keep(dispute, world)
        assert submit(dispute, world) == "succeeded"
        assert fresh(dispute) == ("under_review", True)
        written = DisputeEvidence.objects.get()
        assert (written.submitted_by, written.submitted_at is not None) == ("user:a", True)
        [known] = [each for each in world.objects("dispute") if each["id"] == dispute.gateway_dispute_id]
        assert known["evidence"]["uncategorized_text"] == "It was delivered."
        assert known["evidence"]["receipt"].startswith("file_")
        world.hear()
        assert fresh(dispute) == ("under_review", True)

    def test_what_wins_there_wins_here(self, world: World, dispute: Dispute) -> None:
        write(dispute, world, {EvidenceText.EXPLANATION: "winning_evidence"})
        submit(dispute, world)
        world.hear()
        assert fresh(dispute)[0] == "won"
        assert balance_minor("withdrawn", currency="USD") == 0

    def test_a_decision_of_the_same_second_is_no_older_than_the_answer(self, world: World, dispute: Dispute) -> None:
        """Events are told in whole seconds, and our clock is finer."""
        write(dispute, world)
        submit(dispute, world)
        world.decide(dispute.gateway_dispute_id, "win")
        world.hear()
        assert fresh(dispute)[0] == "won"
        dispute.refresh_from_db()
        assert dispute.label_at.microsecond == 0

    def test_once(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        submit(dispute, world)
        Dispute.objects.filter(pk=dispute.pk).update(status="needs_response")
        before = everything()
        with pytest.raises(EvidenceSubmitted):
            submit(dispute, world)
        assert everything() == before

    def test_nothing_is_not_handed_in(self, world: World, dispute: Dispute) -> None:
        before = everything()
        with pytest.raises(NothingToSay):
            submit(dispute, world)
        assert everything() == before

    def test_a_lost_answer_is_asked_about_and_nothing_is_sent_twice(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        world.lose_answer(f"/v1/disputes/{dispute.gateway_dispute_id}")
        assert submit(dispute, world) == "unknown"
        with pytest.raises(AnswerUnderWay):
            submit(dispute, world)
        world.later(minutes=1)
        world.work()
        assert (call(), fresh(dispute)) == ("succeeded", ("under_review", True))
        assert DisputeEvidence.objects.get().submitted_by == "user:a"

    def test_one_that_never_arrived_may_be_sent_again(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        world.refuse(f"/v1/disputes/{dispute.gateway_dispute_id}")
        assert submit(dispute, world) == "unknown"
        for _ in range(12):
            world.later(minutes=11)
            world.work()
        assert (call(), fresh(dispute)) == ("not_executed", ("needs_response", False))
        assert submit(dispute, world) == "succeeded"

    def test_an_upload_that_broke_handed_nothing_in(self, world: World, dispute: Dispute) -> None:
        keep(dispute, world)
        world.refuse("/v1/files")
        assert submit(dispute, world) == "not_executed"
        assert fresh(dispute) == ("needs_response", False)
        assert submit(dispute, world) == "succeeded"

    def test_too_late_shows_the_dispute_as_it_stands(self, world: World, dispute: Dispute) -> None:
        write(dispute, world)
        world.decide(dispute.gateway_dispute_id, "lose")
        assert submit(dispute, world) == "declined"
        assert fresh(dispute) == ("lost", False)
        assert balance_minor("escrow", currency="USD") == 0

    def test_a_gateway_without_it_is_not_asked(
        self, world: World, dispute: Dispute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(dispute, world)
        monkeypatch.setattr(gateway_for("stripe"), "capabilities", frozenset())
        before = everything()
        with pytest.raises(AnswerNotOffered):
            submit(dispute, world)
        assert everything() == before


class TestAccept:
    def test_is_lost_at_once_and_booked(self, world: World, dispute: Dispute) -> None:
        assert accept(dispute, world) == "succeeded"
        assert fresh(dispute)[0] == "lost"
        assert balance_minor("escrow", currency="USD") == balance_minor("withdrawn", currency="USD") == 0
        world.hear()
        assert lost(world, dispute) == 1

    @pytest.mark.parametrize("status", ["inquiry", "won", "lost", "prevented", "inquiry_closed"])
    def test_only_what_is_an_undecided_chargeback(self, world: World, dispute: Dispute, status: str) -> None:
        if status != "lost":
            Dispute.objects.filter(pk=dispute.pk).update(status=status)
        else:
            accept(dispute, world)
        calls = GatewayCall.objects.count()
        with pytest.raises(DisputeNotAcceptable):
            accept(dispute, world)
        assert GatewayCall.objects.count() == calls
        if status != "lost":
            Dispute.objects.filter(pk=dispute.pk).update(status="needs_response")

    def test_a_lost_answer_is_asked_about(self, world: World, dispute: Dispute) -> None:
        world.lose_answer(f"/v1/disputes/{dispute.gateway_dispute_id}/close")
        assert accept(dispute, world) == "unknown"
        with pytest.raises(AnswerUnderWay):
            accept(dispute, world)
        world.later(minutes=1)
        world.work()
        assert (call(), fresh(dispute)[0]) == ("succeeded", "lost")

    def test_what_was_won_meanwhile_stays_won(self, world: World, dispute: Dispute) -> None:
        world.decide(dispute.gateway_dispute_id, "win")
        assert accept(dispute, world) == "declined"
        assert fresh(dispute)[0] == "won"
