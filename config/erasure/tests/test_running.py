"""A person is forgotten once nothing of theirs is open: in batches, resumed where it was cut off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from config.accounts.failures import digest
from config.accounts.models import ApiKey, LoginFailure, User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.erasure.models import ErasureRequest
from config.erasure.panels import erasures_to_settle
from config.erasure.running import run, run_due
from config.erasure.services import refuse_erasure, request_erasure
from config.tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
HERE = "config.erasure.tests.test_running"
left: dict[str, Any] = {}


def toy_open(*, person: User) -> list[str]:
    return list(left.get("open", ()))


def toy_erase(*, person: User, batch: int, at: datetime) -> int:
    """Ten rows at a time of what is left; may fail, or open something anew."""
    if left.get("fails"):
        raise ZeroDivisionError
    if left.pop("opens", None):
        left["open"] = ["something was opened meanwhile"]
    gone: int = min(10, left.get("rows", 0))
    left["rows"] = left.get("rows", 0) - gone
    return gone


def toy_prepare(*, person: User, at: datetime) -> None:
    assert not connection.in_atomic_block
    left["prepared"] = left.get("prepared", 0) + 1


@pytest.fixture(autouse=True)
def _toy(settings: Any) -> None:
    left.clear()
    account = settings.ERASURES["account"]
    toy = {"prepare": f"{HERE}.toy_prepare", "open": f"{HERE}.toy_open", "erase": f"{HERE}.toy_erase"}
    settings.ERASURES = {"toy": toy, "account": account}


@pytest.fixture
def person() -> User:
    return User.objects.create_user(email="asha.personal@example.com", password="a long password", name="Asha Personal")


@pytest.fixture
def request_(person: User) -> ErasureRequest:
    return request_erasure(person=person, cause="asked", actor="user:ops", at=AT)


def go(at: datetime = AT) -> int:
    return run_due(now=lambda: at)


def forget() -> None:
    """Shut and erased at once, looked at once more later."""
    assert (go(), go(LATER)) == (0, 1)


def fresh_of(row: ErasureRequest) -> ErasureRequest:
    return ErasureRequest.objects.get(pk=row.pk)


def fresh() -> ErasureRequest:
    return ErasureRequest.objects.select_related("person").get()


class TestRun:
    def test_forgets_whoever_has_nothing_open(self, person: User, request_: ErasureRequest) -> None:
        left["rows"] = 35
        ApiKey.objects.create(user=person, name="Asha's", secret_sha256=b"s" * 32, expires_at=AT + timedelta(days=900))
        assert (go(), go(LATER)) == (0, 1)
        row = fresh()
        assert (row.status, row.begun_at, row.ended_at, row.waits_for) == ("done", AT, LATER, [])
        assert (row.person.email, row.person.name, row.person.is_active, row.person.roles) == (
            f"{person.public_id.lower()}@erased.invalid", "", False, []
        )  # fmt: skip
        assert not row.person.has_usable_password()
        assert (left["rows"], ApiKey.objects.count()) == (0, 0)

    def test_waits_and_says_for_what(self, person: User, request_: ErasureRequest) -> None:
        left.update(open=["2 orders are not over"], rows=5)
        assert go() == 0
        row = fresh()
        assert (row.status, row.waits_for, row.looked_at) == ("open", ["2 orders are not over"], AT)
        assert (row.person.email, row.person.is_active, left["rows"]) == ("asha.personal@example.com", True, 5)
        assert not AuditEntry.objects.filter(act="shut").exists()
        assert erasures_to_settle(AT).items[0].detail == "2 orders are not over"
        left["open"] = []
        assert (go(), go(LATER)) == (0, 1)
        assert left["prepared"] == 2

    def test_again_does_nothing(self, person: User, request_: ErasureRequest) -> None:
        forget()
        audit = AuditEntry.objects.count()
        assert go(LATER) == 0
        assert not run(request_pk=request_.pk, until=LATER + timedelta(hours=1), now=lambda: LATER)
        assert AuditEntry.objects.count() == audit

    def test_who_works_here_is_not_forgotten(self, person: User, request_: ErasureRequest) -> None:
        User.objects.update(roles=[Role.SUPPORT])
        go()
        assert fresh().waits_for == ["works here: take the roles away first"]

    def test_what_fails_is_done_again_and_stops_nobody_else(
        self, person: User, request_: ErasureRequest, caplog: pytest.LogCaptureFixture
    ) -> None:
        left["fails"] = True
        assert go() == 0
        row = fresh()
        assert (row.status, row.waits_for) == ("running", ["toy: not all of it is erased yet"])
        assert row.person.email == "asha.personal@example.com", "the account is last"
        assert not row.person.is_active
        assert "erasing failed" in caplog.text
        left["fails"] = False
        assert go(LATER) == 1

    def test_goes_on_where_the_time_was_over(self, person: User, request_: ErasureRequest) -> None:
        left["rows"] = 10_000
        instants = iter(AT + timedelta(seconds=second) for second in range(10_000))
        assert run_due(budget_s=30, now=lambda: next(instants)) == 0
        assert (fresh().status, 0 < left["rows"] < 10_000) == ("running", True)
        assert go(AT + timedelta(hours=5)) == 1

    def test_what_was_opened_meanwhile_is_waited_for(self, person: User, request_: ErasureRequest) -> None:
        left["opens"] = True
        assert go() == 0
        assert (fresh().status, fresh().waits_for) == ("running", ["something was opened meanwhile"])
        left["open"] = []
        assert go(LATER) == 1

    def test_looks_first_at_whom_nobody_looked_at_for_longest(self, person: User, request_: ErasureRequest) -> None:
        other = User.objects.create_user(email="other@example.com")
        second = request_erasure(person=other, cause="asked", actor="user:ops", at=AT)
        ErasureRequest.objects.filter(pk=request_.pk).update(looked_at=AT)
        run_due(most=1, now=lambda: AT)
        second.refresh_from_db()
        assert (second.status, fresh_of(request_).status) == ("running", "open")

    def test_failed_logins_go_too(self, person: User, request_: ErasureRequest) -> None:
        from_login(person.email)
        from_login("somebody.else@example.com")
        forget()
        assert LoginFailure.objects.count() == 1

    def test_the_history_names_nobody(self, person: User, request_: ErasureRequest) -> None:
        forget()
        told = " ".join(f"{row.reason} {row.facts} {row.actor}" for row in AuditEntry.objects.all())
        assert "sha" not in told.lower().replace("shut", "").replace("shall", "")
        moves = AuditEntry.objects.filter(subject_type="erasurerequest", act="move").order_by("pk")
        assert list(moves.values_list("to_state", flat=True)) == ["running", "done"]


class TestRaces:
    def test_two_workers_forget_once(self, person: User, request_: ErasureRequest) -> None:
        left["rows"] = 30
        go()
        assert sorted(map(str, together([partial(go, LATER)] * 4))) == ["0", "0", "0", "1"]
        assert fresh().status == "done"
        assert AuditEntry.objects.filter(subject_type="erasurerequest", to_state="done").count() == 1

    def test_what_was_being_opened_when_the_account_was_shut_is_seen_by_the_last_look(
        self, person: User, request_: ErasureRequest
    ) -> None:
        go()
        assert (fresh().status, fresh().waits_for) == ("running", ["a last look, in a few minutes"])
        left.update(open=["an order is not over"], rows=7)
        assert go(LATER) == 0
        assert (fresh().status, fresh().waits_for) == ("running", ["an order is not over"])
        left["open"] = []
        assert go(LATER) == 1
        assert left["rows"] == 0


class TestRequest:
    def test_one_at_a_time_while_it_runs_as_well(self, person: User, request_: ErasureRequest) -> None:
        left["fails"] = True
        go()
        assert request_erasure(person=person, cause="again", actor="user:ops", at=AT).pk == request_.pk
        with pytest.raises(IntegrityError, match="a_person_is_to_be_erased_once_at_a_time"), transaction.atomic():
            ErasureRequest.objects.create(person=person, cause="again")

    def test_is_refused_with_the_duty_that_keeps_the_data(self, person: User, request_: ErasureRequest) -> None:
        assert refuse_erasure(request_pk=request_.pk, actor="user:ops", reason="tax law", at=AT)
        assert not refuse_erasure(request_pk=request_.pk, actor="user:ops", reason="tax law", at=AT)
        assert go() == 0
        assert (fresh().status, fresh().person.email) == ("refused", "asha.personal@example.com")


def from_login(email: str) -> None:
    from_ = digest(email)
    LoginFailure.objects.create(email_sha256=from_, remote_addr="192.0.2.1", window_start=AT)
