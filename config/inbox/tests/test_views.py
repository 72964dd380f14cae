"""The webhook door: whatever is signed is kept before it is answered, whatever is not is refused and counted."""

from __future__ import annotations

import hashlib
import io
import json
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from config.crypto import open_sealed
from config.inbox.contract import Handled
from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.processor import process_inbox
from config.inbox.tests import stripes, toy
from config.inbox.tests.stripes import event, post, signature
from config.inbox.views import MAX_BODY, Sent, door
from config.kernel.clock import now
from config.ops.metrics import NUDGE_FAILURES
from config.ops.tests.dead import silent_port
from config.outbox.models import OutboxJob
from config.queue import nudge as nudging
from config.queue.tests.test_nudge import app_at
from config.tests.together import TIMEOUT_S, elsewhere, together, wait_for

OK = {"received": True, "duplicate": False}


AGAIN = {"received": True, "duplicate": True}


def _end_backend(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return bool(cursor.fetchone()[0])


def stored() -> WebhookEvent:
    return WebhookEvent.objects.get()


@pytest.mark.django_db
class TestAccepted:
    def test_is_a_row_with_everything_that_the_event_says_of_itself(self) -> None:
        body = json.dumps(event(), indent=3).encode() + b"\n"
        before = now()
        answer = post(body)
        assert (answer.status_code, answer.json()) == (200, OK)
        row = stored()
        assert (row.source, row.account, row.event_id, row.type) == ("stripe", "stripe", "evt_1", "customer.created")
        assert (row.object_id, row.api_version, row.livemode) == ("cus_1", "2025-10-29", False)
        assert (row.state, row.attempts, row.deliveries, row.mismatched_bodies) == ("due", 0, 1, 0)
        assert before <= row.received_at == row.due_at <= now()
        assert abs(row.occurred_at - before) < timedelta(seconds=5)

    def test_keeps_the_exact_bytes_encrypted(self) -> None:
        body = json.dumps(event(note="₹ 🙂"), indent=3, ensure_ascii=False).encode() + b"\n"
        post(body)
        kept = bytes(stored().body or b"")
        assert open_sealed(kept) == body
        assert b"cus_1" not in kept
        assert bytes(stored().body_sha256) == hashlib.sha256(body).digest()

    def test_costs_one_statement_and_one_more_where_it_came_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent, execute = [], psycopg.Cursor.execute

        def noted(cursor: Any, statement: str, *arguments: Any, **options: Any) -> Any:
            sent.append(statement.split()[0])
            return execute(cursor, statement, *arguments, **options)

        monkeypatch.setattr(psycopg.Cursor, "execute", noted)
        body = json.dumps(event()).encode()
        post(body)
        assert sent == ["INSERT"]
        post(body)
        assert sent == ["INSERT", "INSERT", "UPDATE"]

    def test_is_answered_in_json_of_a_known_length_whether_it_came_before_or_not(self) -> None:
        body = json.dumps(event()).encode()
        for expected in (OK, AGAIN):
            answer = post(body)
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.headers["Content-Length"] == str(len(answer.content))
            assert json.loads(answer.content) == expected

    @pytest.mark.parametrize("secret", [stripes.newer, stripes.older])
    def test_by_either_secret_while_they_are_rotated(self, secret: Any) -> None:
        body = json.dumps(event()).encode()
        assert post(body, header=signature(body, secret=secret())).status_code == 200

    def test_by_one_good_signature_among_others(self) -> None:
        """Stripe signs with every secret that is valid during a rotation."""
        body = json.dumps(event()).encode()
        good = signature(body)
        assert post(body, header=f"{good},v1={'0' * 64},v0=old").status_code == 200

    def test_a_type_that_we_do_not_handle_is_kept_answered_and_ignored(self) -> None:
        assert post(event(type="never.heard_of")).json() == OK
        assert process_inbox() == 1
        assert (stored().state, stored().attempts) == ("ignored", 1)

    def test_is_never_answered_by_what_it_says(self) -> None:
        """Even an event that nobody can handle is received: what becomes of it is the inbox's business."""
        assert post(event(type="charge.captured", data={"object": {"id": 5}})).json() == OK

    def test_at_the_largest_size(self) -> None:
        padding = MAX_BODY - len(json.dumps(event(note="")).encode())
        body = json.dumps(event(note="x" * padding)).encode()
        assert len(body) == MAX_BODY
        assert post(body).status_code == 200


class TestSent:
    SENT = RequestFactory().post("/", b"{}", content_type="application/json", headers={"Stripe-Signature": "t=1,v1=2"})

    def test_is_what_django_says_of_the_same_request(self) -> None:
        sent = Sent(self.SENT.META)
        assert dict(sent) == dict(self.SENT.headers)
        assert len(sent) == len(self.SENT.headers)

    @pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"])
    def test_finds_a_header_however_it_is_written(self, name: str) -> None:
        assert Sent(self.SENT.META)[name] == "t=1,v1=2"

    def test_knows_those_that_have_no_prefix_too(self) -> None:
        assert Sent(self.SENT.META).get("Content-Type") == "application/json"

    @pytest.mark.parametrize("name", ["X-None", "wsgi.input", "REMOTE_ADDR", ""])
    def test_nothing_else_of_the_environment_is_a_header(self, name: str) -> None:
        assert Sent(self.SENT.META).get(name, "") == ""


@pytest.mark.django_db
class TestDuplicate:
    def test_raises_a_counter_says_when_and_nothing_else(self) -> None:
        body = json.dumps(event()).encode()
        post(body)
        process_inbox()
        before = WebhookEvent.objects.values().get()
        assert post(body).json() == AGAIN
        after = WebhookEvent.objects.values().get()
        repeated_at = after["repeated_at"]
        assert repeated_at is not None
        assert repeated_at > before["received_at"]
        assert after == {**before, "deliveries": 2, "repeated_at": repeated_at}
        assert process_inbox() == 0

    def test_with_another_body_the_first_stands_and_the_second_is_flagged(self) -> None:
        first = json.dumps(event()).encode()
        post(first)
        assert post(event(type="charge.captured")).json() == AGAIN
        row = stored()
        assert (row.type, row.deliveries, row.mismatched_bodies) == ("customer.created", 2, 1)
        assert open_sealed(row.body or b"") == first

    def test_signed_at_another_time_is_the_same_event(self) -> None:
        body = json.dumps(event()).encode()
        post(body, header=signature(body, stamp=int(time.time()) - 100))
        assert post(body).json() == AGAIN
        assert stored().mismatched_bodies == 0


@pytest.mark.django_db
class TestUnsignedId:
    """Where the id is a header outside the signature, a known body under a new id is the same delivery."""

    def test_a_known_body_under_a_new_id_is_a_duplicate(self, script: toy.Script) -> None:
        script.body_is_unique = True
        content = toy.body()
        assert toy.deliver(content, X_Toy_Id="one").json() == OK
        assert toy.deliver(content, X_Toy_Id="two").json() == AGAIN
        assert (stored().event_id, stored().deliveries) == ("one", 2)

    def test_a_known_id_with_a_new_body_is_a_new_event_and_flagged(self, script: toy.Script) -> None:
        """Whoever has one signed body could send it under the id of the next, and what was signed would be lost."""
        script.body_is_unique = True
        first, second = toy.body(), toy.body()
        toy.deliver(first, X_Toy_Id="one")
        assert toy.deliver(second, X_Toy_Id="one").json() == OK
        assert toy.deliver(second, X_Toy_Id="one").json() == AGAIN
        assert toy.deliver(first, X_Toy_Id="one").json() == AGAIN
        one, other = WebhookEvent.objects.order_by("pk")
        assert (one.event_id, one.deliveries, other.deliveries) == ("one", 2, 2)
        assert other.event_id.startswith("one~")
        assert (one.mismatched_bodies, other.mismatched_bodies) == (1, 0)

    def test_a_new_body_under_a_new_id_is_new(self, script: toy.Script) -> None:
        script.body_is_unique = True
        toy.deliver(toy.body(), X_Toy_Id="one")
        assert toy.deliver(toy.body(), X_Toy_Id="two").json() == OK

    def test_where_the_id_is_signed_a_body_may_come_twice(self, script: toy.Script) -> None:
        content = toy.body()
        toy.deliver(content, X_Toy_Id="one")
        assert toy.deliver(content, X_Toy_Id="two").json() == OK


class Unread(io.RawIOBase):
    """A body of which not one byte may be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


class TestLength:
    """Decided by the header alone: no body is read, and nothing is written."""

    def asked(self, length: str | None, **extra: str) -> Any:
        request = RequestFactory().generic("POST", "/webhooks/stripe/")
        request.META.pop("CONTENT_LENGTH", None)
        if length is not None:
            request.META["CONTENT_LENGTH"] = length
        request.META.update(extra)
        request._stream = Unread()  # type: ignore[assignment]
        answer = door(request, "stripe")
        return answer.status_code, json.loads(answer.content)["code"]

    @pytest.mark.parametrize("length", [MAX_BODY + 1, 10**9, 10**11, int("9" * 4_000)])
    def test_above_one_mebibyte_is_too_large(self, length: int) -> None:
        assert self.asked(str(length) if length < 10**100 else "9" * 5_000) == (413, "too_large")

    @pytest.mark.parametrize("length", [None, "", "-1", "1e3", "0x10", "ten", "1.5", "²"])
    def test_none_is_asked_for(self, length: str | None) -> None:
        assert self.asked(length) == (411, "length_required")

    def test_a_chunked_body_has_none(self) -> None:
        assert self.asked(None, HTTP_TRANSFER_ENCODING="chunked") == (411, "length_required")


@pytest.mark.django_db
class TestNotConfigured:
    def test_an_unknown_source_has_no_door(self) -> None:
        answer = Client().post("/webhooks/nosuch/", b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_configured")

    def test_neither_has_one_without_an_account(self, settings: Any) -> None:
        settings.GATEWAY_ACCOUNTS = {}
        assert post(event(), header="t=1,v1=00").status_code == 404
        assert not WebhookRejection.objects.exists()

    @pytest.mark.parametrize("signed_with", ["", "whsec_test_newer_0000"])
    def test_nor_one_without_a_secret(self, settings: Any, signed_with: str) -> None:
        """An empty key never verifies anything."""
        account = settings.GATEWAY_ACCOUNTS["stripe"]
        settings.GATEWAY_ACCOUNTS = {"stripe": replace(account, webhook_secrets=())}
        body = json.dumps(event()).encode()
        assert post(body, header=signature(body, secret=signed_with)).status_code == 404
        assert not WebhookEvent.objects.exists()

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
    def test_nothing_but_post_is_let_in(self, method: str) -> None:
        answer = getattr(Client(), method)("/webhooks/stripe/")
        assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_fifty_identical_deliveries_are_one_event_with_one_effect(self, script: toy.Script) -> None:
        def handle(happened: Any, fetched: Any) -> Any:
            toy.effect(f"effect of {happened.event_id}")
            return Handled.processed("done")

        script.handle = handle
        content = toy.body()
        answers = together([lambda: toy.deliver(content)] * 50)
        assert [answer.status_code for answer in answers] == [200] * 50
        assert sum(not answer.json()["duplicate"] for answer in answers) == 1
        assert (stored().deliveries, stored().mismatched_bodies) == (50, 0)
        turns = together([process_inbox] * 4)
        assert sum(turn for turn in turns if isinstance(turn, int)) == 1
        assert len(toy.effects()) == 1
        assert stored().state == "processed"

    def test_fifty_deliveries_of_one_unsigned_body_are_one_event(self, script: toy.Script) -> None:
        script.body_is_unique = True
        content = toy.body()
        answers = together([partial(toy.deliver, content, X_Toy_Id=f"id-{number}") for number in range(50)])
        assert [answer.status_code for answer in answers] == [200] * 50
        assert stored().deliveries == 50

    def test_a_connection_that_died_since_the_last_delivery_loses_nothing(self, script: toy.Script) -> None:
        assert toy.deliver(toy.body()).status_code == 200
        died = connection.connection
        assert elsewhere(partial(_end_backend, died.info.backend_pid))
        content = toy.body()
        assert toy.deliver(content).json() == OK
        assert connection.connection is not died
        assert toy.deliver(content).json() == AGAIN
        assert WebhookEvent.objects.count() == 2

    def test_is_tried_twice_on_no_other_connection(self, script: toy.Script, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that does not answer would make the gateway wait for it twice."""
        tried = []

        def refuse(*_: Any, **__: Any) -> None:
            tried.append(1)
            raise psycopg.OperationalError("nobody listens")

        connection.close()
        monkeypatch.setattr(psycopg, "connect", refuse)
        with pytest.raises(OperationalError):
            toy.deliver(toy.body())
        assert tried == [1]

    def test_a_silent_broker_delays_no_answer_and_loses_no_event(
        self, script: toy.Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lost = NUDGE_FAILURES._value.get()
        with silent_port() as port:
            monkeypatch.setattr(nudging, "app", app_at(port, socket_timeout=TIMEOUT_S))
            for _ in range(20):
                assert toy.deliver(toy.body()).status_code == 200
            assert NUDGE_FAILURES._value.get() == lost, "all are answered, and the first nudge still waits"
        wait_for(lambda: NUDGE_FAILURES._value.get() > lost, "the lost nudge is counted")
        assert process_inbox() == 20
        assert not OutboxJob.objects.exists()
