"""Saved methods: what is kept of them, whose they are, and how they came; staff can have one forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q

from config.admin.acts import Act, Effect
from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history, subject_of
from config.admin.keyset import choice_filter
from config.admin.panel import Tone
from config.admin.parts import Fact, Facts, Table, part
from config.admin.show import badge, code, row_link, when
from config.audit.rehearsal import Moved
from payments.methods.models import SavedMethod
from payments.methods.services.keep import detach
from payments.methods.states import KEPT, MethodStatus
from payments.methods.terms import terms_of
from payments.related import calls_table


def _detach_effect(row: SavedMethod, user: Any, at: datetime) -> Effect:
    """Described: the gateway is asked only afterwards, by a job."""
    del user, at
    account = row.gateway_account
    return Effect(
        summary="It is charged no more from now on, whatever is due. Its owner has to save it anew to pay with it.",
        moves=(Moved("savedmethod", row.public_id, "move", row.status, MethodStatus.DETACHING, ""),),
        jobs=(f"{account.gateway}: forget {row.gateway_method_id}",),
        cautions=("A method that was forgotten cannot be brought back.",),
    )


DETACH = Act(
    name="detach",
    title="Have it forgotten…",
    confirm="Forget it",
    code="methods.detach",
    effect=_detach_effect,
    do=lambda row, asked: detach(method=row, **asked.said),
    done="It is charged no more. The gateway is told to forget it.",
    fits=lambda row: row.status in KEPT,
    tone=Tone.BAD,
)


_NEXT_STEPS = {
    "detaching": "The gateway has still to forget it.",
    "replaced": "The gateway has still to forget it.",
    "paused": "Its owner or their bank stopped it for a while; it is charged again once they let it.",
}


def _card(row: SavedMethod) -> str:
    return " ".join(part for part in (row.kind, row.network, f"•••• {row.last4}" if row.last4 else "") if part)


def _expiry(row: SavedMethod) -> str:
    return f"{row.expiry_month:02}/{row.expiry_year}" if row.expiry_month and row.expiry_year else "not kept"


def _words(row: SavedMethod) -> str:
    """As they were agreed to, or that they are not known any more: other words are never shown for them."""
    terms = terms_of(row.consent_version)
    if terms is None:
        return "not kept"
    if not row.setup.consent_digest:
        return "not known: no digest of them was kept then"
    return terms.words if terms.digest == row.setup.consent_digest else "changed since: not what was agreed to"


@part("methods.view", "Method")
def about(row: SavedMethod, at: datetime) -> Facts:
    """What is kept of it."""
    del at
    return Facts(
        "Method",
        (
            Fact("Id", code(row.public_id)),
            Fact("Owner", row_link(row.person, row.person.public_id)),
            Fact("At", row_link(row.gateway_account, row.gateway_account.code)),
            Fact("Gateway's method", code(row.gateway_method_id)),
            Fact("What", _card(row)),
            Fact("Issuer", row.issuer or "–"),
            Fact("Expires", _expiry(row)),
            Fact("Default", "yes" if row.is_default else "no"),
            Fact("Barred", row.barred_code or "–", hint="its bank never wants to be asked again"),
            Fact("Saved", when(row.created_at)),
            Fact("Forgotten", when(row.detached_at)),
        ),
    )


@part("methods.view", "Consent")
def consent(row: SavedMethod, at: datetime) -> Facts:
    """What its owner agreed to when they saved it."""
    del at
    setup = row.setup
    return Facts(
        "Consent",
        (
            Fact("Version", row.consent_version),
            Fact("Words", _words(row), hint=f"SHA-256 {setup.consent_digest}" if setup.consent_digest else ""),
            Fact("Given", when(row.consented_at)),
            Fact("From", setup.consent_address or "–", hint="the address; gone once its owner is forgotten"),
            Fact("Setup", code(setup.public_id), hint=setup.gateway_setup_id or ""),
        ),
    )


@part("calls.view", "Calls to the gateway")
def calls(row: SavedMethod, at: datetime) -> Table:
    """What was asked of the gateway."""
    del at
    return calls_table([subject_of(row), subject_of(row.setup), subject_of(row.customer)])


@admin.register(SavedMethod)
class SavedMethodAdmin(ReadOnlyAdmin):
    """One row is one way of paying that one person saved at one gateway."""

    list_display = ("title", "status_shown", "what", "expires", "owner", "account", "saved")
    list_filter = (choice_filter("status", "status", MethodStatus.values),)
    list_select_related = ("gateway_account", "person", "setup", "customer")
    prefixes = ("met_",)
    searched = "id of a saved method or of its owner, or the gateway's (pm_…, token_…)"
    nouns = "Saved methods"
    noun = "saved method"
    parts = (about, consent, calls, history)
    acts = (DETACH,)

    def find(self, term: str) -> Q | None:
        if term.startswith("usr_"):
            return Q(person__public_id=term)
        if term.startswith("token_"):  # which is known by token and customer, and told of alone
            return Q(gateway_method_id__startswith=f"{term.partition('/')[0]}/")
        return Q(public_id=term) if term.startswith("met_") else Q(gateway_method_id=term)

    def headline(self, row: SavedMethod, *, at: datetime) -> Headline:
        del at
        badges = (badge(row.status),) if row.livemode else (badge(row.status), badge("test", tone=Tone.NEUTRAL))
        return Headline(_card(row), badges, next_step=_NEXT_STEPS.get(row.status, ""))

    title = cell("method", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    what = cell("what", lambda row: _card(row))
    expires = cell("expires", lambda row: _expiry(row))
    owner = cell("owner", lambda row: code(row.person.public_id))
    account = cell("at", lambda row: row.gateway_account.code)
    saved = cell("saved", lambda row: when(row.created_at))
