"""Lets a Celery worker be scraped, which has no web server of its own."""

from __future__ import annotations

import logging
from typing import Any

from celery import bootsteps
from django.conf import settings
from prometheus_client import start_http_server
from prometheus_client.registry import CollectorRegistry

from config.ops.process_metrics import SharedCounters

log = logging.getLogger(__name__)


class MetricsServer(bootsteps.StartStopStep):
    """Serves the counters of this machine's processes on METRICS_HOST:METRICS_PORT while the worker runs.

    Not the gauges of the database: the web processes tell those, and twice would be once too often.
    """

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.enabled = bool(settings.METRICS_PORT)
        self._server: Any = None

    def start(self, parent: Any) -> None:
        del parent
        registry = CollectorRegistry()
        registry.register(SharedCounters(folder=settings.METRICS_FOLDER))
        where = {"host": settings.METRICS_HOST, "port": settings.METRICS_PORT}
        try:
            self._server, _ = start_http_server(settings.METRICS_PORT, addr=settings.METRICS_HOST, registry=registry)
        except OSError as error:
            # Another worker of this machine has the port and tells our counters too; work must not stop over it.
            log.warning("worker metrics are not served here", extra={**where, "error": str(error)})
            return
        log.info("worker metrics are served", extra=where)

    def stop(self, parent: Any) -> None:
        del parent
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
