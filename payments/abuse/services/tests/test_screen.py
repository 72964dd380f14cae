"""Card testing through the real doors: challenged, blocked, forgotten; and everybody else passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.audit.models import AuditEntry
from orders.catalog.models import Product
from orders.order.models import Order
from orders.tests.factories import make_product
from payments.abuse.captcha.contract import CaptchaUnreachable
from payments.abuse.models import Block, CardDecline, PaymentOrigin
from payments.abuse.rules import BLOCK_FOR, DECLINES_OF_A_CARD, DECLINES_OF_A_PAYMENT, Kind
from payments.abuse.services import screen as screening
from payments.abuse.services.block import block, lift_block
from payments.abuse.services.forget import forget_origins
from payments.abuse.services.learn import note_decline
from payments.abuse.services.screen import (
    Blocked,
    ChallengeRequired,
    Origin,
    digest_of,
    remember_origin,
    screen,
)
from payments.charges.models import Payment
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ANN = Origin(address="203.0.113.9", email="ann@example.com")


def pays(world: World, origin: Origin = ANN, *, declines: int = 0, cards: int = 1) -> Payment:
    """A payment from there, declined so often with so many cards."""
    payment = world.start(world.order()).payment
    remember_origin(payment=payment, origin=origin, at=world.at)
    for number in range(declines):
        fingerprint = f"card{payment.pk}-{number % cards}"
        note_decline(payment=payment, event=f"evt_{payment.pk}_{number}", fingerprint=fingerprint, at=world.at)
    return payment


class Captcha:
    """A verifier that knows one good token."""

    name, site_key = "test", "site"

    def verify(self, *, token: str, address: str) -> bool:
        assert address == ANN.address
        if token == "down":
            raise CaptchaUnreachable
        return token == "good"


class TestScreen:
    def test_lets_people_pass(self, world: World) -> None:
        screen(origin=ANN, token="", at=world.at)
        pays(world, declines=3, cards=2)
        screen(origin=ANN, token="", at=world.at)
        assert not Block.objects.exists()

    def test_asks_for_a_proof_after_several_declines(self, world: World) -> None:
        pays(world, declines=5)
        with pytest.raises(ChallengeRequired):
            screen(origin=ANN, token="", at=world.at)
        with pytest.raises(ChallengeRequired):  # the e-mail alone is recognised too, however it is written
            screen(origin=Origin(address="198.51.100.1", email=" ANN@example.com"), token="", at=world.at)
        screen(origin=Origin(address="198.51.100.1", email="bob@example.com"), token="", at=world.at)

    def test_blocks_who_goes_through_many_cards(self, world: World) -> None:
        pays(world, declines=6, cards=6)
        with pytest.raises(Blocked):
            screen(origin=ANN, token="", at=world.at)
        row = Block.objects.get()
        assert (row.kind, row.shown, row.why) == (
            "email",
            "an…@example.com",
            "1 payments, 6 declines, 6 cards within an hour",
        )
        assert AuditEntry.objects.get(act="blocked").actor == "system:abuse"
        with pytest.raises(Blocked):
            screen(origin=ANN, token="", at=world.later(hours=23))
        row.refresh_from_db()
        assert row.refusals == 1
        screen(origin=ANN, token="", at=world.later(hours=2))

    def test_blocks_an_address_behind_many_e_mails(self, world: World) -> None:
        for number in range(10):
            pays(world, Origin(address=ANN.address, email=f"a{number}@example.com"), declines=4, cards=4)
        with pytest.raises(Blocked):
            screen(origin=Origin(address=ANN.address, email="new@example.com"), token="", at=world.at)
        assert Block.objects.get().kind == "address"

    def test_what_is_an_hour_old_counts_no_more(self, world: World) -> None:
        pays(world, declines=6, cards=6)
        screen(origin=ANN, token="", at=world.later(minutes=61))

    def test_a_decline_counts_when_it_happens(self, world: World) -> None:
        """Payments that were begun before the hour are no place to try cards unseen."""
        payment = pays(world)
        world.later(minutes=61)
        for number in range(6):
            note_decline(payment=payment, event=f"evt_{number}", fingerprint=f"card{number}", at=world.at)
        with pytest.raises(Blocked):
            screen(origin=ANN, token="", at=world.at)
        assert Block.objects.get().why == "0 payments, 6 declines, 6 cards within an hour"

    def test_one_mailbox_is_one_however_it_is_written(self, world: World) -> None:
        for tag in ("", "+1", "+two"):
            pays(world, Origin(address="", email=f"ann{tag}@example.com"), declines=2)
        with pytest.raises(ChallengeRequired):
            screen(origin=Origin(address="", email="ANN+new@Example.com"), token="", at=world.at)
        screen(origin=Origin(address="", email="annie@example.com"), token="", at=world.at)

    def test_takes_a_proof(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        pays(world, declines=5)
        monkeypatch.setattr(screening, "verifier", Captcha)
        screen(origin=ANN, token="good", at=world.at)
        for token, refusal in (
            ("bad", ChallengeRequired),
            ("", ChallengeRequired),
            ("down", screening.ChallengeUnavailable),
        ):
            with pytest.raises(refusal):
                screen(origin=ANN, token=token, at=world.at)

    def test_a_proof_does_not_help_who_is_blocked(self, world: World) -> None:
        pays(world, declines=6, cards=6)
        with pytest.raises(Blocked):
            screen(origin=ANN, token="good", at=world.at)

    def test_without_an_address_the_e_mail_still_counts(self, world: World) -> None:
        screen(origin=Origin(address="", email=""), token="", at=world.at)
        pays(world, Origin(address="", email="ann@example.com"), declines=5)
        with pytest.raises(ChallengeRequired):
            screen(origin=Origin(address="", email="ann@example.com"), token="", at=world.at)
        screen(origin=Origin(address="", email="bob@example.com"), token="", at=world.at)


class TestNoteDecline:
    def test_counts_an_event_once(self, world: World) -> None:
        payment = pays(world)
        assert note_decline(payment=payment, event="evt_1", fingerprint="card", at=world.at)
        assert not note_decline(payment=payment, event="evt_1", fingerprint="card", at=world.at)
        assert CardDecline.objects.count() == 1

    def test_keeps_no_fingerprint(self, world: World) -> None:
        payment = pays(world)
        note_decline(payment=payment, event="evt_1", fingerprint="fp_visible", at=world.at)
        assert b"fp_visible" not in bytes(CardDecline.objects.get().card or b"")

    def test_counts_what_the_gateway_tells_though_the_payment_stays_failed(self, world: World) -> None:
        """Card testing needs one payment object and its secret: every further decline leaves the label as it is."""
        started = world.start(world.order())
        for _ in range(3):
            world.confirm(started.payment, "pm_card_chargeDeclined")
        world.hear()
        assert CardDecline.objects.filter(payment=started.payment).count() == 3
        assert CardDecline.objects.filter(card__isnull=True).count() == 0

    def test_a_payment_that_is_used_to_try_cards_is_closed(self, world: World) -> None:
        order = world.order()
        payment = world.start(order).payment
        for _ in range(DECLINES_OF_A_PAYMENT):
            world.confirm(payment, "pm_card_chargeDeclined")
        world.hear()
        payment.refresh_from_db()
        assert payment.closed_at is not None
        order.refresh_from_db()
        assert order.status == "pending_payment"
        assert world.confirm(payment, "pm_card_visa")["error"]

    def test_who_tries_one_card_again_and_again_is_blocked(self, world: World) -> None:
        for number in range(DECLINES_OF_A_CARD):
            payment = pays(world, Origin(address=f"203.0.113.{number}", email=f"a{number}@example.com"))
            note_decline(payment=payment, event=f"evt_{number}", fingerprint="one card", at=world.at)
        assert Block.objects.filter(kind="address").count() == DECLINES_OF_A_CARD
        assert Block.objects.filter(kind="email").count() == DECLINES_OF_A_CARD
        with pytest.raises(Blocked):
            screen(origin=Origin(address="203.0.113.3", email="new@example.com"), token="", at=world.at)


class TestBlock:
    def test_told_again_it_changes_nothing_and_over_it_begins_anew(self, world: World) -> None:
        def again(at: Any) -> Block:
            return block(
                kind=Kind.EMAIL, subject=b"x" * 32, shown="an…", why="because", until=at + BLOCK_FOR, actor="m", at=at
            )

        first = again(world.at)
        assert again(world.later(hours=1)).until == first.until
        assert AuditEntry.objects.filter(act="blocked").count() == 1
        again(world.later(hours=24))
        assert Block.objects.get().until == world.at + BLOCK_FOR
        assert AuditEntry.objects.filter(act="blocked").count() == 2

    def test_is_lifted_by_a_person(self, world: World) -> None:
        subject = digest_of(Kind.EMAIL, ANN.email)
        row = block(
            kind=Kind.EMAIL, subject=subject, shown="an…", why="", until=world.at + BLOCK_FOR, actor="m", at=world.at
        )
        with pytest.raises(Blocked):
            screen(origin=ANN, token="", at=world.at)
        assert lift_block(block_pk=row.pk, actor="user:op", reason="she called", at=world.at)
        assert not lift_block(block_pk=row.pk, actor="user:op", reason="again", at=world.at)
        screen(origin=ANN, token="", at=world.at)
        assert AuditEntry.objects.get(act="lifted").reason == "she called"


class TestForget:
    def test_goes_by_age(self, world: World) -> None:
        pays(world, declines=2)
        assert forget_origins(at=world.at + timedelta(days=6)) == 0
        assert forget_origins(at=world.at + timedelta(days=8)) == 3
        assert (PaymentOrigin.objects.count(), CardDecline.objects.count()) == (0, 0)


class TestDoors:
    @pytest.fixture
    def product(self, world: World) -> Product:
        del world
        return make_product(prices={"USD": 2_000}, stock=50)

    def post(self, product: Product, *, key: str, **extra: Any) -> Any:
        cart = {
            "currency": "USD",
            "email": ANN.email,
            "items": [{"sku": product.sku, "quantity": 1}],
            "accept_terms": True,
        }
        return Client(REMOTE_ADDR=ANN.address).post(
            "/api/v1/checkout/",
            data={**cart, **extra},
            content_type="application/json",
            headers={"Idempotency-Key": key.ljust(22, "k")},
        )

    def test_checkout_remembers_where_it_came_from(self, world: World, product: Product) -> None:
        assert self.post(product, key="a").status_code == 201
        origin = PaymentOrigin.objects.get()
        assert bytes(origin.email) == digest_of(Kind.EMAIL, ANN.email)
        assert origin.address_shown == ANN.address

    def test_who_is_challenged_writes_nothing_and_goes_on_with_a_proof(
        self, world: World, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.at = world.now()
        pays(world, declines=5)
        before = everything()
        refused = self.post(product, key="b")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "challenge_required")
        assert everything() == before
        monkeypatch.setattr(screening, "verifier", Captcha)
        assert self.post(product, key="bb", challenge_token="good").status_code == 201

    def test_who_is_blocked_is_told_so_and_no_more(self, world: World, product: Product) -> None:
        world.at = world.now()
        pays(world, declines=6, cards=6)
        answer = self.post(product, key="c")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "payments_blocked")
        assert Order.objects.filter(email=ANN.email).count() == 0

    def test_a_further_attempt_is_screened_too(self, world: World, product: Product) -> None:
        made = self.post(product, key="d").json()["order"]
        origin = Origin(address=ANN.address, email=ANN.email)
        world.at = world.now()
        pays(world, origin, declines=6, cards=6)
        answer = Client(REMOTE_ADDR=ANN.address).post(
            f"/api/v1/orders/{made['id']}/payments/",
            data={},
            content_type="application/json",
            headers={"X-Order-Token": made["access_token"], "Idempotency-Key": "e" * 22},
        )
        assert answer.status_code == 403
