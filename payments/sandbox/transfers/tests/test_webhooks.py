"""Every event is signed over instant and bytes, with the secrets that are in force."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from payments.sandbox.gateways import Outgoing
from payments.sandbox.testing import SECRET
from payments.sandbox.transfers import webhooks
from payments.sandbox.transfers.tests.conftest import Desk


def sent(desk: Desk, *, signature: str = "good", at_s: int = 1_000) -> Outgoing:
    with desk.engine.store.read() as transaction:
        [event] = desk.engine.transfers.call(transaction, now=0).objects.all(kind=webhooks.KIND)
        found = desk.engine.transfers.outgoing(
            transaction, event_id=event.id, endpoint_id="default", signature=signature, signed_at_s=at_s
        )
    assert found is not None
    return found


def expected(body: bytes, secret: str, at_s: int = 1_000) -> str:
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()


class TestOutgoing:
    def test_carries_the_transfer_and_the_signature(self, desk: Desk) -> None:
        made = desk.made()
        found = sent(desk)
        told = json.loads(found.body)
        assert (told["type"], told["livemode"], told["data"]["ticketTransfer"]) == (
            "ticketTransfer.created",
            False,
            made,
        )
        assert found.url == "http://shop.test/webhooks/transfer/sandbox/"
        assert found.headers[webhooks.HEADER] == f"t=1000,v1={expected(found.body, SECRET)}"

    def test_is_signed_with_every_secret_during_rotation(self, desk: Desk) -> None:
        desk.order("webhook", secrets=["new", "old"], sign_with_all=True)
        desk.made()
        found = sent(desk)
        signatures = ",".join(f"v1={expected(found.body, secret)}" for secret in ("new", "old"))
        assert found.headers[webhooks.HEADER] == f"t=1000,{signatures}"

    def test_may_be_signed_by_nobody_or_long_ago(self, desk: Desk) -> None:
        desk.made()
        assert expected(sent(desk).body, SECRET) not in sent(desk, signature="bad").headers[webhooks.HEADER]
        assert sent(desk, signature="stale", at_s=9_000).headers[webhooks.HEADER].startswith("t=5400,")

    @pytest.mark.parametrize("endpoint", [{"url": ""}, {"secrets": []}])
    def test_goes_nowhere_without_address_or_secret(self, desk: Desk, endpoint: dict[str, object]) -> None:
        desk.order("webhook", **endpoint)
        desk.made()
        with desk.engine.store.read() as transaction:
            assert transaction.rows("SELECT * FROM deliveries") == []
