"""What somebody did within the last hour, and what stands against them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from payments.abuse import queries
from payments.abuse.models import Block, CardDecline, PaymentOrigin
from payments.abuse.queries import declines_of_payment, origins_of_card, seen, standing_blocks
from payments.abuse.rules import WINDOW, Kind, Seen
from payments.charges.models import Payment
from payments.tests.walking import AT, a_payment

ANN, BEN, HOME = b"a" * 32, b"b" * 32, b"h" * 32
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def begun(email: bytes = ANN, *, ago: timedelta = MINUTE) -> Payment:
    payment = a_payment()
    PaymentOrigin.objects.create(payment=payment, address=HOME, email=email, at=AT - ago)
    return payment


def decline(payment: Payment, event: str, *, card: bytes | None = None, ago: timedelta = MINUTE) -> None:
    CardDecline.objects.create(payment=payment, event=event, card=card, at=AT - ago)


class TestStandingBlocks:
    def block(self, subject: bytes = ANN, **fields: Any) -> Block:
        given = {"kind": Kind.EMAIL, "subject": subject, "begun_by": "system", "until": AT + MINUTE, **fields}
        return Block.objects.create(shown="a…", why="too many", **given)

    def test_are_those_against_any_of_these(self) -> None:
        mail = self.block()
        home = self.block(HOME, kind=Kind.ADDRESS)
        self.block(BEN)
        assert standing_blocks({Kind.EMAIL: ANN, Kind.ADDRESS: HOME}, at=AT) == [mail, home]

    @pytest.mark.parametrize("over", [{"until": AT}, {"lifted_at": AT, "until": AT + MINUTE}])
    def test_one_that_is_over_or_lifted_stands_no_more(self, over: dict[str, Any]) -> None:
        self.block(**over)
        assert standing_blocks({Kind.EMAIL: ANN}, at=AT) == []

    def test_an_address_is_not_an_e_mail(self) -> None:
        self.block()
        assert standing_blocks({Kind.ADDRESS: ANN}, at=AT) == []


class TestSeen:
    def test_counts_payments_declines_and_different_cards(self) -> None:
        first, second = begun(), begun()
        decline(first, "evt_1", card=b"1" * 32)
        decline(first, "evt_2", card=b"1" * 32)
        decline(second, "evt_3", card=b"2" * 32)
        decline(second, "evt_4")  # a gateway that says nothing of the card
        begun(BEN)
        assert seen(Kind.EMAIL, ANN, at=AT) == Seen(payments=2, declines=4, cards=2)
        assert seen(Kind.ADDRESS, HOME, at=AT).payments == 3

    def test_a_decline_counts_when_it_happens_and_a_payment_when_it_is_begun(self) -> None:
        old = begun(ago=WINDOW)
        decline(old, "evt_1", ago=WINDOW)
        decline(old, "evt_2")
        assert seen(Kind.EMAIL, ANN, at=AT) == Seen(payments=0, declines=1, cards=0)

    def test_is_bounded(self, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any) -> None:
        monkeypatch.setattr(queries, "MOST", 2)
        for number in range(3):
            decline(begun(), f"evt_{number}")
        with django_assert_num_queries(2):
            assert seen(Kind.EMAIL, ANN, at=AT) == Seen(payments=2, declines=2, cards=0)


class TestDeclinesOfPayment:
    def test_counts_its_own_of_all_times(self) -> None:
        payment, other = begun(), begun()
        decline(payment, "evt_1", ago=2 * WINDOW)
        decline(payment, "evt_2")
        decline(other, "evt_3")
        assert declines_of_payment(payment.pk) == 2


class TestOriginsOfCard:
    def test_are_who_tried_it_within_the_window_the_newest_first(self, django_assert_num_queries: Any) -> None:
        card = b"1" * 32
        first, second, third = begun(), begun(BEN), begun()
        decline(first, "evt_1", card=card, ago=2 * MINUTE)
        decline(second, "evt_2", card=card, ago=MINUTE)
        decline(third, "evt_3", card=b"2" * 32)
        decline(third, "evt_4", card=card, ago=WINDOW)
        with django_assert_num_queries(1):
            assert [origin.payment.order for origin in origins_of_card(card, at=AT)] == [second.order, first.order]
