"""The outbox's doorbell."""

from celery import shared_task

from config.outbox.runner import LANES, run_outbox


@shared_task(name="outbox.run")
def run(lane: str = "") -> int:
    """Runs what is due in one lane, or in all of them, money first."""
    return sum(run_outbox(lane=name, budget_s=60.0) for name in ((lane,) if lane else LANES))
