"""Nobody gets more than there is: 200 clients over 16 HTTP connections want 20 pieces."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from collections import Counter
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db.models import F

from config.calls.models import GatewayCall
from orders.catalog.models import Product
from orders.order.models import Order
from orders.order.services import placing
from orders.tests.factories import make_product, make_tickets
from orders.tickets.models import Ticket
from payments.tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CLIENTS, CONNECTIONS, PIECES = 200, 16, 20


def buy_all(live_server: Any, product: Product) -> Counter[int]:
    """Every client's status code."""
    address, waiting, seen = urlsplit(live_server.url), SimpleQueue[int](), SimpleQueue[int]()
    for client in range(CLIENTS):
        waiting.put(client)

    def connection() -> None:
        http_connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        while True:
            try:
                client = waiting.get_nowait()
            except Empty:
                return http_connection.close()
            body = json.dumps(
                {
                    "currency": "USD",
                    "email": f"client{client}@example.com",
                    "items": [{"sku": product.sku, "quantity": 1}],
                    "accept_terms": True,
                }
            )
            headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
            http_connection.request("POST", "/api/v1/checkout/", body=body, headers=headers)
            response = http_connection.getresponse()
            response.read()
            seen.put(response.status)

    threads = [threading.Thread(target=connection) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(seen.get() for _ in range(seen.qsize()))


class TestOversell:
    def test_sells_exactly_what_there_is(self, world: World, live_server: Any, settings: Any) -> None:
        settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, 10_000)
        product = make_product(prices={"USD": 2_000}, stock=PIECES)
        assert buy_all(live_server, product) == {201: PIECES, 409: CLIENTS - PIECES}
        product.refresh_from_db()
        assert product.stock == 0
        assert Order.objects.filter(status="pending_payment", payments__status="pending").count() == PIECES
        assert GatewayCall.objects.exclude(status="succeeded").count() == 0, "nobody is stuck"

    def test_sells_each_ticket_once(self, world: World, live_server: Any, settings: Any) -> None:
        settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, 10_000)
        listing = make_product(prices={"USD": 2_000}, stock=0)
        make_tickets(PIECES, product=listing)
        assert buy_all(live_server, listing) == {201: PIECES, 409: CLIENTS - PIECES}
        listing.refresh_from_db()
        assert listing.stock == 0
        promised = Ticket.objects.filter(product=listing, status="reserved").values_list("line__order", flat=True)
        assert len(promised) == len(set(promised)) == PIECES
        assert GatewayCall.objects.exclude(status="succeeded").count() == 0, "nobody is stuck"

    def test_would_oversell_without_the_condition(
        self, world: World, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def careless(*, quantities: dict[int, int], **_: Any) -> None:
            """Looks first and takes later, as one would without a thought of others."""
            for product_id, quantity in quantities.items():
                if Product.objects.get(pk=product_id).stock >= quantity:
                    taking.wait()
                    Product.objects.filter(pk=product_id, stock__gte=quantity).update(stock=F("stock") - quantity)

        taking = threading.Barrier(CONNECTIONS)
        settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES, 10_000)
        monkeypatch.setattr(placing, "reserve", careless)
        product = make_product(prices={"USD": 2_000}, stock=1)
        monkeypatch.setattr("payments.tests.test_oversell.CLIENTS", CONNECTIONS)
        assert buy_all(live_server, product)[201] > 1
