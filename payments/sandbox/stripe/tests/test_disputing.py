"""Disputes as the cardholder, the bank and the network make them move."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control, ControlFailed


def paid(client: stripe.StripeClient, method: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    given: Any = {
        "amount": 2_000, "currency": "usd", "payment_method": method, "confirm": True, "capture_method": "automatic",
    }  # fmt: skip
    return client.v1.payment_intents.create(given | more)


def disputed(client: stripe.StripeClient, control: Control, **order: object) -> stripe.Dispute:
    made = control.stripe(f"charges/{paid(client).latest_charge}/dispute", **order)["object"]
    return client.v1.disputes.retrieve(made["id"])


def seen(client: stripe.StripeClient, dispute: stripe.Dispute) -> tuple[str, list[int]]:
    now = client.v1.disputes.retrieve(dispute.id)
    return now.status, [movement.net for movement in now.balance_transactions]


class TestTestCards:
    def test_one_is_charged_back_at_once(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        intent = paid(client, "pm_card_createDispute")
        [dispute] = client.v1.disputes.list({"payment_intent": intent.id}).data
        assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 2_000, "fraudulent")
        [movement] = dispute.balance_transactions
        assert (movement.amount, movement.fee, movement.net, movement.type) == (-2_000, 1_500, -3_500, "adjustment")
        assert control.moved(intent.id, "dispute_withdrawn") == (1, 2_000)
        assert client.v1.charges.retrieve(str(intent.latest_charge)).disputed
        for name in ("created", "funds_withdrawn"):
            assert receiver.wait_for(1, type=f"charge.dispute.{name}")

    def test_another_only_asks(self, client: stripe.StripeClient, control: Control) -> None:
        intent = paid(client, "pm_card_createDisputeInquiry")
        [dispute] = client.v1.disputes.list({"charge": str(intent.latest_charge)}).data
        assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
        assert dispute.is_charge_refundable
        assert control.moved(intent.id, "dispute_withdrawn") == (0, 0)

    def test_what_is_only_authorised_is_disputed_after_its_capture(self, client: stripe.StripeClient) -> None:
        intent = paid(client, "pm_card_createDispute", capture_method="manual")
        assert client.v1.disputes.list().data == []
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 500})
        assert [each.amount for each in client.v1.disputes.list().data] == [500]


class TestMoney:
    def test_won_it_comes_back_and_the_fee_stays(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        control.stripe(f"disputes/{dispute.id}/win")
        assert seen(client, dispute) == ("won", [-3_500, 2_000])

    def test_won_the_fee_may_come_back_too(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        control.stripe(f"disputes/{dispute.id}/win", fee=1_500)
        assert seen(client, dispute) == ("won", [-3_500, 3_500])

    def test_lost_nothing_moves_any_more(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control, amount=700)
        control.stripe(f"disputes/{dispute.id}/lose")
        assert seen(client, dispute) == ("lost", [-2_200])

    def test_won_and_taken_again(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        for verb in ("win", "appeal", "lose"):
            control.stripe(f"disputes/{dispute.id}/{verb}")
        assert seen(client, dispute) == ("lost", [-3_500, 2_000, -2_000])

    def test_lost_and_appealed(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        for verb, status in (("lose", "lost"), ("appeal", "appeal_under_review"), ("win", "won")):
            control.stripe(f"disputes/{dispute.id}/{verb}")
            assert seen(client, dispute)[0] == status
        assert seen(client, dispute)[1] == [-3_500, 2_000]

    def test_in_parts(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control)
        control.stripe(f"disputes/{dispute.id}/reinstate", amount=500)
        control.stripe(f"disputes/{dispute.id}/win")
        assert seen(client, dispute) == ("won", [-3_500, 500, 1_500])

    def test_in_another_currency_than_the_balance(self, client: stripe.StripeClient, control: Control) -> None:
        control.stripe("rules", settlement_currencies=["usd"])
        intent = paid(client, currency="eur")
        control.stripe(f"charges/{intent.latest_charge}/dispute")
        [dispute] = client.v1.disputes.list().data
        [movement] = dispute.balance_transactions
        assert (dispute.currency, movement.currency) == ("eur", "usd")
        assert movement.exchange_rate is not None
        assert movement.amount == -round(2_000 * float(movement.exchange_rate))

    def test_a_prevented_one_never_moves_any(self, client: stripe.StripeClient, control: Control) -> None:
        dispute = disputed(client, control, inquiry=True)
        control.stripe(f"disputes/{dispute.id}/prevent")
        assert seen(client, dispute) == ("prevented", [])


class TestInquiries:
    def test_become_chargebacks_or_end(self, client: stripe.StripeClient, control: Control) -> None:
        first, second = (disputed(client, control, inquiry=True) for _ in range(2))
        control.stripe(f"disputes/{first.id}/escalate")
        control.stripe(f"disputes/{second.id}/lose")
        assert seen(client, first) == ("needs_response", [-3_500])
        assert seen(client, second) == ("warning_closed", [])

    @pytest.mark.parametrize("verb", ["escalate", "appeal"])
    def test_moves_that_there_are_not_are_refused(
        self, client: stripe.StripeClient, control: Control, verb: str
    ) -> None:
        dispute = disputed(client, control)
        answer = control.stripe(f"disputes/{dispute.id}/{verb}")
        assert answer["error"]["code"] == "dispute_unexpected_state"
        assert seen(client, dispute) == ("needs_response", [-3_500])


class TestEvents:
    def test_tell_the_states_in_their_order(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        dispute = disputed(client, control)
        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
        told = [
            (event.type.removeprefix("charge.dispute."), event.data.object["status"])
            for event in reversed(client.v1.events.list({"type": "charge.dispute.*"}).data)
        ]
        assert told == [
            ("created", "needs_response"),
            ("funds_withdrawn", "needs_response"),
            ("updated", "under_review"),
            ("funds_reinstated", "won"),
            ("closed", "won"),
        ]

    def test_a_charge_that_took_nothing_is_not_disputed(self, client: stripe.StripeClient, control: Control) -> None:
        intent = paid(client, capture_method="manual")
        answer = control.stripe(f"charges/{intent.latest_charge}/dispute")
        assert answer["error"]["code"] == "charge_not_disputable"
        with pytest.raises(ControlFailed):
            control.stripe("disputes/dp_none/win")
