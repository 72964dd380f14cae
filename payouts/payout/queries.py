"""Reads of payouts: what stands in the way of one, what it is drawn on, and what can still be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from config.calls.models import GatewayCall
from config.calls.states import CallStatus
from config.kernel.money import Money
from config.proposals.states import ProposalStatus
from config.settings.rails import BANK_PREFIX
from payments.ledger.accounts import Account
from payments.ledger.models import LedgerLine, PayeeBalance
from payments.ledger.payout_recipes import Pot as LedgerPot
from payments.ledger.queries import balance_minor
from payouts.payees.models import Destination, DestinationKind, Payee
from payouts.payees.queries import current_destination, facts_of
from payouts.payees.rules import Facts
from payouts.payees.states import CURRENT
from payouts.payout.models import Payout, Pot
from payouts.payout.reasons import is_for_payee
from payouts.payout.rules import Known
from payouts.payout.states import ENDED_UNPAID, FROZEN, UNSENT, PayoutStatus
from payouts.rails.contract import Rail, RailCapability
from payouts.rails.registry import accounts_of, rail_for

# Asked of the rail, and not out of what it is drawn on yet.
IN_FLIGHT = (PayoutStatus.SENDING, PayoutStatus.IN_TRANSIT)
_CAME_TO_NOTHING = (PayoutStatus.FAILED, PayoutStatus.RETURNED)


def lock_payout(payout_pk: int) -> Payout:
    """The payout, locked until the transaction ends; before the payee's balance."""
    return Payout.objects.select_for_update(of=("self",)).select_related("payee__user", "destination").get(pk=payout_pk)


def known(payout: Payout) -> Known:
    """What somebody's word about it is compared with."""
    return Known(
        public_id=payout.public_id,
        net=payout.net,
        account_id=payout.destination.account_id,
        rail_payout_id=payout.rail_payout_id,
        rail_transfer_id=payout.rail_transfer_id,
    )


def payee_actor(payee: Payee) -> str:
    """How the person of a payee is named where they act."""
    return payee.user.actor


def rail_account_for(*, rail: str, currency: str) -> str:
    """The first configured account of the rail that pays this currency; empty where there is none."""
    for code in accounts_of(rail):
        offered = rail_for(code).currencies
        if offered is None or currency in offered:
            return code
    return ""


def pot_kind(rail: Rail) -> Pot:
    """What payouts by this rail leave from."""
    if RailCapability.TRANSFERS_FIRST in rail.capabilities:
        return Pot.CONNECTED
    return Pot.FLOAT if RailCapability.CALLS in rail.capabilities else Pot.BANK


def pot_of(payout: Payout) -> LedgerPot:
    """What this payout leaves from, as the ledger names it."""
    if payout.drawn_on == Pot.CONNECTED:
        return LedgerPot(Account.CONNECTED, payout.owner)
    if payout.drawn_on == Pot.BANK:
        return LedgerPot(Account.BANK, payout.rail_account.removeprefix(BANK_PREFIX))
    return LedgerPot(Account.FLOAT, payout.rail_account)


def facts_for_freezing(payee: Payee, currency: str, *, at: datetime, again: bool = False) -> Facts:
    """All that decides whether everything payable can be frozen now, whatever the schedule says: who asks for it, or a
    run whose turn it is, has looked at that. Read under the locks of the payee and of their balance. `again`: somebody
    says, with a reason, that an account which took no money is to be tried once more."""
    destination = current_destination(payee, currency)
    more = {"fee_minor": fee_minor(currency), "stranded_minor": stranded_minor(payee.owner, currency)}
    facts = facts_of(payee, currency, at=at, is_on_request=False, due_at=None, **more)
    facts = replace(facts, **({} if again else _refusals(destination)))
    return replace(facts, **_about_the_rail(destination, net_minor=facts.payable_minor - facts.fee_minor))


def facts_for_showing(payee: Payee, currency: str, *, at: datetime) -> Facts:
    """The same, with the schedule: why they are not paid at this moment."""
    more = {"fee_minor": fee_minor(currency), "stranded_minor": stranded_minor(payee.owner, currency)}
    facts = facts_of(payee, currency, at=at, **more)
    destination = current_destination(payee, currency)
    facts = replace(facts, **_refusals(destination))
    return replace(facts, **_about_the_rail(destination, net_minor=facts.payable_minor - facts.fee_minor))


def last_ended(destination: Destination) -> Payout | None:
    """The last payout there that came to an end at the rail."""
    ended = Payout.objects.filter(destination=destination, ended_at__isnull=False)
    return ended.exclude(status=PayoutStatus.CANCELLED).order_by("-ended_at", "-pk").first()


def failure_before(destination: Destination) -> str:
    """Why the last payout there failed, or the one before it whose way it had to avoid: a way that worked is kept."""
    last = last_ended(destination)
    if last is None:
        return ""
    return last.failure_code if last.status in _CAME_TO_NOTHING else last.failed_before


def _refusals(destination: Destination | None) -> dict[str, Any]:
    """An account at the rail is put right there and stays the same one; of any other the payee gives us a new one."""
    if destination is None or not is_shut(destination):
        return {}
    return {"is_to_mend": True} if destination.kind == DestinationKind.CONNECTED_ACCOUNT else {"is_shut": True}


def _was_refused(payout: Payout) -> bool:
    """Whether it came to nothing at the payee's bank, be it that they got its money by another way."""
    return payout.status in _CAME_TO_NOTHING or (payout.status == PayoutStatus.PAID_LATE and is_kept(payout))


def is_shut(destination: Destination) -> bool:
    """Whether the last payout there failed for what only its payee ends: the next one would fail the same way, and cost
    its fee. What they have done about it since, at the rail that pays them, counts."""
    last = last_ended(destination)
    if last is None or last.ended_at is None or not _was_refused(last):
        return False
    is_mended = destination.mended_at is not None and destination.mended_at >= last.ended_at
    return not is_mended and is_for_payee(code=last.failure_code, advice=last.advice)


def facts_for_sending(payout: Payout, *, at: datetime) -> Facts:
    """What may have changed since a payout was frozen. Its fee and minimum were looked at then."""
    facts = facts_of(
        payout.payee,
        payout.currency,
        at=at,
        is_on_request=False,
        due_at=None,
        minimum_minor=0,
        payable_minor=payout.gross_minor,
        frozen_minor=0,
        unapproved_minor=0,
    )
    if payout.transferred_at is not None:
        facts = replace(facts, receivable_minor=0)  # their money is on its way already
    elif payout.retry_of_id is None:
        facts = replace(facts, **_refusals(payout.destination))
    return replace(facts, **_about_the_rail(payout.destination, net_minor=payout.net_minor))


def _about_the_rail(destination: Destination | None, *, net_minor: int) -> dict[str, Any]:
    """Whether a rail of ours pays this, and whether the payee's data is still there."""
    if destination is None:
        return {}
    currency = destination.currency
    account, refusal = rail_account_for(rail=destination.rail, currency=currency), ""
    if account and net_minor > 0:
        refused = rail_for(account).why_not_pay(Money(net_minor, currency), kind=destination.kind)
        refusal = (refused.detail or refused.code) if refused else ""
    return {"offers": bool(account), "rail_refuses": refusal, "is_erased": destination.details is None}


def fee_minor(currency: str) -> int:
    """What the payee bears of a payout's cost."""
    fees: Mapping[str, int] = settings.POLICY.payout_fee_minor
    return fees.get(currency, 0)


def last_upto(owner: str, currency: str) -> int:
    """Up to which line a payee's payable was frozen so far; 0 where nothing was. Under the lock of their balance."""
    found = Payout.objects.filter(owner=owner, currency=currency).order_by("-after_line_id")
    return found.values_list("upto_line_id", flat=True).first() or 0


def frozen_lines(payout: Payout) -> QuerySet[LedgerLine]:
    """The lines on payable that it is made of, its own freezing the last: together they come to nothing."""
    return LedgerLine.objects.filter(
        account=Account.PAYABLE,
        owner=payout.owner,
        currency=payout.currency,
        pk__gt=payout.after_line_id,
        pk__lte=payout.upto_line_id,
    ).order_by("pk")


def recallable(owner: str, currency: str) -> QuerySet[Payout]:
    """Payouts of a payee that were frozen and not sent: nobody outside was asked for anything."""
    return Payout.objects.filter(
        owner=owner, currency=currency, status__in=UNSENT, rail_transfer_id__isnull=True
    ).order_by("pk")


def is_recallable(payout: Payout) -> bool:
    """Whether it can be taken back without asking anybody; under its lock."""
    return payout.status in UNSENT and payout.rail_transfer_id is None


def why_taken_back(payout: Payout, *, owed_minor: int) -> str:
    """Why what nobody outside was asked for is not sent to where it was let go to, and is payable again instead; empty
    where it may go. `owed_minor`: what the payee owes us by now."""
    if owed_minor > 0 or payout.recalled_at is not None:
        return "the payee is short"
    if payout.destination.status not in CURRENT:
        return "the account to pay to is not the payee's any more"
    if is_changed_since(payout):
        return "the account to pay to was given another bank"
    return ""


def is_changed_since(payout: Payout) -> bool:
    """Whether its account has another bank than when it was frozen. Nothing is frozen for an account that cools: what
    is older than the end of that was let go to the bank that stood there before."""
    cools_until = payout.destination.cools_until
    return cools_until is not None and payout.frozen_at < cools_until


def is_kept(payout: Payout) -> bool:
    """Whether two people said that the payee has what it left in their account at the rail."""
    return payout.kept_money.filter(status=ProposalStatus.CONFIRMED).exists()


def is_half_way(payout: Payout) -> bool:
    """Whether its transfer is made, and nobody was asked for the payout itself, or nothing of that was executed."""
    if payout.transferred_at is None or payout.status not in (PayoutStatus.APPROVED, PayoutStatus.SENDING):
        return False
    return not asked_for_payout(payout).exclude(status=CallStatus.NOT_EXECUTED).exists()


def asked_for_payout(payout: Payout) -> QuerySet[GatewayCall]:
    """The calls that asked its rail for it; of one with a transfer, after that."""
    return GatewayCall.objects.filter(subject_type="payout", subject_id=payout.public_id, operation="payout.create")


def recallable_minor(owner: str, currency: str) -> int:
    """What those would give back, in minor units."""
    return int(recallable(owner, currency).aggregate(total=Sum("gross_minor"))["total"] or 0)


def frozen_of(owner: str, currency: str) -> QuerySet[Payout]:
    """Payouts of a payee whose money stands in transit."""
    return Payout.objects.filter(owner=owner, currency=currency, status__in=FROZEN)


def stranded() -> QuerySet[Payout]:
    """Payouts that are over and whose money stands in the payee's account all the same, while we owe it to them."""
    rows = Payout.objects.filter(status__in=ENDED_UNPAID, rail_transfer_id__isnull=False)
    return rows.filter(net_minor__gt=F("transfer_returned_minor") - F("transfer_repaid_minor")).order_by("pk")


def stranded_minor(owner: str, currency: str) -> int:
    """So much of it is one payee's. They may have taken it out of their account themselves: paid again before it is
    back, they would have it twice."""
    return sum(payout.in_account_minor for payout in stranded().filter(owner=owner, currency=currency))


def stands_minor(payout: Payout) -> int:
    """What the books say that payouts like this one can be drawn on, in minor units."""
    account = Account.CLEARING if payout.drawn_on == Pot.CONNECTED else Account.FLOAT
    return balance_minor(account, currency=payout.currency, owner=payout.rail_account)


def in_flight_minor(payout: Payout) -> int:
    """What others that were sent will take from the same float, and have not yet."""
    others = Payout.objects.filter(
        Q(transferred_at__isnull=True),
        rail_account=payout.rail_account,
        currency=payout.currency,
        status__in=IN_FLIGHT,
    ).exclude(pk=payout.pk)
    return int(others.aggregate(total=Sum("net_minor"))["total"] or 0)


def ended_unseen(*states: PayoutStatus) -> QuerySet[Payout]:
    """Payouts whose end nobody has looked at. One that ends once more, as one that was paid after all, is to be looked
    at once more."""
    return Payout.objects.filter(status__in=states).exclude(looked_end_at=F("ended_at"), looked_end_at__isnull=False)


def stuck() -> QuerySet[Payout]:
    """Payouts that failed or came back, and whose money nothing moves on by now: no later payout took it (that one has
    a row of its own where it fails too), and something is still payable. One that was cancelled took nothing."""
    of_payee = {"owner": OuterRef("owner"), "currency": OuterRef("currency")}
    later = Payout.objects.filter(**of_payee, after_line_id__gt=OuterRef("after_line_id"))
    payable = PayeeBalance.objects.filter(**of_payee, payable_minor__gt=0)
    rows = ended_unseen(PayoutStatus.FAILED, PayoutStatus.RETURNED)
    return rows.filter(~Exists(later.exclude(status=PayoutStatus.CANCELLED)), Exists(payable))
