"""Saved methods, spoken to Razorpay: customers, orders that register a token, and tokens.

A setup of the contract is an *order* whose payment the customer authorises in Checkout and which nobody captures, so
that Razorpay lets its rupee go by itself. The method that it saves is the *token* of that payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from config.calls.fields import JSON, text
from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayFailure, GatewayUnreachable, NotOffered, QuestionRefused, UnreadableObject
from payments.gateways.method_views import MethodView, SetupView
from payments.gateways.razorpay import tokens
from payments.gateways.razorpay.calls import attempts_of, change, look, walk
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.razorpay.fields import CALL_MARK, SETUP_MARK, items_of, mark
from payments.gateways.razorpay.requests import customer_body, registration_body
from payments.gateways.readings import Reading

NOT_LOOKED_UP = "not_looked_up"
ANOTHERS = "customer_is_anothers"


class RazorpaySavedMethods:
    """Of the adapter: what the contract says of customers, setups and methods."""

    _client: RazorpayClient
    _livemode: bool

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        """Razorpay learns our id of the person and nothing else. Made again, it is the same one; one that Razorpay
        takes for the same, and that carries another id of ours, is nobody that we may charge."""

        def read(obj: JSON) -> Reading:
            view = tokens.customer_view(obj, livemode=self._livemode)
            if view.our_id != our_id:
                return Reading(Outcome.DECLINED, failure=GatewayFailure(ANOTHERS))
            return Reading(Outcome.SUCCEEDED, customer=view)

        return change(self._client, lambda client: client.customer.create(customer_body(our_id=our_id, key=key)), read)

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        """An order has no key: one that was made under it before is looked for, and without an answer to that nothing
        was sent."""
        try:
            known = self._made_before(our_id, key)
        except (GatewayUnreachable, QuestionRefused, UnreadableObject) as error:
            return Answer(Outcome.NOT_EXECUTED, failure=GatewayFailure(NOT_LOOKED_UP, str(error)))
        if known is not None:
            return Answer(Outcome.SUCCEEDED, setup=known)
        body = registration_body(our_id=our_id, key=key, customer_id=customer_id)
        return change(
            self._client,
            lambda client: client.order.create(body),
            lambda order: Reading(Outcome.SUCCEEDED, setup=tokens.setup_view(order, (), None, livemode=self._livemode)),
        )

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        raise NotOffered("an order cannot be closed at Razorpay")

    def get_setup(self, *, setup_id: str) -> SetupView | None:
        if not setup_id.startswith("order_"):
            return None
        order = look(self._client, lambda client: client.order.fetch(setup_id))
        return self._setup(order) if order is not None else None

    def get_method(self, *, method_id: str) -> MethodView | None:
        ids = tokens.ids_of(method_id)
        if ids is None:
            return None
        token_id, customer_id = ids
        found = self._token(token_id, customer_id)
        return tokens.method_view(found, customer_id=customer_id, livemode=self._livemode) if found else None

    def list_methods(self, *, customer_id: str) -> Iterator[MethodView]:
        if not customer_id.startswith("cust_"):
            return
        page = look(self._client, lambda client: client.token.all(customer_id))
        found = items_of(page) if page is not None else []
        for token in sorted(found, key=lambda each: each.get("created_at") or 0, reverse=True):
            yield tokens.method_view(token, customer_id=customer_id, livemode=self._livemode)

    def detach_method(self, *, key: str, method_id: str) -> Answer:
        ids = tokens.ids_of(method_id)
        if ids is None:
            return Answer(Outcome.SUCCEEDED)
        token_id, customer_id = ids
        answer = change(self._client, lambda client: client.token.delete(customer_id, token_id), _deleted)
        if answer.outcome is not Outcome.DECLINED:
            return answer
        try:
            view = self.get_method(method_id=method_id)
        except (GatewayUnreachable, UnreadableObject):
            return replace(answer, outcome=Outcome.UNKNOWN)
        if view is None:
            return replace(answer, outcome=Outcome.SUCCEEDED, failure=None)
        return replace(answer, method=view)

    def _made_before(self, our_id: str, key: str) -> SetupView | None:
        orders = walk(self._client, lambda client, params: client.order.all(params), {"receipt": our_id})
        ours = [each for each in orders if mark(each, SETUP_MARK) == our_id and mark(each, CALL_MARK) == key]
        return self._setup(ours[0]) if ours else None

    def _setup(self, order: JSON) -> SetupView | None:
        """None for an order that registers nothing of ours."""
        if not mark(order, SETUP_MARK):
            return None
        attempts = attempts_of(self._client, text(order, "id"))
        ids = tokens.registered(order, attempts)
        token = self._token(*ids) if ids is not None else None
        return tokens.setup_view(order, attempts, token, livemode=self._livemode)

    def _token(self, token_id: str, customer_id: str) -> JSON | None:
        return look(self._client, lambda client: client.token.fetch(customer_id, token_id))


def _deleted(obj: JSON) -> Reading:
    done = obj.get("deleted") is True
    return Reading(Outcome.SUCCEEDED if done else Outcome.UNKNOWN)
