"""Chooses the gateway account that a payment goes through, where the client names none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings

from config.kernel.errors import Refused, Unavailable
from config.kernel.money import Money
from payments.charges.rules import Candidate, Choice, choose_gateway
from payments.charges.services.start import (
    GatewayDown,
    GatewayNotOffered,
    OutcomeUnknown,
    PaymentRefused,
    check_amount,
    check_offered,
)
from payments.health.models import GatewayHealth
from payments.health.rules import success_bps
from payments.health.services.permit import SHUT, give_back, may_start
from payments.health.states import BreakerStatus

AT_LEAST = 20
# After which refusals the gateway was asked.
_ASKED = (GatewayDown, OutcomeUnknown, PaymentRefused)


class GatewayPaused(Unavailable):
    """Payments through this gateway pause: its breaker is open."""

    code = "gateway_paused"


def enforce_open(account: str) -> None:
    """Raises GatewayPaused while the account's breaker is open; takes a probe while it is half open."""
    if not may_start(account):
        raise GatewayPaused(SHUT.detail, field="gateway")


@contextmanager
def trying(account: str) -> Iterator[None]:
    """For as long as a payment is started there: raises GatewayPaused as `enforce_open` does, and gives the probe back
    where something of ours refused before the gateway was asked, for instance a cart without stock."""
    enforce_open(account)
    try:
        yield
    except Refused as refusal:
        if not isinstance(refusal, _ASKED):
            give_back(account)
        raise


def choose_account(
    *, asked: str, amount: Money, method: str, sellers: Iterable[str], hosted: bool, capture_manually: bool
) -> Choice:
    """The account `asked` for, or else one by the rules, among those that can take this payment and are well.

    Raises GatewayNotOffered and what `check_amount` raises when none can take it, GatewayPaused when none that
    can is well.
    """
    if asked:
        check_offered(asked, hosted=hosted, capture_manually=capture_manually)
        check_amount(account=asked, amount_minor=amount.amount_minor, currency=amount.currency)
        return Choice(asked, "asked for")
    able = _able(amount, hosted=hosted, capture_manually=capture_manually)
    choice = choose_gateway(
        rules=settings.GATEWAY_RULES,
        candidates=_candidates(able),
        amount=amount,
        method=method,
        sellers=frozenset(sellers),
        floor_bps=settings.GATEWAY_SUCCESS_FLOOR_BPS,
    )
    if choice is None:
        raise GatewayPaused(SHUT.detail, field="gateway")
    return choice


def _able(amount: Money, *, hosted: bool, capture_manually: bool) -> list[str]:
    """The accounts that can take it. Raises what the last of them said when none can."""
    able: list[str] = []
    refusal: Refused = GatewayNotOffered(field="gateway")
    for account in settings.GATEWAY_ACCOUNTS:
        try:
            check_offered(account, hosted=hosted, capture_manually=capture_manually)
            check_amount(account=account, amount_minor=amount.amount_minor, currency=amount.currency)
            able.append(account)
        except Refused as refused:
            refusal = refused
    if not able:
        raise refusal
    return able


def _candidates(accounts: list[str]) -> list[Candidate]:
    """What is known of their health; an account that was never measured is taken to be well."""
    rows = GatewayHealth.objects.filter(account__code__in=accounts).select_related("account")
    known = {row.account.code: row for row in rows}
    return [
        Candidate(
            account,
            is_well=account not in known or _takes_payments(known[account]),
            success_bps=_success_bps(known.get(account)),
        )
        for account in accounts
    ]


def _takes_payments(row: GatewayHealth) -> bool:
    """Half open, it takes as many as may still try: who comes after them goes elsewhere."""
    if row.position == BreakerStatus.HALF_OPEN:
        return row.probes_left > 0
    return row.position == BreakerStatus.CLOSED


def _success_bps(row: GatewayHealth | None) -> int | None:
    if row is None:
        return None
    return success_bps(succeeded=row.succeeded, failed=row.failed, at_least=AT_LEAST)
