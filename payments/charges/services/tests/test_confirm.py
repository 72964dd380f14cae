"""A payment is charged with nobody present: one call each time, its outcome recorded, and never while one is open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.confirm import NotConfirmable, ask_confirm, confirm_unattended
from payments.charges.services.start import OrderNotPayable
from payments.gateways.contract import Outcome
from payments.methods.models import SavedMethod
from payments.methods.services.charge import charge_saved_method
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRM = "/v1/payment_intents/*/confirm"
POOR, RICH = "pm_card_chargeDeclinedInsufficientFunds", "pm_card_visa"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


@pytest.fixture
def declined(wallet: Wallet) -> Payment:
    """One that was tried once, on an empty account, which has money again."""
    method, order = wallet.save(), wallet.world.order(10_000)
    Order.objects.filter(pk=order.pk).update(buyer=wallet.person)
    order.refresh_from_db()
    behave(wallet, method, POOR)
    payment = charge_saved_method(order=order, method=method, actor=wallet.person.actor, at=wallet.world.at)
    behave(wallet, method, RICH)
    return payment


def behave(wallet: Wallet, method: SavedMethod, as_what: str) -> None:
    wallet.control(f"payment_methods/{method.gateway_method_id}/behave", behave_as=as_what)


def confirm(payment: Payment, wallet: Wallet) -> Outcome:
    return confirm_unattended(payment=payment, actor="user:x", at=wallet.world.at)


def calls() -> list[str]:
    return list(GatewayCall.objects.filter(operation="payment.confirm").order_by("pk").values_list("status", flat=True))


def taken(wallet: Wallet, payment: Payment) -> Any:
    return wallet.world.moved(Order.objects.get(public_id=payment.ref), "captured")


class TestConfirmUnattended:
    def test_each_try_is_a_call_of_its_own_on_the_same_object(self, wallet: Wallet, declined: Payment) -> None:
        assert (declined.status, declined.failure_code) == ("failed", "insufficient_funds")
        assert confirm(declined, wallet) is Outcome.SUCCEEDED
        declined.refresh_from_db()
        assert (declined.status, declined.captured_minor, calls()) == ("captured", 10_000, ["declined", "succeeded"])
        assert taken(wallet, declined) == (1, 10_000)

    def test_names_the_method_and_who_wanted_it(self, wallet: Wallet, declined: Payment) -> None:
        confirm(declined, wallet)
        call = GatewayCall.objects.latest("pk")
        method = declined.saved_method
        assert method is not None
        assert (call.actor, call.request_facts) == (
            "user:x", {"payment": declined.public_id, "method": method.gateway_method_id}
        )  # fmt: skip

    def test_not_while_an_earlier_try_has_no_outcome(self, wallet: Wallet, declined: Payment) -> None:
        wallet.world.lose_answer(CONFIRM)
        assert confirm(declined, wallet) is Outcome.UNKNOWN
        before = everything()
        with pytest.raises(OpenCallExists):
            confirm(declined, wallet)
        assert everything() == before
        assert taken(wallet, declined) == (1, 10_000)

    def test_one_that_never_came_is_sent_again_under_its_key(self, wallet: Wallet, declined: Payment) -> None:
        wallet.world.fail(CONFIRM, status=429, code="rate_limit")
        assert confirm(declined, wallet) is Outcome.NOT_EXECUTED
        sent = GatewayCall.objects.latest("pk").public_id
        assert confirm(declined, wallet) is Outcome.SUCCEEDED
        assert (GatewayCall.objects.latest("pk").public_id, calls()) == (sent, ["declined", "succeeded"])


class TestRefused:
    """Nothing is sent, and nothing is written."""

    def refused(self, payment: Payment, wallet: Wallet, because: type[Exception]) -> None:
        before, sent = everything(), len(calls())
        with pytest.raises(because):
            confirm(payment, wallet)
        assert (everything(), len(calls())) == (before, sent)

    def test_of_a_payment_that_is_no_saved_methods(self, wallet: Wallet) -> None:
        from_page = wallet.world.start(wallet.world.order()).payment
        from_page.refresh_from_db()
        assert from_page.saved_method is None
        self.refused(from_page, wallet, NotConfirmable)

    def test_of_one_that_was_closed(self, wallet: Wallet, declined: Payment) -> None:
        Payment.objects.filter(pk=declined.pk).update(closed_at=wallet.world.at)
        self.refused(declined, wallet, NotConfirmable)

    @pytest.mark.parametrize("status", ["authorized", "cancelled", "expired"])
    def test_of_one_that_waits_for_nobodys_money(self, wallet: Wallet, declined: Payment, status: str) -> None:
        Payment.objects.filter(pk=declined.pk).update(status=status)
        self.refused(declined, wallet, NotConfirmable)

    def test_of_an_order_that_is_over(self, wallet: Wallet, declined: Payment) -> None:
        Order.objects.filter(public_id=declined.ref).update(status="cancelled")
        self.refused(declined, wallet, OrderNotPayable)


class TestAskConfirm:
    def test_the_payment_itself_says_that_it_was_taken(self, wallet: Wallet, declined: Payment) -> None:
        wallet.world.lose_answer(CONFIRM)
        confirm(declined, wallet)
        ask_confirm(GatewayCall.objects.latest("pk"), wallet.world.at)
        declined.refresh_from_db()
        assert (declined.status, calls(), taken(wallet, declined)) == (
            "captured", ["declined", "succeeded"], (1, 10_000)
        )  # fmt: skip

    def test_the_failure_of_an_earlier_try_settles_nothing_at_once(self, wallet: Wallet, declined: Payment) -> None:
        wallet.world.refuse(CONFIRM)
        assert confirm(declined, wallet) is Outcome.UNKNOWN
        call = GatewayCall.objects.latest("pk")
        ask_confirm(call, wallet.world.at)
        assert calls() == ["declined", "unknown"]
        for _ in range(3):
            call.refresh_from_db()
            if call.status == "unknown":
                ask_confirm(call, wallet.world.at + timedelta(minutes=30))
                wallet.world.later(minutes=30)
        assert calls() == ["declined", "declined"]
        assert taken(wallet, declined) == (0, 0)
