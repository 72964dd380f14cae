"""What the gateway writes down: movements of the balance with their fees, and events in their order."""

from __future__ import annotations

import json
from datetime import timedelta

from config.kernel.ids import new_id
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Capability, FetchedEvent
from payments.gateways.payment_views import PaymentView
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs, a_minute_before, only_capture
from payments.gateways.tests.conformance.harness import Harness


class ProvesBalanceTransactions(Proofs):
    """Movements of the balance."""

    proves = frozenset({Capability.BALANCE_TRANSACTIONS})

    def booked(self, harness: Harness) -> PaymentView:
        """A paid payment whose fee is known."""
        view = self.paid(harness)
        harness.book_fees()
        return self.seen(harness, view)

    def movement(self, harness: Harness, transaction_id: str) -> BalanceTransactionView:
        view = harness.gateway.get_balance_transaction(transaction_id=transaction_id)
        assert view is not None
        return view

    def test_a_capture_has_its_fee(self, harness: Harness) -> None:
        capture = only_capture(self.booked(harness))
        movement = self.movement(harness, capture.balance_transaction_id)
        assert movement.source_id == capture.charge_id
        assert (movement.amount_minor, movement.currency) == (AMOUNT_MINOR, harness.currency)
        assert movement.fee_minor > 0
        assert 0 <= movement.tax_minor <= movement.fee_minor
        assert movement.net_minor == movement.amount_minor - movement.fee_minor
        assert movement.available_at >= movement.created_at
        assert movement.created_at == capture.at

    def test_a_refund_is_negative(self, harness: Harness) -> None:
        view = self.booked(harness)
        answer = harness.gateway.refund_payment(
            key=new_id("call"),
            our_id=new_id("rf"),
            gateway_payment_id=view.gateway_payment_id,
            charge_id=only_capture(view).charge_id,
            amount=view.amount,
        )
        assert answer.refund is not None
        movement = self.movement(harness, answer.refund.balance_transaction_id)
        assert (movement.amount_minor, movement.source_id) == (-AMOUNT_MINOR, answer.refund.refund_id)
        harness.bank_returns_refund(answer.refund.refund_id)
        refund = harness.gateway.get_refund(refund_id=answer.refund.refund_id)
        assert refund is not None
        assert self.movement(harness, refund.failure_balance_transaction_id).amount_minor == AMOUNT_MINOR

    def test_a_span_of_time_holds_its_movements_and_no_others(self, harness: Harness) -> None:
        capture = only_capture(self.booked(harness))
        moved_at = self.movement(harness, capture.balance_transaction_id).created_at
        gateway, second = harness.gateway, timedelta(seconds=1)
        within = gateway.list_balance_transactions(since=moved_at, until=moved_at + second)
        before = gateway.list_balance_transactions(since=moved_at - second * 60, until=moved_at)
        after = gateway.list_balance_transactions(since=moved_at + second, until=moved_at + second * 60)
        assert capture.balance_transaction_id in [view.transaction_id for view in within]
        assert capture.balance_transaction_id not in [view.transaction_id for view in [*before, *after]]

    def test_what_does_not_exist_is_none(self, harness: Harness) -> None:
        capture = only_capture(self.booked(harness))
        unknown = capture.balance_transaction_id[:-4] + "0000"
        assert harness.gateway.get_balance_transaction(transaction_id=unknown) is None


class ProvesEvents(Proofs):
    """The list of events, from which missed webhooks are fetched."""

    proves = frozenset({Capability.LIST_EVENTS})

    def events(self, harness: Harness) -> list[FetchedEvent]:
        return list(harness.gateway.list_events(since=a_minute_before(harness.now())))

    def test_what_happened_to_a_payment_is_told_in_its_order(self, harness: Harness) -> None:
        view = self.made(harness)
        harness.be_declined(view)
        harness.pay(view)
        paid = only_capture(self.seen(harness, view))
        about = [event for event in self.events(harness) if view.gateway_payment_id.encode() in event.body]
        assert len(about) >= 3
        declined, captured = (
            next(index for index, event in enumerate(about) if fact in event.body)
            for fact in (b"_declined", paid.charge_id.encode())
        )
        assert declined < captured

    def test_an_event_is_the_object_that_a_webhook_carries(self, harness: Harness) -> None:
        self.paid(harness)
        for event in self.events(harness):
            carried = json.loads(event.body)
            assert isinstance(carried, dict)
            assert event.event_id in event.body.decode()
            assert event.type in event.body.decode()

    def test_many_pages_are_told_oldest_first_and_each_once(self, harness: Harness) -> None:
        self.made(harness)
        harness.make_events(230)
        events = self.events(harness)
        assert len(events) >= 230
        assert [event.created_at for event in events] == sorted(event.created_at for event in events)
        assert len({event.event_id for event in events}) == len(events)
        again = self.events(harness)
        assert [event.event_id for event in again] == [event.event_id for event in events]

    def test_what_came_before_is_not_told(self, harness: Harness) -> None:
        self.paid(harness)
        assert list(harness.gateway.list_events(since=harness.now() + timedelta(minutes=1))) == []
