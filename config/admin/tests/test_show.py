"""States, instants, ids and links look the same on every page, and are safe to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from config.accounts.models import User
from config.admin import show
from config.admin.panel import Tone
from config.calls.states import CallStatus
from config.inbox.states import InboxState
from config.outbox.models import OutboxJob
from config.outbox.states import OutboxState

AT = datetime(2026, 11, 21, 18, 45, 7, tzinfo=UTC)


class TestBadge:
    def test_says_the_word_and_its_colour(self) -> None:
        assert show.badge("pending_payment") == '<span class="hf-badge hf-warning">pending payment</span>'
        assert "hf-bad" in show.badge("dead")

    def test_says_of_what_where_that_is_not_clear(self) -> None:
        assert ">payment paid<" in show.badge("paid", of="payment")

    def test_of_a_state_that_nobody_coloured_is_neutral(self) -> None:
        assert "hf-neutral" in show.badge("whatever")
        assert "hf-bad" in show.badge("whatever", tone=Tone.BAD)

    def test_escapes_what_it_is_given(self) -> None:
        assert "<script>" not in show.badge("<script>")

    @pytest.mark.parametrize("state", ["dead", "failed", "review", "frozen", "disputed"])
    def test_what_needs_a_person_is_seen(self, state: str) -> None:
        assert show.TONES[state] == Tone.BAD

    def test_every_dead_end_of_the_machines_is_coloured(self) -> None:
        known = {*InboxState.values, *OutboxState.values, *CallStatus.values}
        quiet = {"ignored", "foreign", "skipped", "due", "not_executed"}
        assert known - quiet <= set(show.TONES)


class TestWhen:
    def test_is_in_the_operators_zone_and_keeps_utc_at_hand(self) -> None:
        with timezone.override(ZoneInfo("Asia/Kolkata")):
            text = show.when(AT)
        assert ">2026-11-22 00:15:07<" in text
        assert 'title="2026-11-21 18:45:07 UTC"' in text
        assert 'datetime="2026-11-21T18:45:07+00:00"' in text

    def test_of_nothing_is_a_dash(self) -> None:
        assert show.when(None) == show.NOTHING


class TestDistance:
    @pytest.mark.parametrize(
        ("span", "text"),
        [
            (timedelta(0), "no time"),
            (timedelta(seconds=1), "a second"),
            (timedelta(seconds=90), "90 seconds"),
            (timedelta(minutes=2), "2 minutes"),
            (timedelta(minutes=119), "119 minutes"),
            (timedelta(hours=47), "47 hours"),
            (timedelta(days=2), "2 days"),
            (timedelta(days=-400), "400 days"),
        ],
    )
    def test_is_as_exact_as_a_glance_needs(self, span: timedelta, text: str) -> None:
        assert show.distance(span) == text

    def test_says_on_which_side_of_now(self) -> None:
        assert show.until(AT + timedelta(hours=3), at=AT) == "in 3 hours"
        assert show.until(AT - timedelta(hours=3), at=AT) == "3 hours ago"
        assert show.until(None, at=AT) == ""


class TestLinks:
    def test_of_a_list_carry_its_filters(self) -> None:
        assert show.list_url(OutboxJob, state="dead") == "/admin/config/outboxjob/?state__exact=dead"
        assert show.list_url(OutboxJob) == "/admin/config/outboxjob/"

    def test_of_a_row_lead_to_its_page(self) -> None:
        person = User(pk=7, email="ann@example.com", public_id="usr_1")
        assert show.url_of(person) == "/admin/config/user/7/change/"
        assert show.row_link(person) == '<a class="hf-link" href="/admin/config/user/7/change/">usr_1</a>'
        assert show.row_link(None) == show.NOTHING

    def test_of_an_id_in_a_text_column_look_it_up(self) -> None:
        assert 'href="/admin/find/?q=pay_1"' in show.id_link("pay_1")
        assert "href" not in show.id_link("stripe")
        assert show.id_link("") == show.NOTHING

    @pytest.mark.parametrize("make", [show.code, show.id_link, show.cut])
    def test_escape_what_they_are_given(self, make: object) -> None:
        assert "<b>" not in make("a_<b>")  # type: ignore[operator]

    def test_of_a_model_without_a_page_are_nothing(self) -> None:
        class Unregistered:
            _meta = type("Meta", (), {"app_label": "config", "model_name": "nothing"})
            pk = 1

        assert show.url_of(Unregistered()) == ""  # type: ignore[arg-type]


class TestNouns:
    def test_are_what_the_models_are_called(self) -> None:
        assert show.noun("escrowhold") == "escrow hold"
        assert show.noun("nothing of ours") == "nothing of ours"
        assert show.words("pending_payment") == "pending payment"
