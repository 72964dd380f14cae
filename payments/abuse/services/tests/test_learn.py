"""A decline is counted once, without the card's fingerprint; a payment that tries cards is closed."""

from __future__ import annotations

import pytest

from payments.abuse.models import Block, CardDecline
from payments.abuse.queries import seen
from payments.abuse.rules import DECLINES_OF_A_CARD, DECLINES_OF_A_PAYMENT, Kind
from payments.abuse.services.learn import note_decline, note_setup_declines
from payments.abuse.services.screen import Blocked, Origin, digest_of, remember_setup_origin, screen
from payments.abuse.services.tests.test_screen import pays
from payments.methods.tests.razorpay_wallet import RazorpayWallet
from payments.methods.tests.wallet import Wallet
from payments.tests.razorpay_world import EMPTY as RAZORPAY_DECLINED
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DECLINED = "pm_card_chargeDeclined"


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


class TestNoteSetupDeclines:
    """Cards are tried out by saving them as well as by paying with them."""

    def test_counts_what_the_gateway_tells_by_person_address_and_card(self, world: World) -> None:
        wallet, origin = Wallet(world), Origin(address="203.0.113.9", email="ann@example.com")
        setup = wallet.start().setup
        remember_setup_origin(setup=setup, origin=origin, at=world.at)
        for _ in range(3):
            wallet.confirm(setup, DECLINED)
        world.hear()
        assert CardDecline.objects.filter(setup=setup, payment=None, card__isnull=False).count() == 3
        for kind, value in ((Kind.ADDRESS, origin.address), (Kind.EMAIL, origin.email)):
            found = seen(kind, digest_of(kind, value), at=world.now())
            assert (found.payments, found.declines) == (1, 3)
        before = everything()
        world.delivered.clear()
        world.hear()
        assert everything() == before, "told twice, counted once"

    def test_the_attempts_of_a_razorpay_order_are_counted_each(self, razorpay: RazorpayWorld) -> None:
        wallet = RazorpayWallet(razorpay)
        setup = wallet.start().setup
        for _ in range(2):
            wallet.confirm(setup, RAZORPAY_DECLINED)
        razorpay.hear()
        assert CardDecline.objects.filter(setup=setup, card=None).count() == 2

    def test_one_that_is_used_to_try_cards_is_closed(self, world: World) -> None:
        wallet = Wallet(world)
        setup = wallet.start().setup
        for _ in range(DECLINES_OF_A_PAYMENT):
            wallet.confirm(setup, DECLINED)
        world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code) == ("cancelled", "tried_out")
        assert wallet.confirm(setup)["error"]

    def test_who_saves_one_card_again_and_again_is_blocked(self, world: World) -> None:
        for number in range(DECLINES_OF_A_CARD):
            wallet = Wallet(world)
            setup, origin = wallet.start().setup, Origin(address=f"203.0.113.{number}", email=wallet.person.email)
            remember_setup_origin(setup=setup, origin=origin, at=world.at)
            note_setup_declines(setup=setup, told=["setatt_1"], fingerprint="one card", at=world.at)
        assert Block.objects.filter(kind="address").count() == DECLINES_OF_A_CARD
        assert set(Block.objects.filter(kind="email").values_list("shown", flat=True)) != {""}
        with pytest.raises(Blocked):
            screen(origin=Origin(address="203.0.113.3", email="new@example.com"), token="", at=world.at)

    def test_nothing_declined_counts_nothing(self, world: World) -> None:
        Wallet(world).save()
        assert not CardDecline.objects.exists()
