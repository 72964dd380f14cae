"""Holds on the operator site: whose money, why it stays, when it must leave."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from orders.fulfilment.services import deliver
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.release import complete_fulfilment
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestHolds:
    def test_show_how_they_would_be_divided(self, world: World) -> None:
        hold = world.holds(world.paid_order(10_000))[0]
        text = text_of(as_role(Role.SUPPORT).get(page_of(hold)))
        for shown in (
            "Still held $100.00",
            "in 89 days",
            "platform fees $10.00",
            "fees recovered $1.50",
            "payable $88.50",
        ):
            assert shown in text
        assert "Nothing has ever frozen it." in text

    def test_show_every_reason_for_a_freeze(self, world: World) -> None:
        hold = world.holds(world.paid_order(10_000))[0]
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="user:x", note="looks odd", at=world.at)
        text = text_of(as_role(Role.SUPPORT).get(page_of(hold)))
        for shown in ("frozen", "operator stands looks odd", "until every reason below is lifted"):
            assert shown in text

    def test_show_where_the_money_went(self, world: World) -> None:
        gone = world.fulfilments(world.paid_order(10_000))[0]
        deliver(fulfilment=gone, actor="user:s", by_staff=False, at=world.at, policy=settings.POLICY)
        complete_fulfilment(fulfilment_pk=gone.pk, actor="user:b", at=world.at)
        back = world.fulfilments(world.paid_order(500))[0]
        cancel_fulfilment(fulfilment_pk=back.pk, actor="x", reason="", at=world.at)
        world.hear()
        client = as_role(Role.AUDITOR)
        released = text_of(client.get(page_of(gone.hold)))
        assert "It has become the seller's." in released
        assert "When it is released" not in released
        returned = text_of(client.get(page_of(EscrowHold.objects.get(fulfilment=back))))
        assert "Given back $5.00" in returned
        assert "refund succeeded" in returned

    def test_are_found_by_id_and_narrowed_by_state(self, world: World) -> None:
        hold, other = world.holds(world.paid_order(10_000, 500))
        freeze_hold(hold_pk=hold.pk, reason="operator", actor="user:x", note="", at=world.at)
        for query in (f"q={hold.public_id}", "status__exact=frozen"):
            page = as_role(Role.SUPPORT).get(f"{list_of(EscrowHold)}?{query}").content.decode()
            assert page_of(hold) in page
            assert page_of(other) not in page
