"""Card testing through the real doors: challenged, blocked, forgotten; and everybody else passes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.audit.models import AuditEntry
from orders.catalog.models import Product
from orders.order.models import Order
from orders.tests.factories import make_product
from payments.abuse.captcha.contract import CaptchaUnreachable
from payments.abuse.models import Block, PaymentOrigin
from payments.abuse.rules import Kind
from payments.abuse.services import screen as screening
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
