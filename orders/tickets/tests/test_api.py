"""Tests of the doors to tickets: whose they are, what each may do, and who sees a barcode."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.accounts.tokens import issue
from config.audit.models import AuditEntry
from config.idempotency.models import IdempotencyKey
from orders.catalog.models import Product
from orders.order.access import access_token
from orders.order.models import Order
from orders.tests.calls import call, errors
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product, make_seller, make_user, traces
from orders.tickets.models import Ticket
from orders.tickets.tests.seat import BARCODE
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import hand_in_proof
from orders.tickets.transfers.services.send import send_wanted

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _nobody_objects(settings: Any) -> None:
    """What money has to say is tested where money is."""
    settings.BEFORE_TRANSFER = []


@pytest.fixture
def seller() -> User:
    return make_seller()


@pytest.fixture
def buyer() -> User:
    return make_user(Role.BUYER)


@pytest.fixture
def listing(seller: User) -> Product:
    return make_product(stock=0, seller=seller)


def body(listing: Product, *barcodes: str, **given: Any) -> dict[str, Any]:
    tickets = [{"barcode": barcode, "seat": str(number)} for number, barcode in enumerate(barcodes, start=1)]
    return {"listing": listing.public_id, "tickets": tickets, **given}


@pytest.fixture
def ticket(seller: User, listing: Product) -> Ticket:
    """One on sale."""
    assert call("post", "tickets/", body(listing, BARCODE), by=seller).status_code == 201
    return Ticket.objects.get()


@pytest.fixture
def order(ticket: Ticket, buyer: User) -> Order:
    """Paid for."""
    return make_paid_order(item(ticket.product), buyer=buyer)


def act(ticket: Ticket, name: str, given: Any = None, **named: Any) -> Any:
    return call("post", f"tickets/{ticket.public_id}/{name}/", given or {}, **named)


def send(ticket: Ticket, seller: User) -> TicketTransfer:
    """Begun by its seller; the provider has it."""
    assert act(ticket, "transfer", by=seller).status_code == 200
    transfer = TicketTransfer.objects.get()
    send_wanted({"transfer": transfer.public_id}, AT)
    return transfer


class TestList:
    def test_takes_tickets_into_custody_and_shows_no_barcode(self, seller: User, listing: Product) -> None:
        answer = call(
            "post", "tickets/", body(listing, BARCODE, "SEAT-0002", event_name="The Band", event_at=AT.isoformat()),
            by=seller,
        )  # fmt: skip
        assert answer.status_code == 201
        first, _ = answer.json()
        assert (first["status"], first["seat"], first["event_name"]) == ("listed", "1", "The Band")
        assert (first["barcode"], first["barcode_masked"], first["order"]) == (None, "••••CRET", None)
        assert BARCODE not in answer.content.decode()
        listing.refresh_from_db()
        assert listing.stock == 2

    def test_once_for_each_key_and_no_barcode_is_kept_with_it(self, seller: User, listing: Product) -> None:
        given = body(listing, BARCODE)
        first, again = (call("post", "tickets/", given, by=seller, Idempotency_Key="a-key") for _ in range(2))
        assert (first.json(), again["Idempotent-Replayed"], Ticket.objects.count()) == (again.json(), "true", 1)
        assert BARCODE not in str(IdempotencyKey.objects.values())

    @pytest.mark.parametrize(
        ("barcodes", "code", "attr"),
        [
            (["#!"], "invalid_barcode", "barcode"),
            ([BARCODE, BARCODE], "barcode_listed", None),
            ([], "min_length", "tickets"),
            (["x" * 8] * 101, "max_length", "tickets"),
        ],
    )
    def test_refuses_without_repeating_what_was_sent(
        self, seller: User, listing: Product, barcodes: list[str], code: str, attr: str | None
    ) -> None:
        before = traces()
        answer = call("post", "tickets/", body(listing, *barcodes), by=seller)
        assert answer.status_code in (400, 409)
        assert errors(answer)[0] in [(code, attr), (code, "tickets.non_field_errors")]
        assert not any(barcode in answer.content.decode() for barcode in barcodes)
        assert traces() == before

    @pytest.mark.parametrize("event_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon"])
    def test_refuses_what_is_no_date_to_everybody_who_looks(
        self, seller: User, listing: Product, event_at: str
    ) -> None:
        answer = call("post", "tickets/", body(listing, BARCODE, event_at=event_at), by=seller)
        assert (answer.status_code, errors(answer)) == (400, [("invalid", "event_at")])
        assert not Ticket.objects.exists()

    def test_not_under_somebody_elses_listing_nor_as_a_buyer(self, listing: Product, buyer: User) -> None:
        before = traces()
        for person, status in ((make_seller(), 404), (buyer, 403), (make_user(Role.SUPPORT), 403)):
            assert call("post", "tickets/", body(listing, BARCODE), by=person).status_code == status
        assert traces() == before
        assert call("post", "tickets/", body(listing, BARCODE), by=make_user(Role.OPERATIONS)).status_code == 201

    def test_each_sees_their_own_and_staff_see_all(
        self, seller: User, ticket: Ticket, order: Order, buyer: User
    ) -> None:
        def seen(by: User, query: str = "") -> list[str]:
            return [row["id"] for row in call("get", f"tickets/{query}", by=by).json()["results"]]

        mine = [ticket.public_id]
        assert seen(seller) == seen(make_user(Role.AUDITOR)) == seen(buyer, "?bought=true") == mine
        assert seen(buyer) == seen(make_seller()) == seen(seller, "?bought=true") == []
        assert seen(seller, "?status=in_escrow") == seen(seller, f"?listing={ticket.product.public_id}") == mine
        assert seen(seller, "?status=listed") == seen(seller, "?listing=prd_other") == []

    def test_has_pages(self, seller: User, listing: Product) -> None:
        call("post", "tickets/", body(listing, *[f"SEAT-{number:04}" for number in range(60)]), by=seller)
        first = call("get", "tickets/", by=seller).json()
        assert first["next"]
        assert len(first["results"]) < 60


class TestOne:
    def test_strangers_learn_nothing(self, ticket: Ticket, order: Order) -> None:
        path = f"tickets/{ticket.public_id}/"
        assert call("get", path).status_code == 401
        for person in (make_seller(), make_user(Role.BUYER)):
            assert call("get", path, by=person).status_code == 404
        assert call("get", path, X_Order_Token=access_token(make_order())).status_code == 404

    def test_its_buyer_sees_the_barcode_once_it_is_theirs(
        self, ticket: Ticket, order: Order, seller: User, buyer: User
    ) -> None:
        path = f"tickets/{ticket.public_id}/"
        as_guest = {"X_Order_Token": access_token(order)}
        send(ticket, seller)
        for given in ({"by": buyer}, as_guest):
            shown = call("get", path, **given).json()
            assert (shown["barcode"], shown["transfer"]["status"]) == (None, "initiated")
        Ticket.objects.update(status="delivered")
        for given in ({"by": buyer}, as_guest):
            answer = call("get", path, **given)
            assert answer.json()["barcode"] == BARCODE
            assert answer["Cache-Control"] == "private, no-store"
        for person in (seller, make_user(Role.OPERATIONS)):
            assert BARCODE not in call("get", path, by=person).content.decode()

    def test_not_where_its_provider_hands_over_one_of_its_own(
        self, ticket: Ticket, order: Order, seller: User, buyer: User
    ) -> None:
        send(ticket, seller)
        Ticket.objects.update(status="delivered")
        TicketTransfer.objects.update(provider="elsewhere")
        assert call("get", f"tickets/{ticket.public_id}/", by=buyer).json()["barcode"] is None


class TestVoidAndRelist:
    def test_its_seller_takes_it_out(self, ticket: Ticket, seller: User) -> None:
        before = traces()
        assert act(ticket, "void", by=make_seller()).status_code == 404
        assert traces() == before
        answer = act(ticket, "void", {"reason": "lost"}, by=seller)
        assert (answer.status_code, answer.json()["status"]) == (200, "void")

    def test_not_what_is_promised(self, ticket: Ticket, order: Order, seller: User) -> None:
        before = traces()
        assert errors(act(ticket, "void", by=seller)) == [("ticket_not_free", None)]
        assert traces() == before

    def test_what_came_back_is_offered_again(self, ticket: Ticket, seller: User) -> None:
        Ticket.objects.update(status="released_back_to_seller")
        Product.objects.update(stock=0)
        answer = act(ticket, "relist", by=seller)
        assert (answer.json()["status"], Product.objects.get(pk=ticket.product_id).stock) == ("listed", 1)


class TestTransfer:
    def test_its_seller_begins_it_and_its_buyer_confirms(
        self, ticket: Ticket, order: Order, seller: User, buyer: User
    ) -> None:
        transfer = send(ticket, seller)
        assert (transfer.recipient, transfer.ticket_ids) == (order.email, [ticket.public_id])
        answer = act(ticket, "confirm", by=buyer)
        assert (answer.status_code, answer.json()["transfer"]["status"]) == (200, "accepted")
        assert answer.json()["barcode"] is None, "an answer that is kept has no barcode"

    def test_a_guest_confirms_with_the_orders_token(self, ticket: Ticket, order: Order, seller: User) -> None:
        send(ticket, seller)
        answer = act(ticket, "confirm", X_Order_Token=access_token(order))
        assert answer.json()["transfer"]["status"] == "accepted"

    def test_or_says_that_nothing_came_against_a_proof(
        self, ticket: Ticket, order: Order, seller: User, buyer: User
    ) -> None:
        transfer, no = send(ticket, seller), {"received": False, "reason": "nothing"}
        answer = act(ticket, "confirm", no, by=buyer)
        assert (answer.status_code, errors(answer)) == (409, [("nothing_shown_yet", None)])
        hand_in_proof(transfer_pk=transfer.pk, name="a.pdf", content=PDF, actor=seller.actor, at=AT)
        assert act(ticket, "confirm", no, by=buyer).json()["transfer"]["status"] == "review"

    def test_its_seller_shows_a_proof_or_takes_it_back(self, ticket: Ticket, order: Order, seller: User) -> None:
        send(ticket, seller)
        file = SimpleUploadedFile("proof.pdf", PDF, content_type="application/pdf")
        path, headers = (
            f"/api/v1/tickets/{ticket.public_id}/proof/",
            {"Authorization": f"Bearer {issue(user=seller).access}"},
        )
        answer = Client().post(path, {"file": file}, headers=headers)
        assert (answer.status_code, answer.json()["transfer"]["status"]) == (200, "pending")
        assert act(ticket, "withdraw", by=seller).json()["transfer"]["status"] == "cancelled"

    @pytest.mark.parametrize("name", ["transfer", "proof", "withdraw"])
    def test_nobody_else_speaks_for_the_seller(self, ticket: Ticket, order: Order, buyer: User, name: str) -> None:
        before = traces()
        for person, status in ((make_seller(), 404), (buyer, 403), (make_user(Role.SUPPORT), 403)):
            assert act(ticket, name, by=person).status_code in (status, 415)
        assert traces() == before

    def test_nobody_else_speaks_for_the_buyer(self, ticket: Ticket, order: Order, seller: User) -> None:
        send(ticket, seller)
        before = traces()
        for person, status in ((seller, 403), (make_user(Role.BUYER), 404), (make_user(Role.ADMINISTRATOR), 404)):
            assert act(ticket, "confirm", by=person).status_code == status
        assert act(ticket, "confirm").status_code == 401
        assert traces() == before

    def test_not_before_it_is_bought_nor_by_nobody(self, ticket: Ticket, seller: User) -> None:
        before = traces()
        assert act(ticket, "transfer", by=seller).status_code == 404
        assert traces() == before
        make_paid_order(item(ticket.product))
        before = traces()
        assert errors(act(ticket, "transfer", {"provider": "axs"}, by=seller)) == [
            ("transfer_provider_not_offered", "provider")
        ]
        assert traces() == before


class TestReveal:
    def test_to_a_role_that_may_with_a_reason_that_is_kept(self, ticket: Ticket) -> None:
        answer = act(ticket, "reveal", {"reason": "the gate asks"}, by=make_user(Role.OPERATIONS))
        assert (answer.json(), answer["Cache-Control"]) == (
            {"id": ticket.public_id, "barcode": BARCODE}, "private, no-store",
        )  # fmt: skip
        entry = AuditEntry.objects.get(act="barcode_revealed")
        assert (entry.subject_id, entry.reason) == (ticket.public_id, "the gate asks")
        assert BARCODE not in str(AuditEntry.objects.values())

    def test_again_for_the_same_key_whose_answer_is_kept_without_it(self, ticket: Ticket) -> None:
        person = make_user(Role.OPERATIONS)
        for _ in range(2):
            answer = act(ticket, "reveal", {"reason": "the gate asks"}, by=person, Idempotency_Key="a-key")
            assert answer.json()["barcode"] == BARCODE
        assert BARCODE not in str(IdempotencyKey.objects.values())
        assert AuditEntry.objects.filter(act="barcode_revealed").count() == 1

    def test_to_nobody_else_and_not_without_a_reason(self, ticket: Ticket, seller: User) -> None:
        before = traces()
        for person in (seller, make_user(Role.SUPPORT), make_user(Role.FINANCE), make_user(Role.AUDITOR)):
            assert act(ticket, "reveal", {"reason": "x"}, by=person).status_code == 403
        assert errors(act(ticket, "reveal", {"reason": " "}, by=make_user(Role.OPERATIONS))) == [
            ("reason_wanted", "reason")
        ]
        assert traces() == before

    def test_not_what_is_forgotten(self, ticket: Ticket) -> None:
        Ticket.objects.update(barcode_sealed=None, barcode_digest=None, barcode_key="")
        answer = act(ticket, "reveal", {"reason": "x"}, by=make_user(Role.OPERATIONS))
        assert errors(answer) == [("barcode_forgotten", None)]
