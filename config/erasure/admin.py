"""People to forget: shown with what it waits for; the machine forgets them, or a person says why not."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, row_link, when
from config.audit.rehearsal import Moved
from config.erasure.models import ErasureRequest
from config.erasure.services import refuse_erasure
from config.erasure.states import ErasureStatus

REFUSE = Act(
    name="refused",
    title="Refuse…",
    confirm="Refuse it",
    code="accounts.manage",
    effect=lambda row, user, at: Effect(
        summary="The request leaves the work list and the person's data stay. Say in the reason which duty keeps them.",
        moves=(Moved("erasurerequest", row.public_id, "move", row.status, ErasureStatus.REFUSED, ""),),
    ),
    do=lambda row, asked: refuse_erasure(request_pk=row.pk, **asked.said),
    done="It is refused.",
    fits=lambda row: row.status == ErasureStatus.OPEN,
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
            Fact("Waits for", "; ".join(row.waits_for) or "–", hint="of this person it is not over"),
            Fact("Looked at", when(row.looked_at)),
            Fact("Begun", when(row.begun_at), hint="since then the account is shut" if row.begun_at else ""),
            Fact("Settled", when(row.ended_at)),
        ),
    )


_STEPS = {
    ErasureStatus.OPEN: "It runs by itself once nothing of this person is open. Bring to an end what it waits for.",
    ErasureStatus.RUNNING: "The account is shut. What is left is erased within minutes.",
}


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    """One row is one person who is to be forgotten. It runs by itself once nothing of theirs is open."""

    list_display = ("title", "status_shown", "who", "cause", "since")
    list_filter = (choice_filter("status", "status", ErasureStatus.values),)
    list_select_related = ("person",)
    parts = (about, history)
    acts = (REFUSE,)
    nouns = "Erasure requests"
    noun = "erasure request"
    intro = "People who are to be forgotten. Books and invoices stay as long as the law says."

    def headline(self, row: ErasureRequest, *, at: datetime) -> Headline:
        del at
        return Headline(
            f"Forget {row.person.public_id}", (badge(row.status),), next_step=_STEPS.get(ErasureStatus(row.status), "")
        )

    title = cell("request", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    who = cell("person", lambda row: code(row.person.public_id))
    since = cell("since", lambda row: when(row.created_at))
