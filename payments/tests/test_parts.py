"""What this app adds to the pages of the apps below it: where an order's money is."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.parts import Table
from config.admin.tests.operators import as_role, page_of, somebody, text_of
from orders.fulfilment.services import deliver
from payments import parts
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.release import complete_fulfilment
from payments.gateways.registry import gateway_for
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def figures(order: Any, world: World) -> dict[str, str]:
    found = parts.money_of_order.show(order, world.at)
    return {figure.label: figure.value for figure in found.figures}


class TestMoneyOfOrder:
    def test_says_where_it_is_at_each_step(self, world: World) -> None:
        unpaid = world.order(10_000)
        assert figures(unpaid, world) == {}
        order = world.paid_order(10_000, 3_333, 700)
        assert figures(order, world) == {"In escrow": "$140.33"}
        first, second, third = world.fulfilments(order)
        freeze_hold(hold_pk=third.hold.pk, reason="operator", actor="x", note="", at=world.at)
        assert figures(order, world) == {"In escrow, frozen": "$140.33"}
        deliver(fulfilment=first, actor="user:s", by_staff=False, at=world.at, policy=settings.POLICY)
        complete_fulfilment(fulfilment_pk=first.pk, actor="user:b", at=world.at)
        cancel_fulfilment(fulfilment_pk=second.pk, actor="x", reason="", at=world.at)
        assert figures(order, world) == {
            "In escrow, frozen": "$7.00", "Released to sellers": "$100.00", "On its way back": "$33.33"
        }  # fmt: skip
        world.hear()
        assert figures(order, world) == {"In escrow, frozen": "$7.00", "Released to sellers": "$100.00"}


class TestDisputesOfOrder:
    def test_are_nothing_where_nobody_disputes(self, world: World) -> None:
        assert parts.disputes_of_order.show(world.paid_order(10_000), world.at) is None

    def test_shows_each(self, world: World) -> None:
        order, _ = world.disputed_order(10_000)
        found = parts.disputes_of_order.show(order, world.at)
        assert isinstance(found, Table)
        assert (len(found.rows), found.note) == (1, "")

    def test_of_a_gateway_that_tells_of_none_says_what_to_do_instead(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order, unpaid = world.paid_order(10_000), world.order(10_000)
        monkeypatch.setattr(gateway_for("stripe"), "capabilities", frozenset())
        found = parts.disputes_of_order.show(order, world.at)
        assert isinstance(found, Table)
        assert found.rows == ()
        assert "No dispute is told of or answered through the API of stripe." in found.note
        assert "freeze the holds here, answer in its dashboard" in found.note
        assert parts.disputes_of_order.show(unpaid, world.at) is None


class TestOrderPage:
    def test_shows_everything_that_belongs_to_it_to_who_may_see_all(self, world: World) -> None:
        order = world.paid_order(10_000)
        cancel_fulfilment(fulfilment_pk=world.fulfilments(order)[0].pk, actor="user:x", reason="out of it", at=world.at)
        world.hear()
        payment, hold = world.payment(order), world.holds(order)[0]
        refund = payment.refunds.get()
        text = text_of(as_role(Role.AUDITOR).get(page_of(order)))
        for shown in (
            payment.public_id, hold.public_id, refund.public_id, "card visa •••• 4242", "refund allocated",
            "refund succeeded", "payment.create", "refund.create", "held → returned", "out of it",
        ):  # fmt: skip
            assert shown in text
        assert "could not be read" not in text

    def test_keeps_from_each_role_what_it_may_not_see(self, world: World) -> None:
        order = world.paid_order(10_000)
        support = text_of(as_role(Role.SUPPORT).get(page_of(order)))
        assert "Payments" in support
        assert "History" in support
        assert "Calls to the gateway" not in support
        assert "clearing" not in support
        operations = text_of(as_role(Role.OPERATIONS).get(page_of(order)))
        assert "Calls to the gateway" in operations
        assert "clearing" not in operations

    def test_costs_a_fixed_number_of_queries_however_much_belongs_to_it(self, world: World) -> None:
        client = as_role(Role.AUDITOR)

        def cost(order: Any) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page_of(order)).status_code == 200
            return len(captured)

        one = cost(world.paid_order(10_000))
        assert cost(world.paid_order(*([1_000] * 12))) == one
        assert one < 90


class TestFulfilmentPage:
    def test_shows_its_hold_and_both_histories(self, world: World) -> None:
        part = world.fulfilments(world.paid_order(10_000))[0]
        freeze_hold(hold_pk=part.hold.pk, reason="operator", actor="x", note="looks odd", at=world.at)
        text = text_of(as_role(Role.SUPPORT).get(page_of(part)))
        for shown in (part.hold.public_id, "held → frozen", "looks odd"):
            assert shown in text


class TestPersonsPage:
    def test_shows_what_we_owe_a_payee_and_nothing_for_others(self, world: World) -> None:
        part = world.fulfilments(world.paid_order(10_000))[0]
        deliver(fulfilment=part, actor="user:s", by_staff=False, at=world.at, policy=settings.POLICY)
        complete_fulfilment(fulfilment_pk=part.pk, actor="user:b", at=world.at)
        auditor = as_role(Role.AUDITOR)
        assert "$88.50" in text_of(auditor.get(page_of(part.seller)))
        assert "Balances" not in text_of(auditor.get(page_of(somebody(Role.BUYER))))
        assert parts.balances_of_payee.show(User(public_id="usr_nobody"), world.at) is None
