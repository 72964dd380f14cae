"""People, products and orders for tests, made by the same verbs that make them in production."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from config.settings.policy import Policy
from orders.catalog.models import Product
from orders.catalog.services import create_product
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from orders.order.services import apply_payment, place_order
from orders.tickets.models import Ticket
from orders.tickets.services.listing import list_tickets

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def policy(**changes: Any) -> Policy:
    """The default business numbers with some changed."""
    return replace(settings.POLICY, **changes)


def make_user(*roles: Role, email: str = "") -> User:
    """Somebody who cannot log in (hashing a password is slow and seldom the point)."""
    return User.objects.create(email=email or f"person{next(_numbers)}@example.com", roles=list(roles), password="!")


def make_seller() -> User:
    return make_user(Role.SELLER)


def make_product(
    *,
    seller: User | None = None,
    sku: str = "",
    prices: Mapping[str, int] | None = None,
    stock: int = 10,
    category: str = "",
    name: str = "A thing",
    description: str = "",
) -> Product:
    return create_product(
        seller=seller or make_seller(),
        sku=sku or f"SKU-{next(_numbers)}",
        name=name,
        prices=prices or {"INR": 1_000},
        stock=stock,
        category=category,
        description=description,
        actor="test",
        at=AT,
    )


def make_tickets(count: int = 1, *, product: Product | None = None, **given: Any) -> list[Ticket]:
    """Tickets in custody, under a new listing where none is given."""
    product = product or make_product(stock=0, category="tickets")
    tickets = [{"barcode": f"BAR-{next(_numbers):08}"} for _ in range(count)]
    arguments: dict[str, Any] = {"tickets": tickets, "actor": "test", "at": AT, **given}
    return list_tickets(product_id=product.pk, **arguments)


def item(product: Product, quantity: Any = 1) -> dict[str, Any]:
    """What a client sends of one product."""
    return {"sku": product.sku, "quantity": quantity}


def make_order(*items: dict[str, Any], **given: Any) -> Order:
    """An order that waits for its money, of one new product where nothing is named."""
    if not items and "items" not in given:
        items = (item(make_product()),)
    arguments: dict[str, Any] = {
        "items": items,
        "currency": "INR",
        "email": "guest@example.com",
        "buyer": None,
        "accept_terms": True,
        "cart_metadata": {},
        "policy": settings.POLICY,
        "at": AT,
    }
    return place_order(**{**arguments, **given})


def make_paid_order(*items: dict[str, Any], **given: Any) -> Order:
    order = make_order(*items, **given)
    apply_payment(order, amount_minor=order.total_minor, actor="test", at=given.get("at", AT))
    return order


def force(row: Order | Fulfilment, status: str, **columns: Any) -> None:
    """Puts a row into a state past its table, with what the constraints want there."""
    if isinstance(row, Order) and status in ("paid", "delivered", "completed", "refunded"):
        columns.setdefault("paid_at", AT)
    if isinstance(row, Fulfilment) and status in ("delivered", "completed"):
        columns.setdefault("delivered_at", AT)
    type(row)._base_manager.filter(pk=row.pk).update(status=status, **columns)
    row.refresh_from_db()


def traces() -> dict[str, Any]:
    """Everything that a refused verb must leave as it was: rows, audit and outbox."""
    tables = (Product, Order, Fulfilment, Ticket, OutboxJob)
    rows: dict[str, Any] = {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
    lines = Order.objects.order_by("lines__pk").values_list("lines__pk", "lines__refunded_minor")
    return {**rows, "OrderLine": list(lines), "audit": AuditEntry.objects.count()}
