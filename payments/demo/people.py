"""Seeds the demo's people and catalogue."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.accounts.models import User
from config.accounts.roles import Role
from orders.catalog.models import Product
from orders.catalog.services import create_product
from orders.tickets.services.listing import list_tickets, void_ticket

ADMINISTRATOR = "admin@example.com"
SUPPORT = "support@example.com"
FINANCE = "finance@example.com"
OPERATIONS = "operations@example.com"
STAFF = {
    SUPPORT: Role.SUPPORT,
    OPERATIONS: Role.OPERATIONS,
    FINANCE: Role.FINANCE,
    "auditor@example.com": Role.AUDITOR,
}
KEPT_BACK = "asha@example.com"
SELLERS = {"asha@example.com": "Asha's Records", "bruno@example.com": "Bruno Tickets"}
BUYER = "buyer@example.com"
ACTOR = "system:demo"


@dataclass(frozen=True)
class Ware:
    sku: str
    name: str
    seller: str
    category: str
    stock: int
    usd_minor: int
    inr_minor: int
    tickets: int = 0  # its stock, where each piece is a ticket in custody


WARES = (
    Ware("LP-KIND-OF-BLUE", "Kind of Blue, 180 g vinyl", "asha@example.com", "records", 40, 3_900, 329_900),
    Ware("LP-PET-SOUNDS", "Pet Sounds, mono reissue", "asha@example.com", "records", 25, 3_200, 269_900),
    Ware("CD-BOX-BACH", "Bach: the cantatas, box of 60 CDs", "asha@example.com", "records", 6, 14_900, 1_249_900),
    Ware("TKT-JAZZ-FRI", "Jazz night, Friday, stalls", "bruno@example.com", "tickets", 120, 5_500, 449_900),
    Ware("TKT-JAZZ-SAT", "Jazz night, Saturday, balcony", "bruno@example.com", "tickets", 80, 4_500, 369_900),
    Ware("TKT-OPERA", "The Magic Flute, first night", "bruno@example.com", "tickets", 30, 18_000, 1_499_900),
    Ware("TKT-ARENA", "The Band, arena, numbered seats", "bruno@example.com", "tickets", 0, 7_500, 619_900, tickets=12),
)


def seed_people(*, password: str, at: datetime) -> str:
    """Makes the administrator, one person per staff role, sellers and a buyer, once. Returns the administrator's
    password when this made it (given or random), and nothing when they were there already."""
    del at
    administrator = User.objects.filter(email=ADMINISTRATOR).first()
    if administrator is not None:
        if password and not administrator.check_password(password):
            administrator.set_password(password)
            administrator.save(update_fields=["password"])
        return ""
    chosen = password or secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMINISTRATOR, chosen, name="Demo administrator")
    for email, role in STAFF.items():
        User.objects.create_user(email, chosen, roles=[role], name=f"Demo {role}")
    for email, name in SELLERS.items():
        User.objects.create_user(email, chosen, roles=[Role.SELLER], name=name)
    User.objects.create_user(BUYER, chosen, roles=[Role.BUYER], name="Demo buyer")
    return chosen


def seed_catalogue(*, at: datetime) -> int:
    """Offers the wares that are not offered yet. Returns how many were new."""
    known = set(Product.objects.filter(sku__in=[ware.sku for ware in WARES]).values_list("sku", flat=True))
    new = [ware for ware in WARES if ware.sku not in known]
    for ware in new:
        product = create_product(
            seller=User.objects.get(email=ware.seller),
            sku=ware.sku,
            name=ware.name,
            prices={"USD": ware.usd_minor, "INR": ware.inr_minor},
            stock=ware.stock,
            category=ware.category,
            description="",
            actor=ACTOR,
            at=at,
        )
        if ware.tickets:
            _seed_tickets(product, ware.tickets, at=at)
    return len(new)


def _seed_tickets(product: Product, count: int, *, at: datetime) -> None:
    """Numbered seats of one row, and one that its seller took out again."""
    tickets = list_tickets(
        product_id=product.pk,
        tickets=[
            {"barcode": f"DEMO-{secrets.token_hex(6)}", "section": "B", "row": "4", "seat": str(seat)}
            for seat in range(1, count + 1)
        ],
        event_name=product.name,
        event_at=at + timedelta(days=45),
        actor=ACTOR,
        at=at,
    )
    void_ticket(ticket_pk=tickets[-1].pk, actor=ACTOR, reason="demo: the seat has no view", at=at)
