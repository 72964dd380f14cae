"""Blocks: who may not begin a payment, why, until when; and lifting one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, history
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, when
from config.kernel.clock import now
from payments.abuse.models import Block
from payments.abuse.services.block import lift_block


def standing(row: Block, at: datetime) -> str:
    """stands, over or lifted."""
    if row.lifted_at is not None:
        return "lifted"
    return "stands" if row.until > at else "over"


LIFT = Act(
    name="lift",
    title="Lift the block…",
    confirm="Lift it",
    code="abuse.lift",
    effect=lambda row, user, at: Effect(
        summary=f"{row.shown} can begin payments again at once. What was counted of the last hour stands: who goes on"
        " like that is challenged, and blocked again."
    ),
    do=lambda row, asked: lift_block(block_pk=row.pk, **asked.said),
    done="The block is lifted.",
    fits=lambda row: standing(row, now()) == "stands",
    seen=lambda row: standing(row, now()),
    tone=Tone.GOOD,
)


@part("abuse.view", "Block")
def about(row: Block, at: datetime) -> Facts:
    """Whom it concerns, masked, and why."""
    del at
    return Facts(
        "Block",
        (
            Fact("Id", code(row.public_id)),
            Fact(row.kind.capitalize(), row.shown, hint="masked; kept as a keyed digest"),
            Fact("Why", row.why),
            Fact("By", by_whom(row.begun_by)),
            Fact("Since", when(row.begun_at)),
            Fact("Until", when(row.until)),
            Fact("Refused meanwhile", f"{row.refusals} payments"),
            Fact("Lifted", when(row.lifted_at)),
        ),
    )


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """Made by the machine out of what was counted; lifted by people."""

    list_display = ("who", "standing_shown", "why", "since", "until_shown", "refusals")
    parts = (about, history)
    acts = (LIFT,)
    prefixes = ("blk_",)
    searched = "id of a block (blk_…)"
    noun = "block"
    nouns = "Blocked from paying"
    intro = "Who may not begin a payment: an address or an e-mail that tried too often, or too many cards."

    def headline(self, row: Block, *, at: datetime) -> Headline:
        is_standing = standing(row, at) == "stands"
        step = "Somebody who was blocked by mistake? Lift it." if is_standing else ""
        return Headline(f"{row.kind} {row.shown}", (self.standing_shown(row),), next_step=step)

    who = cell("who", lambda row: f"{row.kind} {row.shown}")

    @admin.display(description="state")
    def standing_shown(self, row: Block) -> Any:
        state = standing(row, now())
        return badge(state, tone=Tone.BAD if state == "stands" else Tone.NEUTRAL)

    since = cell("since", lambda row: when(row.begun_at))
    until_shown = cell("until", lambda row: when(row.until))
