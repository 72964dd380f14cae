"""The barcode that must be seen by its buyer alone, in tests of every door of tickets."""

from typing import Final

BARCODE: Final = "SEAT-0001-SECRET"
