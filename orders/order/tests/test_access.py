"""Tests of the guest's link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from orders.order.access import RETURN_LIFE, access_token, check_access, check_return, return_token
from orders.order.models import Order
from orders.order.services import revoke_access
from orders.tests.factories import AT, make_order

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def order() -> Order:
    return make_order()


class TestAccessToken:
    def test_is_the_same_each_time_and_fits_a_header_and_a_fragment(self, order: Order) -> None:
        token = access_token(order)
        assert token == access_token(Order.objects.get(pk=order.pk))
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)

    def test_is_stored_nowhere(self, order: Order) -> None:
        row = Order.objects.filter(pk=order.pk).values().get()
        assert access_token(order) not in json.dumps(row, cls=DjangoJSONEncoder, default=str)

    def test_another_secret_key_makes_another(self, order: Order, settings: Any) -> None:
        before = access_token(order)
        settings.SECRET_KEY = "another-secret-key-that-secures-nothing"
        assert access_token(order) != before


class TestCheckAccess:
    def test_opens_its_order(self, order: Order) -> None:
        assert check_access(order=order, token=access_token(order), at=LATER)

    def test_opens_no_other(self, order: Order) -> None:
        assert check_access(order=make_order(), token=access_token(order), at=LATER).code == "access_denied"

    @pytest.mark.parametrize(
        "change", [lambda t: "", lambda t: t[:-1], lambda t: t + "A", str.swapcase, lambda t: "é" * 43]
    )
    def test_not_with_another_token(self, order: Order, change: Callable[[str], str]) -> None:
        assert check_access(order=order, token=change(access_token(order)), at=LATER).code == "access_denied"

    @pytest.mark.parametrize(("seconds", "code"), [(-1, ""), (0, "access_expired"), (1, "access_expired")])
    def test_expires(self, order: Order, seconds: int, code: str) -> None:
        at = order.access_expires_at + timedelta(seconds=seconds)
        assert check_access(order=order, token=access_token(order), at=at).code == code

    def test_outlives_a_rotation_of_the_secret_key_while_the_old_one_is_named(
        self, order: Order, settings: Any
    ) -> None:
        token = access_token(order)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-that-secures-nothing"
        assert check_access(order=order, token=token, at=LATER)
        assert check_access(order=order, token=access_token(order), at=LATER)
        settings.SECRET_KEY_FALLBACKS = []
        assert not check_access(order=order, token=token, at=LATER)

    def test_is_revoked_by_a_new_version(self, order: Order) -> None:
        token = access_token(order)
        revoke_access(order, actor="test", at=AT, reason="sent to the wrong person")
        assert not check_access(order=order, token=token, at=LATER)
        assert check_access(order=order, token=access_token(order), at=LATER)


class TestReturnToken:
    def test_shows_its_order_and_opens_nothing(self, order: Order) -> None:
        token = return_token(order)
        assert token == return_token(Order.objects.get(pk=order.pk))
        assert re.fullmatch(r"[A-Za-z0-9._~-]{16,200}", token), "it fits a header and a fragment"
        assert check_return(order=order, token=token, at=AT)
        assert not check_access(order=order, token=token, at=AT)

    def test_shows_no_other(self, order: Order) -> None:
        assert check_return(order=make_order(), token=return_token(order), at=AT).code == "access_denied"

    def test_is_over_an_hour_after_the_reservation(self, order: Order) -> None:
        end = (order.reserved_until + RETURN_LIFE).replace(microsecond=0)
        token = return_token(order)
        assert check_return(order=order, token=token, at=end - timedelta(seconds=1))
        assert check_return(order=order, token=token, at=end).code == "access_expired"

    @pytest.mark.parametrize(
        "change",
        [
            lambda t: "",
            lambda t: t[:-1],
            lambda t: t + "A",
            str.swapcase,
            lambda t: t.removeprefix("r1."),
            lambda t: "r1.99999999999." + t.rpartition(".")[2],
            lambda t: "r1.." + t.rpartition(".")[2],
        ],
    )
    def test_not_with_another_token(self, order: Order, change: Callable[[str], str]) -> None:
        assert check_return(order=order, token=change(return_token(order)), at=AT).code == "access_denied"

    def test_not_with_the_link_itself(self, order: Order) -> None:
        assert check_return(order=order, token=access_token(order), at=AT).code == "access_denied"

    def test_is_revoked_with_the_link(self, order: Order) -> None:
        token = return_token(order)
        revoke_access(order, actor="test", at=AT, reason="sent to the wrong person")
        assert not check_return(order=order, token=token, at=AT)

    def test_outlives_a_rotation_of_the_secret_key_while_the_old_one_is_named(
        self, order: Order, settings: Any
    ) -> None:
        token = return_token(order)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-that-secures-nothing"
        assert check_return(order=order, token=token, at=AT)
        settings.SECRET_KEY_FALLBACKS = []
        assert not check_return(order=order, token=token, at=AT)
