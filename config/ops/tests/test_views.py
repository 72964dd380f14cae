"""Probes answer by the contract, and metrics are for infrastructure alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from config.kernel import clock
from config.ops import readiness
from config.ops.gauges import shared_as
from config.ops.metrics import observe_webhook
from config.ops.tests.dead import closed_port
from config.ops.tests.rows import event
from config.ops.views import exposition

pytestmark = pytest.mark.urls("config.ops.urls")
TOKEN = "metrics-token-of-the-tests"


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    readiness._known.migrated = False
    cache.delete(shared_as())
    yield
    cache.delete(shared_as())


@pytest.fixture
def database_down(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with closed_port() as port:
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "host", "127.0.0.1")
        yield


def _overdue_event() -> None:
    event(due_at=clock.now() - timedelta(hours=1))


class TestHealthz:
    def test_is_alive_without_asking_anybody(self, client: Client) -> None:
        response = client.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"status": "alive"})

    def test_is_alive_while_the_database_is_not(self, client: Client, database_down: None) -> None:
        assert client.get("/healthz").status_code == 200

    def test_takes_no_orders(self, client: Client) -> None:
        assert client.post("/healthz").status_code == 405

    def test_is_not_kept_by_caches_between_us(self, client: Client) -> None:
        assert client.get("/healthz")["Cache-Control"] == "no-store"


class TestReadyz:
    @pytest.mark.django_db
    def test_ready(self, client: Client) -> None:
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"status": "ready", "missing": [], "degraded": []})

    @pytest.mark.django_db
    def test_degraded_is_200_and_says_what(self, client: Client) -> None:
        _overdue_event()
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json() == {"status": "degraded", "missing": [], "degraded": ["inbox overdue"]}

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("query", "status"), [("strict=1", 503), ("strict=yes", 503), ("strict=0", 200), ("", 200)]
    )
    def test_degraded_is_503_for_the_strict(self, client: Client, query: str, status: int) -> None:
        _overdue_event()
        assert client.get(f"/readyz?{query}").status_code == status

    @pytest.mark.django_db
    def test_ready_is_200_for_the_strict_too(self, client: Client) -> None:
        assert client.get("/readyz?strict=1").status_code == 200

    @pytest.mark.django_db
    def test_a_lost_broker_alone_takes_nobody_out_of_service(self, client: Client, settings: Any) -> None:
        with closed_port() as port:
            settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"
            response = client.get("/readyz")
        assert (response.status_code, response.json()["degraded"]) == (200, ["broker"])

    def test_no_database_is_503(self, client: Client, database_down: None) -> None:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"status": "unready", "missing": ["database"], "degraded": []}

    def test_tells_no_internals(self, client: Client, database_down: None) -> None:
        assert "127.0.0.1" not in client.get("/readyz").content.decode()


@pytest.mark.django_db
class TestMetrics:
    def test_tells_counters_and_gauges(self, client: Client) -> None:
        observe_webhook("stripe", "charge.updated", "processed", 0.2)
        _overdue_event()
        response = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
        text = response.content.decode()
        assert response["Content-Type"].startswith("text/plain; version=0.0.4")
        assert 'holdfast_webhooks_total{outcome="processed",source="stripe",type="charge.updated"}' in text
        assert 'holdfast_queue_due{lane="",queue="inbox"} 1.0' in text
        assert "holdfast_gauges_failed 0.0" in text

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.3.4", "172.17.0.1", "fd00::1"])
    def test_is_open_inside_the_private_network(self, client: Client, address: str) -> None:
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200

    @pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "", "nonsense"])
    def test_is_closed_to_the_world(self, client: Client, address: str) -> None:
        response = client.get("/metrics", REMOTE_ADDR=address)
        assert response.status_code == 403
        assert "holdfast_" not in response.content.decode()

    def test_is_closed_behind_a_proxy_that_nobody_declared(self, client: Client) -> None:
        response = client.get("/metrics", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "8.8.8.8"})
        assert response.status_code == 403

    def test_believes_a_proxy_that_was_declared(self, client: Client, settings: Any) -> None:
        settings.TRUSTED_PROXIES = 1
        for forwarded, status in (("8.8.8.8", 403), ("10.9.9.9, 8.8.8.8", 403), ("8.8.8.8, 10.9.9.9", 200)):
            headers = {"X-Forwarded-For": forwarded}
            assert client.get("/metrics", REMOTE_ADDR="10.0.0.1", headers=headers).status_code == status

    def test_with_a_token_the_token_alone_counts(self, client: Client, settings: Any) -> None:
        settings.METRICS_TOKEN = TOKEN
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/metrics", REMOTE_ADDR="8.8.8.8", headers=right).status_code == 200
        assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403

    @pytest.mark.parametrize(
        "given", ["", "Bearer", "Bearer ", TOKEN, f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer é"]
    )
    def test_a_wrong_token_is_refused(self, client: Client, settings: Any, given: str) -> None:
        settings.METRICS_TOKEN = TOKEN
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 403


@pytest.mark.django_db(transaction=True)
class TestExposition:
    def test_counters_are_told_while_the_database_is_down(self, database_down: None) -> None:
        observe_webhook("stripe", "charge.updated", "processed")
        connection.close()
        text = exposition().decode()
        assert "holdfast_webhooks_total" in text
        assert "holdfast_queue_due" not in text  # missing, rather than stale or zero
        assert "holdfast_gauges_failed 0.0" not in text
