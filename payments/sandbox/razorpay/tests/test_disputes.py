"""Disputes: opened, contested once, accepted for good, decided either way; the money goes with the decision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.razorpay.tests.bench import Bench


def disputed(bench: Bench, **order: Any) -> dict[str, Any]:
    dispute: dict[str, Any] = bench.control(f"payments/{bench.paid()['id']}/dispute", **order)["object"]
    return dispute


def contest(bench: Bench, dispute: dict[str, Any], **fields: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(bench.ask("PATCH", f"disputes/{dispute['id']}/contest", **fields).body)
    return parsed


class TestMoney:
    def test_is_taken_when_it_is_lost_and_given_back_when_that_is_turned(self, bench: Bench) -> None:
        dispute = disputed(bench, amount=20_000)
        assert (dispute["status"], dispute["amount_deducted"]) == ("open", 0)
        for won, deducted in ((False, 20_000), (True, 0), (False, 20_000)):
            bench.control(f"disputes/{dispute['id']}/decide", won=won)
            assert bench.get(f"disputes/{dispute['id']}")["amount_deducted"] == deducted
        assert bench.names()[-4:] == [
            "payment.dispute.created", "payment.dispute.lost", "payment.dispute.won", "payment.dispute.lost"
        ]  # fmt: skip

    def test_may_be_taken_before_the_decision(self, bench: Bench) -> None:
        dispute = disputed(bench)
        for _ in range(2):
            bench.control(f"disputes/{dispute['id']}/deduct")
        assert bench.get(f"disputes/{dispute['id']}")["amount_deducted"] == 50_000


class TestContest:
    def test_a_draft_is_kept_and_handed_in_once(self, bench: Bench) -> None:
        dispute = disputed(bench)
        document = bench.post("documents", purpose="dispute_evidence", file={"name": "a", "type": "b", "size": 1})
        draft = contest(bench, dispute, summary="It arrived.", shipping_proof=[document["id"]], action="draft")
        assert (draft["status"], draft["evidence"]["submitted_at"]) == ("open", None)
        handed = contest(bench, dispute, action="submit")
        assert (handed["status"], handed["evidence"]["shipping_proof"]) == ("under_review", [document["id"]])
        assert "under_review" in contest(bench, dispute, action="submit")["error"]["description"]

    def test_nothing_or_what_is_not_there_is_refused(self, bench: Bench) -> None:
        dispute = disputed(bench)
        assert contest(bench, dispute, action="submit")["error"]["field"] == "summary"
        assert contest(bench, dispute, amount=10**9)["error"]["field"] == "amount"
        assert contest(bench, dispute, shipping_proof=["doc_None"])["error"]
        assert bench.post("documents", purpose="else", file={"name": "a"})["error"]["field"] == "purpose"
        assert bench.post("documents", purpose="dispute_evidence")["error"]["field"] == "file"

    def test_the_next_phase_asks_again(self, bench: Bench) -> None:
        dispute = disputed(bench)
        contest(bench, dispute, summary="It arrived.", action="submit")
        bench.control(f"disputes/{dispute['id']}/require", phase="pre_arbitration")
        again = bench.get(f"disputes/{dispute['id']}")
        assert (again["status"], again["phase"], again["evidence"]["submitted_at"]) == ("open", "pre_arbitration", None)


class TestAccept:
    def test_is_for_good(self, bench: Bench) -> None:
        dispute = disputed(bench)
        assert bench.post(f"disputes/{dispute['id']}/accept")["status"] == "lost"
        assert bench.post(f"disputes/{dispute['id']}/accept")["error"]

    def test_what_was_not_captured_is_not_disputed(self, bench: Bench) -> None:
        payment = bench.control(f"orders/{bench.order(payment_capture=False)['id']}/pay")["object"]
        assert bench.control(f"payments/{payment['id']}/dispute")["error"]
        with pytest.raises(OrderRefused, match="phase"):
            disputed(bench, phase="war")
