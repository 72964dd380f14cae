"""Sends one request to Razorpay and says what became of it: an Answer for a change, plain JSON for a read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from config.calls.fields import JSON
from payments.gateways.contract import Answer, Outcome
from payments.gateways.razorpay.client import Answered, RazorpayClient, RazorpayRefused, RazorpayUnanswered
from payments.gateways.razorpay.fields import items_of
from payments.gateways.razorpay.outcomes import error_of_read, outcome_of_error
from payments.gateways.readings import Reading, understood

Send = Callable[[RazorpayClient], Answered]
FetchPage = Callable[[RazorpayClient, dict[str, Any]], Answered]

PAGE_SIZE: Final = 100  # the most that Razorpay gives


def change(client: RazorpayClient, send: Send, read: Callable[[JSON], Reading]) -> Answer:
    """Sends a request that changes something. Raises nothing but GatewayMisconfigured."""
    try:
        answered = send(client)
    except (RazorpayRefused, RazorpayUnanswered) as error:
        outcome, failure = outcome_of_error(error)
        answer = Answer(outcome=outcome, failure=failure, http_status=error.http_status)
        if isinstance(error, RazorpayUnanswered):
            return answer
        return replace(answer, request_id=error.request_id, raw={"error": error.error})
    envelope = Answer(
        outcome=Outcome.UNKNOWN, http_status=answered.http_status, request_id=answered.request_id, raw=dict(answered)
    )
    return understood(envelope, answered, read)


def look(client: RazorpayClient, send: Send) -> JSON | None:
    """Sends a read. None where there is no such object. Raises GatewayUnreachable, GatewayMisconfigured and
    QuestionRefused."""
    try:
        return send(client)
    except (RazorpayRefused, RazorpayUnanswered) as error:
        raised = error_of_read(error)
        if raised is None:
            return None
        raise raised from error


def walk(client: RazorpayClient, fetch: FetchPage, params: dict[str, Any], *, size: int = PAGE_SIZE) -> Iterator[JSON]:
    """Every object of a collection as it comes, newest first. It never says whether there is more: a page that is not
    full is the last."""
    skip = 0
    while True:
        asked = {**params, "count": size, "skip": skip}
        page = look(client, lambda client, asked=asked: fetch(client, asked))  # type: ignore[misc]
        items = items_of(page) if page is not None else []
        yield from items
        if len(items) < size:
            return
        skip += size


def attempts_of(client: RazorpayClient, order_id: str) -> list[JSON]:
    """Every attempt to pay the order, newest first."""
    page = look(client, lambda client: client.order.payments(order_id))
    found = items_of(page) if page is not None else []
    return sorted(found, key=lambda payment: payment.get("created_at") or 0, reverse=True)
