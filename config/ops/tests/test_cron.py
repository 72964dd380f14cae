"""The doors of hosts without a beat open to the secret alone, and run a sweep in whatever process they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from config.celery import app

pytestmark = pytest.mark.django_db
SECRET = "cron-secret-of-these-tests"
# A web process as it is after its start: nobody has imported any task yet. What the task does is not the matter here.
FRESH_PROCESS = f"""
import django
django.setup()
from django.conf import settings
from django.test import Client
from config.celery import app
import config.outbox.runner as runner
assert "outbox.run" not in app.tasks
runner.run_outbox = lambda **_: 7
settings.CRON_SECRET = {SECRET!r}
settings.CRON_DOORS = {{"outbox/run": ["outbox.run"]}}
answer = Client().post("/api/cron/outbox/run/", headers={{"X-CRON-SECRET": {SECRET!r}}})
print(answer.status_code, answer.json())
"""


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.CRON_SECRET = SECRET


def ring(client: Client, door: str = "outbox/run", *, secret: str | None = SECRET) -> Any:
    return client.post(f"/api/cron/{door}/", headers={"X-CRON-SECRET": secret} if secret is not None else {})


class TestCronView:
    @pytest.mark.parametrize("door", ["outbox/run", "escrow-timeout", "payouts"])
    def test_runs_the_sweep_and_says_how_many_rows_had_their_turn(self, client: Client, door: str) -> None:
        answer = ring(client, door)
        assert (answer.status_code, answer.json()) == (200, {"done": 0})

    def test_runs_it_in_a_web_process_that_never_imported_a_task(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", FRESH_PROCESS], env=dict(os.environ), capture_output=True, text=True, check=False
        )
        assert done.stdout.strip() == "200 {'done': 21}", done.stderr

    @pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", "ä"])
    def test_refuses_whoever_does_not_know_the_secret(
        self, client: Client, secret: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(app.loader, "import_default_modules", lambda: pytest.fail("it ran"))
        answer = ring(client, secret=secret)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "wrong_cron_secret")

    def test_is_no_door_at_all_where_no_secret_is_configured(self, client: Client, settings: Any) -> None:
        settings.CRON_SECRET = ""
        assert ring(client, secret="").status_code == 404

    def test_knows_only_the_doors_that_routes_name(self, client: Client) -> None:
        assert ring(client, "ledger/seal").status_code == 404

    @pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
    def test_is_rung_by_post_alone(self, client: Client, method: str) -> None:
        answer = getattr(client, method)("/api/cron/outbox/run/", headers={"X-CRON-SECRET": SECRET})
        assert answer.status_code == 405
