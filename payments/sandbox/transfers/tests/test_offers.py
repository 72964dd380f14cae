"""What may become of an offer, and what may not."""

from __future__ import annotations

from typing import Any

import pytest

from payments.sandbox.transfers.tests.conftest import Desk

ENDS = {"accept": "TRANSFERRED", "reject": "REJECTED", "expire": "EXPIRED"}


def end(desk: Desk, transfer_id: str, how: str) -> None:
    if how == "cancel":
        desk.ask("POST", f"/{transfer_id}/cancel")
    else:
        desk.order(f"transfers/{transfer_id}/{how}")


class TestCreate:
    def test_offers_the_tickets_and_shows_no_secret(self, desk: Desk) -> None:
        body = desk.made()
        assert (body["status"], body["reference"]) == ("CREATED", "tt_1")
        assert [each["id"] for each in body["tickets"]] == ["tkt_1", "tkt_2"]
        assert "BAR-1" not in str(body)
        assert desk.secret_of(body["_id"]) not in str(body)
        assert desk.types() == ["ticketTransfer.created"]

    def test_is_made_once_under_a_reference(self, desk: Desk) -> None:
        wanted = desk.wanted()
        first, second = desk.ask("POST", **wanted), desk.ask("POST", **wanted)
        assert first.body["_id"] == second.body["_id"]
        assert len(desk.ask("GET").body["rows"]) == 1

    def test_another_one_under_the_same_reference_is_refused(self, desk: Desk) -> None:
        wanted = desk.wanted()
        desk.ask("POST", **wanted)
        given = desk.ask("POST", **{**wanted, "recipient": {"email": "bob@example.com"}})
        assert (given.status, given.body["code"]) == (422, "reference_reused")

    @pytest.mark.parametrize(
        "change",
        [
            {"reference": ""}, {"reference": 1}, {"tickets": []}, {"tickets": [{}]}, {"tickets": "all"},
            {"recipient": {}}, {"recipient": {"email": "nobody"}}, {"expiresAt": "soon"},
            {"expiresAt": "2026-11-21T12:00:00"},
        ],
    )  # fmt: skip
    def test_what_is_malformed_is_refused(self, desk: Desk, change: dict[str, Any]) -> None:
        given = desk.ask("POST", **desk.wanted(**change))
        assert (given.status, given.body["code"]) == (400, "bad_request")
        assert desk.types() == []

    def test_what_has_expired_already_is_refused(self, desk: Desk) -> None:
        given = desk.ask("POST", **desk.wanted(expiresAt="2020-01-01T00:00:00+00:00"))
        assert (given.status, given.body["code"]) == (422, "expired_already")


class TestEnds:
    @pytest.mark.parametrize("how", [*ENDS, "cancel"])
    def test_are_told_and_stand_in_the_history(self, desk: Desk, how: str) -> None:
        made = desk.made()
        end(desk, made["_id"], how)
        body = desk.ask("GET", f"/{made['_id']}").body
        status = {**ENDS, "cancel": "CANCELLED"}[how]
        assert body["status"] == status
        assert body["updatedAt"] > made["updatedAt"]
        assert [each["type"] for each in body["history"]] == ["CREATED", status]
        assert len(desk.types()) == 2

    def test_nobody_takes_it_in_time(self, desk: Desk) -> None:
        made = desk.made()
        desk.shift(3_601)
        assert desk.ask("GET", f"/{made['_id']}").body["status"] == "EXPIRED"
        assert desk.types()[-1] == "ticketTransfer.expired"

    @pytest.mark.parametrize("how", ["reject", "expire", "cancel"])
    def test_cancelling_what_has_ended_says_how_and_tells_nothing(self, desk: Desk, how: str) -> None:
        made = desk.made()
        end(desk, made["_id"], how)
        told = desk.types()
        given = desk.ask("POST", f"/{made['_id']}/cancel")
        assert (given.status, given.body["status"]) == (200, {**ENDS, "cancel": "CANCELLED"}[how])
        assert desk.types() == told

    def test_what_was_taken_is_not_taken_back(self, desk: Desk) -> None:
        made = desk.made()
        end(desk, made["_id"], "accept")
        given = desk.ask("POST", f"/{made['_id']}/cancel")
        assert (given.status, given.body["code"]) == (409, "already_transferred")
        assert given.body["ticketTransfer"]["status"] == "TRANSFERRED"


class TestRecipient:
    def test_takes_and_rejects_by_the_secret_of_the_letter_alone(self, desk: Desk) -> None:
        made = desk.made()
        path, secret = f"/{made['_id']}", desk.secret_of(made["_id"])
        assert desk.ask("POST", f"{path}/accept", key="", secret="another").status == 403
        assert desk.ask("POST", f"{path}/accept", key="", secret=secret).body["status"] == "TRANSFERRED"
        assert desk.ask("POST", f"{path}/reject", key="", secret=secret).status == 409

    def test_may_reject(self, desk: Desk) -> None:
        made = desk.made()
        secret = desk.secret_of(made["_id"])
        assert desk.ask("POST", f"/{made['_id']}/reject", key="", secret=secret).body["status"] == "REJECTED"

    def test_may_take_some(self, desk: Desk) -> None:
        made = desk.made()
        body = desk.order(f"transfers/{made['_id']}/accept", ticketIds=["tkt_2"])["object"]
        assert body["status"] == "PARTIALLY_TRANSFERRED"
        assert [each["status"] for each in body["tickets"]] == ["OFFERED", "ACCEPTED"]


class TestListing:
    def test_comes_by_reference(self, desk: Desk) -> None:
        desk.made("tt_1")
        desk.made("tt_2")
        assert [row["reference"] for row in desk.ask("GET", reference="tt_2").body["rows"]] == ["tt_2"]
        assert desk.ask("GET", reference="tt_3").body == {"rows": [], "next": None}

    def test_comes_in_pages_the_oldest_change_first(self, desk: Desk) -> None:
        made = [desk.made(f"tt_{number}") for number in range(5)]
        desk.order(f"transfers/{made[0]['_id']}/accept")
        found, after = [], ""
        while True:
            body = desk.ask("GET", top="2", **({"after": after} if after else {})).body
            found += [row["reference"] for row in body["rows"]]
            after = body["next"]
            if not after:
                break
        assert found == ["tt_1", "tt_2", "tt_3", "tt_4", "tt_0"]

    def test_leaves_out_what_did_not_change_since(self, desk: Desk) -> None:
        desk.made("tt_1")
        second = desk.made("tt_2")
        found = desk.ask("GET", updatedSince=second["updatedAt"]).body["rows"]
        assert [row["reference"] for row in found] == ["tt_2"]

    @pytest.mark.parametrize("query", [{"top": "0"}, {"top": "101"}, {"top": "x"}, {"updatedSince": "yesterday"}])
    def test_refuses_what_it_does_not_understand(self, desk: Desk, query: dict[str, str]) -> None:
        assert desk.ask("GET", **query).status == 400
