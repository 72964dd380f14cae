"""The page where an account is filled in."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Control, Sandbox

BACK = "https://shop.test/back"


@pytest.fixture
def account(raw: Raw) -> str:
    made: str = raw("POST", "/v1/accounts", {"country": "US"}).json["id"]
    return made


def _link(raw: Raw, account: str) -> str:
    fields = {"account": account, "type": "account_onboarding", "refresh_url": BACK, "return_url": BACK}
    url: str = raw("POST", "/v1/account_links", fields).json["url"]
    return urlsplit(url).path


def _ask(sandbox: Sandbox, method: str, path: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=20)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read().decode()
    finally:
        connection.close()


class TestPage:
    def test_fills_the_account_in_and_goes_back(
        self, raw: Raw, sandbox: Sandbox, client: stripe.StripeClient, account: str
    ) -> None:
        link = _link(raw, account)
        status, _, text = _ask(sandbox, "GET", link)
        assert status == 200
        assert f"{link}/complete" in text
        assert _ask(sandbox, "POST", f"{link}/complete")[:2] == (303, BACK)
        assert client.v1.accounts.retrieve(account).payouts_enabled is True

    def test_a_link_works_once(self, raw: Raw, sandbox: Sandbox, account: str) -> None:
        link = _link(raw, account)
        _ask(sandbox, "POST", f"{link}/later")
        assert _ask(sandbox, "GET", link)[0] == 404
        assert _ask(sandbox, "POST", f"{link}/complete")[0] == 404
        assert raw("GET", f"/v1/accounts/{account}").json["details_submitted"] is False

    def test_and_for_minutes(self, raw: Raw, sandbox: Sandbox, control: Control, account: str) -> None:
        link = _link(raw, account)
        control.shift_clock(301)
        assert _ask(sandbox, "POST", f"{link}/complete")[0] == 404
        assert raw("GET", f"/v1/accounts/{account}").json["details_submitted"] is False

    def test_what_is_left_out_is_asked_for(self, raw: Raw, sandbox: Sandbox, account: str) -> None:
        _ask(sandbox, "POST", f"{_link(raw, account)}/document")
        found = raw("GET", f"/v1/accounts/{account}").json
        assert (found["payouts_enabled"], found["details_submitted"]) == (False, True)
        assert found["requirements"]["past_due"] == ["individual.verification.document"]

    def test_only_a_press_does_anything(self, raw: Raw, sandbox: Sandbox, account: str) -> None:
        link = _link(raw, account)
        assert _ask(sandbox, "GET", f"{link}/complete")[0] == 405
        assert _ask(sandbox, "POST", f"{link}/nonsense")[0] == 404
        assert _ask(sandbox, "GET", link)[0] == 200
