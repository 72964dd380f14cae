"""Events: what is listed, and how missed ones are found again."""

from __future__ import annotations

import pytest
import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control


def _create(client: stripe.StripeClient, count: int) -> list[str]:
    return [client.v1.payment_intents.create({"amount": 100 + n, "currency": "usd"}).id for n in range(count)]


def _subjects(events: list[stripe.Event]) -> list[str]:
    return [each.data.object["id"] for each in events]


class TestEvent:
    def test_keeps_the_object_as_it_was(self, client: stripe.StripeClient) -> None:
        (intent,) = _create(client, 1)
        client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
        created = client.v1.events.list({"type": "payment_intent.created"}).data[0]
        assert created.data.object["status"] == "requires_payment_method"
        assert client.v1.events.retrieve(created.id).data.object["status"] == "requires_payment_method"

    def test_an_unknown_id_is_404(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.events.retrieve("evt_none")
        assert refusal.value.http_status == 404


class TestFilters:
    def test_by_type_by_group_and_by_several(self, client: stripe.StripeClient) -> None:
        client.v1.payment_intents.create(
            {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        )
        listing = client.v1.events.list
        assert [each.type for each in listing({"type": "charge.succeeded"}).data] == ["charge.succeeded"]
        assert [each.type for each in listing({"type": "payment_intent.*"}).data] == [
            "payment_intent.succeeded",
            "payment_intent.created",
        ]
        several = listing({"types": ["charge.succeeded", "payment_intent.created", "customer.created"]}).data
        assert [each.type for each in several] == ["charge.succeeded", "payment_intent.created"]

    def test_type_and_types_exclude_each_other(self, raw: Raw) -> None:
        fields = {"type": "charge.succeeded", "types[0]": "charge.failed"}
        assert raw("GET", "/v1/events", fields).status == 400

    def test_more_than_twenty_types_are_refused(self, raw: Raw) -> None:
        assert raw("GET", "/v1/events", {f"types[{n}]": f"a.{n}" for n in range(20)}).status == 200
        assert raw("GET", "/v1/events", {f"types[{n}]": f"a.{n}" for n in range(21)}).status == 400

    def test_by_creation_time(self, client: stripe.StripeClient, control: Control) -> None:
        early = _create(client, 1)
        now = control.shift_clock(3_600)
        late = _create(client, 1)
        assert _subjects(client.v1.events.list({"created": {"gte": int(now)}}).data) == late
        assert _subjects(client.v1.events.list({"created": {"lt": int(now)}}).data) == early
        exact = client.v1.events.list({"created": {"gte": int(now)}}).data[0].created
        assert _subjects(client.v1.events.list({"created": exact}).data) == late

    def test_by_delivery(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        delivered = _create(client, 1)
        control.settle_deliveries()
        control.pause()
        missed = _create(client, 2)
        assert _subjects(client.v1.events.list({"delivery_success": False}).data) == missed[::-1]
        assert _subjects(client.v1.events.list({"delivery_success": True}).data) == delivered
        assert [each.pending_webhooks for each in client.v1.events.list().data] == [1, 1, 0]
        control.flush()
        assert client.v1.events.list({"delivery_success": False}).data == []
        assert [each.pending_webhooks for each in client.v1.events.list().data] == [0, 0, 0]


class TestPaging:
    def test_newest_first_forward(self, client: stripe.StripeClient) -> None:
        intents = _create(client, 5)
        first = client.v1.events.list({"limit": 2})
        assert (_subjects(first.data), first.has_more) == ([intents[4], intents[3]], True)
        second = client.v1.events.list({"limit": 3, "starting_after": first.data[-1].id})
        assert (_subjects(second.data), second.has_more) == ([intents[2], intents[1], intents[0]], False)

    def test_ending_before_walks_from_old_to_new(self, client: stripe.StripeClient) -> None:
        intents = _create(client, 6)
        oldest = client.v1.events.list().data[-1]
        page = client.v1.events.list({"ending_before": oldest.id, "limit": 2})
        assert (_subjects(page.data), page.has_more) == ([intents[2], intents[1]], True)
        walked = client.v1.events.list({"ending_before": oldest.id, "limit": 2}).auto_paging_iter()
        assert [each.data.object["id"] for each in walked] == intents[1:]

    def test_auto_paging_sees_each_event_once(self, client: stripe.StripeClient) -> None:
        intents = _create(client, 7)
        walked = [each.data.object["id"] for each in client.v1.events.list({"limit": 3}).auto_paging_iter()]
        assert walked == intents[::-1]

    def test_a_filter_holds_across_pages(self, client: stripe.StripeClient) -> None:
        for _ in range(3):
            client.v1.payment_intents.create(
                {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
            )
        walked = list(client.v1.events.list({"type": "charge.*", "limit": 1}).auto_paging_iter())
        assert [each.type for each in walked] == ["charge.succeeded"] * 3

    def test_a_cursor_that_is_not_there_is_refused(self, raw: Raw) -> None:
        answer = raw("GET", "/v1/events", {"starting_after": "evt_none"})
        assert (answer.status, answer.error["code"]) == (400, "resource_missing")


class TestOrderedEvent:
    def test_any_type_can_be_told(self, client: stripe.StripeClient, control: Control, receiver: Receiver) -> None:
        control.stripe("events", type="invoice.finalized", object={"id": "in_1", "object": "invoice"})
        told = receiver.wait_for(1, type="invoice.finalized")[0].json
        assert told["data"] == {"object": {"id": "in_1", "object": "invoice"}}
        assert client.v1.events.retrieve(told["id"]).type == "invoice.finalized"
