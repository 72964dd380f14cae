"""Stripe's lists as pages of plain JSON, and the search for an object that carries our marks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from config.calls.fields import JSON, text
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.stripe.calls import Send, look
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.fields import mark
from payments.gateways.stripe.paging import FetchPage, newest_first
from payments.gateways.stripe.views.marks import CALL_MARK, PAYMENT_MARK

if TYPE_CHECKING:
    from stripe.params import (
        BalanceTransactionListParams,
        DisputeListParams,
        EventListParams,
        PaymentIntentListParams,
        PaymentMethodListParams,
        RefundListParams,
    )
    from stripe.params.checkout import SessionListParams

# Where to look for what an unanswered call made: first in the quarter of an hour after it, then in all that followed.
AT_FIRST: Final = timedelta(minutes=15)
CLOCKS_DIFFER: Final = timedelta(minutes=2)
MOST_PAGES: Final = 200


class StripeLists:
    """One page at a time; a list filtered by an object that does not exist is empty."""

    def __init__(self, connection: StripeConnection) -> None:
        self._connection = connection

    def sessions(self, params: Mapping[str, Any]) -> JSON:
        return self._page(lambda client: client.v1.checkout.sessions.list(cast("SessionListParams", params)))

    def intents(self, params: Mapping[str, Any]) -> JSON:
        return self._page(lambda client: client.v1.payment_intents.list(cast("PaymentIntentListParams", params)))

    def refunds(self, params: Mapping[str, Any]) -> JSON:
        return self._page(lambda client: client.v1.refunds.list(cast("RefundListParams", params)))

    def disputes(self, params: Mapping[str, Any]) -> JSON:
        return self._page(lambda client: client.v1.disputes.list(cast("DisputeListParams", params)))

    def methods(self, params: Mapping[str, Any]) -> JSON:
        return self._page(lambda client: client.v1.payment_methods.list(cast("PaymentMethodListParams", params)))

    def movements(self, params: Mapping[str, Any]) -> JSON:
        return self._page(
            lambda client: client.v1.balance_transactions.list(cast("BalanceTransactionListParams", params))
        )

    def events(self, params: Mapping[str, Any]) -> JSON:
        return self._page(lambda client: client.v1.events.list(cast("EventListParams", params)))

    def _page(self, send: Send) -> JSON:
        return look(self._connection, send) or {"data": []}


def search(fetch: FetchPage, *, our_id: str, call_id: str, since: datetime) -> str:
    """The id of the object made since then that carries our marks, or nothing.

    Raises GatewayUnreachable when there are too many objects to say that it is not among them.
    """
    start, middle = epoch(since - CLOCKS_DIFFER), epoch(since + AT_FIRST)
    left = MOST_PAGES
    for window in ({"gte": start, "lt": middle}, {"gte": middle}):
        for page in newest_first(fetch, {"created": window}):
            for obj in page:
                if carries(obj, our_id=our_id, call_id=call_id):
                    return text(obj, "id")
            left -= 1
            if not left:
                raise GatewayUnreachable("too many objects to look through")
    return ""


def carries(obj: JSON, *, our_id: str, call_id: str) -> bool:
    """Whether the object was made by that call or for that payment. An empty id matches nothing."""
    made_by_call = bool(call_id) and mark(obj, CALL_MARK) == call_id
    made_for_payment = bool(our_id) and mark(obj, PAYMENT_MARK) == our_id
    return made_by_call or made_for_payment


def epoch(at: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return int(at.timestamp())
