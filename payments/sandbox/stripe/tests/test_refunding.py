"""Refunds that do not simply succeed."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control, ControlFailed


def _paid(client: stripe.StripeClient, method: str = "pm_card_visa") -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 2_000,
            "currency": "usd",
            "payment_method": method,
            "confirm": True,
            "capture_method": "automatic",
        }
    )


class TestPending:
    def test_money_leaves_only_when_it_succeeds(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        intent = _paid(client, "pm_card_pendingRefund")
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        assert (refund.status, refund.pending_reason) == ("pending", "processing")
        assert refund.balance_transaction is None
        assert control.moved(intent.id, "refunded") == (0, 0)
        assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 2_000
        control.stripe(f"refunds/{refund.id}/succeed")
        done = client.v1.refunds.retrieve(refund.id)
        assert done.status == "succeeded"
        assert str(done.balance_transaction).startswith("txn_")
        assert control.moved(intent.id, "refunded") == (1, 2_000)
        for name in ("refund.updated", "charge.refund.updated"):
            told = receiver.wait_for(1, type=name)[0].json["data"]
            assert told["previous_attributes"]["status"] == "pending"

    def test_while_it_is_pending_the_money_cannot_be_refunded_again(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = _paid(client, "pm_card_pendingRefund")
        client.v1.refunds.create({"payment_intent": intent.id})
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.refunds.create({"payment_intent": intent.id})
        assert refusal.value.code == "charge_already_refunded"
        assert control.moved(intent.id, "refunded") == (0, 0)

    def test_a_pending_one_may_fail_without_having_moved_money(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        intent = _paid(client, "pm_card_pendingRefund")
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        control.stripe(f"refunds/{refund.id}/fail", reason="declined")
        failed = client.v1.refunds.retrieve(refund.id)
        assert (failed.status, failed.failure_reason) == ("failed", "declined")
        assert failed.balance_transaction is None
        assert "failure_balance_transaction" not in failed
        assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
        assert receiver.wait_for(1, type="refund.failed")
        assert control.moved(intent.id, "refund_returned") == (0, 0)


class TestFailsLater:
    def test_puts_the_money_back(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        intent = _paid(client, "pm_card_refundFail")
        refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 800})
        assert refund.status == "succeeded"
        control.stripe(f"refunds/{refund.id}/advance")
        failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
        assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
        returned = failed.failure_balance_transaction
        assert isinstance(returned, stripe.BalanceTransaction)
        assert (returned.amount, returned.type) == (800, "refund_failure")
        charge = client.v1.charges.retrieve(str(intent.latest_charge))
        assert (charge.amount_refunded, charge.refunded) == (0, False)
        assert control.moved(intent.id, "refunded") == (1, 800)
        assert control.moved(intent.id, "refund_returned") == (1, 800)
        assert receiver.wait_for(1, type="refund.failed")

    def test_any_refund_may_fail_later_by_order_but_only_once(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = _paid(client)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        control.stripe(f"refunds/{refund.id}/fail")
        again = control.stripe(f"refunds/{refund.id}/fail")
        assert again["error"]["code"] == "refund_unexpected_state"
        assert control.moved(intent.id, "refund_returned") == (1, 2_000)

    def test_after_a_failure_the_money_can_be_refunded_again(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = _paid(client)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        control.stripe(f"refunds/{refund.id}/fail")
        assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 2_000


class TestOrderedStatus:
    def test_the_next_refunds_begin_as_ordered(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _paid(client)
        control.stripe("rules", refund_status="pending", refund_count=1)
        assert client.v1.refunds.create({"payment_intent": intent.id, "amount": 100}).status == "pending"
        assert client.v1.refunds.create({"payment_intent": intent.id, "amount": 100}).status == "succeeded"

    def test_one_that_waits_for_the_customer_can_be_cancelled(
        self, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = _paid(client)
        control.stripe("rules", refund_status="requires_action", refund_count=1)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        assert refund.status == "requires_action"
        assert refund.next_action is not None
        assert client.v1.refunds.cancel(refund.id).status == "canceled"
        assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.cancel(refund.id)

    def test_one_that_fails_at_once_moves_nothing(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _paid(client)
        control.stripe("rules", refund_status="failed", refund_count=1)
        refund = client.v1.refunds.create({"payment_intent": intent.id})
        assert (refund.status, refund.failure_reason) == ("failed", "declined")
        assert control.moved(intent.id, "refunded") == (0, 0)
        assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0


class TestReference:
    def test_becomes_known_later(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        refund = client.v1.refunds.create({"payment_intent": _paid(client).id})
        assert refund.destination_details is not None
        assert refund.destination_details.card is not None
        assert refund.destination_details.card.reference_status == "pending"
        control.stripe(f"refunds/{refund.id}/advance")
        later = client.v1.refunds.retrieve(refund.id)
        assert later.destination_details is not None
        assert later.destination_details.card is not None
        assert later.destination_details.card.reference_status == "available"
        assert later.destination_details.card.reference
        assert receiver.wait_for(1, type="refund.updated")
        with pytest.raises(ControlFailed):
            control.stripe(f"refunds/{refund.id}/advance")


class TestFromTheDashboard:
    def test_is_told_without_a_request(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        intent = _paid(client)
        done = control.stripe(f"charges/{intent.latest_charge}/refund", amount=300)
        assert done["object"]["amount"] == 300
        told = receiver.wait_for(1, type="refund.created")[0].json
        assert told["request"] == {"id": None, "idempotency_key": None}
        assert told["data"]["object"]["metadata"] == {}
