"""Whose an object of a rail is: by our own id that travelled with it, then by the rail's."""

from __future__ import annotations

from typing import Any

from config.inbox.contract import Handled
from config.kernel.ids import PATTERN
from payments.charges.services.start import GatewayDown
from payments.gateways.failures import GatewayUnreachable
from payouts.payees.models import Destination
from payouts.payout.models import Payout
from payouts.rails.registry import rail_for


def payout_of(*, rail_account: str, our_id: str, payout_id: str) -> Payout | None:
    """Our payout behind the rail's, or None. Whether it really is that one is looked at by who records it: anybody with
    the account can write our id on another one."""
    rows = Payout.objects.select_related("payee__user", "destination").filter(rail_account=rail_account)
    marked = rows.filter(public_id=our_id).first() if is_ours(our_id, "po") else None
    return marked or (rows.filter(rail_payout_id=payout_id).first() if payout_id else None)


def destinations_of(*, rail: str, our_id: str, account_id: str) -> list[Destination]:
    """Our destinations behind an account at the rail: the one that carries our id, else all with that account, which
    are several where a payee gave the same one again."""
    rows = Destination.objects.select_related("payee__user").filter(rail=rail)
    marked = rows.filter(public_id=our_id).first() if is_ours(our_id, "dst") else None
    if marked is not None:
        return [marked]
    return list(rows.filter(account_id=account_id).order_by("pk")) if account_id else []


def is_ours(our_id: str, prefix: str) -> bool:
    """Whether it is written as our ids are."""
    return our_id.startswith(f"{prefix}_") and PATTERN.fullmatch(our_id) is not None


def about(payout: Payout, note: str) -> Handled:
    """What was done about a payout, with whom it concerns."""
    return Handled.processed(f"{payout.public_id}: {note}", payout.payee.user.public_id)


def fetch(*, account: str, kind: str, object_id: str) -> Any:
    """Answers NeedsFetch: a payout as the rail has it now, or None. Raises GatewayDown: the event is tried again."""
    if kind != "payout":
        raise LookupError(kind)
    try:
        return rail_for(account).get_payout(payout_id=object_id, account_id="")
    except GatewayUnreachable as error:
        raise GatewayDown from error
