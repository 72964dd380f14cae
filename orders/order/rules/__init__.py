"""Pure decisions about orders, on plain values."""

from orders.order.rules.pricing import (
    Offer,
    PricedLine,
    Rates,
    by_seller,
    clean_metadata,
    merge_items,
    price_line,
    price_lines,
)
from orders.order.rules.refunding import (
    ExceedsRefundable,
    LineRefund,
    RefundableLine,
    split_refund,
    split_restore,
)
from orders.order.rules.status import derive_status, may_close_unpaid, may_expire, may_take

__all__ = [
    "ExceedsRefundable",
    "LineRefund",
    "Offer",
    "PricedLine",
    "Rates",
    "RefundableLine",
    "by_seller",
    "clean_metadata",
    "derive_status",
    "may_close_unpaid",
    "may_expire",
    "may_take",
    "merge_items",
    "price_line",
    "price_lines",
    "split_refund",
    "split_restore",
]
