"""Tests of the dashboard's panel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from config.admin.panel import Panel, Tone
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.order.services import cancel_unpaid_order
from orders.panels import today
from orders.tests.factories import AT, force, item, make_order, make_paid_order, make_product

pytestmark = pytest.mark.django_db
NOON = AT


def values(panel: Panel) -> dict[str, str]:
    return {figure.label: figure.value for figure in panel.figures}


class TestToday:
    def test_an_empty_day(self) -> None:
        panel = today(NOON)
        assert panel.title == "Orders today"
        assert values(panel) == {
            "Placed": "0", "Paid": "0", "Delivered": "0", "Payable now": "0", "To be delivered": "0",
            "Past their deadline": "0",
        }  # fmt: skip

    def test_counts_what_happened_since_midnight_and_what_waits_now(self) -> None:
        yesterday = NOON - timedelta(days=1)
        make_order(at=yesterday)
        make_paid_order(at=yesterday)
        cancel_unpaid_order(make_order(), actor="test", at=NOON)
        make_paid_order(item(make_product(prices={"INR": 150_000})))
        make_paid_order(item(make_product(prices={"INR": 50_050})))
        delivered = make_paid_order(item(make_product(prices={"USD": 500})), currency="USD")
        force(delivered, "delivered")
        force(delivered.fulfilments.get(), "delivered")
        assert values(today(NOON)) == {
            "Placed": "4",
            "Paid, INR": "₹2,000.50 · 2×",
            "Paid, USD": "$5.00 · 1×",
            "Delivered": "1",
            "Payable now": "1",
            "To be delivered": "3",
            "Past their deadline": "0",
        }

    def test_says_when_the_sweep_stands_still(self) -> None:
        force(make_paid_order().fulfilments.get(), "awaiting", deliver_by=NOON - timedelta(minutes=5))
        (late,) = [figure for figure in today(NOON).figures if figure.label == "Past their deadline"]
        assert (late.value, late.tone) == ("1", Tone.WARNING)

    def test_the_day_begins_at_the_operators_midnight(self) -> None:
        make_order(at=NOON - timedelta(hours=11))
        with timezone.override(ZoneInfo("Asia/Kolkata")):
            # 12:00 UTC is 17:30 in India, whose day began at 18:30 UTC of the day before.
            assert values(today(NOON))["Placed"] == "1"
        with timezone.override(ZoneInfo("America/New_York")):
            assert values(today(NOON))["Placed"] == "0"

    def test_reads_indexes(self) -> None:
        for rows, index in (
            (Fulfilment.objects.filter(delivered_at__gte=NOON), "fulfilment_delivered"),
            (Order.objects.filter(paid_at__gte=NOON), "order_paid"),
            (Order.objects.filter(created_at__gte=NOON), "order_created"),
        ):
            assert index in _plan(rows)


def _plan(rows: QuerySet[Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.order_by().explain()
