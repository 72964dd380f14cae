"""What the control endpoint plays: recipient, time, and words that nobody has heard before."""

from __future__ import annotations

import pytest

from payments.sandbox.gateways import OrderRefused
from payments.sandbox.transfers.control import obey
from payments.sandbox.transfers.tests.conftest import Desk


class TestVerbs:
    def test_a_word_of_tomorrow_is_told_as_an_update(self, desk: Desk) -> None:
        made = desk.made()
        assert desk.order(f"transfers/{made['_id']}/status", status="ON_HOLD")["object"]["status"] == "ON_HOLD"
        assert desk.types()[-1] == "ticketTransfer.updated"

    @pytest.mark.parametrize("verb", ["accept", "reject"])
    def test_what_is_over_is_over(self, desk: Desk, verb: str) -> None:
        made = desk.made()
        desk.order(f"transfers/{made['_id']}/reject")
        with pytest.raises(OrderRefused):
            desk.order(f"transfers/{made['_id']}/{verb}")

    def test_nobody_and_nothing_are_refused(self, desk: Desk) -> None:
        with pytest.raises(OrderRefused):
            desk.order("transfers/trf_nobody/accept")
        assert obey(desk.engine, method="POST", path="nothing", order={}, base_url="") is None


class TestWebhook:
    def test_shows_and_changes_where_events_go(self, desk: Desk) -> None:
        desk.order("webhook", url="http://elsewhere.test/")
        found = obey(desk.engine, method="GET", path="webhook", order={}, base_url="")
        assert found is not None
        assert found["url"] == "http://elsewhere.test/"


class TestEvents:
    def test_come_the_newest_first_of_one_transfer(self, desk: Desk) -> None:
        made, _ = desk.made("tt_1"), desk.made("tt_2")
        desk.order(f"transfers/{made['_id']}/accept")
        found = obey(desk.engine, method="GET", path="events", order={"transfer": made["_id"]}, base_url="")
        assert found is not None
        assert [each["type"] for each in found["events"]] == ["ticketTransfer.transferred", "ticketTransfer.created"]
