"""The lines of a session, as they are read."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.conftest import Raw


def _fields(*lines: dict[str, str]) -> dict[str, str]:
    fields = {"mode": "payment", "success_url": "https://shop.test/ok"}
    for index, line in enumerate(lines):
        fields |= {f"line_items[{index}]{name}": value for name, value in line.items()}
    return fields


TEA = {
    "[quantity]": "3",
    "[price_data][currency]": "usd",
    "[price_data][unit_amount]": "700",
    "[price_data][product_data][name]": "Tea",
}


class TestReadLines:
    def test_prices_each_line(self, raw: Raw) -> None:
        session = raw("POST", "/v1/checkout/sessions", _fields(TEA)).json
        lines: list[dict[str, Any]] = raw("GET", f"/v1/checkout/sessions/{session['id']}/line_items").json["data"]
        assert session["amount_total"] == 2_100
        assert (lines[0]["amount_total"], lines[0]["quantity"], lines[0]["price"]["unit_amount"]) == (2_100, 3, 700)

    @pytest.mark.parametrize(
        ("lines", "param"),
        [
            ([], "line_items"),
            ([{name: value for name, value in TEA.items() if name != "[quantity]"}], "line_items[0][quantity]"),
            ([{"[quantity]": "1"}], "line_items[0][price_data]"),
            ([{"[quantity]": "1", "[price]": "price_1"}], "line_items[0][price]"),
            ([TEA, TEA | {"[price_data][currency]": "eur"}], "line_items"),
            ([TEA | {"[price_data][product_data][name]": ""}], "line_items[0][price_data][product_data][name]"),
        ],
    )
    def test_refuses_lines_without_a_price(self, raw: Raw, lines: list[dict[str, str]], param: str) -> None:
        answer = raw("POST", "/v1/checkout/sessions", _fields(*lines))
        assert (answer.status, answer.error["param"]) == (400, param)
