"""Takes approved payouts out into a file, and books what two people say that the bank did with each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from config.audit.services import move, record
from config.kernel.errors import Conflict
from config.proposals.models import WAITING
from config.proposals.services import confirm_proposal, decline_proposal, lock_waiting, waiting
from config.proposals.states import ProposalStatus
from config.settings.rails import BANK_PREFIX
from payments.gateways.failures import GatewayFailure
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.bankfile.sheet import Row, sheet
from payouts.payees.queries import lock_payee, opened
from payouts.payout.models import Payout, Pot
from payouts.payout.queries import lock_payout, payee_actor
from payouts.payout.services.ending import come_back, fail_payout, pay, pay_late
from payouts.payout.services.send import may_leave
from payouts.payout.states import BANK_HAS, PayoutStatus
from payouts.rails.contract import Advice

Kind = BankResult.Kind
MOST_ROWS = 200
# What can be said of a payout of a file while it stands so.
_SAID_OF: Mapping[Kind, tuple[PayoutStatus, ...]] = {
    Kind.PAID: (PayoutStatus.SENDING, PayoutStatus.FAILED, PayoutStatus.RETURNED),
    Kind.FAILED: (PayoutStatus.SENDING,),
    Kind.RETURNED: BANK_HAS,
}


class NothingToPay(Conflict):
    """No approved payout waits for this bank account and currency."""

    code = "nothing_to_pay"


class FileDownloaded(Conflict):
    """This file was downloaded: a second copy could be paid a second time."""

    code = "file_downloaded"


class NoBankResult(Conflict):
    """Nothing can be said, or decided, about this payout at the bank now."""

    code = "no_bank_result"


def collect(*, bank_account: str, currency: str, actor: str, reason: str, at: datetime) -> PayoutFile:
    """Takes the approved payouts of one bank account and currency out, the oldest first, 200 at most: they are being
    sent from now on. What may not leave now stays behind and says why. Raises NothingToPay."""
    with transaction.atomic():
        waiting = Payout.objects.filter(
            rail_account=f"{BANK_PREFIX}{bank_account}", currency=currency, status=PayoutStatus.APPROVED
        )
        found = list(waiting.order_by("pk").values_list("pk", "payee_id")[:MOST_ROWS])
        for payee_pk in sorted({payee_pk for _, payee_pk in found}):
            lock_payee(payee_pk)
        taken = [payout for payout in (lock_payout(key) for key, _ in found) if _may_go(payout, at=at)]
        if not taken:
            raise NothingToPay
        file = PayoutFile.objects.create(
            bank_account=bank_account,
            currency=currency,
            rows=len(taken),
            total_minor=sum(payout.net_minor for payout in taken),
            made_by=actor,
            made_at=at,
        )
        record(file, act="made", actor=actor, at=at, reason=reason, facts={"rows": file.rows})
        for payout in taken:
            move(
                payout,
                to=PayoutStatus.SENDING,
                actor=actor,
                at=at,
                reason=file.public_id,
                file=file,
                sent_at=at,
                waits_because="",
            )
    return file


def _may_go(payout: Payout, *, at: datetime) -> bool:
    return payout.status == PayoutStatus.APPROVED and may_leave(payout, at=at)


def unsaid(file: PayoutFile) -> QuerySet[Payout]:
    """Its payouts about which nobody has said what the bank did."""
    said = BankResult.objects.filter(WAITING).values("payout")
    return file.payouts.filter(status=PayoutStatus.SENDING).exclude(pk__in=said)


def download(*, file_pk: int, actor: str, reason: str, at: datetime) -> str:
    """The file's text, with the accounts in clear, once: a second copy could be paid a second time. Kept nowhere.
    What somebody has said anything about is not in it. Raises FileDownloaded, NothingToPay."""
    with transaction.atomic():
        file = PayoutFile.objects.select_for_update().get(pk=file_pk)
        if file.downloaded_at is not None:
            raise FileDownloaded(f"by {file.downloaded_by}")
        # Locked first: nobody says of one that it failed, so that it is paid anew, while it is written into the file.
        list(file.payouts.select_for_update().order_by("pk").values_list("pk"))
        payouts = list(unsaid(file).select_related("destination").order_by("pk"))
        if not payouts:
            raise NothingToPay("what the bank did with it is said already")
        PayoutFile.objects.filter(pk=file.pk).update(downloaded_by=actor, downloaded_at=at)
        record(file, act="downloaded", actor=actor, at=at, reason=reason, facts={"rows": len(payouts)})
        return sheet(Row(payout.public_id, payout.net, opened(payout.destination)) for payout in payouts)


def may_say(payout: Payout, kind: str) -> bool:
    """Whether somebody can say this of a payout: paid or failed while it is in a file, returned after it was paid, and
    paid also after it was said that it was not: what the bank took is always booked."""
    if payout.drawn_on != Pot.BANK or payout.file_id is None:
        return False
    return payout.status in _SAID_OF[Kind(kind)]


def propose_result(*, payout_pk: int, kind: str, reference: str, actor: str, reason: str, at: datetime) -> BankResult:
    """One person says what the bank did with a payout. Nothing is booked before another one confirms it. Raises
    NoBankResult where that cannot be, or something is proposed already."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        if not may_say(payout, kind) or waiting(payout.bank_results.all()):
            raise NoBankResult(f"the payout is {payout.status}")
        result = BankResult.objects.create(
            payout=payout, kind=kind, reference=reference, reason=reason, proposed_by=actor, proposed_at=at
        )
        record(payout, act=f"proposed as {kind}", actor=actor, at=at, reason=reason)
    return result


def propose_paid(*, file_pk: int, reference: str, actor: str, reason: str, at: datetime) -> int:
    """The same of every payout of a file that nobody said anything about: the bank paid it under one reference. Returns
    how many. Raises NoBankResult where there is none."""
    with transaction.atomic():
        rows = unsaid(PayoutFile.objects.get(pk=file_pk))
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise NoBankResult("every payout of it is said or decided")
        for key in keys:
            propose_result(payout_pk=key, kind=Kind.PAID, reference=reference, actor=actor, reason=reason, at=at)
    return len(keys)


def confirm_result(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Another person looked it up at the bank: it is booked. Raises FourEyes for who proposed it and for the payee, and
    NoBankResult where nothing is proposed."""
    with transaction.atomic():
        payout = lock_payout(payout_pk)
        result = _proposed(payout)
        confirm_proposal(result, actor=actor, reason=reason, at=at, payee=payee_actor(payout.payee))
        if not may_say(payout, result.kind):
            raise NoBankResult(f"the payout is {payout.status}")
        _book(payout, result, actor=actor, at=at)
    return True


def _book(payout: Payout, result: BankResult, *, actor: str, at: datetime) -> None:
    failure = GatewayFailure(f"bank_{result.kind}", result.reason)
    if result.kind == Kind.PAID:
        Payout.objects.filter(pk=payout.pk).update(reference=result.reference)
        book = pay if payout.status == PayoutStatus.SENDING else pay_late
        book(payout, reference=result.reference, actor=actor, at=at)
    elif result.kind == Kind.FAILED:
        fail_payout(payout, failure, advice=Advice.FIX, actor=actor, at=at)
    else:
        come_back(payout, failure, advice=Advice.FIX, reference=result.reference, actor=actor, at=at)


def confirm_file(*, file_pk: int, actor: str, reason: str, at: datetime) -> int:
    """Confirms all that is proposed of a file, in one commit. Returns how many. Raises as `confirm_result`."""
    with transaction.atomic():
        rows = Payout.objects.filter(file=file_pk, bank_results__status=ProposalStatus.PROPOSED)
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise NoBankResult("nothing is proposed")
        for key in keys:
            confirm_result(payout_pk=key, actor=actor, reason=reason, at=at)
    return len(keys)


def decline_result(*, payout_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not so, or who proposed it takes it back: nothing is booked. Raises NoBankResult."""
    with transaction.atomic():
        return decline_proposal(_proposed(lock_payout(payout_pk)), actor=actor, reason=reason, at=at)


def _proposed(payout: Payout) -> BankResult:
    return lock_waiting(payout.bank_results.all(), otherwise=NoBankResult("nothing is proposed"))
