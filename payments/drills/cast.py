"""Who plays in a drill: one seller for all drills, and a product for each scenario's run."""

from __future__ import annotations

import random
from datetime import datetime

from config.accounts import tokens
from config.accounts.models import User
from config.accounts.roles import Role
from orders.catalog.models import Product
from orders.catalog.services import Changes, create_product, update_product

SELLER = "drill-seller@example.com"
ACTOR = "system:drill"
STOCK = 10_000
CURRENCY = "USD"


def seller() -> User:
    """The drills' own seller, made once; nobody can sign in as them with a password."""
    known = User.objects.filter(email=SELLER).first()
    return known or User.objects.create_user(SELLER, None, roles=[Role.SELLER], name="Drill seller")


def bearer(user: User) -> dict[str, str]:
    """The header with which a program acts for `user`."""
    return {"Authorization": f"Bearer {tokens.issue(user=user).access}"}


def offer(*, run: str, scenario: str, chance: random.Random, at: datetime) -> Product:
    """A thing to buy, at a price of its own."""
    return create_product(
        seller=seller(),
        sku=f"DRILL-{run}-{scenario}".upper()[:64],
        name=f"Drill: {scenario.replace('_', ' ')}",
        prices={CURRENCY: chance.randint(1_000, 50_000)},
        stock=STOCK,
        category="drill",
        description="",
        actor=ACTOR,
        at=at,
    )


def withdraw(product: Product, *, at: datetime) -> None:
    """Nobody buys it any more."""
    update_product(product_id=product.pk, changes=Changes(is_active=False), actor=ACTOR, at=at, reason="drill is over")
