"""What an operator is shown of a refund is what then happens: the gateway's call, every line, and who bears it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from config.admin.acts import Effect
from config.kernel.bookline import BookLine
from orders.order.models import Order
from payments.ledger.models import LedgerLine
from payments.ledger.preview import booked
from payments.refunds.acts import APPROVE, REQUEST, bearers_of, call_of
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.tests.test_by_staff import FINANCE, SUPPORT, alone, policy, with_two_payments
from payments.refunds.services.tests.test_decide import approve
from payments.refunds.services.tests.test_record import pay_out
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def held(world: World) -> Order:
    """Nobody has it yet."""
    return world.paid_order(3_333, 3_333, 3_334)


def released(world: World) -> Order:
    """The seller had 88.50 of it, and was paid 80.00 out: what they no longer have they owe."""
    order = world.released_order(10_000)
    pay_out(8_000)
    return order


def mixed(world: World) -> Order:
    """Two payments: the seller of the first has theirs, the second is still held."""
    order = with_two_payments(world)
    part = world.fulfilments(order)[0]
    world.hand_over_part(part)
    world.complete_part(part)
    return order


def goodwill(world: World) -> Order:
    """The platform will bear it."""
    return world.released_order(10_000)


# The order, how much is asked for, who bears it, and the accounts that all of it moves.
CASES: list[Any] = [
    pytest.param(held, 5_000, "", {"escrow", "refunds"}, id="held"),
    pytest.param(
        released, 5_000, "", {"platform_fees", "fees_recovered", "payable", "receivable", "refunds"}, id="released"
    ),
    pytest.param(
        mixed, None, "", {"escrow", "platform_fees", "fees_recovered", "payable", "refunds"}, id="two payments"
    ),
    pytest.param(goodwill, 5_000, "platform", {"goodwill", "refunds"}, id="goodwill"),
]


def asked(world: World, order: Order, amount_minor: int | None, bearer: str, **rules: Any) -> list[Refund]:
    return request_refund(
        order_id=order.public_id, wish=Wish(amount_minor, bearer=bearer), reason="it is torn", requester=SUPPORT,
        policy=rules.get("rules") or policy(), at=world.at,
    )  # fmt: skip


def newest() -> int:
    return LedgerLine.objects.order_by("-pk").values_list("pk", flat=True)[0]


def written(after: int) -> list[BookLine]:
    """The lines that were really booked since."""
    return in_order(booked(LedgerLine.objects.filter(pk__gt=after).select_related("entry")))


def in_order(lines: Sequence[BookLine], *, but: Sequence[str] = ()) -> list[BookLine]:
    """`but`: refunds whose id was drawn for the rehearsal alone."""
    plain = [
        BookLine(line.event, line.account, line.owner, "a refund" if line.ref in but else line.ref, line.amount)
        for line in lines
    ]
    return sorted(plain, key=lambda line: (line.event, line.account, line.owner, line.ref, line.amount.amount_minor))


def given_at_gateway(world: World, order: Order) -> list[tuple[str, int]]:
    """(payment, amount) of every refund that the gateway was really asked for."""
    payments = {payment.gateway_payment_id for payment in order.payments.all()}
    found = world.objects("refund")
    return sorted((each["payment_intent"], each["amount"]) for each in found if each["payment_intent"] in payments)


class TestApproval:
    @pytest.mark.parametrize(("make", "amount_minor", "bearer", "accounts"), CASES)
    def test_what_was_shown_is_what_happens(
        self, world: World, make: Any, amount_minor: int | None, bearer: str, accounts: set[str]
    ) -> None:
        order = make(world)
        moved: set[str] = set()
        refunds = asked(world, order, amount_minor, bearer)
        for refund in refunds:
            effect = APPROVE.effect(refund, SimpleNamespace(actor=FINANCE), world.at)
            assert effect.refusal
            before = newest()
            approve(world, refund)
            lines = written(before)
            assert in_order(effect.lines) == lines
            assert effect.notes[1:] == bearers_of(refund)
            assert effect.calls == (call_of(refund),)
            moved |= {line.account for line in lines}
        assert moved == accounts
        before = newest()
        world.hear()
        asked_for = sorted((refund.payment.gateway_payment_id or "", refund.amount_minor) for refund in refunds)
        assert given_at_gateway(world, order) == asked_for
        assert {line.event for line in written(before)} == {"refund_succeeded"}, "and nothing besides"


class TestRequestBelowTheThreshold:
    @pytest.mark.parametrize(("make", "amount_minor", "bearer", "accounts"), CASES[:3])
    def test_what_was_shown_is_what_happens(
        self, world: World, settings: Any, make: Any, amount_minor: int | None, bearer: str, accounts: set[str]
    ) -> None:
        order = make(world)
        settings.POLICY = alone()
        effect = self.preview(world, order, amount_minor, bearer)
        assert effect.refusal
        assert not Refund.objects.exists(), "it was only shown"
        before = newest()
        refunds = asked(world, order, amount_minor, bearer, rules=alone())
        real = [refund.public_id for refund in refunds]
        drawn = {line.ref for line in effect.lines if line.ref.startswith("rf_")}
        assert len(drawn) == len(real)
        assert in_order(effect.lines, but=sorted(drawn)) == in_order(written(before), but=real)
        assert {line.account for line in effect.lines} == accounts
        assert effect.notes == tuple(note for refund in refunds for note in bearers_of(refund))
        assert effect.calls == tuple(call_of(refund) for refund in refunds)

    def preview(self, world: World, order: Order, amount_minor: int | None, bearer: str) -> Effect:
        assert REQUEST.preview is not None
        given = {"amount": amount_minor, "part": "", "bearer": bearer}
        return REQUEST.preview(order, SimpleNamespace(actor=SUPPORT), world.at, given)
