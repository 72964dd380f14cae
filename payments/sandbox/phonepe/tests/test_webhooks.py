"""Webhooks: a constant header over any body."""

from __future__ import annotations

import hashlib
import json

from payments.sandbox import deliveries, faults
from payments.sandbox.faults import Fault
from payments.sandbox.gateways import Outgoing
from payments.sandbox.phonepe.tests.teller import Teller
from payments.sandbox.testing import PHONEPE

RIGHT = hashlib.sha256(
    f"{PHONEPE['PHONEPE_WEBHOOK_USERNAME']}:{PHONEPE['PHONEPE_WEBHOOK_PASSWORD']}".encode()
).hexdigest()


def queued(teller: Teller) -> list[tuple[str, Outgoing | None]]:
    """What waits to be sent, as it would be sent."""
    with teller.engine.store.read() as transaction:
        return [
            (
                each.event_type,
                teller.engine.phonepe.outgoing(
                    transaction, event_id=each.event_id, endpoint_id="default", signature=each.signature, signed_at_s=0
                ),
            )
            for each in deliveries.waiting(transaction, event_type="", event_id="")
        ]


class TestOutgoing:
    def test_carries_the_constant_header(self, teller: Teller) -> None:
        teller.pay("MO1")
        teller.order("orders/MO1/pay")
        [(kind, outgoing)] = queued(teller)
        assert outgoing is not None
        assert (kind, outgoing.url) == ("checkout.order.completed", "http://shop.test/webhooks/phonepe/")
        assert outgoing.headers["Authorization"] == RIGHT
        body = json.loads(outgoing.body)
        assert (body["payload"]["merchantOrderId"], body["payload"]["state"]) == ("MO1", "COMPLETED")

    def test_a_forged_one_has_the_right_header_too(self, teller: Teller) -> None:
        teller.order(
            "forge", event="checkout.order.completed", payload={"merchantOrderId": "MO9", "state": "COMPLETED"}
        )
        [(_, outgoing)] = queued(teller)
        assert outgoing is not None
        assert outgoing.headers["Authorization"] == RIGHT
        assert json.loads(outgoing.body)["payload"] == {"merchantOrderId": "MO9", "state": "COMPLETED"}

    def test_a_fault_gives_it_another_header(self, teller: Teller) -> None:
        with teller.engine.store.write() as transaction:
            faults.add(transaction, fault=Fault(kind="webhook_bad_signature", gateway="phonepe"))
        teller.order("forge", event="a", payload={})
        [(_, outgoing)] = queued(teller)
        assert outgoing is not None
        assert outgoing.headers["Authorization"] != RIGHT

    def test_without_an_endpoint_nothing_is_sent(self, teller: Teller) -> None:
        teller.order("webhook", url="")
        teller.order("forge", event="a", payload={})
        assert queued(teller) == []
        assert len(teller.events()) == 1

    def test_tells_no_more_when_the_endpoint_has_gone(self, teller: Teller) -> None:
        teller.order("forge", event="a", payload={})
        teller.order("webhook", url="")
        assert queued(teller) == [("a", None)]
