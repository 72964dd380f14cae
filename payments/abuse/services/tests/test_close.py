"""A block closes what was begun before it, as far as it is that person's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from payments.abuse.models import Block
from payments.abuse.rules import BLOCK_FOR, Kind
from payments.abuse.services.block import block, lift_block
from payments.abuse.services.close import close_blocked
from payments.abuse.services.learn import note_decline
from payments.abuse.services.screen import Origin, digest_of, remember_setup_origin
from payments.abuse.services.tests.test_screen import ANN, pays
from payments.charges.models import Payment
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
BEN = Origin(address=ANN.address, email="ben@example.com")


def blocked(world: World, kind: Kind = Kind.EMAIL) -> Block:
    value = ANN.email if kind is Kind.EMAIL else ANN.address
    until = world.at + BLOCK_FOR
    return block(
        kind=kind, subject=digest_of(kind, value), shown="x", why="x", until=until, actor="m", at=world.at
    )  # fmt: skip


def is_closed(payment: Payment) -> bool:
    payment.refresh_from_db()
    return payment.closed_at is not None


class TestCloseBlocked:
    def test_what_the_e_mail_had_begun_takes_no_card_more(self, world: World) -> None:
        hers, another, his = pays(world), pays(world), pays(world, BEN)
        blocked(world)
        world.work()
        assert [is_closed(payment) for payment in (hers, another, his)] == [True, True, False]
        assert world.confirm(hers, "pm_card_visa")["error"]
        assert hers.order is not None
        assert hers.order.status == "pending_payment"

    def test_what_is_paid_stays(self, world: World) -> None:
        payment = pays(world)
        world.confirm(payment, "pm_card_visa")
        world.hear()
        blocked(world)
        world.work()
        payment.refresh_from_db()
        assert (payment.status, payment.captured_minor > 0) == ("captured", True)

    def test_of_an_address_only_what_was_declined_and_the_rest_with_its_next_decline(self, world: World) -> None:
        tried, waits = pays(world, declines=1), pays(world, BEN)
        blocked(world, Kind.ADDRESS)
        world.work()
        assert [is_closed(payment) for payment in (tried, waits)] == [True, False]
        world.confirm(waits, "pm_card_chargeDeclined")
        world.hear()
        assert is_closed(waits)

    def test_one_decline_closes_nothing_of_who_is_not_blocked(self, world: World) -> None:
        payment = pays(world)
        with transaction.atomic():
            note_decline(payment=payment, event="evt_1", fingerprint="", at=world.at)
        world.work()
        assert not is_closed(payment)

    def test_a_setup_is_closed_too(self, world: World) -> None:
        wallet = Wallet(world)
        setup = wallet.start().setup
        remember_setup_origin(setup=setup, origin=ANN, at=world.at)
        blocked(world)
        world.work()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code) == ("cancelled", "blocked")

    @pytest.mark.parametrize("is_lifted", [True, False])
    def test_a_block_that_is_lifted_or_over_closes_nothing(self, world: World, is_lifted: bool) -> None:
        payment, row = pays(world), blocked(world)
        if is_lifted:
            lift_block(block_pk=row.pk, actor="user:op", reason="she called", at=world.at)
        before = everything()
        close_blocked({"block": row.public_id}, world.at if is_lifted else world.at + BLOCK_FOR + timedelta(seconds=1))
        assert (everything(), is_closed(payment)) == (before, False)
