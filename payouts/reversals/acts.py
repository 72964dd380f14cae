"""What operators can do about reversals: let one be sent, or not; and take stranded money back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.admin.acts import Act, Asked, Effect
from config.admin.money import show_money
from config.admin.panel import Tone
from config.kernel.money import Money
from payouts.payout.models import Payout
from payouts.reversals.models import Reversal, ReversalCause
from payouts.reversals.queries import open_reversals
from payouts.reversals.services.decide import approve_reversal, cancel_reversal
from payouts.reversals.services.propose import gives_back, may_stop_half_way, stop_half_way, take_stranded
from payouts.reversals.states import ReversalStatus


def _waits(row: Reversal) -> bool:
    return row.status == ReversalStatus.PROPOSED


def _approves(row: Reversal, user: Any, at: datetime) -> Effect:
    del user, at
    return Effect(
        summary=f"{show_money(row.amount)} of the transfer is asked back from their account, and pays what they owe.",
        notes=(f"{row.payout.rail}: reverse {show_money(row.amount)} of {row.payout.rail_transfer_id}",),
        cautions=("Where the account has less, nothing comes back, and they go on owing it.",),
    )


def _takes(row: Payout, user: Any, at: datetime) -> Effect:
    del user, at
    return _comes_back(row, "We owe it to them as before.")


def _stops(row: Payout, user: Any, at: datetime) -> Effect:
    del user, at
    then = "Only then is the payout cancelled, and its money the payee's balance again; meanwhile it is not sent."
    return _comes_back(row, then, "Where their account has less, nothing comes back, and the payout goes on.")


def _comes_back(row: Payout, then: str, *cautions: str) -> Effect:
    amount = Money(row.in_account_minor, row.currency)
    return Effect(
        summary=f"{show_money(amount)} comes back from their account into our balance. {then}",
        notes=(f"{row.rail}: reverse {show_money(amount)} of {row.rail_transfer_id}",),
        cautions=cautions,
    )


def _take(row: Payout, asked: Asked) -> bool:
    take_stranded(payout_pk=row.pk, **asked.said)
    return True


APPROVE = Act(
    name="approve",
    title="Take it back…",
    confirm="Take it back",
    code="payouts.approve",
    effect=_approves,
    do=lambda row, asked: approve_reversal(reversal_pk=row.pk, **asked.said),
    done="It is being asked back.",
    fits=lambda row: _waits(row) and row.cause == ReversalCause.DEBT,
    tone=Tone.BAD,
)
CANCEL = Act(
    name="cancel",
    title="Leave it with them…",
    confirm="Leave it",
    code="payouts.approve",
    effect=lambda row, user, at: Effect(summary="Nothing is asked back. What they owe stays owed."),
    do=lambda row, asked: cancel_reversal(reversal_pk=row.pk, **asked.said),
    done="It is left with them.",
    fits=_waits,
)
STOP = Act(
    name="stop-transfer",
    title="Stop it, and take its transfer back…",
    confirm="Take it back",
    code="payouts.approve",
    effect=_stops,
    do=lambda row, asked: bool(stop_half_way(payout_pk=row.pk, actor=asked.actor, reason=asked.reason, at=asked.at)),
    done="It is being asked back.",
    fits=may_stop_half_way,
    tone=Tone.BAD,
)
TAKE_BACK = Act(
    name="take-back",
    title="Take it back from their account…",
    confirm="Take it back",
    code="payouts.approve",
    effect=_takes,
    do=_take,
    done="It is being asked back.",
    fits=lambda row: row.is_over and row.in_account_minor > 0 and gives_back(row) and not open_reversals(row).exists(),
)
