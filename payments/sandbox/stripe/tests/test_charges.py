"""Charges and their late balance transactions."""

from __future__ import annotations

import time

import pytest
import stripe

from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control, ControlFailed, receiving_webhooks, running_sandbox


def _paid(client: stripe.StripeClient, **more: object) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **more}  # type: ignore[typeddict-item]
    )


class TestLateFee:
    def test_automatic_async_tells_the_fee_later(
        self, client: stripe.StripeClient, control: Control, receiver: Receiver
    ) -> None:
        intent = _paid(client)
        charge = client.v1.charges.retrieve(str(intent.latest_charge))
        assert charge.balance_transaction is None
        early = receiver.wait_for(1, type="charge.succeeded")[0].json
        assert early["data"]["object"]["balance_transaction"] is None
        settled = control.stripe(f"charges/{charge.id}/settle")
        assert settled["object"]["balance_transaction"].startswith("txn_")
        told = receiver.wait_for(1, type="charge.updated")[0].json["data"]
        assert told["previous_attributes"] == {"balance_transaction": None}
        assert told["object"]["balance_transaction"] == settled["object"]["balance_transaction"]
        with pytest.raises(ControlFailed):
            control.stripe(f"charges/{charge.id}/settle")

    def test_automatic_has_it_at_once(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _paid(client, capture_method="automatic")
        charge = client.v1.charges.retrieve(str(intent.latest_charge))
        assert str(charge.balance_transaction).startswith("txn_")
        assert control.stripe("settle")["charges"] == []

    def test_all_that_wait_can_be_settled_together(self, client: stripe.StripeClient, control: Control) -> None:
        intents = [_paid(client) for _ in range(3)]
        settled = control.stripe("settle")["charges"]
        assert sorted(settled) == sorted(str(each.latest_charge) for each in intents)

    def test_comes_by_itself_where_the_environment_says_when(self, new_client) -> None:  # type: ignore[no-untyped-def]
        with (
            receiving_webhooks() as receiver,
            running_sandbox(webhook_url=receiver.url, SANDBOX_STRIPE_LATE_FEE_S="0.1") as sandbox,
        ):
            started = time.monotonic()
            _paid(new_client(sandbox))
            told = receiver.wait_for(1, type="charge.updated")[0].json
            assert time.monotonic() - started >= 0.1
            assert told["data"]["object"]["balance_transaction"].startswith("txn_")


class TestUpdate:
    def test_changes_metadata_and_tells_the_old(self, client: stripe.StripeClient, receiver: Receiver) -> None:
        intent = _paid(client, metadata={"order": "ord_1"})
        client.v1.charges.update(str(intent.latest_charge), {"metadata": {"seen": "yes"}, "description": "note"})
        told = receiver.wait_for(1, type="charge.updated")[0].json["data"]
        assert told["previous_attributes"] == {"metadata": {"order": "ord_1"}, "description": None}
        assert told["object"]["metadata"] == {"order": "ord_1", "seen": "yes"}

    def test_tells_nothing_when_nothing_changed(self, client: stripe.StripeClient, control: Control) -> None:
        intent = _paid(client, metadata={"order": "ord_1"})
        client.v1.charges.update(str(intent.latest_charge), {"metadata": {"order": "ord_1"}})
        assert client.v1.events.list({"type": "charge.updated"}).data == []


class TestList:
    def test_filters_by_payment(self, client: stripe.StripeClient) -> None:
        first, second = _paid(client), _paid(client)
        found = client.v1.charges.list({"payment_intent": first.id})
        assert [each.id for each in found.data] == [first.latest_charge]
        assert [each.id for each in client.v1.charges.list().data] == [second.latest_charge, first.latest_charge]
