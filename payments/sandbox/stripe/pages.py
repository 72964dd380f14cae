"""The hosted pages: where the customer pays a Checkout Session or a PaymentIntent with test methods."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.engine import engine
from payments.sandbox.objects import Stored
from payments.sandbox.store import Transaction
from payments.sandbox.stripe import confirming, intents, session_progress, sessions
from payments.sandbox.stripe.amounts import shown
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.payment_methods import obtain

# What each button tries.
METHODS = {
    "pay": "pm_card_visa",
    "decline": "pm_card_chargeDeclined",
    "insufficient": "pm_card_chargeDeclinedInsufficientFunds",
    "authenticate": "pm_card_threeDSecureRequired",
    "bank": "pm_usBankAccount",
}
_ANSWERS = {"approve": True, "refuse": False}
_BANK_ANSWERS = {"settle": True, "bounce": False}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Payable:
    """What is paid here: a session with the payment that was begun in it, or a payment alone."""

    session: Stored | None
    intent: Stored | None
    return_url: str

    @property
    def state(self) -> str:
        """`open`, `authenticate`, `processing`, `done` or `closed`."""
        status = self.intent.body["status"] if self.intent else "requires_payment_method"
        if status == "processing":
            return "processing"
        if status in ("succeeded", "requires_capture"):
            return "done"
        if status == "canceled" or (self.session is not None and self.session.body["status"] != "open"):
            return "closed"
        return "authenticate" if status == "requires_action" else "open"


def page(request: HttpRequest, object_id: str) -> HttpResponse:
    """Shows what there is to pay and the buttons that its state allows."""
    running = engine()
    running.run_timers()
    with running.store.read() as transaction:
        payable = _payable(_call(request, transaction), request, object_id)
    return _shown(request, object_id, payable, problem="")


@csrf_exempt
def act(request: HttpRequest, object_id: str, action: str) -> HttpResponse:
    """A button was pressed; then back to the shop, or to the page with the reason why not."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    running = engine()
    running.run_timers()
    problem = ""
    with running.store.write() as transaction:
        call = _call(request, transaction)
        payable = _payable(call, request, object_id)
        if payable is not None and action == "cancel":
            return _back(payable, succeeded=False) or _shown(request, object_id, payable, problem="")
        if payable is not None:
            try:
                _press(call, payable, action)
            except StripeError as refusal:
                problem = str(refusal)
            payable = _payable(call, request, object_id)
    if payable is not None and payable.state in ("done", "processing") and action not in _BANK_ANSWERS:
        back = _back(payable, succeeded=True)
        if back is not None:
            return back
    return _shown(request, object_id, payable, problem=problem)


def _call(request: HttpRequest, transaction: Transaction) -> Call:
    running = engine()
    base_url = f"{request.scheme}://{request.get_host()}"
    return running.stripe.call(transaction, now=running.clock.now(), base_url=base_url)


def _payable(call: Call, request: HttpRequest, object_id: str) -> Payable | None:
    """None for what is not there, and for a payment whose client secret was not given."""
    wanted = request.POST if request.method == "POST" else request.GET
    if object_id.startswith("cs_"):
        session = call.find(session_progress.KIND, object_id)
        if session is None:
            return None
        return Payable(session, call.find(intents.KIND, session.body["payment_intent"]), "")
    intent = call.find(intents.KIND, object_id)
    if intent is None or wanted.get("client_secret", "") != intent.body["client_secret"]:
        return None
    return Payable(None, intent, wanted.get("return_url", "") or intent.hidden.get("return_url") or "")


def _press(call: Call, payable: Payable, action: str) -> None:
    """Does what the button says; a button that the state no longer has does nothing."""
    session, intent = payable.session, payable.intent
    if action in METHODS and payable.state == "open":
        if session is not None:
            sessions.pay(call, session, method_name=METHODS[action])
        elif intent is not None:
            method = obtain(call, METHODS[action], customer=intent.body["customer"])
            confirming.confirm(call, intent, method, return_url=payable.return_url or None)
    elif action in _ANSWERS and payable.state == "authenticate" and intent is not None:
        confirming.authenticate(call, intent, succeeds=_ANSWERS[action])
    elif action in _BANK_ANSWERS and payable.state == "processing" and intent is not None:
        confirming.finish(call, intent, succeeds=_BANK_ANSWERS[action])


def _back(payable: Payable, *, succeeded: bool) -> HttpResponse | None:
    """The way back to the shop, with what Stripe adds to it; None when the shop gave none."""
    if payable.session is not None:
        url = payable.session.body["success_url" if succeeded else "cancel_url"]
        url = url.replace("{CHECKOUT_SESSION_ID}", payable.session.id) if url else None
    else:
        url = payable.return_url
        if url and payable.intent is not None:
            added = {
                "payment_intent": payable.intent.id,
                "payment_intent_client_secret": payable.intent.body["client_secret"],
                "redirect_status": "succeeded" if succeeded else "failed",
            }
            parts = urlsplit(url)
            url = urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode(added)]))))
    if not url or urlsplit(url).scheme not in ("http", "https"):
        return None
    redirect = HttpResponseRedirect(url)
    redirect.status_code = 303
    return redirect


def _shown(request: HttpRequest, object_id: str, payable: Payable | None, *, problem: str) -> HttpResponse:
    if payable is None:
        answer = render(request, "sandbox/pay.html", {"state": "missing"}, status=404)
    else:
        source = payable.session or payable.intent
        body = source.body if source is not None else {}
        amount = body.get("amount_total", body.get("amount", 0))
        lines = payable.session.hidden["lines"] if payable.session else []
        error = payable.intent.body["last_payment_error"] if payable.intent else None
        answer = render(
            request,
            "sandbox/pay.html",
            {
                "base": f"/stripe/pay/{object_id}",
                "state": payable.state,
                "amount": shown(amount, body["currency"]),
                "lines": [
                    {
                        "name": line["description"],
                        "quantity": line["quantity"],
                        "total": shown(line["amount_total"], line["currency"]),
                    }
                    for line in lines
                ],
                "description": body.get("description") or "",
                "client_secret": "" if payable.session or not payable.intent else payable.intent.body["client_secret"],
                "return_url": payable.return_url,
                "can_leave": _back(payable, succeeded=False) is not None,
                "problem": problem or (error["message"] if error else ""),
            },
        )
    answer["Content-Security-Policy"] = _POLICY
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
