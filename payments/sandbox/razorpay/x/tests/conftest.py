"""One RazorpayX for each test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from payments.sandbox.doors import ApiAnswer
from payments.sandbox.razorpay.tests.bench import Bench, bench

NUMBER = "7878780080316316"
KEY = ("rzp_test_BenchX", "bench-x-secret")


REACHED = {"email": "a.person@example.com", "contact": "9000090000"}


class Banking:
    """Asks the bench as HTTP would, with RazorpayX's own key."""

    def __init__(self, made: Bench) -> None:
        self.bench = made
        self._keys = count(1)

    def ask(self, method: str, path: str, *, key: str = "", pair: tuple[str, str] = KEY, **fields: Any) -> ApiAnswer:
        return self.bench.send(method, path, pair, fields, payout_key=key)

    def post(self, path: str, *, key: str = "", **fields: Any) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.ask("POST", path, key=key, **fields).body)
        return parsed

    def get(self, path: str, **fields: Any) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.ask("GET", path, **fields).body)
        return parsed

    def fund(self, amount: int = 10_000_000) -> None:
        self.bench.control("fund", amount=amount)

    def balance(self) -> int:
        return int(self.get("banking_balances")["items"][0]["amount"])

    def fund_account(self, number: str = "765432123456789", ifsc: str = "HDFC0000053", **fields: Any) -> str:
        contact = self.post("contacts", name="A Person", type="vendor", reference_id="pye_1", **REACHED)
        account = {"name": "A Person", "ifsc": ifsc, "account_number": number}
        body = {"account_type": "bank_account", "bank_account": account, **fields}
        return str(self.post("fund_accounts", contact_id=contact["id"], **body)["id"])

    def vpa(self, address: str) -> str:
        return self.fund_account(account_type="vpa", bank_account=None, vpa={"address": address})

    def payout(self, number: str = "765432123456789", **fields: Any) -> dict[str, Any]:
        given = {
            "account_number": NUMBER, "amount": 50_000, "currency": "INR", "mode": "IMPS", "purpose": "payout",
            "queue_if_low_balance": True, "reference_id": "po_1", "narration": "Payout",
            "key": f"call_{next(self._keys)}", **fields,
        }  # fmt: skip
        given.setdefault("fund_account_id", self.fund_account(number))
        return self.post("payouts", **given)

    def now(self, payout: dict[str, Any]) -> dict[str, Any]:
        return self.get(f"payouts/{payout['id']}")

    def events(self, *names: str) -> list[dict[str, Any]]:
        return [each for each in self.bench.events() if each["event"] in names]


@pytest.fixture(name="x")
def a_banking(tmp_path: Path) -> Iterator[Banking]:
    with bench(tmp_path / "state.sqlite3") as made:
        yield Banking(made)
