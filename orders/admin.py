"""Gathers the pages of this app."""

from orders.catalog.admin import ProductAdmin
from orders.fulfilment.admin import FulfilmentAdmin
from orders.order.admin import OrderAdmin
from orders.tickets.admin import TicketAdmin
from orders.tickets.transfers.admin import TicketTransferAdmin

__all__ = ["FulfilmentAdmin", "OrderAdmin", "ProductAdmin", "TicketAdmin", "TicketTransferAdmin"]
