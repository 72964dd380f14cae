"""A line of the books shows itself on its side."""

from config.kernel.bookline import BookLine
from config.kernel.money import Money


def line(amount_minor: int) -> BookLine:
    return BookLine("capture", "escrow", "seller", "hold_1", Money(amount_minor, "INR"))


class TestBookLine:
    def test_above_zero_is_a_debit(self) -> None:
        assert (line(500).debit, line(500).credit) == (Money(500, "INR"), None)

    def test_below_zero_is_a_credit_shown_without_its_sign(self) -> None:
        assert (line(-500).debit, line(-500).credit) == (None, Money(500, "INR"))

    def test_nothing_is_neither(self) -> None:
        assert (line(0).debit, line(0).credit) == (None, None)
