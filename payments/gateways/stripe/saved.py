"""Saved methods, spoken to Stripe: customers, setups, methods, and charges with nobody present."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayUnreachable, UnreadableObject
from payments.gateways.method_views import MethodView, SetupState, SetupView
from payments.gateways.readings import Reading
from payments.gateways.stripe.calls import change, look
from payments.gateways.stripe.client import StripeConnection
from payments.gateways.stripe.lists import StripeLists
from payments.gateways.stripe.paging import newest_first
from payments.gateways.stripe.views import customer_view, method_view, setup_view
from payments.gateways.stripe.views.marks import CALL_MARK, CUSTOMER_MARK, SETUP_MARK

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams, SetupIntentCreateParams


class StripeSavedMethods:
    """The customers and methods of one Stripe account."""

    def __init__(self, connection: StripeConnection, lists: StripeLists) -> None:
        self._connection = connection
        self._lists = lists

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        """Stripe learns our id of the person and nothing else."""
        params: CustomerCreateParams = {"metadata": {CUSTOMER_MARK: our_id, CALL_MARK: key}}
        return change(
            self._connection,
            lambda client: client.v1.customers.create(params, {"idempotency_key": key}),
            lambda customer: Reading(Outcome.SUCCEEDED, customer=customer_view(customer)),
        )

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        params: SetupIntentCreateParams = {
            "customer": customer_id,
            "usage": "off_session",
            "automatic_payment_methods": {"enabled": True},
            "metadata": {SETUP_MARK: our_id, CALL_MARK: key},
        }
        return change(
            self._connection,
            lambda client: client.v1.setup_intents.create(params, {"idempotency_key": key}),
            lambda setup: Reading(Outcome.SUCCEEDED, setup=setup_view(setup)),
        )

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        answer = change(
            self._connection,
            lambda client: client.v1.setup_intents.cancel(
                setup_id, {"cancellation_reason": "abandoned"}, {"idempotency_key": key}
            ),
            lambda setup: _closed(setup_view(setup)),
        )
        if answer.outcome is not Outcome.DECLINED:
            return answer
        try:
            view = self.get_setup(setup_id)
        except (GatewayUnreachable, UnreadableObject):
            return replace(answer, outcome=Outcome.UNKNOWN)
        if view is not None and view.state is SetupState.CANCELLED:
            return replace(answer, outcome=Outcome.SUCCEEDED, setup=view, failure=None)
        return replace(answer, setup=view)

    def get_setup(self, setup_id: str) -> SetupView | None:
        found = look(self._connection, lambda client: client.v1.setup_intents.retrieve(setup_id))
        return setup_view(found) if found is not None else None

    def get_method(self, method_id: str) -> MethodView | None:
        found = look(self._connection, lambda client: client.v1.payment_methods.retrieve(method_id))
        return method_view(found) if found is not None else None

    def list_methods(self, customer_id: str) -> Iterator[MethodView]:
        for page in newest_first(self._lists.methods, {"customer": customer_id}):
            yield from map(method_view, page)

    def detach(self, *, key: str, method_id: str) -> Answer:
        answer = change(
            self._connection,
            lambda client: client.v1.payment_methods.detach(method_id, {}, {"idempotency_key": key}),
            lambda method: _detached(method_view(method)),
        )
        # The journal keeps the answer: what of a card may not be kept is not in it.
        answer = replace(answer, raw={name: answer.raw[name] for name in ("id", "object") if name in answer.raw})
        if answer.outcome is not Outcome.DECLINED:
            return answer
        try:
            view = self.get_method(method_id)
        except (GatewayUnreachable, UnreadableObject):
            return replace(answer, outcome=Outcome.UNKNOWN)
        if view is None or not view.customer_id:
            return replace(answer, outcome=Outcome.SUCCEEDED, method=view, failure=None)
        return replace(answer, method=view)


def _closed(view: SetupView) -> Reading:
    return Reading(Outcome.SUCCEEDED if view.state is SetupState.CANCELLED else Outcome.UNKNOWN, setup=view)


def _detached(view: MethodView) -> Reading:
    return Reading(Outcome.UNKNOWN if view.customer_id else Outcome.SUCCEEDED, method=view)
