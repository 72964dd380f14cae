"""Gathers this app's tables for Django."""

from orders.catalog.models import Price, Product
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order, OrderLine
from orders.tickets.models import Ticket

__all__ = ["Fulfilment", "Order", "OrderLine", "Price", "Product", "Ticket"]
