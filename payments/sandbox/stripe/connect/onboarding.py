"""A connected account's life: filled in, asked for more, stopped, let go on, and gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import accounts, banks
from payments.sandbox.stripe.events import emit, emit_body

_TOLD = ("capabilities", "charges_enabled", "details_submitted", "external_accounts", "payouts_enabled", "requirements")


def complete(call: Call, account: Stored, *, token: str) -> None:
    """Whoever it is for has filled it in, with this bank account, and Stripe wants nothing more."""
    body = account.body
    bank = banks.external_account(
        call, account_id=account.id, country=body["country"], currency=body["default_currency"], token=token
    )
    before = _told(account)
    body["external_accounts"] = {**body["external_accounts"], "data": [bank], "total_count": 1}
    body["business_type"] = body["business_type"] or "individual"
    body["details_submitted"] = True
    body["tos_acceptance"] = {"date": call.now_s, "ip": "203.0.113.7", "user_agent": None}
    emit_body(call, "account.external_account.created", bank, account=account.id)
    _enable(call, account, before)


def require(call: Call, account: Stored, *, fields: Iterable[str], disable: bool) -> None:
    """Stripe wants more of it, and with `disable` pays nothing out before it has that."""
    before = _told(account)
    reason = "requirements.past_due" if disable else ""
    account.body["requirements"] = accounts.requirements(list(fields), disabled=reason)
    _switch(account, on=not disable)
    _tell(call, account, before)


def disable(call: Call, account: Stored, *, reason: str) -> None:
    """Stripe stops it, for a reason that nothing which it could give would change."""
    before = _told(account)
    account.body["requirements"] = {**accounts.requirements(()), "disabled_reason": reason}
    _switch(account, on=False)
    _tell(call, account, before)


def enable(call: Call, account: Stored) -> None:
    """All that was wanted is there."""
    _enable(call, account, _told(account))


def leave(call: Call, account: Stored) -> None:
    """It lets go of the platform; from here on it is as if it were not there."""
    account.hidden["left"] = True
    call.save(account)
    application = {"id": new_id(prefix="ca", length=32), "object": "application", "name": None}
    emit_body(call, "account.application.deauthorized", application, account=account.id)


def _enable(call: Call, account: Stored, before: dict[str, Any]) -> None:
    account.body["requirements"] = accounts.requirements(())
    _switch(account, on=True)
    _tell(call, account, before)


def _switch(account: Stored, *, on: bool) -> None:
    body = account.body
    body["payouts_enabled"] = body["charges_enabled"] = on
    body["capabilities"] = dict.fromkeys(body["capabilities"], "active" if on else "inactive")


def _told(account: Stored) -> dict[str, Any]:
    return {name: account.body[name] for name in _TOLD}


def _tell(call: Call, account: Stored, before: dict[str, Any]) -> None:
    changed = {name: value for name, value in before.items() if account.body[name] != value}
    call.save(account)
    if changed:
        emit(call, "account.updated", account, previous=changed, account=account.id)
