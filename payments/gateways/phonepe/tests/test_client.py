"""The client: who it says it is, what it repeats, and whether anything may have been executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.calls.wire import NoAnswer, NotSent
from payments.gateways.phonepe.client import InvalidLogin, PhonePeConnection, is_live, oauth_base
from payments.gateways.phonepe.tests.scripted import LOGIN, TOKEN, error, scripted
from payments.gateways.tests.scripted import Reply, closed_port

PAY = "/checkout/v2/pay"


class TestSend:
    def test_logs_in_and_speaks_json(self) -> None:
        with scripted(Reply(body={"state": "PENDING"})) as script:
            reply = script.connection.send("POST", PAY, json={"amount": 100})
        login, pay = script.seen
        assert (login.path, login.authorization) == (TOKEN, "")
        assert login.form == {
            "client_id": "M1",
            "client_version": "1",
            "client_secret": "of-nobody",
            "grant_type": "client_credentials",
        }
        assert (pay.path, pay.authorization, pay.body) == (PAY, "O-Bearer token-1", {"amount": 100})
        assert (reply.status, reply.body, reply.is_good) == (200, {"state": "PENDING"}, True)

    def test_asks_with_a_query(self) -> None:
        with scripted(Reply(body={})) as script:
            script.connection.send("GET", "/x", query={"details": "true"})
        assert script.seen[1].query == {"details": "true"}

    def test_a_netrc_of_the_machine_has_no_say(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password else\n")
        monkeypatch.setenv("NETRC", str(netrc))
        with scripted(Reply(body={})) as script:
            script.connection.send("GET", "/x")
        assert script.seen[1].authorization == "O-Bearer token-1"

    def test_a_refused_token_is_renewed_and_the_request_sent_once_more(self) -> None:
        """It was refused for the token, so it was not executed."""
        with scripted(error(401), Reply(body={"state": "PENDING"})) as script:
            assert script.connection.send("POST", PAY, json={}).is_good
        assert [each.authorization for each in script.seen if each.path == PAY] == [
            "O-Bearer token-1",
            "O-Bearer token-2",
        ]

    def test_a_second_refusal_is_an_answer(self) -> None:
        with scripted(error(401)) as script:
            assert script.connection.send("POST", PAY, json={}).status == 401
        assert script.asked == [f"POST {PAY}"] * 2

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_nothing_else_is_ever_sent_twice(self, status: int) -> None:
        with scripted(error(status)) as script:
            assert script.connection.send("POST", PAY, json={}).status == status
        assert script.asked == [f"POST {PAY}"]

    def test_a_connection_that_breaks_may_have_executed_it(self) -> None:
        with scripted(Reply(hang_up=True)) as script, pytest.raises(NoAnswer):
            script.connection.send("POST", PAY, json={})
        assert script.asked == [f"POST {PAY}"]

    def test_so_may_one_that_is_too_slow(self) -> None:
        with scripted(Reply(wait_s=5), read_timeout_s=0.2) as script, pytest.raises(NoAnswer):
            script.connection.send("POST", PAY, json={})

    def test_where_nobody_listens_nothing_was_sent(self) -> None:
        connection = PhonePeConnection(login=LOGIN, api_base=f"http://127.0.0.1:{closed_port()}")
        with pytest.raises(NotSent):
            connection.send("POST", PAY, json={})

    def test_a_redirect_is_not_followed(self) -> None:
        with scripted(Reply(302, {}, {"Location": "/elsewhere"})) as script:
            assert not script.connection.send("POST", PAY, json={}).is_good
        assert script.asked == [f"POST {PAY}"]

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"text"', b"\xff"])
    def test_what_is_no_object_is_said_to_be_none(self, body: bytes) -> None:
        with scripted(Reply(body=body)) as script:
            reply = script.connection.send("GET", "/x")
        assert (reply.body, reply.is_object, reply.is_good) == ({}, False, False)


class TestFetchToken:
    @pytest.mark.parametrize("status", [400, 401, 403])
    def test_refused_credentials_are_a_matter_for_a_person(self, status: int) -> None:
        with scripted() as script:
            script.tokens = [error(status)]
            with pytest.raises(InvalidLogin):
                script.connection.send("POST", PAY, json={})
        assert script.asked == []

    @pytest.mark.parametrize(
        "reply",
        [error(500), error(429), Reply(hang_up=True), Reply(body={"access_token": ""}), Reply(body=b"<html>")],
    )
    def test_without_a_token_nothing_is_sent(self, reply: Reply) -> None:
        with scripted() as script:
            script.tokens = [reply]
            with pytest.raises(NotSent):
                script.connection.send("POST", PAY, json={})
        assert script.asked == []


class TestBases:
    @pytest.mark.parametrize(
        ("base", "live", "oauth"),
        [
            ("https://api.phonepe.com/apis/pg", True, "https://api.phonepe.com/apis/identity-manager"),
            ("https://api-preprod.phonepe.com/apis/pg-sandbox", False, None),
            ("http://127.0.0.1:8010/phonepe/apis/pg-sandbox", False, None),
        ],
    )
    def test_production_has_two_and_the_test_environment_one(self, base: str, live: bool, oauth: str | None) -> None:
        assert is_live(base) is live
        assert oauth_base(base) == (oauth or base)
