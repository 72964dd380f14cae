"""Every act of a person on a refund in every state: it is done where it belongs, and elsewhere refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.kernel.errors import Refused
from payments.refunds.models import Refund
from payments.refunds.services.again import send_again
from payments.refunds.services.decide import approve_refund, reject_refund, withdraw_refund
from payments.refunds.services.settle import Kind, confirm, decline, propose
from payments.refunds.services.tests.test_by_staff import FINANCE, SUPPORT, ask
from payments.refunds.services.tests.test_settle import BANK
from payments.refunds.states import RefundStatus
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broken_books]
S = RefundStatus
Act = Callable[[Refund, Any], Any]

ACTS: dict[str, Act] = {
    "approve": lambda row, at: approve_refund(refund_pk=row.pk, actor=FINANCE, reason="r", at=at),
    "reject": lambda row, at: reject_refund(refund_pk=row.pk, actor=FINANCE, reason="r", at=at),
    "withdraw": lambda row, at: withdraw_refund(refund_pk=row.pk, actor=SUPPORT, reason="r", at=at),
    "again": lambda row, at: send_again(refund_pk=row.pk, actor=FINANCE, reason="r", at=at),
    "paid": lambda row, at: propose(refund_pk=row.pk, kind=Kind.PAID_OTHERWISE, actor=SUPPORT, reason="r", at=at,
                                    **BANK),
    "void": lambda row, at: propose(refund_pk=row.pk, kind=Kind.VOIDED, actor=SUPPORT, reason="r", at=at),
    "confirm": lambda row, at: confirm(refund_pk=row.pk, actor=FINANCE, reason="r", at=at),
    "decline": lambda row, at: decline(refund_pk=row.pk, actor=FINANCE, reason="r", at=at),
}  # fmt: skip
DECISIONS, ENDS = ("approve", "reject", "withdraw"), ("again", "paid", "void")
# What is done where; everything else is refused under the code below, or was so already.
DONE = {(act, S.REQUESTED) for act in DECISIONS} | {(act, S.FAILED) for act in ENDS}
ALREADY = {("reject", S.REJECTED), ("withdraw", S.CANCELLED)}
CODES = dict.fromkeys(DECISIONS, "refund_decided") | dict.fromkeys(ENDS, "refund_not_failed")


def refund_in(world: World, status: str) -> Refund:
    """A refund on request, put into a state past its table."""
    refund = ask(world, world.paid_order(10_000), 4_000)
    dates = {"succeeded_at": world.at} if status == S.SUCCEEDED else {}
    Refund.objects.filter(pk=refund.pk).update(status=status, **dates)
    refund.refresh_from_db()
    return refund


@pytest.mark.parametrize("status", RefundStatus.values)
@pytest.mark.parametrize("act", [*DECISIONS, *ENDS])
def test_is_done_where_it_belongs_and_changes_nothing_elsewhere(world: World, act: str, status: str) -> None:
    refund = refund_in(world, status)
    before = everything()
    if (act, status) in DONE:
        ACTS[act](refund, world.at)
        assert everything() != before
        return
    if (act, status) in ALREADY:
        assert ACTS[act](refund, world.at) is False
    else:
        with pytest.raises(Refused) as raised:
            ACTS[act](refund, world.at)
        assert raised.value.code == CODES[act]
    assert everything() == before


@pytest.mark.parametrize("status", RefundStatus.values)
@pytest.mark.parametrize("act", ["confirm", "decline"])
def test_without_a_proposal_nothing_is_confirmed_nor_declined(world: World, act: str, status: str) -> None:
    refund = refund_in(world, status)
    before = everything()
    with pytest.raises(Refused) as raised:
        ACTS[act](refund, world.at)
    is_known = act == "decline" or status == S.FAILED
    assert raised.value.code == ("not_found" if is_known else "refund_not_failed")
    assert everything() == before


@pytest.mark.parametrize("status", sorted(set(RefundStatus.values) - {S.FAILED}))
def test_a_proposal_whose_refund_moved_on_can_only_be_declined(world: World, status: str) -> None:
    refund = refund_in(world, S.FAILED)
    ACTS["void"](refund, world.at)
    dates = {"succeeded_at": world.at} if status == S.SUCCEEDED else {}
    Refund.objects.filter(pk=refund.pk).update(status=status, **dates)
    before = everything()
    with pytest.raises(Refused) as raised:
        ACTS["confirm"](refund, world.at)
    assert raised.value.code == "refund_not_failed"
    assert everything() == before
    assert ACTS["decline"](refund, world.at)
