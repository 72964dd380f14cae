"""Gathers the platform's tasks for Celery."""

from config.calls.tasks import ask
from config.erasure.tasks import forget_people
from config.inbox.tasks import process
from config.ops.tasks import purge, refresh_gauges
from config.outbox.tasks import run

__all__ = ["ask", "forget_people", "process", "purge", "refresh_gauges", "run"]
