"""What in the inbox waits for a second person."""

from __future__ import annotations

import pytest

from config.admin.panel import Tone
from config.inbox import bulk
from config.inbox.panels import replays_to_approve
from config.inbox.tests.test_bulk import approved, asked, handled
from config.inbox.tests.toy import AT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("script")]


class TestReplaysToApprove:
    def test_shows_what_was_asked_for_and_by_how_many_events(self) -> None:
        handled(2)
        row = asked()
        work = replays_to_approve(AT)
        assert (work.count, work.tone) == ("1", Tone.WARNING)
        assert (work.items[0].label, work.items[0].detail) == ("toy every type: 2 events", "after the fix")
        assert (work.items[0].since, work.items[0].url) == (AT, f"/admin/config/replayrequest/{row.pk}/change/")

    def test_is_empty_once_somebody_decided(self) -> None:
        handled()
        approved()
        row = asked()
        bulk.reject(request_pk=row.pk, actor="user:ann", reason="no", at=AT)
        work = replays_to_approve(AT)
        assert (work.count, work.items, work.tone) == ("0", (), Tone.GOOD)
