"""Answers that no sandbox gives, and the suite cannot order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from config.calls.failures import UNREADABLE, GatewayUnreachable, QuestionRefused, UnreadableObject
from config.calls.outcomes import Outcome
from config.calls.tests.scripted import Reply, Script, listening
from orders.tickets.providers.contract import NewTransfer, Recipient, TicketRef
from orders.tickets.providers.sandbox.adapter import SandboxProvider
from orders.tickets.providers.sandbox.tests.test_views import GIVEN

AT = datetime(2026, 11, 21, 13, tzinfo=UTC)
NEW = NewTransfer("tt_1", (TicketRef("tkt_1", "BAR-1"),), Recipient("ann@example.com"), AT)


@contextmanager
def answering(*replies: Reply) -> Iterator[tuple[SandboxProvider, Script]]:
    with listening() as server:
        server.script = Script(list(replies))
        yield SandboxProvider(api_base=f"{server.base}/transfers", api_key="key", read_timeout_s=5), server.script


class TestInitiate:
    def test_sends_what_is_to_be_transferred_under_our_reference(self) -> None:
        with answering(Reply(200, GIVEN)) as (provider, script):
            answer = provider.initiate(NEW)
        [seen] = script.seen
        assert (seen.method, seen.path, seen.authorization) == ("POST", "/transfers/api/ticket-transfers", "Bearer key")
        assert seen.headers["idempotency-key"] == "tt_1"
        assert seen.body == {
            "reference": "tt_1",
            "tickets": [{"id": "tkt_1", "secret": "BAR-1"}],
            "recipient": {"email": "ann@example.com"},
            "requiresAcceptance": True,
            "expiresAt": "2026-11-21T13:00:00+00:00",
        }
        assert (answer.outcome, "recipient" in answer.raw) == (Outcome.SUCCEEDED, False)

    @pytest.mark.parametrize("body", [{**GIVEN, "updatedAt": None}, {}, b"<html>"])
    def test_one_that_cannot_be_read_was_executed_all_the_same(self, body: object) -> None:
        with answering(Reply(200, body)) as (provider, _):
            answer = provider.initiate(NEW)
        assert (answer.outcome, answer.transfer) == (Outcome.UNKNOWN, None)
        assert answer.failure is not None

    def test_and_says_which_field(self) -> None:
        with answering(Reply(200, {**GIVEN, "updatedAt": None})) as (provider, _):
            failure = provider.initiate(NEW).failure
        assert failure is not None
        assert (failure.code, failure.detail) == (UNREADABLE, "object.updatedAt")


class TestCancel:
    def test_a_refusal_without_the_transfer_says_nothing_of_it(self) -> None:
        with answering(Reply(409, {"code": "not_now", "ticketTransfer": "x"})) as (provider, _):
            answer = provider.cancel(key="call_1", provider_id="trf_1")
        assert (answer.outcome, answer.transfer) == (Outcome.DECLINED, None)


class TestReads:
    @pytest.mark.parametrize("body", [{}, {"rows": None}, {"rows": [1]}])
    def test_a_list_that_is_none_is_unreadable_and_no_absence(self, body: object) -> None:
        with answering(Reply(200, body)) as (provider, _), pytest.raises(UnreadableObject):
            provider.find_by_reference(reference="tt_1")

    @pytest.mark.parametrize(("status", "error"), [(404, QuestionRefused), (500, GatewayUnreachable)])
    def test_an_error_of_the_list_is_no_absence(self, status: int, error: type[Exception]) -> None:
        with answering(Reply(status, b"<html>")) as (provider, _), pytest.raises(error):
            provider.find_by_reference(reference="tt_1")
