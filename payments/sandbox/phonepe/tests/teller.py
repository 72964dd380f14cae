"""PhonePe's door in the test's own process, spoken to as HTTP would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from payments.sandbox.engine import Engine
from payments.sandbox.json_doors import ApiAnswer, ApiRequest
from payments.sandbox.phonepe.call import Call
from payments.sandbox.phonepe.control import obey
from payments.sandbox.phonepe.door import BASE, DOOR, TOKEN_PATH
from payments.sandbox.testing import PHONEPE

LOGIN = {
    "client_id": PHONEPE["PHONEPE_CLIENT_ID"],
    "client_secret": PHONEPE["PHONEPE_CLIENT_SECRET"],
    "client_version": "1",
    "grant_type": "client_credentials",
}


class Teller:
    """Asks with a token of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.token = ""

    def login(self, **changes: str) -> ApiAnswer:
        given = DOOR.answer(
            engine=self.engine,
            request=ApiRequest("POST", TOKEN_PATH, urlencode({**LOGIN, **changes}), base_url="http://s"),
        )
        self.token = given.body.get("access_token", self.token)
        return given

    def ask(self, method: str, path: str, *, authorization: str = "", **fields: Any) -> ApiAnswer:
        raw = json.dumps(fields) if method == "POST" else urlencode(fields)
        header = authorization or f"O-Bearer {self.token}"
        request = ApiRequest(method, f"{BASE}{path}", raw, authorization=header, base_url="http://s")
        return DOOR.answer(engine=self.engine, request=request)

    def pay(self, order_id: str = "MO1", **changes: Any) -> ApiAnswer:
        fields = {
            "merchantOrderId": order_id,
            "amount": 50_000,
            "expireAfter": 1_200,
            "metaInfo": {"udf1": order_id, "udf3": "ord_1"},
            "paymentFlow": {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": "https://shop.test/back"}},
        }
        return self.ask("POST", "/checkout/v2/pay", **{**fields, **changes})

    def status(self, order_id: str = "MO1", **query: str) -> dict[str, Any]:
        return self.ask("GET", f"/checkout/v2/order/{order_id}/status", **{"details": "true", **query}).body

    def refund(self, refund_id: str = "MR1", order_id: str = "MO1", amount: int = 50_000) -> ApiAnswer:
        return self.ask(
            "POST", "/payments/v2/refund", merchantRefundId=refund_id, originalMerchantOrderId=order_id, amount=amount
        )

    def refund_status(self, refund_id: str = "MR1") -> dict[str, Any]:
        return self.ask("GET", f"/payments/v2/refund/{refund_id}/status").body

    def order(self, path: str, **order: Any) -> dict[str, Any]:
        given = obey(self.engine, method="POST", path=path, order=order, base_url="http://s")
        assert given is not None, path
        return given

    def events(self) -> list[dict[str, Any]]:
        """What was told, oldest first."""
        with self.call() as call:
            return [json.loads(each.body["text"]) for each in reversed(call.objects.all(kind="event"))]

    def moved(self, effect: str) -> int:
        """How much really moved."""
        with self.engine.store.read() as transaction:
            rows = transaction.rows("SELECT amount_minor FROM effects WHERE effect = ?", effect)
        return sum(row["amount_minor"] for row in rows)

    def shift(self, seconds: float) -> None:
        clock = self.engine.clock
        clock.set(offset_s=clock.offset_s + seconds, signatures=clock.signatures)
        self.engine.run_timers()

    @contextmanager
    def call(self) -> Iterator[Call]:
        with self.engine.store.write() as transaction:
            yield self.engine.phonepe.call(transaction, now=self.engine.clock.now())
