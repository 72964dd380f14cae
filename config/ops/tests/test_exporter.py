"""A worker answers a scrape while it runs, and a taken port keeps no work from being done."""

from __future__ import annotations

import socket
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from celery import Celery

from config.celery import app
from config.ops.exporter import MetricsServer
from config.ops.metrics import nudge_failure
from config.tests.ports import free_port


class TestMetricsServer:
    def test_tells_the_counters_until_the_worker_stops(self, settings: Any) -> None:
        settings.METRICS_PORT = port = free_port()
        nudge_failure()
        server = MetricsServer(None)
        assert server.enabled
        server.start(None)
        text = urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        server.stop(None)
        assert "holdfast_nudge_failures_total" in text
        assert "holdfast_queue_due" not in text  # the web processes tell those
        with pytest.raises(URLError):
            urlopen(f"http://127.0.0.1:{port}/metrics", timeout=1)

    def test_without_a_port_it_stays_away(self, settings: Any) -> None:
        settings.METRICS_PORT = 0
        assert not MetricsServer(None).enabled

    def test_a_taken_port_is_a_warning(self, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            settings.METRICS_PORT = taken.getsockname()[1]
            server = MetricsServer(None)
            server.start(None)
            server.stop(None)
        assert "worker metrics are not served here" in caplog.text

    def test_every_worker_of_ours_has_it(self) -> None:
        assert isinstance(app, Celery)
        assert MetricsServer in app.steps["worker"]
