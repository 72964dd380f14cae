"""Reads of payees: whose they are, where their money goes, and the facts that decide whether they are paid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import CharField, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, NullIf

from config.accounts.models import User
from config.crypto import open_sealed
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Destination, Payee, PayeeAccount, Schedule
from payouts.payees.rules import Facts
from payouts.payees.states import COMING, CURRENT, DestinationStatus
from payouts.payout.models import Payout
from payouts.payout.states import FROZEN, PayoutStatus
from payouts.rails.registry import accounts_of


def own_payees(user: User) -> QuerySet[Payee]:
    """The payees that this person is."""
    return Payee.objects.filter(user=user).select_related("user")


def said_of_owner() -> QuerySet[Any]:
    """Of the payee whom the books call `OuterRef("owner")`: `said`, what people call them."""
    name = Coalesce(NullIf("user__name", Value("")), F("user__email"), output_field=CharField())
    payees = Payee.objects.filter(owner=OuterRef("owner"))
    return payees.annotate(said=Concat(name, Value(" as a "), F("kind"), output_field=CharField()))


def actor_of_owner(owner: str) -> str:
    """How the person whom the books call `owner` is named where they act; empty where there is none."""
    payee = Payee.objects.select_related("user").filter(owner=owner).first()
    return payee.user.actor if payee is not None else ""


def lock_payee(payee_pk: int) -> Payee:
    """The payee, locked until the transaction ends: whoever changes where their money goes, or freezes some of it,
    takes this lock first, before payouts and balances. Not its key: whoever writes a payout's row twice has PostgreSQL
    look at the key of its payee, while they hold the payout that the holder of this lock may wait for."""
    return Payee.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=payee_pk)


def lock_destination(destination_pk: int) -> Destination:
    """A destination, under the lock of its payee, which the caller holds."""
    return Destination.objects.select_for_update(of=("self",)).select_related("payee__user").get(pk=destination_pk)


def current_destination(payee: Payee, currency: str) -> Destination | None:
    """Where the next payout goes, be it suspended."""
    return Destination.objects.filter(payee=payee, currency=currency, status__in=CURRENT).first()


def coming_destination(payee: Payee, currency: str) -> Destination | None:
    """What is to become the current one."""
    return Destination.objects.filter(payee=payee, currency=currency, status__in=COMING).first()


def payable_destination(payee: Payee, currency: str) -> Destination | None:
    """The destination that money may be sent to, but for its cooling time, which `why_not_paid` knows of."""
    return Destination.objects.filter(payee=payee, currency=currency, status=DestinationStatus.ACTIVE).first()


def same_elsewhere(destination: Destination) -> QuerySet[Destination]:
    """The same bank account, UPI address or connected account with other people."""
    same = Destination.objects.filter(details_digest=destination.details_digest).exclude(details__isnull=True)
    return same.exclude(payee__user_id=destination.payee.user_id).exclude(status=DestinationStatus.REJECTED)


def opened(destination: Destination) -> Mapping[str, str]:
    """What identifies it, in clear: for the rail, and for who reveals it with a reason. Empty once erased."""
    if destination.details is None:
        return {}
    values: dict[str, str] = json.loads(open_sealed(destination.details))
    return values


def legal_name(payee: Payee) -> str:
    """The payee's name in clear; empty where none is kept."""
    return open_sealed(payee.legal_name).decode() if payee.legal_name is not None else ""


def minimum_minor(account: PayeeAccount | None, currency: str) -> int:
    """From how much on a balance is paid out."""
    if account is not None and account.minimum_minor is not None:
        return account.minimum_minor
    return int(settings.POLICY.payout_minimum_minor.get(currency, 0))


def currencies_of_payee(payee: Payee) -> list[str]:
    """Every currency in which they have money, a schedule or a destination."""
    found = set(PayeeBalance.objects.filter(owner=payee.owner).values_list("currency", flat=True))
    found |= set(PayeeAccount.objects.filter(payee=payee).values_list("currency", flat=True))
    return sorted(found | set(Destination.objects.filter(payee=payee).values_list("currency", flat=True)))


def facts_of(payee: Payee, currency: str, *, at: datetime, **more: Any) -> Facts:
    """What `why_not_paid` decides by, as far as payee, balance and payouts know it; `more` adds or replaces (a payout
    that is asked for now has no `due_at` and is not `is_on_request`; the rail's fee, refusal and float)."""
    balance = PayeeBalance.objects.filter(owner=payee.owner, currency=currency).first()
    account = PayeeAccount.objects.filter(payee=payee, currency=currency).first()
    current, coming = current_destination(payee, currency), coming_destination(payee, currency)
    shown = current or coming
    open_ones = Payout.objects.filter(owner=payee.owner, currency=currency, status__in=FROZEN)
    frozen = list(open_ones.order_by("pk").values_list("status", "gross_minor", "waits_because"))
    known: dict[str, Any] = {
        "payable_minor": balance.payable_minor if balance else 0,
        "receivable_minor": balance.receivable_minor if balance else 0,
        "minimum_minor": minimum_minor(account, currency),
        "is_held": payee.held_at is not None,
        "destination": current.status if current else "",
        "coming": coming.status if coming else "",
        "needs": shown.why if shown else "",
        "cools_until": current.cools_until if current else None,
        "offers": current is None or bool(accounts_of(current.rail)),
        "refused": "" if shown else _last_refusal(payee, currency),
        "frozen_minor": sum(amount for _, amount, _ in frozen),
        "unapproved_minor": sum(amount for status, amount, _ in frozen if status == PayoutStatus.AWAITING_APPROVAL),
        "waits_because": next((because for _, _, because in frozen if because), ""),
        "reserve_minor": balance.reserve_minor if balance else 0,
        "is_on_request": account is not None and account.schedule == Schedule.ON_REQUEST,
        "due_at": account.due_at if account else None,
    }
    return Facts(at=at, **(known | more))


def _last_refusal(payee: Payee, currency: str) -> str:
    newest = Destination.objects.filter(payee=payee, currency=currency).order_by("-pk").first()
    return newest.why if newest is not None and newest.status == DestinationStatus.REJECTED else ""
