"""A transfer of the sandbox's API in our words; what cannot be read says which field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.calls.failures import UnreadableObject
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.sandbox.views import transfer_view, without_people

GIVEN: dict[str, Any] = {
    "_id": "trf_1",
    "reference": "tt_1",
    "status": "CREATED",
    "tickets": [{"id": "tkt_1", "status": "OFFERED"}],
    "recipient": {"email": "ann@example.com"},
    "expiresAt": "2026-11-21T13:00:00+00:00",
    "updatedAt": "2026-11-21T12:00:00.000001Z",
}


class TestTransferView:
    def test_says_the_same(self) -> None:
        view = transfer_view(GIVEN)
        assert (view.provider_id, view.reference, view.tickets, view.recipient, view.status) == (
            "trf_1", "tt_1", ("tkt_1",), "a…@example.com", "CREATED",
        )  # fmt: skip
        assert view.expires_at == datetime(2026, 11, 21, 13, tzinfo=UTC)
        assert view.changed_at == datetime(2026, 11, 21, 12, 0, 0, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("status", "state"),
        [
            ("CREATED", TransferState.INITIATED),
            ("TRANSFERRED", TransferState.ACCEPTED),
            ("REJECTED", TransferState.DECLINED),
            ("EXPIRED", TransferState.EXPIRED),
            ("CANCELLED", TransferState.CANCELLED),
            ("PARTIALLY_TRANSFERRED", TransferState.NEEDS_REVIEW),
            ("transferred", TransferState.NEEDS_REVIEW),
            ("TOMORROW'S", TransferState.NEEDS_REVIEW),
        ],
    )
    def test_every_word_means_one_thing_and_an_unknown_one_nothing(self, status: str, state: TransferState) -> None:
        assert transfer_view({**GIVEN, "status": status}).state is state

    @pytest.mark.parametrize(
        "change",
        [
            {"_id": ""}, {"status": None}, {"tickets": "all"}, {"tickets": [1]}, {"tickets": [{}]}, {"updatedAt": None},
            {"updatedAt": "soon"}, {"expiresAt": "2026-11-21T13:00:00"}, {"recipient": "ann@example.com"},
            {"reference": 1},
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_names_the_field_and_no_value(self, change: dict[str, Any]) -> None:
        with pytest.raises(UnreadableObject) as raised:
            transfer_view({**GIVEN, **change})
        assert "ann@example.com" not in str(raised.value)


class TestWithoutPeople:
    def test_leaves_no_recipient_wherever_it_stands(self) -> None:
        given = {"rows": [GIVEN], "ticketTransfer": GIVEN, "next": None}
        assert "ann@example.com" not in str(without_people(given))
        assert without_people(given)["rows"][0]["_id"] == "trf_1"
