"""Lists: limits and cursors."""

from __future__ import annotations

import pytest

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Control


class TestLimit:
    @pytest.mark.parametrize("limit", ["0", "101", "-1", "ten"])
    def test_is_between_1_and_100(self, raw: Raw, limit: str) -> None:
        answer = raw("GET", "/v1/charges", {"limit": limit})
        assert (answer.status, answer.error["param"]) == (400, "limit")

    def test_is_10_by_default(self, raw: Raw) -> None:
        for _ in range(11):
            raw("POST", "/v1/customers", {})
        page = raw("GET", "/v1/customers").json
        assert (len(page["data"]), page["has_more"], page["url"]) == (10, True, "/v1/customers")
        assert raw("GET", "/v1/customers", {"limit": "11"}).json["has_more"] is False


class TestCursors:
    def test_exclude_each_other(self, raw: Raw) -> None:
        made = raw("POST", "/v1/customers", {}).json["id"]
        answer = raw("GET", "/v1/customers", {"starting_after": made, "ending_before": made})
        assert answer.status == 400

    def test_stand_when_the_clock_went_backwards(self, raw: Raw, control: Control) -> None:
        first = raw("POST", "/v1/customers", {}).json["id"]
        control.shift_clock(-3_600)
        second = raw("POST", "/v1/customers", {}).json["id"]
        # Newest by the sandbox's clock first, whatever was made first.
        assert [each["id"] for each in raw("GET", "/v1/customers").json["data"]] == [first, second]
        after = raw("GET", "/v1/customers", {"starting_after": first}).json["data"]
        assert [each["id"] for each in after] == [second]
