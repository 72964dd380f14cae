"""How each float stands against the payouts that are to be drawn on it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Sum

from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine
from payments.ledger.queries import balance_minor
from payouts.payout.models import Payout, Pot
from payouts.payout.queries import IN_FLIGHT
from payouts.payout.states import PayoutStatus


@dataclass(frozen=True, slots=True)
class Float:
    """One rail account and currency, in minor units: what stands there by the books, what was sent and has not left
    it yet, and what is approved and waits."""

    rail_account: str
    currency: str
    stands_minor: int = 0
    in_flight_minor: int = 0
    due_minor: int = 0
    waiting: int = 0

    @property
    def missing_minor(self) -> int:
        """What must come in before everything that is due can be sent."""
        return max(0, self.in_flight_minor + self.due_minor - self.stands_minor)

    @property
    def is_short(self) -> bool:
        return self.due_minor > 0 and self.missing_minor > 0


def floats() -> list[Float]:
    """Every float with money on it, or with payouts to be drawn on it; and of our balances at gateways, those that
    transfers to payees' accounts are to be drawn on."""
    stands = {
        (owner, unit): int(total)
        for owner, unit, total in LedgerLine.objects.filter(account="float")
        .values_list("owner", "currency")
        .annotate(total=Sum("amount_minor"))
    }
    drawing = Payout.objects.exclude(drawn_on=Pot.BANK).filter(transferred_at__isnull=True)
    at_gateway = drawing.filter(drawn_on=Pot.CONNECTED, status__in=(*IN_FLIGHT, PayoutStatus.APPROVED))
    for account, unit in at_gateway.values_list("rail_account", "currency").distinct():
        stands[account, unit] = balance_minor(Account.CLEARING, currency=unit, owner=account)
    drawn = drawing.values_list("rail_account", "currency")
    flying = {(account, unit): total for account, unit, total in
              drawn.filter(status__in=IN_FLIGHT).annotate(total=Sum("net_minor"))}  # fmt: skip
    due = {(account, unit): (total, number) for account, unit, total, number in
           drawn.filter(status=PayoutStatus.APPROVED).annotate(total=Sum("net_minor"), number=Count("pk"))}  # fmt: skip
    return [
        Float(
            rail_account=account,
            currency=unit,
            stands_minor=stands.get((account, unit), 0),
            in_flight_minor=flying.get((account, unit), 0),
            due_minor=due.get((account, unit), (0, 0))[0],
            waiting=due.get((account, unit), (0, 0))[1],
        )
        for account, unit in sorted({*stands, *flying, *due})
    ]
