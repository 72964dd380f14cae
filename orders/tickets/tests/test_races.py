"""Races for tickets on a real PostgreSQL, each with a negative control that shows that the test would see the harm."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection, transaction

from config.audit.services import move
from config.kernel.errors import Refused
from config.tests.together import somebody_waits_for_a_lock, wait_for, wait_until_somebody_waits_for_a_lock
from orders.catalog.models import Product
from orders.catalog.services import OutOfStock
from orders.order.models import Order, OrderLine
from orders.order.services import apply_payment, cancel_unpaid_order
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, make_tickets
from orders.tests.together import TIMEOUT_S, together
from orders.tickets.barcodes import barcode_digests
from orders.tickets.models import Ticket
from orders.tickets.services import contradicted, custody, listing
from orders.tickets.services.listing import BarcodeListed, TicketNotFree, void_ticket
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.tests.played import make_transfer

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 16
RESERVE_TICKETS = "orders.order.services.placing.reserve_tickets"


def listing_of(count: int) -> Product:
    return Product.objects.get(pk=make_tickets(count)[0].product_id)


def promised(product: Product) -> list[int]:
    """The line of each ticket that is promised."""
    return list(Ticket.objects.filter(product=product, line__isnull=False).values_list("line_id", flat=True))


def holds_true(product: Product) -> None:
    """Stock is what is listed, and each line has what it was sold."""
    product.refresh_from_db()
    assert product.stock == Ticket.objects.filter(product=product, status="listed").count()
    sold = dict(OrderLine.objects.exclude(fulfilment__status="cancelled").values_list("pk", "quantity"))
    assert Counter(promised(product)) == Counter(sold)


class TestNoTicketIsSoldTwice:
    def test_two_hundred_tries_over_sixteen_connections_for_twenty_tickets(self) -> None:
        product = listing_of(20)

        def customer(tries: int) -> Callable[[], Counter[str]]:
            def shop() -> Counter[str]:
                outcomes: Counter[str] = Counter()
                for _ in range(tries):
                    try:
                        make_order(item(product))
                        outcomes["sold"] += 1
                    except OutOfStock:
                        outcomes["refused"] += 1
                return outcomes

            return shop

        outcomes: Counter[str] = sum(together([customer(n) for n in [13] * 8 + [12] * 8]), Counter())
        assert outcomes == {"sold": 20, "refused": 180}
        assert len(set(promised(product))) == Order.objects.count() == 20
        holds_true(product)

    def test_nobody_is_refused_what_is_there_because_others_look_at_it(self) -> None:
        """Eight carts of two for sixteen tickets: whoever finds one of two locked waits, and does not go without."""
        product = listing_of(16)
        outcomes = together([lambda: make_order(item(product, 2))] * 8)
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
        holds_true(product)

    def test_negative_control_looking_before_locking_promises_one_ticket_to_many(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product = listing_of(4)
        all_have_looked = threading.Barrier(4)

        def looks_first(*, lines: list[OrderLine], actor: str, at: object) -> None:
            del actor, at
            for line in lines:
                ticket = Ticket.objects.filter(product_id=line.product_id, status="listed").order_by("pk")[0]
                all_have_looked.wait(TIMEOUT_S)
                Ticket.objects.filter(pk=ticket.pk).update(status="reserved", line=line)

        monkeypatch.setattr(RESERVE_TICKETS, looks_first)
        outcomes = together([lambda: make_order(item(product))] * 4)
        assert all(isinstance(outcome, Order) for outcome in outcomes)
        assert len(promised(product)) == 1 < Order.objects.count() == 4


class TestCartsOfTicketsNeverWaitInACircle:
    def test_whatever_the_order_of_their_lines_while_sellers_take_tickets_out(self) -> None:
        one, two = listing_of(40), listing_of(40)
        out = list(Ticket.objects.order_by("-pk").values_list("pk", flat=True)[:8])

        def customer(*cart: Product) -> Callable[[], None]:
            def shop() -> None:
                for _ in range(3):
                    order = make_order(*(item(product, 2) for product in cart))
                    cancel_unpaid_order(order, actor="test", at=AT)

            return shop

        def seller(tickets: list[int]) -> Callable[[], None]:
            def take_out() -> None:
                for pk in tickets:
                    void_ticket(ticket_pk=pk, actor="test", at=AT)

            return take_out

        acts = [customer(one, two), customer(two, one)] * 4 + [seller(out[:4]), seller(out[4:])]
        assert together(acts) == [None] * len(acts)
        for product in (one, two):
            product.refresh_from_db()
            assert product.stock == Ticket.objects.filter(product=product, status="listed").count()

    def test_negative_control_locking_in_any_order_is_a_deadlock(self) -> None:
        product = listing_of(2)
        first, second = Ticket.objects.order_by("pk")
        line = make_order(item(make_product())).lines.get()
        both_hold_one = threading.Barrier(2)

        def takes(*tickets: Ticket) -> Callable[[], None]:
            def take() -> None:
                with transaction.atomic():
                    for ticket in tickets:
                        move(Ticket.objects.get(pk=ticket.pk), to="reserved", line=line, actor="test", at=AT)
                        both_hold_one.wait(TIMEOUT_S) if ticket is tickets[0] else None

            return take

        outcomes = together([takes(first, second), takes(second, first)])
        assert [type(outcome) for outcome in outcomes if outcome].count(OperationalError) == 1
        Ticket.objects.filter(product=product).update(status="void", line=None)


class TestATicketGoesOneWay:
    def test_sold_or_taken_out_never_both(self) -> None:
        product = listing_of(4)
        tickets = list(Ticket.objects.values_list("pk", flat=True))

        def take_out(pk: int) -> Callable[[], bool]:
            return lambda: void_ticket(ticket_pk=pk, actor="test", at=AT)

        outcomes = together([take_out(pk) for pk in tickets] + [lambda: make_order(item(product))] * 4)
        sold = sum(isinstance(outcome, Order) for outcome in outcomes)
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert all(isinstance(outcome, OutOfStock | TicketNotFree) for outcome in refused), refused
        assert Ticket.objects.filter(status="void").count() == 4 - sold
        holds_true(product)

    def test_in_escrow_or_listed_again_never_both(self) -> None:
        product = listing_of(6)
        orders = [make_order(item(product)) for _ in range(6)]

        def act(verb: Callable[..., Any], order: Order, **given: Any) -> Callable[[], Any]:
            return lambda: verb(Order.objects.get(pk=order.pk), actor="test", at=AT, **given)

        acts = [act(apply_payment, order, amount_minor=1_000) for order in orders]
        outcomes = together(acts + [act(cancel_unpaid_order, order) for order in orders])
        for order, paid, cancelled in zip(orders, outcomes[:6], outcomes[6:], strict=True):
            order.refresh_from_db()
            assert sum(isinstance(outcome, Refused) for outcome in (paid, cancelled)) == 1
            stands = list(Ticket.objects.filter(line__order=order).values_list("status", flat=True))
            assert (order.status, stands) in [("paid", ["in_escrow"]), ("cancelled", [])]
        holds_true(product)


class TestWhatItsProviderContradictsIsNotOnSale:
    """Its seller offers it again in the instant in which its provider says that its buyer has it after all: the one
    sees what the other wrote, whoever is first."""

    def test_offered_again_and_taken_off_at_the_same_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.stands_after_both(monkeypatch) in ("void", "released_back_to_seller")

    def test_negative_control_without_their_turns_it_stays_on_sale(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (listing, contradicted):
            monkeypatch.setattr(module, "one_lister_at_a_time", lambda digests: None)
        assert self.stands_after_both(monkeypatch) == "listed"

    def stands_after_both(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """The seller has looked for a contradiction and found none; then it is written, heard, and acted upon."""
        [ticket] = make_tickets(1)
        part = make_paid_order(item(make_product(seller=ticket.seller))).fulfilments.get()
        transfer = make_transfer(part=part, provider="manual", tickets=(ticket.public_id,))
        TicketTransfer._base_manager.filter(pk=transfer.pk).update(status="declined", ended_at=AT)
        Ticket._base_manager.filter(pk=ticket.pk).update(status="released_back_to_seller")
        Product.objects.filter(pk=ticket.product_id).update(stock=0)
        has_looked, is_taken_off = threading.Event(), threading.Event()
        check = listing._check_free

        def slowly(*given: Any, **named: Any) -> None:
            check(*given, **named)
            has_looked.set()
            wait_for(lambda: is_taken_off.is_set() or somebody_waits_for_me(), "the other is done, or waits")

        monkeypatch.setattr(listing, "_check_free", slowly)

        def contradict() -> None:
            has_looked.wait(TIMEOUT_S)
            TicketTransfer._base_manager.filter(pk=transfer.pk).update(status="review", ended_at=None)
            contradicted.take_off_sale({"transfer": transfer.public_id}, AT)
            is_taken_off.set()  # where it fails, the other says that it waited in vain

        assert together([lambda: listing.relist_ticket(ticket_pk=ticket.pk, actor="test", at=AT), contradict]) == [
            True,
            None,
        ]
        ticket.refresh_from_db()
        ticket.product.refresh_from_db()
        assert ticket.product.stock == int(ticket.status == "listed")
        return ticket.status


def somebody_waits_for_me() -> bool:
    """Another connection wants what this one has locked."""
    waits = (
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
    )
    with connection.cursor() as cursor:
        cursor.execute(waits)
        return bool(cursor.fetchone()[0])


class TestABarcodeIsTakenOnce:
    def test_under_two_keys_at_the_same_time(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process that knows the newer key and keeps under the older one, and one that was started after it."""
        assert self.listed_at_once(settings, monkeypatch) == [BarcodeListed, list]

    def test_negative_control_without_their_turns_both_take_it(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "one_lister_at_a_time", lambda digests: None)
        assert self.listed_at_once(settings, monkeypatch) == [list, list]

    def listed_at_once(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[type]:
        older, newer = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings.FIELD_ENCRYPTION_KEYS = (older, newer)
        old = barcode_digests("SEAT-0001")
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        both = barcode_digests("SEAT-0001")
        known = threading.local()
        monkeypatch.setattr(listing, "barcode_digests", lambda barcode: known.digests)
        have_looked: set[int] = set()
        check = listing._check_free

        def slowly(*given: Any, **named: Any) -> None:
            """Whoever has looked writes only when the other has looked too, or waits for its turn to."""
            check(*given, **named)
            have_looked.add(threading.get_ident())
            wait_for(lambda: len(have_looked) == 2 or somebody_waits_for_a_lock(), "the other one has looked, or waits")

        monkeypatch.setattr(listing, "_check_free", slowly)
        products = [make_product(stock=0), make_product(stock=0)]

        def lister(product: Product, digests: tuple[bytes, ...]) -> Callable[[], list[Ticket]]:
            def take() -> list[Ticket]:
                known.digests = digests
                return make_tickets(product=product, tickets=[{"barcode": "SEAT-0001"}])

            return take

        outcomes = together([lister(products[0], old), lister(products[1], both)])
        return sorted((type(outcome) for outcome in outcomes), key=lambda kind: kind.__name__)


def test_the_savepoint_lets_go_of_what_was_too_little() -> None:
    """Who finds one of two free holds nothing while waiting for the other."""
    product = listing_of(2)
    first, second = Ticket.objects.order_by("pk")
    waits, seen = threading.Event(), []

    def holds_the_first() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=first.pk)
            assert waits.wait(TIMEOUT_S)
            wait_until_somebody_waits_for_a_lock()
            seen.append(list(Ticket.objects.select_for_update(skip_locked=True).filter(pk=second.pk)))

    def buys_two() -> None:
        enough = custody._enough

        def told(found: list[Ticket], quantity: int) -> list[Ticket]:
            waits.set()
            return enough(found, quantity)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(custody, "_enough", told)
            make_order(item(product, 2))

    assert together([holds_the_first, buys_two]) == [None, None]
    assert seen == [[second]]
