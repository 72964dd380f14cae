"""What is kept of a gateway's answer: of Indian cards four digits and issuer, of everything else all."""

from __future__ import annotations

from typing import Any

import pytest

from payments.gateways.frugal import is_indian, may_be_indian, without_indian_cards

STRIPE = {"brand": "visa", "exp_month": 12, "exp_year": 2034, "fingerprint": "Mq8w", "last4": "0008", "networks": {}}
RAZORPAY = {"entity": "card", "network": "Visa", "expiry_month": 12, "expiry_year": 2034, "iin": "411", "last4": "1007"}


class TestWhichCards:
    @pytest.mark.parametrize(("country", "indian"), [("IN", True), ("US", False), ("", False), (None, False)])
    def test_are_indian_where_the_country_is_told(self, country: str | None, indian: bool) -> None:
        assert is_indian(STRIPE | {"country": country}) is indian
        assert not is_indian(STRIPE)

    @pytest.mark.parametrize("told", [{}, {"international": False}, {"international": None}, {"international": "true"}])
    def test_may_be_indian_unless_they_are_said_to_be_from_abroad(self, told: dict[str, Any]) -> None:
        assert may_be_indian(RAZORPAY | told)
        assert not may_be_indian(RAZORPAY | {"international": True})


class TestWithoutIndianCards:
    @pytest.mark.parametrize(
        ("card", "kept"),
        [
            (STRIPE | {"country": "IN", "issuer": "HDFC"}, {"last4": "0008", "country": "IN", "issuer": "HDFC"}),
            (RAZORPAY | {"international": False}, {"entity": "card", "last4": "1007", "international": False}),
        ],
    )
    def test_keeps_four_digits_and_issuer_wherever_they_stand(self, card: dict[str, Any], kept: dict[str, Any]) -> None:
        def around(inside: dict[str, Any]) -> dict[str, Any]:
            charge = {"id": "ch_1", "payment_method_details": {"card": inside, "type": "card"}}
            return {"object": "payment_intent", "amount": 5, "charges": {"data": [charge]}}

        given = around(card)
        assert without_indian_cards(given) == around(kept)
        assert given == around(card), "what was given is left alone"

    @pytest.mark.parametrize(
        "card", [STRIPE | {"country": "US"}, STRIPE, RAZORPAY | {"international": True}, RAZORPAY, {}]
    )
    def test_leaves_every_other_alone(self, card: dict[str, Any]) -> None:
        assert without_indian_cards({"card": card, "list": [card, None, "IN", 3]}) == {
            "card": card, "list": [card, None, "IN", 3],
        }  # fmt: skip
