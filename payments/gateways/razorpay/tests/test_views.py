"""Orders, attempts and refunds, read into our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.kernel.money import Money
from payments.gateways.failures import UnreadableObject
from payments.gateways.payment_views import PaymentState
from payments.gateways.razorpay.tests import entities
from payments.gateways.razorpay.views import (
    authorized,
    captured,
    payment_from_attempt,
    payment_from_order,
    refund_view,
)
from payments.gateways.refund_views import RefundState

SEEN = datetime(2026, 11, 20, tzinfo=UTC)


def view(*attempts: dict[str, Any], **order: Any) -> Any:
    return payment_from_order(entities.order(**order), attempts, livemode=False)


class TestOrder:
    def test_without_an_attempt_waits(self) -> None:
        found = view()
        assert (found.gateway_payment_id, found.our_id, found.call_id) == ("order_One", "pay_ours", "call_ours")
        assert (found.state, found.amount, found.captures) == (PaymentState.PENDING, Money(50_000, "INR"), ())

    def test_without_notes_is_known_by_its_receipt(self) -> None:
        assert view(notes=[]).our_id == "pay_ours"
        assert view(notes=[], receipt=None).our_id == ""

    @pytest.mark.parametrize(
        ("attempts", "state"),
        [
            ([entities.payment("created")], PaymentState.PENDING),
            ([entities.payment("created", method="upi")], PaymentState.PROCESSING),
            ([entities.payment("authorized")], PaymentState.AUTHORIZED),
            ([entities.payment()], PaymentState.CAPTURED),
            ([entities.payment("refunded", captured=True)], PaymentState.CAPTURED),
            ([entities.payment("refunded", captured=False)], PaymentState.EXPIRED),
            ([entities.failed()], PaymentState.FAILED),
            ([entities.failed(), entities.payment()], PaymentState.CAPTURED),
            ([entities.failed(), entities.payment("authorized")], PaymentState.AUTHORIZED),
            ([entities.failed(), entities.payment("created", method="netbanking")], PaymentState.PROCESSING),
            ([entities.payment("created"), entities.failed()], PaymentState.PENDING),
            ([entities.failed(), entities.payment("created")], PaymentState.FAILED),
            ([entities.payment("refunded", captured=False), entities.payment()], PaymentState.CAPTURED),
        ],
    )
    def test_stands_where_its_best_attempt_stands(self, attempts: list[dict[str, Any]], state: PaymentState) -> None:
        assert view(*attempts).state is state

    def test_every_capture_is_a_fact(self) -> None:
        found = view(entities.payment(id="pay_Two"), entities.payment())
        assert [fact.charge_id for fact in found.captures] == ["pay_Two", "pay_One"]
        assert found.captures[0].balance_transaction_id == "pay_Two"

    def test_while_the_fee_is_unknown_there_is_no_movement_to_speak_of(self) -> None:
        assert view(entities.payment(fee=None)).captures[0].balance_transaction_id == ""

    def test_says_how_it_was_paid_and_why_not(self) -> None:
        found = view(entities.payment())
        assert (found.method, found.network, found.last4, found.failure) == ("card", "", "1007", None)
        failure = view(entities.failed()).failure
        assert (failure.code, failure.decline_code) == ("BAD_REQUEST_ERROR", "card_declined")
        assert view(entities.payment("authorized")).authorized_minor == 50_000
        assert view(entities.payment(method="wallet", card=None, wallet="mywallet")).network == "mywallet"

    @pytest.mark.parametrize(("international", "network"), [(True, "Visa"), (False, ""), (None, "")])
    def test_the_network_is_told_of_a_card_from_abroad_alone(self, international: bool | None, network: str) -> None:
        card = {"network": "Visa", "last4": "1007", "international": international}
        found = view(entities.payment(card=card))
        assert (found.network, found.last4) == (network, "1007")

    @pytest.mark.parametrize(
        "broken",
        [
            {"amount": "50000"}, {"amount": 1.5}, {"amount": None}, {"currency": "XXX"}, {"id": ""}, {"id": None},
            {"entity": "payment"}, {"created_at": -1}, {"receipt": 7},
        ],
    )  # fmt: skip
    def test_of_another_shape_is_unreadable(self, broken: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            view(**{"notes": [], **broken})


class TestAttempt:
    def test_is_a_view_of_its_order(self) -> None:
        found = payment_from_attempt(entities.payment(), livemode=True, seen_at=SEEN)
        assert (found.gateway_payment_id, found.our_id, found.livemode) == ("order_One", "", True)
        assert (found.captures[0].charge_id, found.captures[0].at) == ("pay_One", SEEN)

    def test_without_an_order_names_none(self) -> None:
        assert payment_from_attempt(entities.payment(order_id=None), livemode=False).gateway_payment_id == ""

    @pytest.mark.parametrize("status", ["authorized", "failed", "created"])
    def test_a_flag_beside_another_status_is_no_money(self, status: str) -> None:
        """Seen in samples of Razorpay's documentation."""
        assert payment_from_attempt(entities.payment(status, captured=True), livemode=False).captures == ()

    @pytest.mark.parametrize("broken", [{"status": "new"}, {"status": 7}, {"amount": None}, {"card": "visa"}])
    def test_of_another_shape_is_unreadable(self, broken: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            payment_from_attempt(entities.payment(**broken), livemode=False)

    def test_what_can_be_captured_and_what_was(self) -> None:
        attempts = [entities.failed(), entities.payment("authorized"), entities.payment()]
        assert authorized(attempts) == attempts[1]
        assert captured(attempts) == attempts[2]
        assert authorized(attempts[:1]) is captured(attempts[:2]) is None


class TestRefund:
    @pytest.mark.parametrize(
        ("status", "state", "movements"),
        [
            ("pending", RefundState.PENDING, ("", "")),
            ("created", RefundState.PENDING, ("", "")),
            ("processed", RefundState.SUCCEEDED, ("rfnd_One", "")),
            ("failed", RefundState.FAILED, ("rfnd_One", "rfnd_One:returned")),
        ],
    )
    def test_stands_where_it_says(self, status: str, state: RefundState, movements: tuple[str, str]) -> None:
        found = refund_view(entities.refund(status=status), payment=entities.payment())
        assert (found.state, found.our_id, found.call_id) == (state, "rf_ours", "call_refund")
        assert (found.charge_id, found.gateway_payment_id, found.reference) == ("pay_One", "order_One", "arn1")
        assert (found.balance_transaction_id, found.failure_balance_transaction_id) == movements
        assert (found.failure is None) == (state is not RefundState.FAILED)
        assert not found.is_release

    def test_of_what_was_never_captured_is_a_release(self) -> None:
        auto = entities.payment("refunded", captured=False)
        assert refund_view(entities.refund(notes=[]), payment=auto).is_release
        assert not refund_view(
            entities.refund(notes=[]), payment=entities.payment("refunded", captured=True)
        ).is_release
        assert not refund_view(entities.refund(notes=[])).is_release

    @pytest.mark.parametrize("broken", [{"status": "gone"}, {"payment_id": None}, {"amount": "1"}, {"entity": "x"}])
    def test_of_another_shape_is_unreadable(self, broken: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject):
            refund_view(entities.refund(**broken))
