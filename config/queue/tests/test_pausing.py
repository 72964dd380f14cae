"""A kill switch is thrown and taken back by a person, with a reason, and both are kept."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from config.audit.models import AuditEntry
from config.queue.models import Pause
from config.queue.pausing import NotAKind, is_paused, pause, resume
from config.queue.tests.rows import AT, LISTENER, claimed, ids, job
from config.tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def paused(kind: str = LISTENER, *, queue: str = "outbox", actor: str = "user:ops") -> bool:
    return pause(queue=queue, kind=kind, actor=actor, reason="it sends nonsense", at=AT)


def resumed(kind: str = LISTENER, *, queue: str = "outbox") -> bool:
    return resume(queue=queue, kind=kind, actor="user:ops", reason="repaired", at=AT)


class TestPause:
    def test_stops_the_claiming_until_it_is_taken_back(self) -> None:
        row = job()
        assert paused() is True
        assert is_paused(queue="outbox", kind=LISTENER)
        assert claimed() == []
        assert resumed() is True
        assert ids(claimed()) == [row.pk]

    def test_is_kept_with_who_and_why(self) -> None:
        paused()
        resumed()
        entries = AuditEntry.objects.order_by("pk")
        assert [(entry.act, entry.reason) for entry in entries] == [
            ("paused", "it sends nonsense"), ("resumed", "repaired")
        ]  # fmt: skip
        assert entries[0].facts == {"queue": "outbox", "kind": LISTENER}

    def test_told_twice_does_it_once(self) -> None:
        assert paused() is True
        assert paused(actor="user:other") is False
        assert (Pause.objects.get().paused_by, AuditEntry.objects.count()) == ("user:ops", 1)

    def test_ten_persons_at_once_throw_one_switch(self) -> None:
        assert sorted(together([paused] * 10)) == [False] * 9 + [True]  # type: ignore[type-var]
        assert AuditEntry.objects.count() == 1

    @pytest.mark.parametrize(("queue", "kind"), [("inbux", "x"), ("outbox", ""), ("outbox", "x" * 121)])
    def test_of_nothing_is_refused(self, queue: str, kind: str) -> None:
        with pytest.raises(NotAKind):
            paused(kind, queue=queue)
        assert not Pause.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_the_database_says_so_in_a_sentence(self) -> None:
        paused()
        with pytest.raises(IntegrityError, match="a_kind_is_paused_once"):
            Pause.objects.create(queue="outbox", kind=LISTENER, reason="again", paused_by="user:ops")


class TestResume:
    def test_of_what_is_not_paused_does_nothing(self) -> None:
        assert resumed() is False
        assert not AuditEntry.objects.exists()

    def test_takes_back_one_switch_and_no_other(self) -> None:
        paused()
        paused("somebody.else")
        paused(queue="inbox")
        resumed()
        assert set(Pause.objects.values_list("queue", "kind")) == {("outbox", "somebody.else"), ("inbox", LISTENER)}
