"""This app's sweeps, as Celery tasks."""

from celery import shared_task

from config.kernel import clock
from payments.charges.services.sweeps import expire_due
from payments.disputes.services.sweeps import accept_due, refresh_due, remind_due
from payments.escrow.services.sweeps import alarm_due, release_due, time_out_due
from payments.health.services.measure import measure_gateways
from payments.health.services.missed import fetch_all_missed
from payments.ledger.checks import prove
from payments.ledger.sealing import seal
from payments.methods.services.abandon import cancel_abandoned
from payments.methods.services.keep import expire_due as expire_methods
from payments.reserves.services.sweeps import free_reserves_due
from payments.settlements.services.ask import ask_settlements
from payments.watching.services import ask_watched


@shared_task(name="charges.expire_reservations")
def expire_reservations() -> int:
    """Ends unpaid orders whose reservation is over."""
    return expire_due(at=clock.now()).done


@shared_task(name="watches.ask")
def ask_watches() -> int:
    """Asks about what waits at gateways whose webhooks alone cannot be relied on."""
    return ask_watched(budget_s=60.0)


@shared_task(name="gateways.measure")
def measure() -> int:
    """Looks at every gateway's health and moves its breaker."""
    return measure_gateways(at=clock.now())


@shared_task(name="gateways.fetch_missed")
def fetch_missed() -> int:
    """Fetches the events that never came."""
    return fetch_all_missed(at=clock.now())


@shared_task(name="escrow.time_out")
def time_out() -> int:
    """Cancels and refunds what was paid and not delivered in time."""
    return time_out_due(at=clock.now()).done


@shared_task(name="escrow.release")
def release() -> int:
    """Releases what was delivered long enough ago."""
    return release_due(at=clock.now()).done


@shared_task(name="escrow.alarm")
def alarm() -> int:
    """Raises the alarm for held money that must leave soon."""
    return alarm_due(at=clock.now()).done


@shared_task(name="reserves.free")
def free_reserves() -> int:
    """Frees what was kept back long enough."""
    return free_reserves_due(at=clock.now()).done


@shared_task(name="disputes.remind")
def remind_of_disputes() -> int:
    """Reminds of disputes whose evidence is due soon."""
    return remind_due(at=clock.now()).done


@shared_task(name="disputes.accept")
def accept_disputes() -> int:
    """Concedes small disputes that nobody answers."""
    return accept_due(at=clock.now()).done


@shared_task(name="disputes.refresh")
def refresh_disputes() -> int:
    """Asks about disputes of which nothing was heard for long."""
    return refresh_due(at=clock.now()).done


@shared_task(name="settlements.ask")
def ask_for_settlements() -> int:
    """Asks for the settlements of which no event came."""
    return ask_settlements(at=clock.now())


@shared_task(name="methods.close_forsaken")
def close_forsaken_setups() -> int:
    """What people began to save and left is closed at the gateway."""
    return cancel_abandoned(at=clock.now())


@shared_task(name="methods.expire")
def expire_saved_methods() -> int:
    """Saved cards whose month is over are charged no more."""
    return expire_methods(at=clock.now())


@shared_task(name="ledger.seal")
def seal_books() -> int:
    """Seals the balances up to now."""
    return seal(at=clock.now())


@shared_task(name="ledger.check")
def check(*, full: bool = False) -> int:
    """Proves the books and raises the alarm for every truth that does not hold."""
    return sum(bool(truth.broken) for truth in prove(full=full))
