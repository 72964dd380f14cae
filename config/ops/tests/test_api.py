"""Operations' figures over HTTP are staff's alone, and say what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.accounts.tokens import issue
from config.admin.tests.operators import somebody
from config.ops.api import figures
from config.ops.tests.rows import event, job

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATH = "/api/v1/ops/metrics/"


def read(role: Role | None) -> Any:
    headers = {"Authorization": f"Bearer {issue(user=somebody(role)).access}"} if role else {}
    return Client().get(PATH, headers=headers)


class TestDoor:
    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_staff_read_it(self, role: Role) -> None:
        answer = read(role)
        assert answer.status_code == 200
        assert set(answer.json()) == {"at", "queues", "failed_emails", "figures"}
        assert set(answer.json()["figures"]) == {"orders_24h", "pending_payouts", "tickets_in_escrow"}

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.SCOUT, Role.ORGANIZER])
    def test_others_do_not(self, role: Role) -> None:
        assert read(role).status_code == 403

    def test_strangers_neither(self) -> None:
        assert read(None).status_code == 401


class TestFigures:
    def test_say_how_deep_and_old_each_queue_is(self) -> None:
        event(due_at=AT - timedelta(minutes=2))
        event(due_at=AT - timedelta(minutes=1))
        job(due_at=AT - timedelta(seconds=7), lane="mail")
        found = {(row["queue"], row["lane"]): row for row in figures(at=AT)["queues"]}
        assert (found["inbox", ""]["due"], found["inbox", ""]["oldest_due_age_s"]) == (2, 120)
        assert (found["outbox", "mail"]["due"], found["outbox", "mail"]["oldest_due_age_s"]) == (1, 7)
        assert found["outbox", "money"]["due"] == 0

    def test_count_letters_that_were_given_up_and_no_other_job(self) -> None:
        for lane in ("mail", "mail", "money"):
            job(due_at=AT, lane=lane, state="dead")
        told = figures(at=AT)
        assert told["failed_emails"] == 2
        assert {row["dead"] for row in told["queues"] if row["queue"] == "outbox"} == {3}
