"""Refunds on the operator site: whether the buyer has the money, and what stopped it."""

from __future__ import annotations

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from payments.escrow.services.cancel import cancel_fulfilment
from payments.refunds.models import Refund
from payments.refunds.states import RefundStatus
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refund(world: World) -> Refund:
    part = world.fulfilments(world.paid_order(10_000))[0]
    cancel_fulfilment(fulfilment_pk=part.pk, actor="user:x", reason="out of it", at=world.at)
    world.hear()
    world.hear()  # what the gateway has to say about the refund that it was just asked for
    return Refund.objects.get()


class TestRefunds:
    def test_show_where_they_came_from_and_that_they_arrived(self, refund: Refund) -> None:
        text = text_of(as_role(Role.AUDITOR).get(page_of(refund)))
        for shown in (
            "$100.00 back to the buyer", "With the buyer $100.00", "out of it", "escrow hold_", "refund allocated",
            "refund.create", "refund.created", refund.gateway_refund_id,
        ):  # fmt: skip
            assert str(shown) in text
        assert "could not be read" not in text

    @pytest.mark.broken_books
    @pytest.mark.parametrize("status", RefundStatus.values)
    def test_open_in_every_state(self, refund: Refund, status: str) -> None:
        Refund.objects.filter(pk=refund.pk).update(status=status, failure_code="card_gone")
        client = as_role(Role.FINANCE)
        assert status.replace("_", " ") in text_of(client.get(page_of(refund)))
        assert page_of(refund) in client.get(f"{list_of(Refund)}?status__exact={status}").content.decode()

    @pytest.mark.broken_books
    def test_that_failed_say_what_to_do(self, refund: Refund) -> None:
        Refund.objects.filter(pk=refund.pk).update(
            status="failed", failure_code="expired_or_canceled_card", failure_detail="The card is gone.", bounces=1
        )
        text = text_of(as_role(Role.FINANCE).get(page_of(refund)))
        for shown in ("Still owed to the buyer $100.00", "The card is gone.", "agree with the buyer", "Came back 1×"):
            assert shown in text

    @pytest.mark.parametrize("name", ["public_id", "gateway_refund_id"])
    def test_of_phonepe_are_found_by_theirs_which_begins_with_ours(self, phonepe: PhonePeWorld, name: str) -> None:
        part = phonepe.fulfilments(phonepe.paid_order(10_000))[0]
        cancel_fulfilment(fulfilment_pk=part.pk, actor="user:x", reason="out of it", at=phonepe.at)
        phonepe.work()
        refund = Refund.objects.get()
        page = as_role(Role.SUPPORT).get(list_of(Refund), {"q": getattr(refund, name)}).content.decode()
        assert page_of(refund) in page

    @pytest.mark.parametrize("name", ["public_id", "gateway_refund_id"])
    def test_are_found_by_our_id_and_the_gateways(self, refund: Refund, name: str) -> None:
        page = as_role(Role.SUPPORT).get(list_of(Refund), {"q": getattr(refund, name)}).content.decode()
        assert page_of(refund) in page
