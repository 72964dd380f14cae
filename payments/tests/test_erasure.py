"""A person is forgotten in every column of the database, the books stay, and nobody is forgotten too early."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.db import connection

from config.accounts.failures import digest
from config.accounts.models import LoginFailure, User
from config.calls.models import GatewayCall
from config.crypto import open_sealed, seal
from config.erasure import running
from config.erasure.models import ErasureRequest
from config.erasure.running import open_things, run_due
from config.erasure.services import request_erasure
from config.idempotency.models import IdempotencyKey
from config.inbox.models import WebhookEvent
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_product
from payments.abuse.models import PaymentOrigin
from payments.charges.models import Payment
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.checks import broken_truths
from payments.ledger.models import LedgerLine
from payments.ledger.queries import balance_minor
from payments.methods.models import GatewayCustomer
from payments.methods.tests.wallet import ADDRESS as CONSENTED_FROM
from payments.methods.tests.wallet import Wallet
from payments.refunds.models import Refund
from payments.tests.world import World, post_event

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL, NAME, STREET, ADDRESS = "asha.personal@example.com", "Asha Personal", "Personal Street 7", "203.0.113.77"
PERSONAL = (EMAIL, NAME, STREET, ADDRESS)
_TEXT = ("text", "character varying", "json", "jsonb", "ARRAY", "inet", "tsvector", "USER-DEFINED")


def everywhere() -> dict[str, str]:
    """Every column of text, JSON or bytes of every table, opened where it is sealed, as one text each."""
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() ORDER BY 1, 2"
        )
        for table, column, kind in cursor.fetchall():
            if kind == "bytea":
                cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')
                found[f"{table}.{column}"] = " ".join(opened(bytes(value)) for (value,) in cursor.fetchall())
            elif kind in _TEXT:
                cursor.execute(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
                found[f"{table}.{column}"] = " ".join(value for (value,) in cursor.fetchall())
    return found


def opened(value: bytes) -> str:
    try:
        return open_sealed(value).decode("utf-8", "replace")
    except InvalidToken:
        return value.decode("utf-8", "replace")


def where() -> set[str]:
    """In which columns something personal stands."""
    return {name for name, text in everywhere().items() if any(each.lower() in text.lower() for each in PERSONAL)}


@pytest.fixture
def wallet(world: World) -> Wallet:
    wallet = Wallet(world)
    User.objects.filter(pk=wallet.person.pk).update(email=EMAIL, name=NAME)
    wallet.person.refresh_from_db()
    return wallet


@pytest.fixture
def order(world: World, wallet: Wallet) -> Order:
    """An order that they paid with a card, and that was never delivered."""
    order = make_order(item(make_product(prices={"USD": 10_000})), currency="USD", at=world.at)
    Order.objects.filter(pk=order.pk).update(buyer=wallet.person, email=EMAIL, cart_metadata={"ship_to": STREET})
    order.refresh_from_db()
    world.pay(world.start(order))
    world.hear()
    return order


def leave_traces(world: World, wallet: Wallet, order: Order) -> None:
    """What the world leaves of a person beside its own columns."""
    payment = Payment.objects.get(order=order)
    told: dict[str, Any] = {
        "id": "evt_told", "object": "event", "api_version": "2026-10-28.endive", "created": 1_784_115_300,
        "livemode": False, "type": "charge.failed",
        "data": {"object": {
            "id": "ch_in_vain", "object": "charge", "payment_intent": payment.gateway_payment_id,
            "billing_details": {"email": EMAIL, "name": NAME, "address": {"line1": STREET}},
        }},
    }  # fmt: skip
    post_event(told)
    post_event({**told, "id": "evt_handled", "type": "payment_intent.succeeded", "data": {"object": {
        **told["data"]["object"], "id": payment.gateway_payment_id, "object": "payment_intent", "amount": 10_000,
        "currency": "usd", "status": "succeeded", "amount_received": 10_000, "created": 1_784_115_300,
        "livemode": False, "metadata": {}, "latest_charge": payment.charge_id, "receipt_email": EMAIL}}})  # fmt: skip
    world.work()
    GatewayCall.objects.update(answer=seal(json.dumps({"email": EMAIL}).encode()))
    Payment.objects.update(failure_detail=f"{NAME} has no money")
    PaymentOrigin.objects.update_or_create(
        payment=payment, defaults={"address": b"a" * 32, "email": b"e" * 32, "address_shown": ADDRESS, "at": world.at}
    )
    LoginFailure.objects.create(email_sha256=digest(EMAIL), remote_addr=ADDRESS, window_start=world.at)
    IdempotencyKey.objects.create(
        scope=f"{wallet.person.actor} POST /api/v1/checkout/", key="k", body_sha256=b"b" * 32, status_code=201,
        answer=seal(json.dumps({"email": EMAIL}).encode()),
    )  # fmt: skip
    dispute = Dispute.objects.create(
        payment=payment, gateway_account=payment.gateway_account, gateway_dispute_id="dp_1", amount_minor=10_000,
        currency="USD", status="inquiry_closed", bearer="seller", opened_at=world.at, label_at=world.at,
        seen_at=world.at, closed_at=world.at,
    )  # fmt: skip
    DisputeEvidence.objects.create(
        dispute=dispute, texts={"customer_name": NAME}, written_by="user:ops", written_at=world.at
    )
    EvidenceFile.objects.create(
        dispute=dispute, paper="receipt", name=f"{NAME}.pdf", content_type="application/pdf", size=9, sha256="0" * 64,
        content=seal(f"to {STREET}".encode()), uploaded_by="user:ops", uploaded_at=world.at,
    )  # fmt: skip


def give_back(world: World) -> None:
    assert time_out_due(at=world.later(minutes=61)).done == 1
    world.work()
    world.hear()
    Refund.objects.update(reason=f"{NAME} asked for it")


def forget(world: World) -> int:
    """What beat does, now and once more later."""
    done = run_due(now=world.now)
    world.work()
    world.later(minutes=6)
    done += run_due(now=world.now)
    world.later(minutes=6)
    return done + run_due(now=world.now)


def delete_at_gateway(wallet: Wallet) -> None:
    customer = GatewayCustomer.objects.get(person=wallet.person, deleted_at=None)
    wallet.control(f"customers/{customer.gateway_customer_id}/delete")
    wallet.world.hear()


class TestForgotten:
    def test_nothing_personal_is_found_in_any_column_and_the_books_stay(
        self, world: World, wallet: Wallet, order: Order
    ) -> None:
        method = wallet.save()
        leave_traces(world, wallet, order)
        give_back(world)
        delete_at_gateway(wallet)
        before = where()
        assert {
            "config_user.email",
            "orders_order.email",
            "config_webhookevent.body",
            "config_gatewaycall.answer",
            "payments_methodsetup.consent_address",
        } <= before
        assert len(before) >= 12, before
        lines = list(LedgerLine.objects.order_by("pk").values())
        assert forget(world) == 1
        assert where() == set()
        assert list(LedgerLine.objects.order_by("pk").values()) == lines
        assert broken_truths() == []
        method.refresh_from_db()
        assert (method.last4, method.issuer, method.expiry_year, method.status) == ("", "", None, "detached")
        assert (method.setup.consent_version, len(method.setup.consent_digest)) == ("2026-01", 64)
        assert Payment.objects.get().last4 == ""
        order.refresh_from_db()
        assert (order.buyer_id, order.cart_metadata, order.total_minor) == (wallet.person.pk, {}, 10_000)
        assert ErasureRequest.objects.get().status == "done"

    def test_others_keep_what_is_theirs(self, world: World, wallet: Wallet, order: Order) -> None:
        other = Wallet(world)
        kept = other.save()
        theirs = world.paid_order(5_000)
        give_back_all(world)
        request_erasure(person=wallet.person, cause="asked", actor="user:ops", at=world.at)
        bodies = WebhookEvent.objects.filter(object_id=theirs.payments.get().gateway_payment_id, body__isnull=False)
        assert bodies.exists()
        assert forget(world) == 1
        kept.refresh_from_db()
        other.person.refresh_from_db()
        assert kept.setup.consent_address == CONSENTED_FROM
        assert (kept.status, kept.last4, other.person.is_active) == ("active", "4242", True)
        assert bodies.exists()

    def test_again_finds_nothing_to_do(self, world: World, wallet: Wallet, order: Order) -> None:
        give_back(world)
        for _ in range(2):
            request_erasure(person=wallet.person, cause="asked", actor="user:ops", at=world.at)
            assert forget(world) == 1
        assert ErasureRequest.objects.filter(status="done").count() == 2

    def test_who_comes_back_is_somebody_new(self, world: World, wallet: Wallet, order: Order) -> None:
        give_back(world)
        request_erasure(person=wallet.person, cause="asked", actor="user:ops", at=world.at)
        forget(world)
        assert User.objects.create_user(email=EMAIL).pk != wallet.person.pk


class TestWaits:
    def test_for_every_thing_that_is_open_and_nothing_goes_before(
        self, world: World, wallet: Wallet, order: Order
    ) -> None:
        request_erasure(person=wallet.person, cause="asked", actor="user:ops", at=world.at)
        before = everywhere()["orders_order.email"]
        assert forget(world) == 0
        waits_for = ErasureRequest.objects.get().waits_for
        assert {"1 order is not over", "1 part of an order is in escrow"} <= set(waits_for)
        assert everywhere()["orders_order.email"] == before
        give_back(world)
        assert forget(world) == 1

    def test_a_saved_method_is_forgotten_at_its_gateway_first(self, world: World, wallet: Wallet) -> None:
        method = wallet.save()
        request_erasure(person=wallet.person, cause="asked", actor="user:ops", at=world.at)
        assert run_due(now=world.now) == 0
        method.refresh_from_db()
        assert (method.status, ErasureRequest.objects.get().waits_for) == (
            "detaching", ["1 saved method is not detached"]
        )  # fmt: skip
        world.work()
        method.refresh_from_db()
        assert method.status == "detached"
        assert forget(world) == 1

    def test_a_seller_waits_for_sales_products_and_balances(self, world: World) -> None:
        order = world.paid_order(10_000)
        seller = order.fulfilments.get().seller
        assert set(open_things(seller)) >= {
            "1 sale is not completed", "1 product of theirs is on sale", "1 part of an order is in escrow"
        }  # fmt: skip
        released = world.released_order().fulfilments.get().seller
        assert "1 balance of theirs is not settled" in open_things(released)

    def test_an_event_that_is_still_to_be_handled(self, world: World, wallet: Wallet, order: Order) -> None:
        give_back(world)
        payment = Payment.objects.get()
        WebhookEvent.objects.filter(object_id=payment.gateway_payment_id).update(state="dead")
        assert any("to be handled" in each for each in open_things(wallet.person))

    def test_a_refund_that_failed_and_a_dispute(self, world: World, wallet: Wallet, order: Order) -> None:
        give_back(world)
        assert open_things(wallet.person) == []
        Refund.objects.update(status="failed")
        Dispute.objects.create(
            payment=Payment.objects.get(), gateway_account=Payment.objects.get().gateway_account,
            gateway_dispute_id="dp_1", amount_minor=1, currency="USD", status="needs_response", bearer="seller",
            opened_at=world.at, label_at=world.at, seen_at=world.at,
        )  # fmt: skip
        assert open_things(wallet.person) == ["1 refund is not over", "1 dispute is not decided"]
        Refund.objects.update(status="succeeded")
        Dispute.objects.all().delete()


class TestToldWhileItRuns:
    """The gateway does not wait until a person is forgotten: what it tells meanwhile is money as before."""

    def test_a_refund_that_comes_back_is_booked_before_its_event_is_emptied(
        self, world: World, wallet: Wallet, order: Order, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give_back(world)
        request_erasure(person=wallet.person, cause="asked", actor="user:ops", at=world.at)
        refund, begin = Refund.objects.get(), running._begin

        def begun_and_told(request_pk: int, *, at: datetime) -> bool:
            """Nothing was open; then, before anything is erased, the bank sends the refund back."""
            began = begin(request_pk, at=at)
            wallet.control(f"refunds/{refund.gateway_refund_id}/fail")
            world.deliver(world.new_events())
            return began

        with monkeypatch.context() as patch:
            patch.setattr(running, "_begin", begun_and_told)
            assert run_due(now=world.now) == 0
        assert ErasureRequest.objects.get().status == "running"
        assert "3 events are to be handled" in ErasureRequest.objects.get().waits_for
        world.work()
        refund.refresh_from_db()
        assert (refund.status, refund.bounces) == ("failed", 1)
        assert -balance_minor("refunds", currency="USD") == 10_000
        assert forget(world) == 0
        assert "1 refund is not over" in ErasureRequest.objects.get().waits_for


def give_back_all(world: World) -> Any:
    done = time_out_due(at=world.later(minutes=61))
    world.work()
    world.hear()
    return done
