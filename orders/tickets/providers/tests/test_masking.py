"""How a recipient is shown."""

from __future__ import annotations

import pytest

from orders.tickets.providers.masking import mask_email


class TestMaskEmail:
    @pytest.mark.parametrize(
        ("email", "shown"),
        [
            ("ann.buyer@example.com", "a…@example.com"),
            ("a@example.com", "a…@example.com"),
            ('"odd@name"@example.com', '"…@example.com'),
            ("", ""),
            ("no address", "…"),
            ("@example.com", "…"),
        ],
    )
    def test_keeps_the_first_letter_and_the_house(self, email: str, shown: str) -> None:
        assert mask_email(email) == shown
