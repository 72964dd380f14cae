"""An adapter without saved methods refuses each call of them by name, so that nobody takes silence for an answer."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from payments.gateways.contract import Gateway
from payments.gateways.failures import NotOffered
from payments.gateways.not_offered import WithoutSavedMethods

CALLS = [name for name in vars(WithoutSavedMethods) if not name.startswith("_")]


class Adapter(WithoutSavedMethods):
    name = "plain"


class TestWithoutSavedMethods:
    @pytest.mark.parametrize("call", CALLS)
    def test_each_call_says_which_gateway_does_not_offer_it(self, call: str) -> None:
        method = getattr(Adapter(), call)
        given: dict[str, Any] = dict.fromkeys(inspect.signature(method).parameters, "x")
        with pytest.raises(NotOffered, match="plain saves no methods here"):
            method(**given)

    @pytest.mark.parametrize("call", CALLS)
    def test_takes_what_the_contract_says(self, call: str) -> None:
        assert inspect.signature(getattr(Adapter, call)) == inspect.signature(getattr(Gateway, call))
