"""What we write to payees about their payouts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.admin.money import show_money
from config.outbox.letters import send_letter
from payouts.payees.models import PayeeAccount, Schedule
from payouts.payout.models import Payout
from payouts.payout.reasons import in_words
from payouts.payout.states import PayoutStatus


def tell_payee(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `payout.failed` and `payout.returned`: why the money is not there, in words, and that it is kept for
    them. Whoever has no address any more gets none. Raises MailNotConfigured."""
    del at  # the same letter whenever it is sent
    payout = Payout.objects.select_related("payee__user", "destination").get(public_id=payload["payout"])
    if not payout.payee.user.email:
        return
    came_back = payout.status == PayoutStatus.RETURNED
    send_letter(
        fact=f"payout.{'returned' if came_back else 'failed'}.{payout.public_id}",
        subject=f"Your payout of {show_money(payout.net)} {'came back' if came_back else 'did not arrive'}",
        body=letter(payout, came_back=came_back, is_on_request=_is_on_request(payout)),
        to=[payout.payee.user.email],
    )


def _is_on_request(payout: Payout) -> bool:
    mine = PayeeAccount.objects.filter(payee=payout.payee, currency=payout.currency)
    return mine.filter(schedule=Schedule.ON_REQUEST).exists()


def letter(payout: Payout, *, came_back: bool, is_on_request: bool = False) -> str:
    """The letter as plain text; the account only as it is shown everywhere. Whom no run pays is told to ask."""
    happened = "was sent back by your bank" if came_back else "could not be paid"
    then = "is paid when you ask for your next payout" if is_on_request else "goes with your next payout"
    return (
        f"Your payout {payout.public_id} of {show_money(payout.net)} to {payout.destination.masked} {happened}.\n\n"
        f"{in_words(code=payout.failure_code, advice=payout.advice)}\n\n"
        f"The money is kept for you: it is on your balance again, and {then}.\n"
    )
