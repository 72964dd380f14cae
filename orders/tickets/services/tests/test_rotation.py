"""Tests of bringing barcodes under the newest key: found by every key before, during and after."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from orders.tests.factories import make_product, make_tickets
from orders.tickets.barcodes import BarcodeUnreadable, barcode_digests, barcode_key
from orders.tickets.models import Ticket
from orders.tickets.queries import with_barcode
from orders.tickets.services.listing import BarcodeListed
from orders.tickets.services.rotation import left_to_reseal, reseal_barcodes

pytestmark = pytest.mark.django_db
BARCODES = [f"SEAT-{number:04}" for number in range(5)]


@pytest.fixture
def keys(settings: Any) -> tuple[str, str]:
    """An older key under which five tickets are kept, and the newer one that is configured with it since."""
    older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = (older,)
    make_tickets(product=make_product(stock=0), tickets=[{"barcode": each} for each in BARCODES])
    settings.FIELD_ENCRYPTION_KEYS = (newer, older)
    return older, newer


class TestReseal:
    def test_brings_all_under_the_newest_key_in_batches(self, keys: tuple[str, str], settings: Any) -> None:
        assert left_to_reseal() == 5
        assert reseal_barcodes(batch=2) == 5
        assert (left_to_reseal(), reseal_barcodes()) == (0, 0)
        settings.FIELD_ENCRYPTION_KEYS = keys[1:]
        assert [ticket.barcode for ticket in Ticket.objects.order_by("pk")] == BARCODES
        for barcode, ticket in zip(BARCODES, Ticket.objects.order_by("pk"), strict=True):
            assert list(with_barcode(barcode)) == [ticket]
            assert bytes(ticket.barcode_digest or b"") == barcode_digests(barcode)[0]
        assert set(Ticket.objects.values_list("barcode_key", flat=True)) == {barcode_key()}

    @pytest.mark.parametrize("resealed", [False, True])
    def test_each_is_found_and_in_custody_once_meanwhile(self, keys: tuple[str, str], resealed: bool) -> None:
        if resealed:
            reseal_barcodes()
        assert with_barcode(BARCODES[0]).count() == 1
        with pytest.raises(BarcodeListed):
            make_tickets(product=make_product(stock=0), tickets=[{"barcode": BARCODES[0]}])

    def test_a_process_that_still_has_the_older_key_alone_finds_what_it_can(
        self, keys: tuple[str, str], settings: Any
    ) -> None:
        """A key is taken away only once nothing is left under it: this is what happens otherwise."""
        reseal_barcodes()
        settings.FIELD_ENCRYPTION_KEYS = keys[:1]
        assert not with_barcode(BARCODES[0]).exists()

    def test_a_key_that_was_taken_away_too_early_is_named_and_spoils_no_list(
        self, keys: tuple[str, str], settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.FIELD_ENCRYPTION_KEYS = keys[1:]  # the newer one alone
        ticket = Ticket.objects.order_by("pk")[0]
        assert ticket.masked == "key missing"
        with pytest.raises(BarcodeUnreadable):
            _ = ticket.barcode
        before = list(Ticket.objects.order_by("pk").values())
        assert (reseal_barcodes(), left_to_reseal()) == (0, 5)
        assert "no configured key opens a barcode" in caplog.text
        assert list(Ticket.objects.order_by("pk").values()) == before

    def test_what_was_taken_twice_stays_and_keeps_no_other(
        self, keys: tuple[str, str], settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """By a process that was not told the newer key before another kept barcodes under it."""
        settings.FIELD_ENCRYPTION_KEYS = keys[1:]
        make_tickets(product=make_product(stock=0), tickets=[{"barcode": BARCODES[1]}])
        settings.FIELD_ENCRYPTION_KEYS = keys[::-1]
        [twice] = Ticket.objects.exclude(barcode_key=barcode_key()).order_by("pk")[1:2]
        before = Ticket.objects.filter(pk=twice.pk).values().get()
        assert (reseal_barcodes(), left_to_reseal()) == (4, 1)
        assert Ticket.objects.filter(pk=twice.pk).values().get() == before
        [said] = [each for each in caplog.records if each.message == "a barcode is in custody twice, under two keys"]
        assert said.__dict__["ticket"] == twice.public_id
        assert with_barcode(BARCODES[1]).count() == 2

    def test_what_is_forgotten_is_left_alone(self, keys: tuple[str, str]) -> None:
        Ticket.objects.update(barcode_sealed=None, barcode_digest=None, barcode_key="")
        assert (left_to_reseal(), reseal_barcodes()) == (0, 0)

    def test_the_command_says_how_many(self, keys: tuple[str, str]) -> None:
        said = StringIO()
        call_command("reseal_barcodes", stdout=said)
        assert said.getvalue() == "5 barcodes sealed anew, 0 left\n"
