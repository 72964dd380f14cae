"""Tests of barcodes: cleaned, masked, sealed, and found under every key."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet

from orders.tickets.barcodes import (
    InvalidBarcode,
    barcode_digests,
    barcode_key,
    clean_barcode,
    mask_barcode,
    open_barcode,
    seal_barcode,
)


class TestCleanBarcode:
    @pytest.mark.parametrize("value", ["1234", "ABC-0001 77", "x" * 200, "  TM/99.8=Q  "])
    def test_takes_what_is_printed_on_tickets(self, value: str) -> None:
        assert clean_barcode(value) == value.strip()

    @pytest.mark.parametrize("value", ["", "123", "x" * 201, "12\n34", "ünïcode", None, 12345, ["1234"], "12\x0034"])
    def test_refuses_the_rest_without_repeating_it(self, value: Any) -> None:
        with pytest.raises(InvalidBarcode) as refusal:
            clean_barcode(value)
        assert refusal.value.field == "barcode"
        assert not value or str(value) not in refusal.value.detail


class TestMaskBarcode:
    @pytest.mark.parametrize(
        ("barcode", "masked"),
        [("1234", "••••4"), ("12345678", "••••78"), ("ABCDEFGHIJKLMNOP", "••••MNOP"), ("x" * 200, "••••xxxx")],
    )
    def test_shows_a_quarter_of_it_and_four_at_most(self, barcode: str, masked: str) -> None:
        assert mask_barcode(barcode) == masked


class TestDigests:
    def test_the_same_ticket_is_the_same_however_it_is_typed(self) -> None:
        assert barcode_digests("AB-12 34") == barcode_digests("ab1234")
        assert barcode_digests("AB1234") != barcode_digests("AB1235")

    def test_says_nothing_of_what_it_was(self) -> None:
        (digest,) = barcode_digests("AB1234")
        assert len(digest) == 32
        assert b"AB1234" not in digest

    def test_is_kept_under_the_newest_key_and_found_under_every_one(self, settings: Any) -> None:
        older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings.FIELD_ENCRYPTION_KEYS = (older,)
        (before,), named = barcode_digests("AB1234"), barcode_key()
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        after = barcode_digests("AB1234")
        assert after[1] == before != after[0]
        assert barcode_key() != named
        assert len(named) == 16
        settings.FIELD_ENCRYPTION_KEYS = (newer,)
        assert barcode_digests("AB1234") == after[:1]


class TestSeal:
    def test_is_opened_again_and_hides_what_it_holds(self) -> None:
        sealed = seal_barcode("AB1234")
        assert b"AB1234" not in sealed
        assert open_barcode(sealed) == "AB1234"
