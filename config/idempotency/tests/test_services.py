"""A key is claimed by one run, answered once, and handed on when a run dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F
from django.db.models.functions import Now

from config.idempotency import services
from config.idempotency.models import IdempotencyKey
from config.idempotency.services import Answer, Claim, InProgress, KeyReused, LeaseLost
from config.kernel.clock import now
from config.tests.together import TIMEOUT_S

SCOPE, KEY, BODY, OTHER = "user:usr_1 POST /x/", "k" * 22, b"b" * 32, b"o" * 32


def claim(scope: str = SCOPE, key: str = KEY, body: bytes = BODY) -> Claim | Answer:
    return services.claim(scope=scope, key=key, body_sha256=body)


def claimed() -> Claim:
    got = claim()
    assert isinstance(got, Claim)
    return got


def let_the_lease_run_out() -> None:
    IdempotencyKey.objects.update(lease_until=Now() - timedelta(seconds=1))


def finish(mine: Claim) -> bool:
    return services.finish(claim=mine, status_code=201, body={"id": "ord_1"}, headers={"Location": "/x/1/"})


def make_something(mine: Claim, *, intent_id: str, breaks: bool = False) -> None:
    with transaction.atomic():
        IdempotencyKey.objects.create(scope="made by the slow run", key="x", body_sha256=BODY)
        services.remember_intent(claim=mine, intent_id=intent_id)
        assert not breaks or 1 // 0


@pytest.mark.django_db
class TestClaim:
    def test_the_first_gets_it(self) -> None:
        mine = claimed()
        row = IdempotencyKey.objects.get()
        assert (mine.row_id, mine.token, mine.intent_id) == (row.id, row.lease_token, "")

    def test_while_it_runs_the_second_is_told_so(self) -> None:
        claimed()
        with pytest.raises(InProgress) as refused:
            claim()
        assert (refused.value.code, refused.value.http_status) == ("idempotency_in_progress", 409)

    def test_afterwards_the_second_gets_the_answer(self) -> None:
        mine = claimed()
        services.remember_intent(claim=mine, intent_id="ord_1")
        assert finish(mine)
        expected = Answer(status_code=201, body={"id": "ord_1"}, headers={"Location": "/x/1/"}, intent_id="ord_1")
        assert claim() == expected
        assert claim() == expected

    def test_another_body_is_refused_while_it_runs_and_afterwards(self) -> None:
        mine = claimed()
        with pytest.raises(KeyReused):
            claim(body=OTHER)
        finish(mine)
        with pytest.raises(KeyReused) as refused:
            claim(body=OTHER)
        assert (refused.value.code, refused.value.http_status) == ("idempotency_key_reused", 422)

    def test_another_body_does_not_take_a_dead_run_over(self) -> None:
        claimed()
        let_the_lease_run_out()
        with pytest.raises(KeyReused):
            claim(body=OTHER)

    @pytest.mark.parametrize(("scope", "key"), [("user:usr_2 POST /x/", KEY), (SCOPE, "another-key")])
    def test_another_scope_or_key_is_another_thing(self, scope: str, key: str) -> None:
        claimed()
        assert isinstance(claim(scope, key), Claim)
        assert IdempotencyKey.objects.count() == 2

    def test_the_lease_is_of_the_databases_clock(self, settings: Any) -> None:
        settings.IDEMPOTENCY_LEASE_S = 100
        claimed()
        row = IdempotencyKey.objects.annotate(left=F("lease_until") - Now()).get()
        assert timedelta(seconds=99) < row.left <= timedelta(seconds=100)

    def test_a_very_long_scope_fits(self) -> None:
        claim("s" * 500)
        with pytest.raises(InProgress):
            claim("s" * 500)


@pytest.mark.django_db
class TestTakeOver:
    def test_a_run_that_died_is_continued_with_its_intent(self) -> None:
        services.remember_intent(claim=claimed(), intent_id="ord_1")
        let_the_lease_run_out()
        assert claimed().intent_id == "ord_1"

    def test_not_before_its_lease_is_over(self) -> None:
        services.remember_intent(claim=claimed(), intent_id="ord_1")
        with pytest.raises(InProgress):
            claim()

    def test_the_slow_first_run_can_make_nothing_more(self) -> None:
        slow = claimed()
        let_the_lease_run_out()
        fast = claimed()
        with pytest.raises(LeaseLost):
            make_something(slow, intent_id="ord_slow")
        assert not IdempotencyKey.objects.filter(scope="made by the slow run").exists()
        assert not finish(slow)
        assert not services.release(claim=slow)
        services.remember_intent(claim=fast, intent_id="ord_fast")
        assert finish(fast)
        assert IdempotencyKey.objects.get().intent_id == "ord_fast"

    def test_a_slow_run_that_nobody_took_over_may_still_finish(self) -> None:
        mine = claimed()
        let_the_lease_run_out()
        assert finish(mine)


@pytest.mark.django_db
class TestRelease:
    def test_lets_the_next_come_at_once_and_keeps_the_intent(self) -> None:
        mine = claimed()
        services.remember_intent(claim=mine, intent_id="ord_1")
        assert services.release(claim=mine)
        assert claimed().intent_id == "ord_1"


@pytest.mark.django_db
class TestRememberIntent:
    def test_without_a_key_there_is_nothing_to_remember(self) -> None:
        services.remember_intent(claim=None, intent_id="ord_1")
        assert not IdempotencyKey.objects.exists()

    def test_rolls_back_with_what_it_names(self) -> None:
        mine = claimed()
        with pytest.raises(ZeroDivisionError):
            make_something(mine, intent_id="ord_1", breaks=True)
        assert IdempotencyKey.objects.get().intent_id == ""


@pytest.mark.django_db
class TestFinish:
    def test_keeps_the_answer_encrypted(self) -> None:
        services.finish(claim=claimed(), status_code=200, body={"email": "ann@example.com"}, headers={})
        assert b"ann@example.com" not in bytes(IdempotencyKey.objects.get().answer or b"")

    def test_an_ended_request_has_its_answer(self) -> None:
        claimed()
        with pytest.raises(IntegrityError, match="an_ended_request_has_its_answer"), transaction.atomic():
            IdempotencyKey.objects.update(status_code=200)


@pytest.mark.django_db
def test_purge_forgets_keys_older_than_seven_days() -> None:
    at = now()
    for days in (6, 7, 8, 9, 10):
        claim(key=f"key-{days}")
        IdempotencyKey.objects.filter(key=f"key-{days}").update(created_at=at - timedelta(days=days))
    assert services.purge(at=at, batch=2) == 3
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == {"key-6", "key-7"}
    assert services.purge(at=at) == 0


def race(contestants: int, attempt: Any) -> list[Any]:
    """Runs `attempt` on as many connections at once."""
    barrier = Barrier(contestants)

    def start(_: int) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(TIMEOUT_S)
            return attempt()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(contestants) as pool:
        return list(pool.map(start, range(contestants)))


def outcome() -> str:
    try:
        return type(claim()).__name__
    except InProgress:
        return "InProgress"


def careless_outcome(all_have_looked: Barrier) -> str:
    """What many do: look first, then write. The unique row is not asked, because a look already said that none is."""
    is_new = not IdempotencyKey.objects.filter(scope=SCOPE, key=KEY).exists()
    all_have_looked.wait(TIMEOUT_S)
    IdempotencyKey.objects.bulk_create([IdempotencyKey(scope=SCOPE, key=KEY, body_sha256=BODY)], ignore_conflicts=True)
    return "Claim" if is_new else "InProgress"


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_of_many_at_once_one_runs(self) -> None:
        for _ in range(5):
            IdempotencyKey.objects.all().delete()
            assert sorted(race(8, outcome)) == ["Claim"] + ["InProgress"] * 7

    def test_of_many_at_once_one_takes_a_dead_run_over(self) -> None:
        for _ in range(5):
            IdempotencyKey.objects.all().delete()
            claim()
            let_the_lease_run_out()
            assert sorted(race(8, outcome)) == ["Claim"] + ["InProgress"] * 7

    def test_the_race_is_real_without_the_one_statement(self) -> None:
        all_have_looked = Barrier(8)
        assert race(8, lambda: careless_outcome(all_have_looked)) == ["Claim"] * 8
