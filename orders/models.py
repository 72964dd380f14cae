"""Gathers this app's tables for Django."""

from orders.catalog.models import Price, Product
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order, OrderLine
from orders.tickets.models import Ticket
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers.models import TicketTransfer, TransferWatermark

__all__ = [
    "Fulfilment",
    "HandOver",
    "Order",
    "OrderLine",
    "Price",
    "Product",
    "Ticket",
    "TicketTransfer",
    "TransferWatermark",
]
