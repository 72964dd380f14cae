"""Addresses and shipping."""

from __future__ import annotations

import pytest

from payments.sandbox.stripe.addresses import address_of, shipping_of
from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.params import Params


class TestAddresses:
    def test_have_every_field(self) -> None:
        assert address_of(Params({"city": "London"})) == {
            "city": "London",
            "country": None,
            "line1": None,
            "line2": None,
            "postal_code": None,
            "state": None,
        }
        assert address_of(None) is None

    def test_refuse_unknown_fields(self) -> None:
        with pytest.raises(StripeError):
            address_of(Params({"town": "London"}))
        with pytest.raises(StripeError):
            shipping_of(Params({"address": {"town": "London"}}))

    def test_of_shipping_come_with_a_name(self) -> None:
        shipping = shipping_of(Params({"name": "Ada", "address": {"line1": "1 High St"}}))
        assert shipping is not None
        assert (shipping["name"], shipping["phone"], shipping["address"]["line1"]) == ("Ada", None, "1 High St")
        assert shipping_of(None) is None
