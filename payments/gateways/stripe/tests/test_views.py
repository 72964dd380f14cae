"""Whatever Stripe sends is read, or said to be unreadable; never is it another error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from payments.gateways.failures import UnreadableObject
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.views import (
    balance_transaction_view,
    capture_from_charge,
    payment_from_charge,
    payment_from_intent,
    payment_from_session,
    refund_view,
    refunds_from_charge,
)


class TestHostileShapes:
    @pytest.mark.parametrize(
        "read",
        [
            payment_from_intent,
            payment_from_session,
            payment_from_charge,
            capture_from_charge,
            refund_view,
            refunds_from_charge,
            balance_transaction_view,
        ],
    )
    @pytest.mark.parametrize("obj", [None, [], "x", 7, {}, {"object": None}, {"object": "event"}])
    def test_is_never_another_error(self, read: Callable[[Any], Any], obj: object) -> None:
        with pytest.raises(UnreadableObject):
            read(obj)

    @pytest.mark.parametrize(
        ("read", "good"),
        [
            (payment_from_intent, shapes.paid_intent(latest_charge=shapes.charge())),
            (payment_from_intent, shapes.old_intent(shapes.old_charge(), status="succeeded")),
            (payment_from_session, shapes.session(payment_intent=shapes.paid_intent())),
            (payment_from_charge, shapes.charge()),
            (refund_view, shapes.refund()),
            (balance_transaction_view, shapes.balance_transaction()),
        ],
    )
    @pytest.mark.parametrize("value", [None, [], {}, "x", -1, 2**80, 1.5, True])
    def test_any_field_may_hold_anything(self, read: Callable[[Any], Any], good: dict[str, Any], value: object) -> None:
        for key in good:
            broken = good | {key: value}
            try:
                read(broken)
            except UnreadableObject:
                continue
