"""The drills' own seller and things to buy."""

from __future__ import annotations

import random

import pytest
from rest_framework.test import APIClient

from config.accounts.models import User
from config.kernel import clock
from payments.drills import cast

pytestmark = pytest.mark.django_db


class TestSeller:
    def test_is_made_once_and_has_no_password(self) -> None:
        first = cast.seller()
        assert cast.seller() == first
        assert User.objects.count() == 1
        assert not first.has_usable_password()
        assert first.roles == ["seller"]

    def test_acts_with_a_token(self) -> None:
        seller = cast.seller()
        headers = cast.bearer(seller)
        assert APIClient().get("/api/v1/orders/", headers=headers).status_code == 200
        assert APIClient().get("/api/v1/orders/").status_code == 401


class TestOffer:
    def test_is_for_sale_until_the_drill_is_over(self) -> None:
        product = cast.offer(run="r1", scenario="storms", chance=random.Random(1), at=clock.now())
        assert (product.sku, product.stock, product.is_active) == ("DRILL-R1-STORMS", cast.STOCK, True)
        cast.withdraw(product, at=clock.now())
        product.refresh_from_db()
        assert not product.is_active

    def test_costs_the_same_by_the_same_seed(self) -> None:
        made = [cast.offer(run=str(run), scenario="s", chance=random.Random(5), at=clock.now()) for run in range(2)]
        prices = [product.prices.get().amount_minor for product in made]
        assert prices[0] == prices[1]
        assert 1_000 <= prices[0] <= 50_000
