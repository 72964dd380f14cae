"""The audit trail, entry by entry."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import by_whom, reason_of, what
from config.admin.parts import Fact, Facts, part
from config.admin.show import badge, code, id_link, when, words
from config.audit.models import AuditEntry
from config.kernel.ids import PATTERN as PUBLIC_ID

# Which kind of row an id belongs to, by its prefix: the trail's index begins with the kind.
_KINDS = {
    "call": "gatewaycall",
    "ful": "fulfilment",
    "hold": "escrowhold",
    "key": "apikey",
    "ord": "order",
    "pay": "payment",
    "prd": "product",
    "rf": "refund",
    "rpl": "replayrequest",
    "usr": "user",
}


@part("audit.view", "What was kept")
def kept(entry: AuditEntry, at: datetime) -> Facts:
    """An entry in full."""
    del at
    facts = tuple(Fact(words(str(name)), value) for name, value in (entry.facts or {}).items())
    return Facts(
        "What was kept",
        (
            Fact("Of", id_link(entry.subject_id), hint=entry.subject_type),
            Fact("What", what(entry)),
            Fact("By", by_whom(entry.actor)),
            Fact("Why", entry.reason or "–"),
            Fact("When", when(entry.at)),
            Fact("Written", when(entry.written_at)),
            Fact("Request", code(entry.request_id), hint="the same id stands in the log"),
            Fact("Transaction", code(entry.xact_id), hint="what was committed together has the same"),
            *facts,
        ),
    )


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Append-only: nobody changes it here or anywhere."""

    nouns = "Audit"
    noun = "entry"
    list_display = ("moment", "subject", "act_shown", "actor_shown", "why")
    searched = "id of a row (ord_… pay_… usr_…)"
    intro = "Every move of a status and every act of a person. Nothing here can be changed, by nobody."
    parts = (kept,)

    def find(self, term: str) -> Q | None:
        kind = _KINDS.get(term.partition("_")[0])
        return Q(subject_type=kind, subject_id=term) if kind and PUBLIC_ID.fullmatch(term) else None

    def headline(self, row: AuditEntry, *, at: datetime) -> Headline:
        del at
        badges = (badge(row.to_state),) if row.to_state else ()
        return Headline(f"{row.subject_type} {row.subject_id}: {words(row.act)}", badges)

    moment = cell("when", lambda row: when(row.at))
    subject = cell("of", lambda row: f"{row.subject_type} {row.subject_id}")
    act_shown = cell("what", lambda row: what(row))
    actor_shown = cell("by", lambda row: row.actor)
    why = cell("why", lambda row: reason_of(row))
