"""Every pair of states of a saved method and of a setup."""

from __future__ import annotations

from typing import Any

import pytest

from orders.tests.factories import make_user
from payments.charges.models import GatewayAccount
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.states import METHOD_STATES, SETUP_STATES
from payments.tests.walking import AT, Machine, allowed_pairs

pytestmark = pytest.mark.django_db


def a_customer() -> GatewayCustomer:
    account, _ = GatewayAccount.objects.get_or_create(code="stripe", defaults={"gateway": "stripe", "livemode": False})
    return GatewayCustomer.objects.create(person=make_user(), gateway_account=account, livemode=False, created_at=AT)


def a_setup() -> MethodSetup:
    customer = a_customer()
    return MethodSetup.objects.create(
        customer=customer, gateway_account=customer.gateway_account, consent_version="1", consented_at=AT
    )


def a_method() -> SavedMethod:
    setup = a_setup()
    return SavedMethod.objects.create(
        person=setup.customer.person, customer=setup.customer, setup=setup, gateway_account=setup.gateway_account,
        gateway_method_id=f"pm_{setup.pk}", livemode=False, kind="card", consent_version="1", consented_at=AT,
    )  # fmt: skip


NOT_OVER: dict[str, Any] = {"": {"ended_at": None}}
MACHINES = [
    Machine(table=METHOD_STATES, make=a_method, needs={"": {"detached_at": None}, "detached": {"detached_at": AT}}),
    Machine(
        table=SETUP_STATES,
        make=a_setup,
        needs={**NOT_OVER, "succeeded": {"ended_at": AT}, "cancelled": {"ended_at": AT}},
    ),
]
PAIRS = [(machine, *pair) for machine in MACHINES for pair in machine.table.pairs()]


class TestTables:
    def test_of_a_method(self) -> None:
        kept = {"active", "expired", "barred", "paused"}
        gone = {(origin, target) for origin in kept for target in ("replaced", "detaching", "detached")}
        among = {("active", "expired"), ("active", "barred"), ("expired", "active"), ("expired", "barred"),
                 ("barred", "active"), ("barred", "expired"), ("active", "paused"), ("paused", "active"),
                 ("paused", "expired"), ("paused", "barred")}  # fmt: skip
        assert allowed_pairs(METHOD_STATES) == gone | among | {("replaced", "detached"), ("detaching", "detached")}
        assert METHOD_STATES.final == {"detached"}

    def test_of_a_setup(self) -> None:
        open_ones = {("created", "pending"), ("created", "failed"), ("pending", "failed")}
        over = {(origin, to) for origin in ("created", "pending", "failed") for to in ("succeeded", "cancelled")}
        came_back = {("cancelled", "pending"), ("cancelled", "succeeded")}
        assert allowed_pairs(SETUP_STATES) == open_ones | over | came_back
        assert SETUP_STATES.final == {"succeeded"}

    @pytest.mark.parametrize(
        ("machine", "origin", "target", "allowed"),
        PAIRS,
        ids=[f"{machine.table.name}-{origin}-{target}" for machine, origin, target, _ in PAIRS],
    )
    def test_every_pair(self, machine: Machine, origin: str, target: str, allowed: bool) -> None:
        machine.walk(origin, target, allowed=allowed)
