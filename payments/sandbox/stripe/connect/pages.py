"""The hosted page where whoever a connected account is for fills it in."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.engine import engine
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import accounts, onboarding
from payments.sandbox.stripe.connect.banks import DOCUMENT

# What each button gives as bank account; without one the account stays as it was.
BANKS: Final = {
    "complete": "btok_us_verified",
    "closed": "btok_us_verified_accountClosed",
    "returns": "btok_us_verified_returns",
    "document": "btok_us_verified",
    "later": "",
}
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def page(request: HttpRequest, account_id: str, secret: str) -> HttpResponse:
    """Shows the buttons. As with Stripe, the link itself is spent by what is done here, or by time."""
    running = engine()
    running.run_timers()
    with running.store.read() as transaction:
        link = _link(running.stripe.call(transaction, now=running.clock.now()), account_id, secret)
    return _shown(request, f"/stripe/setup/{account_id}/{secret}" if link else "")


@csrf_exempt
def act(request: HttpRequest, account_id: str, secret: str, action: str) -> HttpResponse:
    """A button was pressed; then back to whoever gave the link."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    running = engine()
    running.run_timers()
    with running.store.write() as transaction:
        call = running.stripe.call(transaction, now=running.clock.now())
        link = _link(call, account_id, secret)
        if link is None or action not in BANKS:
            return _shown(request, "")
        account = call.load(accounts.KIND, account_id)
        del account.hidden["links"][secret]
        call.save(account)
        _press(call, account, action)
    redirect = HttpResponseRedirect(link["back"])
    redirect.status_code = 303
    return redirect


def _press(call: Call, account: Stored, action: str) -> None:
    if BANKS[action]:
        onboarding.complete(call, account, token=BANKS[action])
    if action == "document":
        onboarding.require(call, account, fields=[DOCUMENT], disable=True)


def _link(call: Call, account_id: str, secret: str) -> dict[str, Any] | None:
    """The link as it was made; None where it is spent, or its time is over."""
    account = call.find(accounts.KIND, account_id)
    link: dict[str, Any] | None = account.hidden.get("links", {}).get(secret) if account else None
    return link if link and link["until"] > call.now_s else None


def _shown(request: HttpRequest, base: str) -> HttpResponse:
    answer = render(request, "sandbox/setup.html", {"base": base}, status=200 if base else 404)
    answer["Content-Security-Policy"] = _POLICY
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
