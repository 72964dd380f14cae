"""One request, sent once: an answer, or whether it may have been executed."""

from __future__ import annotations

import pytest

from config.calls.tests.scripted import Reply, Script, closed_port, listening
from config.calls.wire import Authorization, NoAnswer, NotSent, Wire


class TestRequest:
    def test_sends_json_with_its_key_and_reads_the_answer(self) -> None:
        with listening() as server:
            server.script = Script([Reply(201, {"id": "x"}, headers={"X-Request-Id": "req_1"})])
            wire, auth = Wire(), Authorization("Bearer key")
            reply = wire.request("POST", f"{server.base}/things", auth=auth, json={"a": 1}, headers={"K": "v"})
            [seen] = server.script.seen
        assert (reply.status, reply.body, reply.is_good, reply.request_id) == (201, {"id": "x"}, True, "req_1")
        assert (seen.authorization, seen.body, seen.headers["k"]) == ("Bearer key", {"a": 1}, "v")

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"text"'])
    def test_an_answer_that_is_no_object_says_so(self, body: bytes) -> None:
        with listening() as server:
            server.script = Script([Reply(200, body)])
            reply = Wire().request("GET", server.base)
        assert (reply.is_object, reply.is_good, reply.body) == (False, False, {})

    def test_follows_nobody_elsewhere(self) -> None:
        with listening() as server:
            server.script = Script([Reply(302, {}, headers={"Location": f"{server.base}/else"})])
            assert Wire().request("GET", server.base).status == 302
            assert len(server.script.seen) == 1

    def test_where_nobody_listens_it_was_not_sent(self) -> None:
        with pytest.raises(NotSent):
            Wire().request("POST", f"http://127.0.0.1:{closed_port()}/")

    @pytest.mark.parametrize("reply", [Reply(hang_up=True), Reply(wait_s=5)])
    def test_without_an_answer_it_may_have_been_executed_and_is_not_repeated(self, reply: Reply) -> None:
        with listening() as server:
            server.script = Script([reply])
            with pytest.raises(NoAnswer):
                Wire(read_timeout_s=0.2).request("POST", server.base)
            assert len(server.script.seen) == 1
