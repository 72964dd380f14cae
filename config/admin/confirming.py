"""The page between an operator and an act: it shows the effect, asks for a reason, and makes one service call."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from config.accounts.models import User
from config.accounts.roles import may_for_everyone
from config.admin.acts import Act, Asked, Attachment, Effect, Reveal
from config.admin.show import words
from config.idempotency.services import Answer, Claim, InProgress, KeyReused, claim, finish, release
from config.kernel.clock import now
from config.kernel.errors import Refused
from config.kernel.verdict import Verdict
from config.ops.redaction import mask

if TYPE_CHECKING:
    from config.admin.base import ReadOnlyAdmin

log = logging.getLogger(__name__)
LONGEST_REASON = 500
SHORTEST_REASON = 3
LOOK = "Show what will happen"


class ReasonForm(forms.Form):
    """Why. It stands in the audit trail for good, so card numbers typed into it are masked."""

    reason = forms.CharField(
        label="Why?",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "data-focus": "yes"}),
        help_text="Kept in the audit trail with your name.",
        error_messages={"required": "Say why: whoever looks at this later was not here."},
    )
    # What the operator saw when they decided, and the name of this one confirmation.
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput, max_length=200)
    nonce = forms.RegexField(r"\A[A-Za-z0-9_-]{22,64}\Z", widget=forms.HiddenInput)

    def clean_reason(self) -> str:
        reason = mask(self.cleaned_data["reason"].strip())
        if any(ord(mark) < 32 and mark not in "\n\t\r" for mark in reason):
            raise ValidationError("Text without control characters.")
        return reason


@dataclass(frozen=True)
class _Case:
    """One act on one row by one person."""

    request: HttpRequest
    user: User
    page: ReadOnlyAdmin
    row: Any
    act: Act

    @property
    def back(self) -> str:
        return self.page.detail_url(self.row) if self.row is not None else self.page.list_url()

    @property
    def scope(self) -> str:
        key = self.row.pk if self.row is not None else ""
        return f"admin:{self.user.public_id}:{self.page.opts.label_lower}:{key}:{self.act.name}"


def confirm(request: HttpRequest, *, user: User, page: ReadOnlyAdmin, row: Any, name: str) -> HttpResponse:
    """GET shows what will happen; POST with a reason does it, once. Raises PermissionDenied and Http404."""
    known = page.all_acts(row)
    act = next((each for each in known if each.name == name), None)
    if act is None:
        raise Http404
    if not may_for_everyone(user, act.code):
        raise PermissionDenied
    case = _Case(request=request, user=user, page=page, row=row, act=act)
    response = _post(case) if request.method == "POST" else _show(case)
    add_never_cache_headers(response)
    return response


def _show(
    case: _Case,
    *,
    reason: ReasonForm | None = None,
    extra: forms.Form | None = None,
    given: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page of the act; with `given`, of the act as its form is filled in."""
    act, at = case.act, now()
    fresh = {"seen": act.seen(case.row), "nonce": secrets.token_urlsafe(24)}
    # A rehearsal moves the object that it is given, though not its row.
    if not act.fits(case.row):
        effect = _not_now(case)
    elif act.preview is not None and given is not None:
        effect = act.preview(copy(case.row), case.user, at, given)
    else:
        effect = act.effect(copy(case.row), case.user, at)
    is_looked_at = act.preview is None or (given is not None and bool(effect.refusal))
    if reason is None:
        reason = ReasonForm(initial=fresh)
    else:
        # Whatever was wrong, the next confirmation is of what is shown now, and is another one.
        reason.data = {name: reason.data[name] for name in reason.data} | fresh
    reason.fields["reason"].help_text = act.reason_hint or reason.fields["reason"].help_text
    context = {
        **case.page.admin_site.each_context(case.request),
        "opts": case.page.opts,
        "title": act.title.rstrip("…"),
        "act": act,
        "row": case.row,
        "headline": case.page.headline(case.row, at=at) if case.row is not None else None,
        "effect": effect,
        # A form that would be refused as it is filled in can be filled in otherwise.
        "is_open": bool(effect.refusal) or (act.preview is not None and given is not None),
        "button": act.button if is_looked_at else LOOK,
        "looked": _looked(given) if given is not None and is_looked_at else "",
        "reason": reason,
        "extra": extra if extra is not None else _extra(case),
        "back": case.back,
        "list_url": case.page.list_url(),
        "list_title": case.page.many,
    }
    case.request.current_app = case.page.admin_site.name
    return TemplateResponse(case.request, "holdfast/act.html", context)


def _not_now(case: _Case) -> Effect:
    state = case.act.seen(case.row)
    detail = f"it is {words(state)}" if state else "its state does not allow it"
    return Effect(summary="This cannot be done now.", refusal=Verdict.no("not_now", detail))


def _extra(case: _Case, data: Any = None, files: Any = None) -> forms.Form | None:
    if case.act.form is None:
        return None
    initial = case.act.initial(case.row) if case.act.initial else None
    return case.act.form(data, files, initial=dict(initial) if initial else None)


def _post(case: _Case) -> HttpResponse:
    reason = ReasonForm(case.request.POST)
    extra = _extra(case, case.request.POST, case.request.FILES)
    is_complete = reason.is_valid() and (extra is None or extra.is_valid())
    if not is_complete:
        return _show(case, reason=reason, extra=extra)
    given = dict(extra.cleaned_data) if extra is not None else {}
    if case.act.preview is not None and case.request.POST.get("looked") != _looked(given):
        return _show(case, reason=reason, extra=extra, given=given)
    try:
        claimed = claim(scope=case.scope, key=reason.cleaned_data["nonce"], body_sha256=_digest(reason, given))
    except (InProgress, KeyReused) as refused:
        messages.warning(case.request, refused.detail)
        return HttpResponseRedirect(case.back)
    if isinstance(claimed, Answer):
        # The same confirmation came twice: a double click, or the browser's back button.
        messages.info(case.request, f"Done once already: {claimed.body['said']}")
        return HttpResponseRedirect(claimed.body["to"])
    if reason.cleaned_data["seen"] != case.act.seen(case.row):
        release(claim=claimed)
        messages.warning(case.request, "It changed while you were looking. This is what would happen now.")
        return _show(case, reason=reason, extra=extra, given=given)
    return _do(case, claimed, reason, extra, given)


def _do(
    case: _Case, claimed: Claim, reason: ReasonForm, extra: forms.Form | None, given: dict[str, Any]
) -> HttpResponse:
    asked = Asked(user=case.user, reason=reason.cleaned_data["reason"], at=now(), given=given)
    try:
        answer = case.act.do(case.row, asked)
    except Refused as refused:
        release(claim=claimed)
        log.info("act refused", extra={"act": case.act.name, "code": refused.code})
        messages.error(case.request, f"Refused: {refused.detail} ({refused.code})")
        return _show(_again(case), reason=reason, extra=extra, given=given)
    except BaseException:
        release(claim=claimed)
        raise
    said = answer if isinstance(answer, str) else case.act.done
    if answer is False:
        said = "It was so already; nothing was changed."
    finish(claim=claimed, status_code=303, body={"said": said, "to": case.back}, headers={})
    if isinstance(answer, Reveal):
        return _reveal(case, answer)
    if isinstance(answer, Attachment):
        file = HttpResponse(answer.body, content_type=answer.content_type)
        file["Content-Disposition"] = f'attachment; filename="{answer.name}"'
        return file
    messages.add_message(case.request, messages.INFO if answer is False else messages.SUCCESS, said)
    return HttpResponseRedirect(case.back)


def _again(case: _Case) -> _Case:
    """The case with the row as it stands now: the act may have moved the object before it was refused."""
    return replace(case, row=case.page.row(case.request, str(case.row.pk))) if case.row is not None else case


def _reveal(case: _Case, reveal: Reveal) -> HttpResponse:
    context = {
        **case.page.admin_site.each_context(case.request),
        "opts": case.page.opts,
        "title": reveal.title,
        "reveal": reveal,
        "back": case.back,
    }
    return TemplateResponse(case.request, "holdfast/reveal.html", context)


def _looked(given: dict[str, Any]) -> str:
    """The name of what was filled in when its effect was shown."""
    return hashlib.sha256(json.dumps(given, default=str, sort_keys=True).encode()).hexdigest()


def _digest(reason: ReasonForm, given: dict[str, Any]) -> bytes:
    shown = {"reason": reason.cleaned_data["reason"], **given}
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).digest()
