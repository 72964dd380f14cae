"""What beat asks of operations."""

from celery import shared_task

from config.kernel import clock
from config.ops import gauges
from config.ops import purge as purging


@shared_task(name="ops.refresh_gauges")
def refresh_gauges() -> int:
    """Reads the gauges for all processes. Returns how many there are."""
    return len(gauges.refresh_gauges(at=clock.now()).readings)


@shared_task(name="ops.purge")
def purge() -> dict[str, int]:
    """Forgets what has served its time. Returns how many rows of each kind went."""
    return purging.purge(at=clock.now())
