"""Tests of what the database itself says about a fulfilment."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from orders.fulfilment.models import Fulfilment
from orders.tests.factories import item, make_order, make_product

pytestmark = pytest.mark.django_db


class TestConstraints:
    @pytest.mark.parametrize(
        ("columns", "constraint"),
        [
            ({"status": "lost"}, "a_fulfilment_has_a_known_status"),
            ({"amount_minor": 0}, "a_fulfilment_is_worth_something"),
            ({"status": "delivered"}, "a_delivered_fulfilment_says_when"),
            ({"status": "completed"}, "a_delivered_fulfilment_says_when"),
        ],
    )
    def test_one_that_cannot_be_is_refused(self, columns: dict[str, Any], constraint: str) -> None:
        part = make_order().fulfilments.get()
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Fulfilment.objects.filter(pk=part.pk).update(**columns)

    def test_an_order_has_one_per_seller(self) -> None:
        order = make_order(item(make_product()), item(make_product()))
        first, second = order.fulfilments.order_by("id")
        with pytest.raises(IntegrityError, match="one_fulfilment_per_order_and_seller"), transaction.atomic():
            Fulfilment.objects.filter(pk=second.pk).update(seller_id=first.seller_id)
