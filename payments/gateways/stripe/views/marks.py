"""The ids of ours that travel in the metadata of Stripe's objects."""

from __future__ import annotations

from typing import Final

PAYMENT_MARK: Final = "payment"
CALL_MARK: Final = "call"
ORDER_MARK: Final = "order"
REFUND_MARK: Final = "refund"
CUSTOMER_MARK: Final = "customer"
SETUP_MARK: Final = "setup"
