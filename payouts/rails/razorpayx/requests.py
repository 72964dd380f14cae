"""The bodies of our requests to RazorpayX. Pure: the same values give the same body, as its payout key demands."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from payments.gateways.razorpay.fields import CALL_MARK
from payouts.rails.contract import NewDestination, NewPayout
from payouts.rails.razorpayx.modes import CURRENCY, KINDS, mode_of
from payouts.rails.razorpayx.views import DESTINATION_MARK, PAYOUT_MARK

LONGEST_NARRATION: Final = 30
LONGEST_NAME: Final = 50
VALIDATION_MINOR: Final = 100  # the rupee that goes to the account to see whether it is there


def contact_body(new: NewDestination) -> dict[str, Any]:
    """A contact: a name, and our id of the payee. Neither their e-mail nor their phone, which nobody needs there."""
    return {
        "name": contact_name(new),
        "type": "vendor",
        "reference_id": new.payee_id,
        "notes": {"payee": new.payee_id},
    }


def contact_name(new: NewDestination) -> str:
    """The holder's name in the letters that a contact may have; our id of them where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", new.holder).encode("ascii", "ignore").decode()
    name = " ".join(re.sub(r"[^A-Za-z0-9 .'\-]", " ", plain).split())[:LONGEST_NAME].strip()
    return name if len(name) >= 3 else new.payee_id.replace("_", " ")[:LONGEST_NAME]


def fund_account_body(new: NewDestination) -> dict[str, Any]:
    """A bank account or a UPI address of the contact. Raises KeyError for a kind that is not offered."""
    kind = KINDS[new.kind]
    details = new.details
    account = (
        {"address": details["address"]}
        if kind == "vpa"
        else {
            "name": details.get("holder") or new.holder,
            "ifsc": details["ifsc"],
            "account_number": details["account_number"],
        }
    )
    return {"contact_id": new.recipient_id, "account_type": kind, kind: account}


def validation_body(new: NewDestination, *, key: str, fund_account_id: str, account_number: str) -> dict[str, Any]:
    """A validation, paid by our account."""
    return {
        "account_number": account_number,
        "fund_account": {"id": fund_account_id},
        "amount": VALIDATION_MINOR,
        "currency": CURRENCY,
        "notes": {DESTINATION_MARK: new.our_id, CALL_MARK: key},
    }


def payout_body(new: NewPayout, *, account_number: str) -> dict[str, Any]:
    """A payout that waits where our account has too little: what failed for the want of it would need a new one."""
    return {
        "account_number": account_number,
        "fund_account_id": new.account_id,
        "amount": new.amount.amount_minor,
        "currency": new.amount.currency,
        "mode": mode_of(new.amount, kind=new.kind, failed_before=new.failed_before),
        "purpose": "payout",
        "queue_if_low_balance": True,
        "reference_id": new.our_id,
        "narration": narration(new.narration),
        "notes": {PAYOUT_MARK: new.our_id, CALL_MARK: new.call_id},
    }


def narration(wanted: str) -> str:
    """What the payee's bank shows, of which many show nine characters: letters, digits and spaces, at most 30."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    words = " ".join(re.sub(r"[^A-Za-z0-9 ]", " ", plain).split())
    return words[:LONGEST_NARRATION].strip() or "Payout"
