"""The words that our templates use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.kernel.bookline import BookLine
from config.kernel.money import Money
from config.templatetags import holdfast

AT = datetime(2026, 11, 21, tzinfo=UTC)


def line(amount_minor: int, currency: str = "INR") -> BookLine:
    return BookLine("capture", "escrow", "seller", "hold_1", Money(amount_minor, currency))


class TestTotals:
    def test_sum_both_sides_per_currency(self) -> None:
        found = holdfast.totals([line(300), line(-100), line(-200), line(5, "USD"), line(-5, "USD")])
        assert [(total.currency, total.debit, total.credit) for total in found] == [
            ("INR", Money(300, "INR"), Money(300, "INR")),
            ("USD", Money(5, "USD"), Money(5, "USD")),
        ]

    def test_of_nothing_are_none(self) -> None:
        assert holdfast.totals([]) == []


class TestFilters:
    def test_say_what_every_page_says(self) -> None:
        assert holdfast.money(Money(150, "INR")) == "₹1.50"
        assert holdfast.money(None) == ""
        assert holdfast.words("a_b") == "a b"
        assert holdfast.noun("webhookevent") == "webhook event"
        assert holdfast.since(AT - timedelta(hours=3), AT) == "3 hours ago"
        assert "hf-bad" in holdfast.state("dead")
        assert "ord_1" in holdfast.id_link("ord_1")
