"""RazorpayX's payouts, fund accounts, validations and transactions as the views of the contract. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from config.calls.fields import JSON, instant, part, text, text_or_empty, unreadable, whole, whole_or
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.razorpay.fields import CALL_MARK, a, mark, money
from payouts.rails.contract import CheckState, DestinationView, PayoutView, RailState
from payouts.rails.razorpayx.reasons import CANCELLED, REJECTED, reason_of, waits_for

PAYOUT_MARK: Final = "payout"
DESTINATION_MARK: Final = "destination"
VALIDATION: Final = "fund_account.validation"
NOT_THERE: Final = "Your bank does not know an account with these details. Please check them and give them again."
NOT_CHECKED: Final = "Your bank did not say whether the account is there. Please check the details and give them again."
# razorpay.com/docs/x/payouts/states-life-cycle
STATES: Final = {
    "pending": RailState.QUEUED,
    "queued": RailState.QUEUED,
    "scheduled": RailState.QUEUED,
    "processing": RailState.PROCESSING,
    "processed": RailState.PAID,
    "reversed": RailState.RETURNED,
    "failed": RailState.FAILED,
    "rejected": RailState.FAILED,
    "cancelled": RailState.CANCELLED,
}
_ENDED: Final = (RailState.RETURNED, RailState.FAILED, RailState.CANCELLED)


def payout_view(obj: object, *, livemode: bool) -> PayoutView:
    """A payout. What came to nothing cost nothing: a reversal credits the fees too. Raises UnreadableObject."""
    payout = a("payout", obj)
    status = text(payout, "status")
    state = STATES.get(status)
    if state is None:
        raise unreadable(payout, "status")
    amount, ended = money(payout, "amount"), state in _ENDED
    reason = _reason(payout, status)
    return PayoutView(
        payout_id=text(payout, "id"),
        state=state,
        amount=amount,
        account_id=_fund_account_id(payout),
        our_id=text_or_empty(payout, "reference_id"),
        call_id=mark(payout, CALL_MARK),
        created_at=instant(payout, "created_at"),
        livemode=livemode,
        fee=Money(0 if ended else whole_or(payout, "fees", 0), amount.currency),
        tax=Money(0 if ended else whole_or(payout, "tax", 0), amount.currency),
        reference=text_or_empty(payout, "utr"),
        failure=GatewayFailure(code=reason, detail=reason_of(reason).operator) if ended else None,
        advice=reason_of(reason).advice if ended else None,
        waits_for=waits_for(reason) if state in (RailState.QUEUED, RailState.PROCESSING) else "",
    )


def _reason(payout: JSON, status: str) -> str:
    """Why it is so: `status_details` has it, which some objects do not have or have empty."""
    if status in (REJECTED, CANCELLED):
        return status
    said = text_or_empty(part(payout, "status_details"), "reason")
    return said or text_or_empty(payout, "failure_reason")[:80]


def _fund_account_id(payout: JSON) -> str:
    """It stands beside the fund account, or in it, or both."""
    return text_or_empty(payout, "fund_account_id") or text(part(payout, "fund_account"), "id")


def destination_view(obj: object, validation: JSON | None, *, is_validated: bool) -> DestinationView:
    """A fund account with what its last validation says. Where accounts are not validated, one that RazorpayX took is
    good; one that somebody switched off there is bad. Raises UnreadableObject."""
    account = a("fund_account", obj)
    check, needs = _verdict(validation, is_validated=is_validated)
    if account.get("active") is False:
        check, needs = CheckState.BAD, "This account was switched off. Please give us another one."
    return DestinationView(
        recipient_id=text(account, "contact_id"),
        account_id=text(account, "id"),
        check=check,
        needs=needs,
        masked=_masked(account),
        currencies=("INR",),
    )


def validation_view(obj: object) -> tuple[DestinationView, str]:
    """What a validation says of its fund account, and our destination's mark on it. Raises UnreadableObject."""
    validation = a(VALIDATION, obj)
    view = destination_view(part(validation, "fund_account"), validation, is_validated=True)
    return view, mark(validation, DESTINATION_MARK)


def fund_account_of(validation: JSON) -> str:
    """Whose validation it is; empty where it does not say."""
    return text_or_empty(part(validation, "fund_account"), "id")


def _verdict(validation: JSON | None, *, is_validated: bool) -> tuple[CheckState, str]:
    if not is_validated:
        return CheckState.GOOD, ""
    status = text(validation, "status") if validation is not None else "created"
    if status == "failed":
        return CheckState.BAD, NOT_CHECKED
    if status != "completed" or validation is None:
        return CheckState.PENDING, ""
    results = part(validation, "results") or part(validation, "validation_results")
    said = text_or_empty(results, "account_status")
    return (CheckState.GOOD, "") if said in ("active", "valid") else (CheckState.BAD, NOT_THERE)


def _masked(account: JSON) -> str:
    number = text_or_empty(part(account, "bank_account"), "account_number")
    if number:
        return f"{text_or_empty(part(account, 'bank_account'), 'ifsc')[:4]} •••• {number[-4:]}".strip()
    name, _, handle = text_or_empty(part(account, "vpa"), "address").partition("@")
    return f"{name[:1]}••••@{handle}" if handle else ""


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the account that payouts are drawn on: positive came, negative went. `source` says of what it is:
    payout, reversal, bank_transfer, or what nobody listed; `payout_id` is of the first two."""

    transaction_id: str
    amount: Money
    source: str
    source_id: str
    payout_id: str
    account_number: str
    fund_account_id: str
    reference: str
    created_at: datetime


def movement(obj: object) -> Movement:
    """A transaction. Raises UnreadableObject."""
    line = a("transaction", obj)
    credit, debit = whole_or(line, "credit", 0), whole_or(line, "debit", 0)
    if min(credit, debit) < 0 or (credit > 0) == (debit > 0):
        raise unreadable(line, "credit")
    source = part(line, "source")
    kind, source_id = text_or_empty(source, "entity"), text_or_empty(source, "id")
    return Movement(
        transaction_id=text(line, "id"),
        amount=_signed(line, credit - debit),
        source=kind,
        source_id=source_id,
        payout_id=source_id if kind == "payout" else text_or_empty(source, "payout_id"),
        account_number=text(line, "account_number"),
        fund_account_id=text_or_empty(source, "fund_account_id"),
        reference=text_or_empty(source, "bank_reference") or text_or_empty(source, "utr"),
        created_at=instant(line, "created_at"),
    )


def _signed(line: JSON, minor: int) -> Money:
    currency = text(line, "currency")
    if currency != "INR":
        raise UnreadableObject("transaction.currency")
    return Money(minor, currency)


def balance(obj: JSON) -> Money:
    """What payouts can be drawn on. Source: razorpay.com/docs/api/x/account-validation/balance-fetch."""
    return Money(whole(obj, "available_amount"), text(obj, "currency"))
