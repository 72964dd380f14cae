"""The inbox's doorbell."""

from celery import shared_task

from config.inbox.processor import process_inbox, unpark_due
from config.kernel import clock


@shared_task(name="inbox.process")
def process() -> int:
    """Processes what is due, and looks again at what is parked."""
    unpark_due(at=clock.now())
    return process_inbox(budget_s=60.0)
