"""A draft, and lines that stand, are shown in one form."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.kernel.bookline import BookLine
from config.kernel.money import Money
from payments.ledger import recipes
from payments.ledger.models import LedgerLine
from payments.ledger.preview import booked, lines_of
from payments.ledger.services import post

DRAFT = recipes.capture(
    charge_id="ch_1",
    account="stripe",
    payment_id="pay_1",
    holds=[recipes.HoldPart(hold_id="hold_1", owner="usr_1", amount=Money(700, "INR"))],
    unapplied=Money(0, "INR"),
)


class TestLinesOf:
    def test_shows_what_posting_would_write(self) -> None:
        assert lines_of(DRAFT) == (
            BookLine("capture", "clearing", "stripe", "", Money(700, "INR")),
            BookLine("capture", "escrow", "usr_1", "hold_1", Money(-700, "INR")),
        )


class TestBooked:
    @pytest.mark.broken_books
    @pytest.mark.django_db
    def test_shows_the_same_of_what_was_written(self) -> None:
        post(DRAFT, actor="x", at=timezone.now())
        lines = LedgerLine.objects.select_related("entry").order_by("pk")
        assert booked(lines) == lines_of(DRAFT)
