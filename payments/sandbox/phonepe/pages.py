"""PhonePe's page, to which the customer is sent: buttons for everything that may become of an order."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.engine import engine
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.phonepe import customer, orders
from payments.sandbox.phonepe.call import Call

# What each button does.
PRESS: dict[str, Callable[[Call, Stored], None]] = {
    "pay": lambda call, order: customer.pay(call, order),
    "authenticate": lambda call, order: customer.begin_authentication(call, order),
    "approve": lambda call, order: customer.end_authentication(call, order, succeeds=True),
    "refuse": lambda call, order: customer.end_authentication(call, order, succeeds=False),
    "bank": lambda call, order: customer.pay_slowly(call, order),
    "settle": lambda call, order: customer.decide(call, order, succeeds=True),
    "bounce": lambda call, order: customer.decide(call, order, succeeds=False),
    "decline": lambda call, order: customer.decline(call, order),
    "insufficient": lambda call, order: customer.decline(call, order, code="INSUFFICIENT_FUNDS", detail="U30"),
}
_LEAVES = ("pay", "approve", "bank")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def page(request: HttpRequest) -> HttpResponse:
    """Shows what there is to pay and the buttons that its state allows."""
    running = engine()
    running.run_timers()
    token = request.GET.get("token", "")
    with running.store.read() as transaction:
        order = _order(running.phonepe.call(transaction, now=running.clock.now()), token)
    return _shown(request, token, order, problem="")


@csrf_exempt
def act(request: HttpRequest, token: str, action: str) -> HttpResponse:
    """A button was pressed; then back to the shop, or to the page with the reason why not."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    running = engine()
    running.run_timers()
    problem, press = "", PRESS.get(action)
    with running.store.write() as transaction:
        call = running.phonepe.call(transaction, now=running.clock.now())
        order = _order(call, token)
        if order is not None and press is not None:
            try:
                press(call, order)
            except customer.NotNow as refusal:
                problem = str(refusal)
    if order is not None and not problem and (action in _LEAVES or action == "cancel"):
        return _back(order) or _shown(request, token, order, problem="")
    return _shown(request, token, order, problem=problem)


def state_of(order: Stored) -> str:
    """`open`, `authenticate`, `processing`, `done` or `closed`."""
    if order.body["state"] != "PENDING":
        return "done" if order.body["state"] == "COMPLETED" else "closed"
    if any(attempt["state"] == "PENDING" for attempt in order.body["paymentDetails"]):
        return "processing"
    return "authenticate" if order.hidden["authenticating"] else "open"


def _order(call: Call, token: str) -> Stored | None:
    found = call.objects.all(kind=orders.KIND, filters=[Filter("token", (token,))]) if token else []
    return found[0] if found else None


def _back(order: Stored) -> HttpResponse | None:
    """The way back to the shop; None when it gave none. It is the same however it went: the shop must ask."""
    if urlsplit(order.hidden["return_url"]).scheme not in ("http", "https"):
        return None
    redirect = HttpResponseRedirect(order.hidden["return_url"])
    redirect.status_code = 303
    return redirect


def _shown(request: HttpRequest, token: str, order: Stored | None, *, problem: str) -> HttpResponse:
    values = {"state": "missing"}
    if order is not None:
        values = {
            "state": state_of(order),
            "base": f"/phonepe/transact/{token}",
            "amount": f"₹{order.body['amount'] / 100:,.2f}",
            "can_leave": "yes" if _back(order) else "",
            "problem": problem or order.body.get("errorCode", ""),
        }
    answer = render(request, "sandbox/pay.html", values, status=404 if order is None else 200)
    answer["Content-Security-Policy"] = _POLICY
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
