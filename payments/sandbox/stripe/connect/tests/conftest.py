"""An engine in the test's own process, with a connected account that is filled in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from payments.sandbox.stripe.door import ApiRequest, answer
from payments.sandbox.tests.in_process import Bench
from payments.sandbox.tests.in_process import bench as open_bench

CONNECT_SECRET = "whsec_connect_in_process"


@dataclass(slots=True)
class Connect:
    """The platform, and what it does for one account."""

    bench: Bench
    account: str

    def within(self, method: str, path: str, *, key: str = "", account: str = "", **fields: str) -> dict[str, Any]:
        """A request with the header `Stripe-Account`."""
        request = ApiRequest(
            method=method,
            path=f"/v1/{path}",
            form=urlencode(fields),
            api_key="sk_test_in_process",
            idempotency_key=key,
            account=account or self.account,
        )
        parsed: dict[str, Any] = json.loads(answer(engine=self.bench.engine, request=request).body)
        return parsed

    def transfer(self, amount: int, **fields: str) -> dict[str, Any]:
        sent = {"amount": str(amount), "currency": "usd", "destination": self.account, **fields}
        return self.bench.post("transfers", **sent)

    def pay_out(self, amount: int, **fields: str) -> dict[str, Any]:
        return self.within("POST", "payouts", amount=str(amount), currency="usd", **fields)

    def balance(self, *, own: bool = False) -> int:
        """Of the account, or our own."""
        found = self.bench.get("balance") if own else self.within("GET", "balance")
        amount: int = found["available"][0]["amount"]
        return amount

    def told(self, type: str) -> list[dict[str, Any]]:
        """The account's events of a type, newest first."""
        events: list[dict[str, Any]] = self.within("GET", "events", type=type)["data"]
        return events


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with open_bench(tmp_path / "state.sqlite3", environ={"STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET}) as bench:
        yield bench


@pytest.fixture
def connect(bench: Bench) -> Connect:
    """50 dollars of ours, and an account that takes payouts."""
    account = bench.post("accounts", country="US")["id"]
    bench.order(f"accounts/{account}/complete")
    bench.order("topup", amount=5_000)
    return Connect(bench, account)
