"""This app's sweeps, as Celery tasks."""

from celery import shared_task

from config.kernel import clock
from payouts.payees.services.ensure import find_earners


@shared_task(name="payees.find")
def find_payees() -> int:
    """Makes payees of those who have money and are none yet."""
    return find_earners(at=clock.now())
