"""Gathers the platform's tasks for Celery."""

from config.calls.tasks import ask
from config.inbox.tasks import process
from config.outbox.tasks import run

__all__ = ["ask", "process", "run"]
