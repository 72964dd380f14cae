"""Hand-overs by hand as the contract sees them: begun once, over in time, taken back before a proof, read in pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.audit.models import AuditEntry
from config.calls.failures import NotOffered
from config.calls.outcomes import Outcome
from orders.tickets.providers.contract import NewTransfer, Recipient, TicketRef, TransferCapability, TransferState
from orders.tickets.providers.manual import adapter
from orders.tickets.providers.manual.adapter import MACHINE, ManualProvider, view_of
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.providers.manual.states import HandOverStatus
from orders.tickets.providers.tests.scripted import AT

pytestmark = pytest.mark.django_db
ENDS = AT + timedelta(hours=1)
SECOND = timedelta(seconds=1)
NEW = NewTransfer(
    reference="tt_1",
    tickets=(TicketRef("tkt_1", barcode="SEAT-0001-SECRET"), TicketRef("tkt_2")),
    recipient=Recipient("ann@example.com"),
    expires_at=ENDS,
)


def manual(at: Any = AT) -> ManualProvider:
    return ManualProvider(now=lambda: at)


def begun(reference: str = "tt_1", **columns: Any) -> HandOver:
    manual().initiate(replace(NEW, reference=reference))
    HandOver.objects.filter(reference=reference).update(**columns)
    return HandOver.objects.get(reference=reference)


def rows() -> list[Any]:
    return [*HandOver.objects.order_by("pk").values(), AuditEntry.objects.count()]


class TestInitiate:
    def test_keeps_whom_it_is_for_masked_and_no_barcode(self) -> None:
        answer = manual().initiate(NEW)
        row = HandOver.objects.get()
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.transfer == view_of(row)
        assert (row.status, row.ticket_ids, row.recipient) == ("initiated", ["tkt_1", "tkt_2"], "a…@example.com")
        assert (row.expires_at, row.changed_at, row.created_at) == (ENDS, AT, AT)
        assert "SECRET" not in str(rows())

    def test_the_same_again_is_the_same_one_as_it_stands_also_after_its_time(self) -> None:
        row = begun(status="accepted")
        before = rows()
        answer = manual(ENDS + SECOND).initiate(NEW)
        assert (answer.outcome, answer.transfer) == (Outcome.SUCCEEDED, view_of(row))
        assert rows() == before

    @pytest.mark.parametrize(("left", "outcome"), [(SECOND, Outcome.SUCCEEDED), (0 * SECOND, Outcome.DECLINED)])
    def test_one_that_is_over_already_does_not_begin(self, left: timedelta, outcome: Outcome) -> None:
        answer = manual(ENDS - left).initiate(NEW)
        assert answer.outcome is outcome
        assert HandOver.objects.exists() is (outcome is Outcome.SUCCEEDED)
        assert (answer.failure is None) is (outcome is Outcome.SUCCEEDED)


class TestRead:
    def test_by_its_id_and_by_ours(self) -> None:
        row, other = begun(), begun("tt_2")
        provider = manual()
        assert provider.get(provider_id=row.public_id) == provider.find_by_reference(reference="tt_1") == view_of(row)
        assert provider.get(provider_id=other.public_id) == view_of(other)
        assert provider.get(provider_id="tt_1") is provider.find_by_reference(reference=row.public_id) is None

    def test_shows_all_of_it(self) -> None:
        row = begun()
        view = view_of(row)
        assert (view.provider_id, view.reference, view.state) == (row.public_id, "tt_1", TransferState.INITIATED)
        assert (view.tickets, view.recipient) == (("tkt_1", "tkt_2"), "a…@example.com")
        assert (view.expires_at, view.changed_at, view.status) == (ENDS, AT, "initiated")

    @pytest.mark.parametrize("reads", ["get", "find", "list"])
    def test_what_was_not_shown_in_time_is_over_when_it_is_looked_at(self, reads: str) -> None:
        row, later = begun(), begun("tt_2", expires_at=ENDS + SECOND)

        def look(at: Any) -> None:
            if reads == "get":
                manual(at).get(provider_id=row.public_id)
            elif reads == "find":
                manual(at).find_by_reference(reference="tt_1")
            else:
                manual(at).list_changed(since=AT)

        look(ENDS - SECOND)
        row.refresh_from_db()
        assert row.status == "initiated"
        look(ENDS)
        row.refresh_from_db()
        later.refresh_from_db()
        assert (row.status, row.changed_at, later.status) == ("expired", ENDS, "initiated")
        entry = AuditEntry.objects.get(to_state="expired")
        assert (entry.actor, entry.subject_id) == (MACHINE, row.public_id)

    @pytest.mark.parametrize("status", [each for each in HandOverStatus if each != "initiated"])
    def test_nothing_else_is_over_by_itself(self, status: str) -> None:
        begun(status=status, proof_at=AT, proof_sealed=b"sealed", proof_name="a.pdf")
        before = rows()
        manual(ENDS + timedelta(days=9)).list_changed(since=AT)
        assert rows() == before

    def test_is_read_without_the_proof(self) -> None:
        row = begun(status="pending", proof_at=AT, proof_sealed=b"sealed", proof_name="a.pdf")
        with CaptureQueriesContext(connection) as captured:
            manual().get(provider_id=row.public_id)
            manual().list_changed(since=AT)
            manual().cancel(key="call_1", provider_id=row.public_id)
        assert not any('"proof_sealed"' in each["sql"] for each in captured if each["sql"].startswith("SELECT"))


class TestCancel:
    def test_before_a_proof_it_is_taken_back_at_once(self) -> None:
        row = begun()
        answer = manual(AT + SECOND).cancel(key="call_1", provider_id=row.public_id)
        row.refresh_from_db()
        assert (answer.outcome, answer.transfer) == (Outcome.SUCCEEDED, view_of(row))
        assert (row.status, row.changed_at, row.cancel_asked_at) == ("cancelled", AT + SECOND, None)
        before = rows()
        again = manual(ENDS).cancel(key="call_1", provider_id=row.public_id)
        assert again.outcome is Outcome.SUCCEEDED
        assert rows() == before

    def test_after_its_time_it_is_over_and_was_not_taken_back(self) -> None:
        row = begun()
        answer = manual(ENDS).cancel(key="call_1", provider_id=row.public_id)
        row.refresh_from_db()
        assert (answer.outcome, row.status) == (Outcome.SUCCEEDED, "expired")

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("pending", Outcome.PENDING),
            ("needs_review", Outcome.PENDING),
            ("accepted", Outcome.DECLINED),
            ("declined", Outcome.SUCCEEDED),
            ("expired", Outcome.SUCCEEDED),
        ],
    )
    def test_later_it_says_how_it_stands(self, status: str, outcome: Outcome) -> None:
        row = begun(status=status, proof_at=AT, proof_sealed=b"sealed", proof_name="a.pdf")
        answer = manual(AT + SECOND).cancel(key="call_1", provider_id=row.public_id)
        row.refresh_from_db()
        assert (answer.outcome, answer.transfer, row.status) == (outcome, view_of(row), status)
        assert (answer.failure is not None) is (outcome is Outcome.DECLINED)
        assert (row.cancel_asked_at is not None) is (outcome is Outcome.PENDING), "nobody is waited for elsewhere"

    def test_remembers_when_it_was_asked_for_first(self) -> None:
        row = begun(status="pending", proof_at=AT, proof_sealed=b"sealed", proof_name="a.pdf")
        other = begun("tt_2")
        for seconds in (1, 2):
            manual(AT + seconds * SECOND).cancel(key="call_1", provider_id=row.public_id)
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.cancel_asked_at, other.cancel_asked_at, other.status) == (AT + SECOND, None, "initiated")

    def test_of_nothing_is_declined(self) -> None:
        begun()
        before = rows()
        answer = manual().cancel(key="call_1", provider_id="ho_none")
        assert (answer.outcome, answer.transfer) == (Outcome.DECLINED, None)
        assert rows() == before

    def test_the_hand_over_is_locked_before_it_is_decided(self) -> None:
        row = begun()
        with CaptureQueriesContext(connection) as captured:
            manual().cancel(key="call_1", provider_id=row.public_id)
        assert any("FOR UPDATE" in each["sql"] for each in captured)


class TestChanged:
    def test_pages_go_on_where_the_last_one_ended_also_within_one_instant(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(adapter, "LARGEST_PAGE", 2)
        instants = [AT - SECOND, AT, AT, AT, AT + SECOND]
        made = [begun(f"tt_{number}", changed_at=at) for number, at in enumerate(instants)]
        HandOver.objects.filter(pk=made[1].pk).update(changed_at=AT + 2 * SECOND)
        seen, cursor = [], ""
        for _ in range(3):
            page = manual().list_changed(since=AT, cursor=cursor)
            seen.append([view.reference for view in page.transfers])
            cursor = page.cursor
            if not cursor:
                break
        assert seen == [["tt_2", "tt_3"], ["tt_4", "tt_1"]]

    def test_a_full_page_that_is_the_last_one_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(adapter, "LARGEST_PAGE", 2)
        for number in range(2):
            begun(f"tt_{number}")
        page = manual().list_changed(since=AT)
        assert (len(page.transfers), page.cursor) == (2, "")


class TestOffers:
    def test_no_webhooks(self) -> None:
        provider = manual()
        assert provider.capabilities == {
            TransferCapability.CANCEL, TransferCapability.LIST_SINCE, TransferCapability.BY_HAND,
        }  # fmt: skip
        with pytest.raises(NotOffered):
            provider.verify_webhook(headers={}, body=b"{}", at=AT)
        with pytest.raises(NotOffered):
            provider.parse_webhook(body=b"{}")
