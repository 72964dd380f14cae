"""What becomes of the demo's orders after they are paid."""

from __future__ import annotations

from collections import Counter

import pytest

from config.accounts.models import User
from orders.catalog.models import Product
from orders.tickets.models import Ticket
from payments.demo.orders import ASKED_MINOR, Scene, _finish, keep_back
from payments.demo.people import BUYER, KEPT_BACK, SUPPORT, seed_catalogue, seed_people
from payments.refunds.models import Refund
from payments.reserves.models import ReserveTerms
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("then", "order_status", "refunds"),
    [
        ("deliver", "delivered", []),
        ("complete", "completed", []),
        ("ask", "delivered", [("requested", ASKED_MINOR)]),
        ("cancel", "cancelled", [("approved", 500_000)]),
    ],
)
def test_each_scene_ends_as_it_says(world: World, then: str, order_status: str, refunds: list[tuple[str, int]]) -> None:
    seed_people(password="a long password, 9", at=world.at)
    order = world.paid_order(500_000, currency="INR")
    said: list[str] = []
    _finish(Scene((), "INR", "", then), order, User.objects.get(email=BUYER), said.append)
    order.refresh_from_db()
    assert said == []
    assert order.status == order_status
    assert list(Refund.objects.values_list("status", "amount_minor")) == refunds
    assert set(Refund.objects.filter(status="requested").values_list("requested_by", flat=True)) <= {
        User.objects.get(email=SUPPORT).actor
    }


def test_of_one_seller_something_is_kept_back_once(world: World) -> None:
    seed_people(password="a long password, 9", at=world.at)
    keep_back(at=world.at)
    keep_back(at=world.later(days=1))
    terms = ReserveTerms.objects.get()
    assert (terms.owner, terms.rolling_bps) == (User.objects.get(email=KEPT_BACK).public_id, 1_000)
    assert terms.set_at < world.at


@pytest.mark.parametrize(
    ("then", "status", "tickets"),
    [
        ("send", "paid", {"transferring": 2, "listed": 1}),
        ("hand over", "delivered", {"delivered": 2, "listed": 1}),
        ("cancel", "cancelled", {"released_back_to_seller": 2, "listed": 1}),
    ],
)
def test_tickets_are_in_several_states(world: World, then: str, status: str, tickets: dict[str, int]) -> None:
    seed_people(password="a long password, 9", at=world.at)
    order = world.ticketed_order(10_000, tickets=2)
    said: list[str] = []
    _finish(Scene((), "USD", "", then), order, User.objects.get(email=BUYER), said.append)
    order.refresh_from_db()
    assert (said, order.status) == ([], status)
    assert Counter(Ticket.objects.values_list("status", flat=True)) == tickets


def test_the_catalogue_has_a_listing_of_tickets_of_which_one_was_taken_out(world: World) -> None:
    seed_people(password="a long password, 9", at=world.at)
    seed_catalogue(at=world.at)
    assert seed_catalogue(at=world.at) == 0
    listing = Product.objects.get(sku="TKT-ARENA")
    assert (listing.is_ticketed, listing.stock) == (True, 11)
    assert Counter(listing.tickets.values_list("status", flat=True)) == {"listed": 11, "void": 1}
