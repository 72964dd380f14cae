"""People to forget: shown with what is asked, settled by a person who has done it or says why not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, row_link, when
from config.audit.rehearsal import Moved
from config.erasure.models import ErasureRequest
from config.erasure.services import settle_erasure
from config.erasure.states import ErasureStatus


def _settle(to: ErasureStatus, *, title: str, confirm: str, done: str, summary: str, tone: Tone) -> Act:
    def effect(row: ErasureRequest, user: Any, at: datetime) -> Effect:
        del user, at
        return Effect(summary=summary, moves=(Moved("erasurerequest", row.public_id, "move", row.status, to, ""),))

    return Act(
        name=to,
        title=title,
        confirm=confirm,
        code="accounts.manage",
        effect=effect,
        do=lambda row, asked: settle_erasure(
            request_pk=row.pk, to=to, actor=asked.actor, reason=asked.reason, at=asked.at
        ),
        done=done,
        fits=lambda row: row.status == ErasureStatus.OPEN,
        tone=tone,
    )


DONE = _settle(
    ErasureStatus.DONE,
    title="Mark as done…",
    confirm="It is done",
    done="It is settled.",
    summary="The request leaves the work list. Nothing is erased by this: say in the reason what you erased.",
    tone=Tone.GOOD,
)
REFUSE = _settle(
    ErasureStatus.REFUSED,
    title="Refuse…",
    confirm="Refuse it",
    done="It is refused.",
    summary="The request leaves the work list and the person's data stay. Say in the reason which duty keeps them.",
    tone=Tone.WARNING,
)


@part("accounts.view", "Request")
def about(row: ErasureRequest, at: datetime) -> Facts:
    """Who is to be forgotten, and since when."""
    del at
    return Facts(
        "Request",
        (
            Fact("Id", code(row.public_id)),
            Fact("Person", row_link(row.person, row.person.public_id)),
            Fact("Asked by", row.cause),
            Fact("Since", when(row.created_at)),
            Fact("Settled", when(row.ended_at)),
        ),
    )


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    """One row is one person who is to be forgotten. It waits until a person settles it."""

    list_display = ("title", "status_shown", "who", "cause", "since")
    list_filter = (choice_filter("status", "status", ErasureStatus.values),)
    list_select_related = ("person",)
    parts = (about, history)
    acts = (DONE, REFUSE)
    nouns = "Erasure requests"
    noun = "erasure request"
    intro = "People who are to be forgotten. Books and invoices stay as long as the law says."

    def headline(self, row: ErasureRequest, *, at: datetime) -> Headline:
        del at
        step = "Erase what may go once nothing of this person is open." if row.status == ErasureStatus.OPEN else ""
        return Headline(f"Forget {row.person.public_id}", (badge(row.status),), next_step=step)

    @admin.display(description="request")
    def title(self, row: ErasureRequest) -> Any:
        return code(row.public_id)

    @admin.display(description="status")
    def status_shown(self, row: ErasureRequest) -> Any:
        return badge(row.status)

    @admin.display(description="person")
    def who(self, row: ErasureRequest) -> Any:
        return code(row.person.public_id)

    @admin.display(description="since")
    def since(self, row: ErasureRequest) -> Any:
        return when(row.created_at)
