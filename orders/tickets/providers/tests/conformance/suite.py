"""What any transfer provider does, whether it is asked over a network or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from config.calls.barrier import CallInsideTransaction
from config.calls.failures import NotOffered
from config.calls.outcomes import Outcome
from orders.tickets.providers.contract import (
    LARGEST_PAGE,
    TransferCapability,
    TransferState,
    TransferView,
)
from orders.tickets.providers.tests.conformance.base import EMAIL, made, new, seen, view_of
from orders.tickets.providers.tests.conformance.harness import Harness

ENDS: dict[TransferState, Callable[[Harness, TransferView], object]] = {
    TransferState.DECLINED: lambda harness, view: harness.decline(view),
    TransferState.EXPIRED: lambda harness, view: harness.pass_time_beyond(view),
    TransferState.CANCELLED: lambda harness, view: harness.provider.cancel(key="call_x", provider_id=view.provider_id),
}
DECIDED = {TransferState.ACCEPTED: lambda harness, view: harness.accept(view), **ENDS}


def listed(harness: Harness, since: datetime) -> list[TransferView]:
    """All pages of what changed."""
    found: list[TransferView] = []
    cursor = ""
    while True:
        page = harness.provider.list_changed(since=since, cursor=cursor)
        assert len(page.transfers) <= LARGEST_PAGE
        found.extend(page.transfers)
        cursor = page.cursor
        if not cursor:
            return found


class TransferConformance:
    """Mixed into a test class that has a `harness` fixture."""

    def test_an_offer_is_open_and_says_what_was_offered(self, harness: Harness) -> None:
        given = new(harness)
        view = made(harness, given)
        assert view.provider_id
        assert view.reference == given.reference
        assert view.state.is_open
        assert sorted(view.tickets) == sorted(each.ticket_id for each in given.tickets)
        assert view.expires_at == given.expires_at

    def test_a_recipient_is_shown_masked(self, harness: Harness) -> None:
        view = made(harness)
        assert EMAIL not in repr(view)
        assert view.recipient == "a…@example.com"

    def test_the_same_reference_is_the_same_transfer(self, harness: Harness) -> None:
        given = new(harness)
        first, second = made(harness, given), made(harness, given)
        assert first.provider_id == second.provider_id
        assert harness.transfers_made(given.reference) == 1

    def test_another_reference_is_another_transfer(self, harness: Harness) -> None:
        assert made(harness).provider_id != made(harness).provider_id

    @pytest.mark.parametrize("state", DECIDED)
    def test_offered_again_after_it_was_decided_it_is_still_the_same(
        self, harness: Harness, state: TransferState
    ) -> None:
        given = new(harness)
        view = made(harness, given)
        DECIDED[state](harness, view)
        again = view_of(harness.provider.initiate(given))
        assert (again.provider_id, again.state) == (view.provider_id, state)
        assert harness.transfers_made(given.reference) == 1

    def test_what_could_be_accepted_by_nobody_is_not_made(self, harness: Harness) -> None:
        given = replace(new(harness), expires_at=harness.now().replace(microsecond=0) - timedelta(minutes=1))
        answer = harness.provider.initiate(given)
        assert (answer.outcome, answer.transfer) == (Outcome.DECLINED, None)
        assert answer.failure is not None
        assert harness.provider.find_by_reference(reference=given.reference) is None
        assert harness.transfers_made(given.reference) == 0

    def test_it_is_found_by_both_ids(self, harness: Harness) -> None:
        view = made(harness)
        assert seen(harness, view) == view
        assert harness.provider.find_by_reference(reference=view.reference) == view

    def test_what_is_not_there_is_not_found(self, harness: Harness) -> None:
        assert harness.provider.get(provider_id="nobody_has_this") is None
        assert harness.provider.find_by_reference(reference="tt_nobody") is None

    @pytest.mark.parametrize("state", DECIDED)
    def test_it_is_decided_once_and_says_when(self, harness: Harness, state: TransferState) -> None:
        view = made(harness)
        DECIDED[state](harness, view)
        after = seen(harness, view)
        assert after.state is state
        assert after.changed_at >= view.changed_at
        for act in (*DECIDED.values(),):
            act(harness, view)
        assert seen(harness, view) == after

    @pytest.mark.parametrize("state", ENDS)
    def test_taking_back_what_has_ended_is_success_with_its_own_word(
        self, harness: Harness, state: TransferState
    ) -> None:
        view = made(harness)
        ENDS[state](harness, view)
        answer = harness.provider.cancel(key="call_2", provider_id=view.provider_id)
        assert view_of(answer).state is state

    def test_what_was_accepted_is_not_taken_back(self, harness: Harness) -> None:
        view = made(harness)
        harness.accept(view)
        answer = harness.provider.cancel(key="call_1", provider_id=view.provider_id)
        assert answer.outcome is Outcome.DECLINED
        assert answer.transfer is not None
        assert answer.transfer.state is TransferState.ACCEPTED
        assert seen(harness, view).state is TransferState.ACCEPTED

    def test_what_is_not_there_cannot_be_taken_back(self, harness: Harness) -> None:
        answer = harness.provider.cancel(key="call_1", provider_id="nobody_has_this")
        assert (answer.outcome, answer.transfer) == (Outcome.DECLINED, None)

    def test_the_list_shows_what_changed_the_oldest_change_first(self, harness: Harness) -> None:
        views = [made(harness) for _ in range(3)]
        harness.accept(views[0])
        found = listed(harness, views[0].changed_at)
        mine = [each for each in found if each.reference in {view.reference for view in views}]
        assert {each.reference: each.state for each in mine} == {
            view.reference: seen(harness, view).state for view in views
        }
        assert [each.changed_at for each in found] == sorted(each.changed_at for each in found)

    def test_the_list_leaves_out_what_is_older(self, harness: Harness) -> None:
        view = made(harness)
        assert listed(harness, view.changed_at + timedelta(hours=1)) == []

    def test_the_list_comes_in_bounded_pages_and_misses_nothing(self, harness: Harness) -> None:
        views = [made(harness, new(harness, tickets=1)) for _ in range(LARGEST_PAGE + 3)]
        found = [each.reference for each in listed(harness, views[0].changed_at)]
        assert sorted(found) == sorted(view.reference for view in views)

    def test_it_calls_nobody_inside_a_transaction(self, harness: Harness) -> None:
        given = new(harness)
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            harness.provider.initiate(given)
        assert harness.transfers_made(given.reference) == 0

    def test_what_it_does_not_claim_is_not_offered(self, harness: Harness) -> None:
        if TransferCapability.WEBHOOKS in harness.provider.capabilities:
            return
        with pytest.raises(NotOffered):
            harness.provider.verify_webhook(headers={}, body=b"{}", at=harness.now())
        with pytest.raises(NotOffered):
            harness.provider.parse_webhook(body=b"{}")
