"""Charges with nobody present: once, by an object that was known before, whatever the bank and the network do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists
from config.crypto import open_sealed
from config.kernel.faultpoints import armed
from config.outbox.models import OutboxJob
from config.tests.together import elsewhere
from orders.order.models import Order
from orders.tests.together import together
from payments.charges.models import Payment
from payments.charges.services.choose import GatewayPaused
from payments.charges.services.close import AlreadyPaid
from payments.charges.services.start import GatewayDown, OrderNotPayable
from payments.health.models import GatewayHealth
from payments.ledger.queries import balance_minor
from payments.methods.models import SavedMethod
from payments.methods.services import charge as charging
from payments.methods.services.charge import MethodNotChargeable, MethodNotYours
from payments.methods.services.keep import detach
from payments.methods.tests.wallet import Wallet, charge, order_of
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CONFIRM = "/v1/payment_intents/*/confirm"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def behave(wallet: Wallet, method: SavedMethod, as_what: str) -> None:
    wallet.control(f"payment_methods/{method.gateway_method_id}/behave", behave_as=as_what)


def taken(wallet: Wallet, order: Order) -> Any:
    return wallet.world.moved(order, "captured")


def confirms() -> list[str]:
    return list(GatewayCall.objects.filter(operation="payment.confirm").order_by("pk").values_list("status", flat=True))


class TestCharge:
    def test_takes_the_money_once_and_holds_it(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        payment = charge(wallet, order, method)
        assert (payment.status, payment.captured_minor, payment.saved_method) == ("captured", 10_000, method)
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, balance_minor("escrow", currency="USD")) == ("paid", -10_000)
        assert (taken(wallet, order), confirms()) == ((1, 10_000), ["succeeded"])
        with pytest.raises(AlreadyPaid):
            charge(wallet, order, method)
        assert taken(wallet, order) == (1, 10_000)

    def test_a_lost_answer_is_asked_about_and_nothing_is_taken_twice(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        wallet.world.lose_answer(CONFIRM)
        charge(wallet, order, method)
        with pytest.raises(OpenCallExists):
            charge(wallet, order, method)
        wallet.world.later(seconds=30)
        wallet.world.work()
        order.refresh_from_db()
        assert (order.status, confirms(), taken(wallet, order)) == ("paid", ["succeeded"], (1, 10_000))

    def test_a_request_that_never_came_is_sent_again_under_its_key(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        wallet.world.refuse(CONFIRM)
        charge(wallet, order, method)
        for _ in range(3):
            wallet.world.later(minutes=6)
            wallet.world.work()
        assert confirms() == ["not_executed"]
        assert charge(wallet, order, method).status == "captured"
        assert (confirms(), taken(wallet, order)) == (["succeeded"], (1, 10_000))
        assert Payment.objects.count() == 1

    def test_where_the_bank_wants_the_buyer_they_go_on_with_the_same_payment(self, wallet: Wallet) -> None:
        method, order = wallet.save("pm_card_authenticationRequired"), order_of(wallet)
        payment = charge(wallet, order, method)
        assert (payment.status, payment.failure_code) == ("failed", "authentication_required")
        wallet.world.hear()
        method.refresh_from_db()
        assert method.status == "active"
        (letter,) = [each for each in mail.outbox if "not paid yet" in each.subject]
        assert order.public_id in letter.body
        wallet.world.confirm(payment, method.gateway_method_id)
        wallet.world.at_gateway(payment, "authenticate")
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, Payment.objects.count(), taken(wallet, order)) == ("paid", 1, (1, 10_000))

    def test_paid_in_person_before_its_decline_is_written_down_it_stays_paid(self, wallet: Wallet) -> None:
        """The event of the payment is faster than the answer, and says more."""
        method, order = wallet.save(), order_of(wallet)
        behave(wallet, method, "pm_card_chargeDeclinedInsufficientFunds")
        paid: list[str] = []

        def pay_in_person(point: str) -> None:
            if point != "payment.confirm.answered" or paid:
                return
            paid.append(point)
            wallet.world.confirm(Payment.objects.get(order=order))
            elsewhere(wallet.world.hear)

        with armed(pay_in_person):
            assert charge(wallet, order, method).status == "captured"
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, confirms(), taken(wallet, order)) == ("paid", ["succeeded"], (1, 10_000))
        assert not OutboxJob.objects.filter(topic="payment.declined_unattended").exists()

    def test_an_empty_account_is_tried_again_on_the_same_object(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        behave(wallet, method, "pm_card_chargeDeclinedInsufficientFunds")
        assert charge(wallet, order, method).failure_code == "insufficient_funds"
        wallet.world.hear()
        method.refresh_from_db()
        assert (method.status, mail.outbox) == ("active", [])
        behave(wallet, method, "pm_card_visa")
        assert charge(wallet, order, method).status == "captured"
        assert (confirms(), Payment.objects.count(), taken(wallet, order)) == (
            ["declined", "succeeded"], 1, (1, 10_000)
        )  # fmt: skip

    def test_a_lost_card_is_never_charged_again(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        behave(wallet, method, "pm_card_chargeDeclinedLostCard")
        charge(wallet, order, method)
        wallet.world.hear()
        method.refresh_from_db()
        assert (method.status, method.barred_code) == ("barred", "lost_card")
        before = everything()
        with pytest.raises(MethodNotChargeable):
            charge(wallet, order, method)
        assert everything() == before
        assert len(confirms()) == 1

    def test_another_method_gets_another_object_only_once_the_first_is_closed(self, wallet: Wallet) -> None:
        method, order = wallet.save("pm_card_authenticationRequired"), order_of(wallet)
        first = charge(wallet, order, method)
        second = charge(wallet, order, wallet.save())
        first.refresh_from_db()
        assert (first.closed_at is not None, second.status) == (True, "captured")
        assert taken(wallet, order) == (1, 10_000)

    def test_of_an_indian_card_no_more_is_kept_in_the_answers(self, wallet: Wallet) -> None:
        method, order = wallet.save("pm_card_in"), order_of(wallet)
        assert charge(wallet, order, method).status == "captured"
        kept = GatewayCall.objects.exclude(answer=None).values_list("answer", flat=True)
        answers = [open_sealed(bytes(answer or b"")).decode() for answer in kept]
        assert any('"last4": "0008"' in answer for answer in answers)
        for name in ("exp_month", "exp_year", "fingerprint", '"brand"'):
            assert not [answer for answer in answers if name in answer], name

    def test_at_the_same_moment_it_is_charged_once(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        together([lambda: charge(wallet, order, method)] * 4)
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, taken(wallet, order)) == ("paid", (1, 10_000))
        # Who comes between the making of an object and its confirmation may close it, and make another.
        others = Payment.objects.filter(captured_minor=0)
        assert (Payment.objects.filter(captured_minor=10_000).count(), others.filter(closed_at=None).count()) == (1, 0)

    def test_negative_control_two_objects_would_both_be_paid(
        self, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without looking for what is open, a second try makes a second object and the buyer pays twice; the books then
        give one of them back."""
        method, order = wallet.save(), order_of(wallet)
        behave(wallet, method, "pm_card_chargeDeclinedInsufficientFunds")
        first = charge(wallet, order, method)
        behave(wallet, method, "pm_card_visa")
        monkeypatch.setattr(charging, "_present", lambda order, method: None)
        monkeypatch.setattr(charging, "replace_payments", lambda **ignored: None)
        charge(wallet, order, method)
        wallet.world.confirm(first, method.gateway_method_id)
        wallet.world.hear()
        assert Payment.objects.filter(captured_minor=10_000).count() == 2

    @pytest.mark.parametrize("succeeds", [True, False])
    def test_what_the_bank_decides_later_settles_its_try(self, wallet: Wallet, succeeds: bool) -> None:
        method, order = wallet.save("pm_usBankAccount"), order_of(wallet)
        payment = charge(wallet, order, method)
        assert (payment.status, payment.is_processing, confirms()) == ("pending", True, ["pending"])
        with pytest.raises(OpenCallExists):
            charge(wallet, order, method)
        wallet.world.at_gateway(payment, "finish", succeeds=succeeds)
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, confirms()) == (
            ("paid", ["succeeded"]) if succeeds else ("pending_payment", ["declined"])
        )
        letters = [each for each in mail.outbox if "not paid yet" in each.subject]
        assert len(letters) == (0 if succeeds else 1)

    def test_events_of_an_earlier_try_settle_no_later_one(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        behave(wallet, method, "pm_card_chargeDeclinedInsufficientFunds")
        charge(wallet, order, method)
        behave(wallet, method, "pm_card_visa")
        wallet.world.lose_answer(CONFIRM)
        charge(wallet, order, method)
        wallet.world.hear(list(reversed(wallet.world.new_events())))
        order.refresh_from_db()
        assert (order.status, confirms(), taken(wallet, order)) == ("paid", ["declined", "succeeded"], (1, 10_000))


class TestRefused:
    def test_of_anybody_elses_order(self, wallet: Wallet) -> None:
        method, order = wallet.save(), wallet.world.order()
        with pytest.raises(MethodNotYours):
            charge(wallet, order, method)
        assert not Payment.objects.exists()

    def test_by_one_that_is_being_forgotten(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        detach(method=method, actor="user:x", reason="asked", at=wallet.world.at)
        method.refresh_from_db()
        with pytest.raises(MethodNotChargeable):
            charge(wallet, order, method)
        assert not Payment.objects.exists()

    def test_while_the_gateway_is_ill(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        at = wallet.world.at
        GatewayHealth.objects.create(
            account=method.gateway_account, status="half_open", since=at, last_event_at=at, watched_until=at
        )
        with pytest.raises(GatewayPaused):
            charge(wallet, order, method)
        assert not Payment.objects.exists()

    def test_of_an_order_that_is_over(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        Order.objects.filter(pk=order.pk).update(status="cancelled")
        order.refresh_from_db()
        with pytest.raises(OrderNotPayable):
            charge(wallet, order, method)

    def test_when_the_gateway_takes_nothing_now(self, wallet: Wallet) -> None:
        method, order = wallet.save(), order_of(wallet)
        wallet.world.fail("/v1/payment_intents", status=429, code="rate_limit")
        with pytest.raises(GatewayDown):
            charge(wallet, order, method)
        assert charge(wallet, order, method).status == "captured"
