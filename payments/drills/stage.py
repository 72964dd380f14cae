"""Where a scenario plays: a scene with the installation, what is bought there, and who bought it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from orders.catalog.models import Product
from payments.drills.scene import Scene
from payments.drills.site import Site

if TYPE_CHECKING:
    from payments.drills.buying import Purchase


@dataclass(kw_only=True)
class Stage(Scene):
    """One scenario's. `orders` is how many it makes."""

    gateway = "stripe"

    scenario: str
    site: Site
    product: Product
    orders: int
    account: str
    began: datetime
    purchases: list[Purchase] = field(default_factory=list)
