"""Bodies of events that concern somebody go in batches; rows and keys stay, and no other body goes."""

from __future__ import annotations

import pytest
from django.db import connection

from config.accounts.models import User
from config.inbox.erasure import empty, erase, of_person, open_things, waiting_for
from config.inbox.models import WebhookEvent
from config.inbox.tests.toy import AT
from config.ops.tests.rows import event

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user(email="asha@example.com")


def with_body() -> set[str]:
    return set(WebhookEvent.objects.filter(body__isnull=False).values_list("event_id", flat=True))


class TestErase:
    def test_empties_what_concerns_them_and_nothing_else(self, person: User) -> None:
        for name, concerns in (("theirs", [person.public_id, "usr_x"]), ("others", ["usr_x"]), ("nobodys", [])):
            event(due_at=AT, event_id=name, state="processed", body=b"b", concerns=concerns, last_error="of Asha")
        assert erase(person=person, batch=10, at=AT) == 1
        assert with_body() == {"others", "nobodys"}
        assert WebhookEvent.objects.get(event_id="theirs").last_error == ""
        assert WebhookEvent.objects.count() == 3
        assert erase(person=person, batch=10, at=AT) == 0

    def test_in_batches(self, person: User) -> None:
        for number in range(5):
            event(due_at=AT, event_id=f"e{number}", state="processed", body=b"b", concerns=[person.public_id])
        assert [erase(person=person, batch=2, at=AT) for _ in range(4)] == [2, 2, 1, 0]

    def test_empties_by_object_whatever_became_of_them(self) -> None:
        for state in ("processed", "ignored", "foreign"):
            event(due_at=AT, event_id=state, state=state, body=b"b", object_id="pi_1")
        event(due_at=AT, event_id="other", state="foreign", body=b"b", object_id="pi_2")
        assert empty(["pi_1", ""], 10) == 3
        assert with_body() == {"other"}
        assert empty([], 10) == 0

    @pytest.mark.parametrize("state", ["due", "parked", "dead"])
    def test_leaves_what_is_still_to_be_handled(self, person: User, state: str) -> None:
        """It came while the person was being forgotten, and may be about money."""
        event(
            due_at=AT, event_id="e", state=state, body=b"b", object_id="pi_1", concerns=[person.public_id],
            wake_key="pi_1" if state == "parked" else "",
        )  # fmt: skip
        assert empty(["pi_1"], 10) == erase(person=person, batch=10, at=AT) == 0
        assert with_body() == {"e"}

    def test_finds_theirs_by_an_index(self, person: User) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            assert "inbox_concerns" in of_person(person).explain()


class TestOpen:
    @pytest.mark.parametrize(("state", "waits"), [("due", True), ("dead", True), ("processed", False)])
    def test_what_is_still_to_be_handled_is(self, person: User, state: str, waits: bool) -> None:
        event(due_at=AT, event_id="e", state=state, body=b"b", object_id="pi_1", concerns=[person.public_id])
        assert bool(open_things(person=person)) is bool(waiting_for(["pi_1"])) is waits

    def test_says_how_many(self, person: User) -> None:
        for number in range(2):
            event(due_at=AT, event_id=f"e{number}", state="dead", body=b"b", object_id="pi_1")
        assert waiting_for(["pi_1"]) == ["2 events are to be handled"]
        assert open_things(person=person) == []
