"""The API over HTTP: what comes in strange ways."""

from __future__ import annotations

import base64
import http.client

import pytest

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import API_KEY, Sandbox


class TestApi:
    @pytest.mark.parametrize(
        "body", [b"\xff\xfe=1", b"amount=100&currency=usd&\x00=1", b'{"amount": 100}', b"[=", b"=1"]
    )
    def test_a_strange_body_is_a_400(self, sandbox: Sandbox, body: bytes) -> None:
        connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
        connection.request("POST", "/stripe/v1/payment_intents", body, {"Authorization": f"Bearer {API_KEY}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status == 400
        assert b'"error"' in text

    @pytest.mark.parametrize("header", ["", "Basic !", "Basic /w==", "Bearer", "bearer sk_live_1", "Digest x"])
    def test_other_ways_to_say_who_you_are_are_refused(self, raw: Raw, header: str) -> None:
        assert raw("GET", "/v1/balance", headers={"Authorization": header}, api_key="").status == 401

    def test_a_key_may_be_the_user_name_of_basic_authentication(self, raw: Raw) -> None:
        basic = "Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode()
        assert raw("GET", "/v1/balance", headers={"Authorization": basic}, api_key="").status == 200

    def test_parameters_of_a_get_are_in_its_query(self, raw: Raw) -> None:
        for _ in range(3):
            raw("POST", "/v1/customers", {})
        assert len(raw("GET", "/v1/customers", {"limit": "2"}).json["data"]) == 2

    def test_connections_are_kept(self, sandbox: Sandbox) -> None:
        connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
        for _ in range(3):
            connection.request("GET", "/stripe/v1/balance", headers={"Authorization": f"Bearer {API_KEY}"})
            assert connection.getresponse().read()
            assert connection.sock is not None
        connection.close()
