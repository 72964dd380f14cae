"""The rail on the sandbox's Stripe, over real HTTP, and a payee's account that is filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.stripe.client import connect
from payments.gateways.tests.conformance.sandboxed import PATIENCE_S
from payments.sandbox.testing import API_KEY, Control, Sandbox, running_sandbox
from payouts.rails.connect.adapter import ConnectRail
from payouts.rails.contract import NewDestination, NewPayout

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def new_destination(**changes: Any) -> NewDestination:
    fields: dict[str, Any] = {
        "our_id": "dst_1",
        "payee_id": "pye_1",
        "kind": "connected_account",
        "currency": "USD",
        "holder": "Ada",
        "legal_form": "person",
        "country": "US",
        "details": {},
        **changes,
    }
    return NewDestination(**fields)


@dataclass
class World:
    """`rail` and the sandbox behind it, with 100 dollars of ours and a payee's account."""

    rail: ConnectRail
    control: Control
    account: str

    def new(self, amount_minor: int = 2_000, *, our_id: str = "po_1", call_id: str = "call_1") -> NewPayout:
        return NewPayout(
            our_id=our_id,
            call_id=call_id,
            amount=Money(amount_minor, "USD"),
            account_id=self.account,
            kind="connected_account",
        )

    def transferred(self, amount_minor: int = 2_000, *, our_id: str = "po_1") -> str:
        answer = self.rail.create_transfer(key=f"t-{our_id}", new=self.new(amount_minor, our_id=our_id))
        assert answer.transfer is not None
        return answer.transfer.transfer_id

    def moved(self, effect: str) -> tuple[int, int]:
        """How often and how much, in all."""
        return self.control.moved("", effect)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[World]:
    sandbox.control.reset()
    connection = connect(secret_key=API_KEY, api_base=sandbox.stripe_base, read_timeout_s=PATIENCE_S)
    rail = ConnectRail(connection)
    made = rail.create_recipient(key="a-1", new=new_destination())
    assert made.destination is not None
    account = made.destination.account_id
    sandbox.control.stripe(f"accounts/{account}/complete")
    sandbox.control.stripe("topup", amount=10_000)
    yield World(rail, sandbox.control, account)
    http: Any = connection.http
    http.close()
