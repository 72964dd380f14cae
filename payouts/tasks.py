"""This app's sweeps, as Celery tasks."""

from celery import shared_task

from config.kernel import clock
from payouts.payees.services.ensure import find_earners
from payouts.payees.services.known import refresh_due
from payouts.payout.services.due import pay_due, send_waiting
from payouts.payout.services.follow import ask_paid, list_payouts
from payouts.unpaid.services.look import look_at_all


@shared_task(name="payees.find")
def find_payees() -> int:
    """Makes payees of those who have money and are none yet."""
    return find_earners(at=clock.now())


@shared_task(name="payees.ask")
def ask_about_destinations() -> int:
    """Asks the rails about destinations that wait for them."""
    return refresh_due(at=clock.now())


@shared_task(name="unpaid.look")
def look_at_unpaid() -> int:
    """Raises the alarm for released money that its gateway lets wait no longer than a few days more."""
    return look_at_all(at=clock.now())


@shared_task(name="payouts.pay_due")
def pay_due_payees() -> int:
    """Freezes a payout for everybody whose time has come."""
    return pay_due(at=clock.now()).frozen


@shared_task(name="payouts.send_waiting")
def send_waiting_payouts() -> int:
    """Sends approved payouts that waited for something."""
    return send_waiting(at=clock.now()).done


@shared_task(name="payouts.list")
def list_payouts_of_rails() -> int:
    """Reads what the rails say of the payouts of the last days, whoever made them."""
    return list_payouts(at=clock.now())


@shared_task(name="payouts.ask_paid")
def ask_about_paid_payouts() -> int:
    """Asks what became of payouts that were paid, where no list shows it."""
    return ask_paid(at=clock.now())
