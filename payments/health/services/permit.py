"""Whether money may be asked of a gateway now."""

from __future__ import annotations

from django.db.models import F

from config.kernel.verdict import Verdict
from payments.health.models import GatewayHealth
from payments.health.rules import PROBES
from payments.health.states import BreakerStatus, Forced

SHUT = Verdict.no("gateway_paused", "payments through this gateway pause: it does not answer at the moment")


def may_start(account: str) -> Verdict:
    """Whether a customer may start a payment there. While the breaker is half open a few may try; each such permission
    is counted, so ask only when the payment is started next."""
    row = _known(account)
    if row is None:
        return Verdict.yes()  # never measured: nothing speaks against it
    if row.position == BreakerStatus.HALF_OPEN:
        return Verdict.yes() if _take_probe(row) else SHUT
    return Verdict.yes() if row.position == BreakerStatus.CLOSED else SHUT


def give_back(account: str) -> None:
    """A permission that was not used: whoever had it never came to ask the gateway. There are never more than the
    breaker gives out."""
    left = GatewayHealth.objects.filter(
        account__code=account, status=BreakerStatus.HALF_OPEN, probes_left__lt=PROBES, forced=Forced.NOT
    )
    left.update(probes_left=F("probes_left") + 1)


def may_charge_unattended(account: str) -> Verdict:
    """Whether a saved method may be charged there with nobody present: such a payment can wait until the gateway is
    well again, so it never goes first."""
    row = _known(account)
    return Verdict.yes() if row is None or row.position == BreakerStatus.CLOSED else SHUT


def _known(account: str) -> GatewayHealth | None:
    return GatewayHealth.objects.filter(account__code=account).first()


def _take_probe(row: GatewayHealth) -> bool:
    left = GatewayHealth.objects.filter(pk=row.pk, status=BreakerStatus.HALF_OPEN, probes_left__gt=0)
    return bool(left.update(probes_left=F("probes_left") - 1))
