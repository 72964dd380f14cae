"""Payments on the operator site: what was asked, what came, and everything around it."""

from __future__ import annotations

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from payments.charges.models import GatewayAccount, GatewayTransaction, Payment
from payments.charges.states import PaymentStatus
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestPayments:
    def test_show_everything_around_them(self, world: World) -> None:
        payment = world.payment(world.paid_order(10_000))
        text = text_of(as_role(Role.AUDITOR).get(page_of(payment)))
        for shown in (
            "$100.00 by stripe", "captured", "test", payment.gateway_payment_id, payment.charge_id, "visa •••• 4242",
            "payment_intent.succeeded", "payment.create", "clearing", "pending → captured",
        ):  # fmt: skip
            assert str(shown) in text
        assert "could not be read" not in text

    @pytest.mark.parametrize("name", ["public_id", "ref", "gateway_payment_id", "charge_id"])
    def test_are_found_by_every_id_that_they_have(self, world: World, name: str) -> None:
        payment, other = world.payment(world.paid_order(10_000)), world.payment(world.paid_order(500))
        page = as_role(Role.SUPPORT).get(list_of(Payment), {"q": getattr(payment, name)}).content.decode()
        assert page_of(payment) in page
        assert page_of(other) not in page

    @pytest.mark.parametrize("name", ["public_id", "gateway_payment_id", "gateway_order_id", "charge_id"])
    def test_of_other_gateways_are_found_by_theirs(
        self, phonepe: PhonePeWorld, razorpay: RazorpayWorld, name: str
    ) -> None:
        payments = [world.payment(world.paid_order(10_000)) for world in (phonepe, razorpay)]
        for payment in payments:
            if term := getattr(payment, name):
                page = as_role(Role.SUPPORT).get(list_of(Payment), {"q": term}).content.decode()
                assert [page_of(each) in page for each in payments] == [each.pk == payment.pk for each in payments]

    @pytest.mark.parametrize("status", PaymentStatus.values)
    def test_open_in_every_state(self, world: World, status: str) -> None:
        payment = world.payment(world.paid_order(10_000))
        row = as_role(Role.SUPPORT)
        Payment.objects.filter(pk=payment.pk).update(status=status)
        try:
            assert status in text_of(row.get(page_of(payment)))
            assert page_of(payment) in row.get(f"{list_of(Payment)}?status__exact={status}").content.decode()
        finally:
            Payment.objects.filter(pk=payment.pk).update(status="captured")

    def test_never_show_what_lets_anybody_pay(self, world: World) -> None:
        started = world.start(world.order(10_000))
        page = as_role(Role.ADMINISTRATOR).get(page_of(started.payment)).content.decode()
        assert started.client_secret
        assert started.client_secret not in page


class TestAccountsAndMovements:
    def test_show_what_is_known_and_no_key(self, world: World, settings: object) -> None:
        world.paid_order(10_000)
        client = as_role(Role.FINANCE)
        text = text_of(client.get(page_of(GatewayAccount.objects.get())))
        assert "Money may wait 90 days" in text
        assert "sk_test" not in text

    def test_movements_are_found_by_their_source(self, world: World) -> None:
        payment = world.payment(world.paid_order(10_000))
        for movement in GatewayTransaction.objects.all():
            client = as_role(Role.FINANCE)
            assert movement.external_id in text_of(client.get(page_of(movement)))
            found = client.get(list_of(GatewayTransaction), {"q": payment.charge_id}).content.decode()
            assert page_of(movement) in found
        assert "Nothing" in text_of(as_role(Role.FINANCE).get(list_of(GatewayTransaction), {"q": "txn_none"}))
