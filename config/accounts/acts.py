"""What an administrator can do about people and keys, each act one service call."""

from __future__ import annotations

from typing import Any

from django import forms

from config.accounts import api_keys, staffing
from config.accounts.models import User
from config.accounts.roles import Role, codes_of
from config.admin.acts import Act, Asked, Effect, Reveal
from config.admin.panel import Tone
from config.kernel.verdict import Verdict

MANAGE = staffing.MANAGE


class RolesForm(forms.Form):
    """Exactly the roles that the person shall have."""

    roles = forms.MultipleChoiceField(
        label="Roles from now on",
        required=False,
        choices=[(role.value, role.value) for role in Role],
        widget=forms.CheckboxSelectMultiple,
        help_text="Support, operations, finance, auditor and administrator enter this site and see everybody's rows.",
    )


class KeyForm(forms.Form):
    """What a program may do in the person's name, and for how long."""

    name = forms.CharField(label="Name", max_length=80, help_text="Which program uses it.")
    scopes = forms.MultipleChoiceField(
        label="May do",
        choices=[(each, each) for each in sorted(codes_of(Role.values))],
        widget=forms.CheckboxSelectMultiple,
        help_text="Only what the person may do themselves is accepted.",
    )
    days = forms.IntegerField(label="For days", min_value=1, max_value=api_keys.MAX_DAYS, initial=90)


def _on_somebody_else(user: Any, row: User, summary: str, *, cautions: tuple[str, ...] = ()) -> Effect:
    own = user.pk == row.pk
    refusal = Verdict.no("not_on_yourself", "nobody changes their own rights") if own else Verdict.yes()
    return Effect(summary=summary, cautions=cautions, refusal=refusal)


CHANGE_ROLES = Act(
    name="roles",
    title="Change roles…",
    confirm="Give these roles",
    code=MANAGE,
    effect=lambda row, user, at: _on_somebody_else(
        user,
        row,
        f"{row.email} has exactly the roles that you tick, at once: on this site, in the API, and for their keys."
        f" Now: {', '.join(row.roles) or 'none'}.",
    ),
    do=lambda row, asked: staffing.change_roles(
        user=row, roles=asked.given["roles"], by=asked.user, reason=asked.reason, at=asked.at
    ),
    done="The roles are changed.",
    seen=lambda row: ",".join(sorted(row.roles)),
    form=RolesForm,
    initial=lambda row: {"roles": row.roles},
)
DEACTIVATE = Act(
    name="deactivate",
    title="Shut out…",
    confirm="Shut them out",
    code=MANAGE,
    effect=lambda row, user, at: _on_somebody_else(
        user,
        row,
        f"{row.email} can no longer log in, and every token and session of theirs ends at once.",
        cautions=("Their API keys are revoked for good; letting them in again does not bring the keys back.",),
    ),
    do=lambda row, asked: staffing.deactivate(user=row, by=asked.user, reason=asked.reason, at=asked.at),
    done="They are shut out.",
    fits=lambda row: row.is_active,
    seen=lambda row: str(row.is_active),
    tone=Tone.BAD,
)
REACTIVATE = Act(
    name="reactivate",
    title="Let in again…",
    confirm="Let them in",
    code=MANAGE,
    effect=lambda row, user, at: _on_somebody_else(
        user, row, f"{row.email} can log in again, with the roles that they have."
    ),
    do=lambda row, asked: staffing.reactivate(user=row, by=asked.user, reason=asked.reason, at=asked.at),
    done="They can log in again.",
    fits=lambda row: not row.is_active,
    seen=lambda row: str(row.is_active),
    tone=Tone.GOOD,
)


def _create_key(row: User, asked: Asked) -> Reveal:
    given = asked.given
    key, presented = api_keys.create(
        user=row, name=given["name"], scopes=given["scopes"], days=given["days"], actor=asked.actor, at=asked.at
    )
    return Reveal(
        title=f"The API key {key.name}",
        secret=presented,
        note="This is the only time that it is shown: we keep a hash. Hand it over on a way that nobody else reads.",
    )


CREATE_KEY = Act(
    name="key",
    title="Make an API key…",
    confirm="Make the key",
    code=MANAGE,
    effect=lambda row, user, at: Effect(
        summary=f"A program that holds the key may do what you tick, in the name of {row.email}, until it expires.",
        cautions=("It is shown once, on the next page.",),
    ),
    do=_create_key,
    done="The key was made and shown once. If you did not keep it, revoke it and make another.",
    fits=lambda row: row.is_active,
    seen=lambda row: str(row.is_active),
    form=KeyForm,
)
REVOKE_KEY = Act(
    name="revoke",
    title="Revoke…",
    confirm="Revoke it",
    code=MANAGE,
    effect=lambda row, user, at: Effect(
        summary=f"Whoever uses {row.name} is refused from the next request on.",
        cautions=("A revoked key never comes back.",),
    ),
    do=lambda row, asked: api_keys.revoke(key=row, **asked.said),
    done="The key is revoked.",
    fits=lambda row: row.revoked_at is None,
    seen=lambda row: str(row.revoked_at),
    tone=Tone.BAD,
)
