"""What a caller shows, from any kind of headers."""

from __future__ import annotations

import pytest
from django.http.request import HttpHeaders

from config.accounts.credentials import NOTHING, BadCredential, Credential, CredentialKind, extract, order_token

TOKEN = "t" * 22


def from_headers(**headers: str) -> Credential:
    return extract(headers={name.replace("_", "-"): value for name, value in headers.items()}, cookies={})


class TestExtract:
    def test_nothing_shown_is_nothing(self) -> None:
        assert from_headers() == NOTHING
        assert from_headers(Authorization="  ") == NOTHING

    @pytest.mark.parametrize("spelling", ["Bearer a.b-c_d", "bearer a.b-c_d", "BEARER   a.b-c_d"])
    def test_a_bearer_token(self, spelling: str) -> None:
        assert from_headers(Authorization=spelling) == Credential(kind=CredentialKind.BEARER, secret="a.b-c_d")

    @pytest.mark.parametrize("spelling", ["Api-Key key_1.abc", "api-key key_1.abc"])
    def test_an_api_key(self, spelling: str) -> None:
        assert from_headers(Authorization=spelling) == Credential(kind=CredentialKind.API_KEY, secret="key_1.abc")

    @pytest.mark.parametrize(
        "given",
        [
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Basic YTpi",
            "Token abc",
            "abc",
            "Bearer a,Bearer b",
            "Bearer ä",
            "Bearer a\x00b",
            "Bearer " + "a" * 4096,
        ],
    )
    def test_a_broken_one_is_refused_and_never_taken_for_a_stranger(self, given: str) -> None:
        with pytest.raises(BadCredential):
            from_headers(Authorization=given)

    @pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
    def test_a_plain_mapping_in_any_case_will_do(self, name: str) -> None:
        # A WebSocket handshake brings its headers in lower case, and no Django request.
        assert extract(headers={name: "Bearer abc"}, cookies={}).secret == "abc"

    def test_djangos_headers_will_do(self) -> None:
        headers = HttpHeaders({"HTTP_AUTHORIZATION": "Bearer abc", "HTTP_X_ORDER_TOKEN": TOKEN})
        assert extract(headers=headers, cookies={}).order_token == TOKEN

    def test_the_session_is_handed_on_only_where_its_cookie_is_named(self) -> None:
        cookies = {"session": "s3ss10n"}
        assert extract(headers={}, cookies=cookies).session == ""
        assert extract(headers={}, cookies=cookies, session_cookie="session").session == "s3ss10n"

    def test_secrets_do_not_show(self) -> None:
        shown = repr(extract(headers={"authorization": "Bearer abc", "x-order-token": TOKEN}, cookies={}))
        assert "abc" not in shown
        assert TOKEN not in shown


class TestOrderToken:
    def test_is_read_from_its_header(self) -> None:
        assert order_token({"X-Order-Token": TOKEN}) == TOKEN

    @pytest.mark.parametrize("given", ["", "short", "a" * 201, "with space in the middle", "nul\x00" + TOKEN, "ä" * 22])
    def test_what_cannot_be_one_is_nothing(self, given: str) -> None:
        assert order_token({"X-Order-Token": given}) == ""
