"""A charge with nobody present beside another way to pay or to end the order: of the two, one takes the money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.kernel.errors import Conflict
from config.kernel.faultpoints import armed
from config.tests.together import elsewhere
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services import close
from payments.charges.services.close import AlreadyPaid, cancel_unpaid, expire_reservation, replace_payments
from payments.charges.services.start import PaymentInProgress, start_payment
from payments.methods.models import SavedMethod
from payments.methods.tests.razorpay_wallet import RazorpayWallet
from payments.methods.tests.wallet import charge, order_of
from payments.tests.razorpay_world import RazorpayWorld

pytestmark = pytest.mark.django_db(transaction=True)
CHARGES = "/v1/payments/create/recurring"
Act = Callable[[RazorpayWallet, Order], Any]


@pytest.fixture
def wallet(razorpay: RazorpayWorld) -> RazorpayWallet:
    return RazorpayWallet(razorpay)


def pay_in_person(wallet: RazorpayWallet, order: Order) -> None:
    """The buyer does not wait, and pays in Checkout."""
    replace_payments(order=order, actor=wallet.person.actor, at=wallet.world.at)
    wallet.world.pay(wallet.world.start(order))


def charge_another(wallet: RazorpayWallet, order: Order) -> None:
    charge(wallet, order, SavedMethod.objects.latest("pk"))


def cancel(wallet: RazorpayWallet, order: Order) -> None:
    cancel_unpaid(order_id=order.public_id, actor=wallet.person.actor, reason="changed their mind", at=wallet.world.at)


def expire(wallet: RazorpayWallet, order: Order) -> None:
    if not expire_reservation(order_pk=order.pk, at=order.reserved_until):
        raise PaymentInProgress


ACTS = [pay_in_person, charge_another, cancel, expire]
OTHERS = pytest.mark.parametrize("act", ACTS)


@contextmanager
def meanwhile(point: str, act: Callable[[], Any]) -> Iterator[list[str]]:
    """Does it on another connection, once, when the process is there; tells how it was refused."""
    refused: list[str] = []
    done = False

    def hook(reached: str) -> None:
        nonlocal done
        if reached != point or done:
            return
        done = True
        try:
            elsewhere(act)
        except Conflict as refusal:
            refused.append(refusal.code)

    with armed(hook):
        yield refused
    assert done


def end(wallet: RazorpayWallet, order: Order) -> tuple[str, tuple[int, int], int]:
    wallet.world.hear()
    order.refresh_from_db()
    return order.status, wallet.world.moved(order, "captured"), wallet.world.moved(order, "refunded")[1]


class TestBeforeTheChargeIsSent:
    """Its intent is committed, and Razorpay, where nothing closes an order, shows nothing of it."""

    @OTHERS
    def test_nothing_else_takes_its_place(self, wallet: RazorpayWallet, act: Act) -> None:
        method, _, order = wallet.save(), wallet.save(), order_of(wallet, 50_000)
        with meanwhile("payment.confirm.intended", lambda: act(wallet, order)) as refused:
            assert charge(wallet, order, method).status == "captured"
        assert refused == [PaymentInProgress.code]
        assert end(wallet, order) == ("paid", (1, 50_000), 0)
        assert Payment.objects.count() == 1

    def test_negative_control_who_looks_at_the_gateway_alone_lets_both_take_it(
        self, wallet: RazorpayWallet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        monkeypatch.setattr(close, "_is_under_way", lambda payment, **age: False)
        with meanwhile("payment.confirm.intended", lambda: pay_in_person(wallet, order)) as refused:
            charge(wallet, order, method)
        assert refused == []
        assert end(wallet, order) == ("paid", (2, 100_000), 50_000)


class TestWhileItsAnswerIsOut:
    @OTHERS
    def test_nothing_else_takes_its_place_until_it_is_known(self, wallet: RazorpayWallet, act: Act) -> None:
        """The request broke off: nobody knows whether it still arrives."""
        method, _, order = wallet.save(), wallet.save(), order_of(wallet, 50_000)
        wallet.world.refuse(CHARGES)
        charge(wallet, order, method)
        assert GatewayCall.objects.get(operation="payment.confirm").status == "unknown"
        with pytest.raises(Conflict) as refusal:
            act(wallet, order)
        assert refusal.value.code == PaymentInProgress.code
        for _ in range(3):
            wallet.world.later(minutes=9)
            wallet.world.work()
        assert GatewayCall.objects.get(operation="payment.confirm").status == "not_executed"
        act(wallet, order)
        taken = end(wallet, order)
        assert taken in [("paid", (1, 50_000), 0), ("cancelled", (0, 0), 0), ("expired", (0, 0), 0)]


class TestAcceptedSinceTheGatewayWasAsked:
    @OTHERS
    def test_nothing_else_takes_its_place(self, wallet: RazorpayWallet, act: Act) -> None:
        """Who makes room has read that nothing is under way; the whole charge happens before they write it down."""
        method, _, order = wallet.save(), wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=130_000)
        start_payment(
            order_id=order.public_id, account="razorpay", actor="test", at=wallet.world.at, saved_method_id=method.pk
        )
        with (
            meanwhile("payment.object.asked", lambda: charge(wallet, order, method)) as refused,
            pytest.raises(Conflict) as refusal,
        ):
            act(wallet, order)
        assert (refused, refusal.value.code) == ([], PaymentInProgress.code)
        assert GatewayCall.objects.get(operation="payment.confirm").status == "pending"
        wallet.world.at_gateway(Payment.objects.get(), "authorize")
        assert end(wallet, order) == ("paid", (1, 50_000), 0)
        with pytest.raises((AlreadyPaid, PaymentInProgress)):
            act(wallet, order)
        assert wallet.world.moved(order, "captured") == (1, 50_000)
