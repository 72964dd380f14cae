"""What is printed on a ticket: cleaned, sealed, masked, and found by a keyed digest that tells nobody what it was."""

from __future__ import annotations

import re
from typing import Any

from cryptography.fernet import InvalidToken

from config.crypto import digest_key, digests, open_sealed, seal
from config.kernel.errors import Invalid, Unavailable

PURPOSE = "tickets: barcode"
# Printable ASCII: what Code 128, PDF417, Aztec and QR payloads of tickets are printed from.
BARCODE = re.compile(r"[!-~](?:[ -~]{2,198})[!-~]")
SHOWN = 4


class InvalidBarcode(Invalid):
    """This is not a barcode."""

    code = "invalid_barcode"


class BarcodeUnreadable(Unavailable):
    """The key under which this barcode was sealed is not configured any more."""

    code = "barcode_unreadable"


def clean_barcode(value: Any) -> str:
    """4 to 200 printable characters. The refusal does not repeat what was sent. Raises InvalidBarcode."""
    text = value.strip() if isinstance(value, str) else ""
    if not BARCODE.fullmatch(text):
        raise InvalidBarcode("4 to 200 printable characters", field="barcode")
    return text


def seal_barcode(barcode: str) -> bytes:
    return seal(barcode.encode())


def open_barcode(sealed: bytes | memoryview) -> str:
    """Raises BarcodeUnreadable where a key was taken away too early: bring it back, then run `reseal_barcodes`."""
    try:
        return open_sealed(sealed).decode()
    except InvalidToken:
        raise BarcodeUnreadable("no configured key opens it: bring the older one back") from None


def barcode_digests(barcode: str) -> tuple[bytes, ...]:
    """Under each configured key, the newest first. The same ticket is the same however it was typed: spaces, dashes and
    case do not count."""
    return digests(purpose=PURPOSE, text=re.sub(r"[\s-]", "", barcode).casefold())


def barcode_key() -> str:
    """The name of the key under which digests are kept now."""
    return digest_key()


def mask_barcode(barcode: str) -> str:
    """Enough to tell two tickets apart, too little to enter with."""
    shown = min(SHOWN, len(barcode) // 4)
    return f"••••{barcode[-shown:]}" if shown else "••••"
