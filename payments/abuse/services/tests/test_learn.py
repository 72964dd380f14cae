"""A decline is counted once, without the card's fingerprint; a payment that tries cards is closed."""

from __future__ import annotations

import pytest

from payments.abuse.models import Block, CardDecline
from payments.abuse.rules import DECLINES_OF_A_CARD, DECLINES_OF_A_PAYMENT
from payments.abuse.services.learn import note_decline
from payments.abuse.services.screen import (
    Blocked,
    Origin,
    screen,
)
from payments.abuse.services.tests.test_screen import pays
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


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
