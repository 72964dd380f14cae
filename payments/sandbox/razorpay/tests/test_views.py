"""Over real HTTP: Basic authentication, files, a connection that is cut."""

from __future__ import annotations

import pytest
import requests

from payments.sandbox.testing import RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, Control, Sandbox

AUTH = (RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET)


class TestApi:
    def test_takes_json_with_basic_authentication(self, sandbox: Sandbox) -> None:
        made = requests.post(
            f"{sandbox.razorpay_base}/v1/orders", json={"amount": 100, "currency": "INR"}, auth=AUTH, timeout=10
        )
        assert (made.status_code, made.json()["entity"]) == (200, "order")
        assert made.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("header", ["", "Bearer x", "Basic !!", "Basic eA=="])
    def test_nothing_else_opens_it(self, sandbox: Sandbox, header: str) -> None:
        found = requests.get(f"{sandbox.razorpay_base}/v1/orders", headers={"Authorization": header}, timeout=10)
        assert found.status_code == 401

    def test_of_a_file_name_type_and_size_are_kept(self, sandbox: Sandbox) -> None:
        made = requests.post(
            f"{sandbox.razorpay_base}/v1/documents",
            data={"purpose": "dispute_evidence"},
            files={"file": ("proof.pdf", b"%PDF-1.7", "application/pdf")},
            auth=AUTH,
            timeout=10,
        )
        found = made.json()
        assert (found["name"], found["mime_type"], found["size"]) == ("proof.pdf", "application/pdf", 8)

    def test_an_answer_may_be_lost(self, sandbox: Sandbox, control: Control) -> None:
        control.fault("lost_answer", gateway="razorpay")
        with pytest.raises(requests.ConnectionError):
            requests.post(
                f"{sandbox.razorpay_base}/v1/orders", json={"amount": 100, "currency": "INR"}, auth=AUTH, timeout=10
            )
        assert control.get("objects", gateway="razorpay", kind="order")["objects"]
