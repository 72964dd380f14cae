"""What beat asks of erasure."""

from celery import shared_task

from config.erasure.running import run_due


@shared_task(name="erasure.run")
def forget_people() -> int:
    """Forgets whom it can. Returns how many people."""
    return run_due()
