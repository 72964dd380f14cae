"""Who is let in, what strikes a request, and what is written down of it."""

from __future__ import annotations

import pytest

from payments.sandbox import faults, journal
from payments.sandbox.faults import from_json
from payments.sandbox.transfers.tests.conftest import Desk


def order(desk: Desk, kind: str, **rule: object) -> None:
    fault = from_json(order={"kind": kind, "gateway": "transfers", "method": "POST", "path": "*", **rule})
    with desk.engine.store.write() as transaction:
        faults.add(transaction, fault=fault)


class TestKey:
    @pytest.mark.parametrize("key", ["", "another"])
    def test_another_is_refused_and_nothing_is_made(self, desk: Desk, key: str) -> None:
        given = desk.ask("POST", key=key, **desk.wanted())
        assert (given.status, given.body["code"]) == (401, "unauthorized")
        assert desk.ask("GET", key=key).status == 401
        assert desk.types() == []

    def test_an_unknown_path_and_an_unknown_transfer_are_not_found(self, desk: Desk) -> None:
        assert desk.ask("GET", "/trf_nobody").status == 404
        assert desk.ask("DELETE", "/trf_nobody").status == 404


class TestFaults:
    def test_a_lost_answer_is_executed_and_dropped(self, desk: Desk) -> None:
        order(desk, "lost_answer")
        assert desk.ask("POST", **desk.wanted()).dropped
        assert desk.types() == ["ticketTransfer.created"]

    @pytest.mark.parametrize(("stage", "made"), [("before", []), ("after", ["ticketTransfer.created"])])
    def test_an_error_comes_before_or_after(self, desk: Desk, stage: str, made: list[str]) -> None:
        order(desk, "error", status=503, stage=stage)
        assert desk.ask("POST", **desk.wanted()).status == 503
        assert desk.types() == made


class TestJournal:
    def test_keeps_the_request_without_barcodes_and_people(self, desk: Desk) -> None:
        desk.made()
        with desk.engine.store.read() as transaction:
            _, seen = journal.seen(transaction, gateway="transfers", method="POST", path="", key="", limit=9)
        assert "BAR-1" not in str(seen)
        assert "ann@example.com" not in str(seen)
        assert seen[0]["idempotency_key"] == "tt_1"
