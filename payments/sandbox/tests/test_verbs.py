"""Which verb and which object a control order names."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.verbs import Wanted, wanted

VERBS = {("orders", "pay"): "to pay", ("set_ups", "take_back"): "to take back"}


class _Call:
    """Knows one order."""

    def find(self, kind: str, object_id: str | None) -> Any:
        return "the order" if (kind, object_id) == ("order", "ord_1-A") else None


class TestWanted:
    def test_is_the_verb_of_that_noun(self) -> None:
        assert wanted(VERBS, method="POST", path="orders/ord_1-A/pay") == Wanted("to pay", "orders", "ord_1-A")
        assert wanted(VERBS, method="POST", path="set_ups/x/take_back") == Wanted("to take back", "set_ups", "x")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "orders/ord_1/pay"),
            ("POST", "orders/ord_1/take_back"),
            ("POST", "orders/ord_1"),
            ("POST", "orders/ord_1/pay/"),
            ("POST", "orders/../pay"),
            ("POST", "rules"),
        ],
    )
    def test_is_nothing_of_another_form(self, method: str, path: str) -> None:
        assert wanted(VERBS, method=method, path=path) is None


class TestObjectOf:
    def of(self, object_id: str) -> Any:
        call: Any = _Call()
        return Wanted("to pay", "orders", object_id).object_of(call, kinds={"orders": "order"})

    def test_is_found_by_the_kind_of_its_noun(self) -> None:
        assert self.of("ord_1-A") == "the order"

    def test_what_is_not_there_is_refused(self) -> None:
        with pytest.raises(OrderRefused, match="there is no ord_2"):
            self.of("ord_2")
