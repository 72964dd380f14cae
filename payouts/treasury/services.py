"""One person says that our bank sent money to a float, another one looks it up and confirms it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.kernel.errors import Conflict, Unprocessable
from config.proposals.services import UnknownBankAccount, confirm_proposal, decline_proposal
from config.proposals.states import ProposalStatus
from payments.ledger.payout_recipes import float_funded
from payments.ledger.services import post
from payouts.payout.models import Pot
from payouts.payout.queries import pot_kind
from payouts.rails.registry import rail_for
from payouts.treasury.arrivals import join_move, part, take_turns
from payouts.treasury.models import FloatMove


class NotAFloat(Unprocessable):
    """Payouts of this rail account are not drawn on a float of ours in this currency."""

    code = "not_a_float"


class FloatMoveKnown(Conflict):
    """This movement of our bank funded a float already: its reference stands."""

    code = "float_move_known"


class FloatMoveDecided(Conflict):
    """Nobody waits for a decision about this movement any more."""

    code = "float_move_decided"


def floats() -> list[str]:
    """The configured rail accounts that payouts draw a float of ours on."""
    return [code for code in settings.RAIL_ACCOUNTS if pot_kind(rail_for(code)) == Pot.FLOAT]


def propose_float_move(
    *,
    rail_account: str,
    bank_account: str,
    currency: str,
    amount_minor: int,
    reference: str,
    actor: str,
    reason: str,
    at: datetime,
) -> FloatMove:
    """Says that our bank sent `amount_minor` to a float, by the bank's reference. Nothing is booked before another
    person confirms it. Raises NotAFloat, UnknownBankAccount, FloatMoveKnown."""
    if rail_account not in floats():
        raise NotAFloat(field="rail_account")
    offered = rail_for(rail_account).currencies
    if offered is not None and currency not in offered:
        raise NotAFloat(field="currency")
    if bank_account not in settings.POLICY.bank_accounts:
        raise UnknownBankAccount(field="bank_account")
    same = FloatMove.objects.filter(bank_account=bank_account, reference=reference)
    with transaction.atomic():
        take_turns(rail_account, currency)
        if same.exclude(status=ProposalStatus.DECLINED).exists():
            raise FloatMoveKnown
        row = FloatMove.objects.create(
            rail_account=rail_account,
            bank_account=bank_account,
            currency=currency,
            amount_minor=amount_minor,
            reference=reference,
            reason=reason,
            proposed_by=actor,
            proposed_at=at,
        )
        record(row, act="proposed", actor=actor, at=at, reason=reason, to_state=row.status)
        join_move(row)
    return row


def confirm_float_move(*, move_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """Another person found it at the bank: it is booked, and payouts may be drawn on it. False when it was confirmed
    already. Raises FourEyes for who proposed it, and FloatMoveDecided."""
    with transaction.atomic():
        row = _undecided(move_pk, unless=ProposalStatus.CONFIRMED)
        if row is None:
            return False
        confirm_proposal(row, actor=actor, reason=reason, at=at)
        draft = float_funded(
            move_id=row.public_id,
            rail_account=row.rail_account,
            bank_account=row.bank_account,
            amount=row.amount,
            reference=row.reference,
        )
        post(draft, actor=actor, at=at)
    return True


def decline_float_move(*, move_pk: int, actor: str, reason: str, at: datetime) -> bool:
    """It is not so, or who proposed it takes it back: nothing is booked. False when it was declined already. Raises
    FloatMoveDecided."""
    rail_account, currency = FloatMove.objects.values_list("rail_account", "currency").get(pk=move_pk)
    with transaction.atomic():
        take_turns(rail_account, currency)
        row = _undecided(move_pk, unless=ProposalStatus.DECLINED)
        if row is None or not decline_proposal(row, actor=actor, reason=reason, at=at):
            return False
        part(row)
    return True


def _undecided(move_pk: int, *, unless: ProposalStatus) -> FloatMove | None:
    """The movement, locked; None where it was decided in this way already."""
    row = FloatMove.objects.select_for_update().get(pk=move_pk)
    if row.status == unless:
        return None
    if not row.waits:
        raise FloatMoveDecided(f"it is {row.status}")
    return row
