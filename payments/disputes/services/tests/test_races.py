"""Answers that meet: two people, a concession, a change of the draft, and the bank that decides meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.calls.services import open_calls
from config.kernel.faultpoints import armed
from config.tests.together import TIMEOUT_S, elsewhere, together
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.services import evidence as room
from payments.disputes.services.answer import submit_evidence
from payments.disputes.services.evidence import AnswerUnderWay
from payments.disputes.services.tests.test_answer import accept, submit
from payments.disputes.services.tests.test_evidence import keep, write
from payments.gateways.dispute_views import EvidenceText
from payments.ledger.queries import balance_minor
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = {"answer_under_way", "evidence_submitted", "dispute_not_answerable", "dispute_not_acceptable"}


@pytest.fixture
def dispute(world: World) -> Dispute:
    world.disputed_order(10_000)
    dispute = Dispute.objects.get()
    write(dispute, world)
    return dispute


def codes(outcomes: list[Any]) -> list[str]:
    return sorted(getattr(outcome, "code", outcome) for outcome in outcomes)


def sent(world: World, dispute: Dispute) -> int:
    path = f"/v1/disputes/{dispute.gateway_dispute_id}"
    return world.requests("POST", path) + world.requests("POST", f"{path}/close")


def at_point(point: str, act: Callable[[], Any]) -> Any:
    """Does something once when the process is there."""
    done: list[Any] = []

    def hook(reached: str) -> None:
        if reached == point and not done:
            done.append(None)
            done.append(act())

    return armed(hook)


class TestTwoPeople:
    def test_who_submit_at_once_send_it_once(self, world: World, dispute: Dispute) -> None:
        acts = [
            lambda by=by: submit_evidence(dispute_pk=dispute.pk, actor=by, reason="complete", at=world.now())
            for by in ("user:a", "user:b", "user:c")
        ]
        outcomes = codes(together(acts))
        assert outcomes.count("succeeded") == 1
        assert set(outcomes) - {"succeeded"} <= REFUSED
        assert (sent(world, dispute), GatewayCall.objects.filter(operation="dispute.submit").count()) == (1, 1)

    def test_of_whom_one_submits_and_one_concedes_one_is_heard(self, world: World, dispute: Dispute) -> None:
        outcomes = codes(together([lambda: submit(dispute, world), lambda: accept(dispute, world)]))
        # Conceding what was handed in is allowed: then both went, one after the other had its answer.
        dispute.refresh_from_db()
        if outcomes == ["succeeded", "succeeded"]:
            assert (dispute.status, sent(world, dispute)) == ("lost", 2)
        else:
            assert "succeeded" in outcomes
            assert set(outcomes) - {"succeeded"} <= REFUSED
            assert sent(world, dispute) == 1

    def test_nobody_concedes_while_it_is_being_submitted(self, world: World, dispute: Dispute) -> None:
        refused: list[Any] = []

        def concede() -> None:
            try:
                elsewhere(lambda: accept(dispute, world))
            except AnswerUnderWay as refusal:
                refused.append(refusal)

        with at_point("dispute.answer.intended", concede):
            assert submit(dispute, world) == "succeeded"
        assert len(refused) == 1
        assert sent(world, dispute) == 1

    def test_negative_control_without_locks_both_answers_go(
        self, world: World, dispute: Dispute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both look for an open answer before the other has written one."""
        both_have_looked = threading.Barrier(2)

        def look_and_wait(subject: Any) -> Any:
            found = open_calls(subject)
            both_have_looked.wait(TIMEOUT_S)
            return found

        rows = Dispute.objects.select_related("payment", "gateway_account")
        monkeypatch.setattr(room, "lock_order", lambda ref: None)
        monkeypatch.setattr(room, "lock_payment", lambda pk: None)
        monkeypatch.setattr(room, "lock_dispute", lambda pk: rows.get(pk=pk))
        monkeypatch.setattr(room, "open_calls", look_and_wait)
        together([lambda: submit(dispute, world), lambda: accept(dispute, world)])
        assert GatewayCall.objects.filter(operation__startswith="dispute.").count() == 2


class TestTheDraft:
    def test_is_not_changed_while_it_is_on_its_way(self, world: World, dispute: Dispute) -> None:
        """What is sent under a key stays what it was, should it have to be told apart later."""
        refused: list[Any] = []

        def change() -> None:
            for act in (
                lambda: keep(dispute, world),
                lambda: write(dispute, world, {EvidenceText.EXPLANATION: "something else"}),
            ):
                try:
                    elsewhere(act)
                except AnswerUnderWay as refusal:
                    refused.append(refusal)

        with at_point("dispute.answer.intended", change):
            submit(dispute, world)
        assert len(refused) == 2
        assert DisputeEvidence.objects.get().texts == {"explanation": "It was delivered."}
        assert not EvidenceFile.objects.exists()


class TestTheBankDecides:
    @pytest.mark.parametrize(("verb", "status"), [("lose", "lost"), ("win", "won")])
    @pytest.mark.parametrize("point", ["dispute.answer.intended", "dispute.answer.answered"])
    def test_while_the_evidence_is_on_its_way(
        self, world: World, dispute: Dispute, verb: str, status: str, point: str
    ) -> None:
        """Its word came first, or came while our answer was under way: it stands, and the books follow it."""

        def decide() -> None:
            world.decide(dispute.gateway_dispute_id, verb)
            world.hear()

        with at_point(point, decide):
            outcome = submit(dispute, world)
        assert outcome == ("declined" if point == "dispute.answer.intended" else "succeeded")
        world.hear()
        dispute.refresh_from_db()
        assert (dispute.status, dispute.lost_minor) == (status, 10_000 if status == "lost" else 0)
        assert balance_minor("withdrawn", currency="USD") == 0
        assert -balance_minor("escrow", currency="USD") == (0 if status == "lost" else 10_000)

    @pytest.mark.parametrize(("verb", "status"), [("lose", "lost"), ("win", "won")])
    def test_while_a_concession_is_on_its_way(self, world: World, dispute: Dispute, verb: str, status: str) -> None:
        def decide() -> None:
            world.decide(dispute.gateway_dispute_id, verb)
            world.hear()

        with at_point("dispute.answer.intended", decide):
            accept(dispute, world)
        world.hear()
        dispute.refresh_from_db()
        assert dispute.status == status
        assert -balance_minor("escrow", currency="USD") == (0 if status == "lost" else 10_000)
