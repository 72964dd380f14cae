"""The control endpoint as such: who may call it, and what it refuses."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Control, ControlFailed, Sandbox

JSON = {"Content-Type": "application/json"}


def _ask(sandbox: Sandbox, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text)


class TestWhoMayCall:
    def test_nobody_through_a_proxy(self, sandbox: Sandbox) -> None:
        status, answer = _ask(sandbox, "GET", "/_control/", **{"X-Forwarded-For": "203.0.113.9"})
        assert (status, answer) == (403, {"error": "the control endpoint answers this machine only"})

    def test_nobody_who_was_led_here_under_another_name(self, sandbox: Sandbox) -> None:
        assert _ask(sandbox, "GET", "/_control/", Host="rebound.example.com")[0] == 403
        assert _ask(sandbox, "GET", "/_control/", Host=f"localhost:{sandbox.port}")[0] == 200
        assert _ask(sandbox, "GET", "/_control/", Host="[::1]:8010")[0] == 200

    def test_no_web_page_with_a_form(self, sandbox: Sandbox, raw: Raw, control: Control) -> None:
        raw("POST", "/v1/customers", {})
        status, _ = _ask(sandbox, "POST", "/_control/reset", "{}", **{"Content-Type": "text/plain"})
        assert status == 400
        assert len(control.get("objects", kind="customer")["objects"]) == 1


class TestOrders:
    @pytest.mark.parametrize("body", ["", "{", "[]", "3"])
    def test_must_be_objects(self, sandbox: Sandbox, body: str) -> None:
        status, _ = _ask(sandbox, "POST", "/_control/clock", body, **JSON)
        assert status == (200 if body == "" else 400)

    @pytest.mark.parametrize(("method", "path"), [("GET", "nothing"), ("POST", "objects"), ("GET", "reset")])
    def test_unknown_ones_are_404(self, sandbox: Sandbox, method: str, path: str) -> None:
        assert _ask(sandbox, method, f"/_control/{path}", "{}", **JSON)[0] == 404

    @pytest.mark.parametrize(
        ("path", "order"),
        [
            ("clock", {"shift_s": "soon"}),
            ("clock", {"signatures": "moon"}),
            ("faults", {"kind": "explode"}),
            ("deliveries/flush", {"order": "shuffled"}),
            ("deliveries/resend", {"event": "evt_none"}),
        ],
    )
    def test_nonsense_is_refused(self, control: Control, path: str, order: dict[str, object]) -> None:
        with pytest.raises(ControlFailed, match="400"):
            control.post(path, **order)

    def test_a_limit_is_a_number(self, control: Control) -> None:
        with pytest.raises(ControlFailed, match="400"):
            control.get("requests", limit="many")


class TestStatus:
    def test_says_what_is_there(self, control: Control, raw: Raw) -> None:
        raw("POST", "/v1/customers", {})
        control.settle_deliveries()
        status = control.get("")
        assert status["gateways"] == ["phonepe", "razorpay", "stripe", "transfers"]
        assert status["objects"] == {"stripe.customer": 1, "stripe.event": 1}
        assert (status["deliveries"], status["paused"]) == ({"delivered": 1}, False)

    def test_is_healthy(self, sandbox: Sandbox) -> None:
        assert _ask(sandbox, "GET", "/healthz") == (200, {"status": "ok"})


class TestClock:
    def test_moves_and_returns(self, control: Control) -> None:
        start = control.get("clock")["now"]
        assert control.shift_clock(600) - start >= 600
        assert control.shift_clock(-100) - start >= 500
        assert control.post("clock", offset_s=0)["offset_s"] == 0


class TestFaults:
    def test_are_listed_and_taken_back_one_by_one(self, control: Control) -> None:
        first, second = control.fault("delay"), control.fault("refuse", path="/v1/refunds")
        listed = control.get("faults")["faults"]
        assert [(each["id"], each["kind"], each["remaining"]) for each in listed] == [
            (first, "delay", 1),
            (second, "refuse", 1),
        ]
        control.delete(f"faults/{first}")
        assert [each["id"] for each in control.get("faults")["faults"]] == [second]
        control.clear_faults()
        assert control.get("faults")["faults"] == []


class TestObjects:
    def test_show_what_the_gateway_hides(self, control: Control, raw: Raw) -> None:
        made = raw("POST", "/v1/customers", {"name": "Ada"}).json["id"]
        raw("DELETE", f"/v1/customers/{made}")
        found = control.get("objects", kind="customer", id=made)["objects"]
        assert [(each["body"]["name"], each["hidden"]) for each in found] == [("Ada", {"deleted": True})]
        assert control.get("objects", kind="customer", id="cus_none")["objects"] == []
