"""A bulk replay on the operator site: one person asks, another sees what it would do and allows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from config.inbox.models import ReplayRequest, WebhookEvent
from config.inbox.tests.toy import AT, SOURCE, received
from config.outbox.models import OutboxJob

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("script")]
GIVEN: dict[str, Any] = {
    "source": SOURCE,
    "type": "",
    "since": "2026-11-20T00:00",
    "until": "2026-11-22T00:00",
    "states": ["dead", "processed"],
}


@pytest.fixture
def ann() -> User:
    return somebody(Role.OPERATIONS, email="ann@example.com")


@pytest.fixture
def bob() -> User:
    return somebody(Role.OPERATIONS, email="bob@example.com")


@pytest.fixture
def asked(ann: User) -> ReplayRequest:
    for _ in range(7):
        received()
    WebhookEvent.objects.update(state="dead")
    confirm(signed_in(ann), ReplayRequest, "ask", reason="after the fix", **GIVEN)
    return ReplayRequest.objects.get()


class TestAsking:
    def test_writes_the_request_down_and_replays_nothing(self, asked: ReplayRequest, ann: User) -> None:
        assert (asked.status, asked.matched, asked.requested_by) == ("requested", 7, ann.actor)
        assert asked.since == AT.replace(hour=0) - timedelta(days=1)
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"dead"}

    def test_reads_times_in_the_operators_zone(self, ann: User) -> None:
        received()
        WebhookEvent.objects.update(state="dead")
        User.objects.filter(pk=ann.pk).update(time_zone="Asia/Kolkata")
        confirm(signed_in(User.objects.get(pk=ann.pk)), ReplayRequest, "ask", **GIVEN)
        assert ReplayRequest.objects.get().since.isoformat() == "2026-11-19T18:30:00+00:00"

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"source": "nobody"}, "valid choice"),
            ({"since": "soon"}, "valid date"),
            ({"states": []}, "required"),
            ({"until": "2026-11-19T00:00"}, "wrong_period"),
            ({"type": "thing.unknown"}, "nothing_selected"),
        ],
    )
    def test_refuses_what_selects_nothing(self, ann: User, changes: dict[str, Any], said: str) -> None:
        received()
        WebhookEvent.objects.update(state="dead")
        text = text_of(confirm(signed_in(ann), ReplayRequest, "ask", **{**GIVEN, **changes}))
        assert said in text
        assert not ReplayRequest.objects.exists()

    def test_begins_with_the_last_day(self, ann: User) -> None:
        page = signed_in(ann).get(act_of(ReplayRequest, "ask")).content.decode()
        assert f'value="{timezone.now():%Y-%m-%d}T' in page


class TestAllowing:
    def test_shows_some_of_them_dry_and_lets_it_run(self, asked: ReplayRequest, bob: User) -> None:
        client = signed_in(bob)
        text = text_of(client.get(act_of(asked, "approve")))
        assert "7 events become due again" in text
        assert text.count("would be processed, and nothing would change") == 5
        assert "Allowed." in text_of(confirm(client, asked, "approve", reason="looked at it"))
        asked.refresh_from_db()
        assert (asked.status, asked.decided_by) == ("approved", bob.actor)
        assert OutboxJob.objects.get().topic == "replay.approved"

    def test_is_refused_to_who_asked(self, asked: ReplayRequest, ann: User) -> None:
        client = signed_in(ann)
        before = AuditEntry.objects.count()
        assert "you asked for it, so somebody else must allow it" in text_of(client.get(act_of(asked, "approve")))
        body = {"reason": "because", "seen": "requested", "nonce": "x" * 32}
        text = text_of(client.post(act_of(asked, "approve"), body))
        assert "four_eyes" in text
        asked.refresh_from_db()
        assert (asked.status, AuditEntry.objects.count(), OutboxJob.objects.count()) == ("requested", before, 0)

    def test_says_that_nothing_is_left(self, asked: ReplayRequest, bob: User) -> None:
        WebhookEvent.objects.update(body=None)
        assert "no event is selected any more" in text_of(signed_in(bob).get(act_of(asked, "approve")))


class TestEnding:
    def test_is_rejected_by_anybody_who_may(self, asked: ReplayRequest, ann: User) -> None:
        assert "Rejected." in text_of(confirm(signed_in(ann), asked, "reject", reason="wrong day"))
        asked.refresh_from_db()
        assert asked.status == "rejected"

    def test_is_stopped_while_it_runs(self, asked: ReplayRequest, ann: User, bob: User) -> None:
        client = signed_in(bob)
        assert "Not possible now" in text_of(client.get(act_of(asked, "stop")))
        confirm(client, asked, "approve")
        assert "Stopped." in text_of(confirm(signed_in(ann), asked, "stop", reason="too many"))
        asked.refresh_from_db()
        assert asked.status == "stopped"


class TestSeeing:
    def test_shows_progress_and_both_persons(self, asked: ReplayRequest, bob: User) -> None:
        confirm(signed_in(bob), asked, "approve")
        text = text_of(as_role(Role.SUPPORT).get(page_of(asked)))
        for shown in ("Events found 7", "Replayed 0", "after the fix", "approved"):
            assert shown in text
        assert asked.public_id in text_of(as_role(Role.SUPPORT).get(list_of(ReplayRequest)))

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR])
    def test_others_may_look_and_nothing_else(self, asked: ReplayRequest, role: Role) -> None:
        client = as_role(role)
        assert client.get(act_of(ReplayRequest, "ask")).status_code == 403
        for name in ("approve", "reject"):
            assert client.get(act_of(asked, name)).status_code == 403
        assert "Ask for a bulk replay" not in text_of(client.get(list_of(ReplayRequest)))
