"""Gateways on the dashboard: whether each lets payments through, how well, and which of them need a person."""

from __future__ import annotations

from datetime import datetime

from config.admin.panel import Figure, Panel, Tone, WorkItem, WorkList
from config.admin.show import url_of
from config.admin.worklist import counted
from payments.health.models import GatewayHealth
from payments.health.queries import listeners, needing_a_person
from payments.health.rules import success_bps
from payments.health.states import BreakerStatus

_WORDS = {BreakerStatus.CLOSED: "open for payments", BreakerStatus.OPEN: "shut", BreakerStatus.HALF_OPEN: "trying"}
_TONES = {BreakerStatus.CLOSED: Tone.GOOD, BreakerStatus.OPEN: Tone.BAD, BreakerStatus.HALF_OPEN: Tone.WARNING}


def gateways(at: datetime) -> Panel:
    """Each account's breaker, and the share of the last hour's payments that succeeded."""
    del at
    rows = GatewayHealth.objects.select_related("account").order_by("account__code")[:20]
    figures = [Figure(row.account.code, describe(row), tone_of(row), url_of(row)) for row in rows]
    return Panel(title="Gateways", figures=tuple(figures) or (Figure("gateways", "not measured yet"),))


def gateways_to_look_at(at: datetime) -> WorkList:
    """Gateways that are shut, held by an operator, or silent."""
    del at
    rows = needing_a_person()
    items = [WorkItem(row.account.code, why(row), url_of(row), row.silent_since or row.since) for row in rows]
    return counted("Gateways to look at", len(items), items)


def describe(row: GatewayHealth) -> str:
    """Where the breaker stands and how the last hour went, in a few words."""
    said = ["tells of payouts" if only_tells(row) else _WORDS[BreakerStatus(row.position)]]
    share = success_bps(succeeded=row.succeeded, failed=row.failed, at_least=1)
    if share is not None:
        said.append(f"{share / 100:.0f} % of {row.succeeded + row.failed} succeeded")
    if row.silent_since:
        said.append("silent")
    return ", ".join(said)


def only_tells(row: GatewayHealth) -> bool:
    """Whether no payment goes through it: it has no breaker, and is looked at for its silence."""
    return row.account.code in listeners()


def tone_of(row: GatewayHealth) -> Tone:
    return Tone.BAD if row.silent_since else _TONES[BreakerStatus(row.position)]


def why(row: GatewayHealth) -> str:
    """Why a person should look, in one line."""
    said = []
    if row.forced:
        said.append(f"held {'shut' if row.forced == BreakerStatus.OPEN else 'open for payments'} by an operator")
    if row.status != BreakerStatus.CLOSED:
        said.append(f"{row.calls_failed} of {row.calls_failed + row.calls_answered} calls failed in the last minutes")
    if row.silent_since:
        evidence = f"{row.missed} events had to be fetched" if row.missed else "nothing came for longer than ever"
        said.append(f"silent: {evidence}; look at the webhook's settings at the gateway")
    return "; ".join(said)
