"""Objects as RazorpayX sends them, by the shapes of its documentation with values of our own."""

from __future__ import annotations

from typing import Any

CREATED = 1_763_733_600


def payout(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pout_Made0000000001", "entity": "payout", "fund_account_id": "fa_Made0000000001", "amount": 50_000,
        "currency": "INR", "notes": {"payout": "po_1", "call": "call_1"}, "fees": 590, "tax": 90,
        "status": "processed", "purpose": "payout", "utr": "933815233814", "mode": "IMPS", "reference_id": "po_1",
        "narration": "Payout", "batch_id": None, "created_at": CREATED, "fee_type": "",
        "status_details": {"description": "Arrived.", "source": "beneficiary_bank", "reason": "payout_processed"},
        **changes,
    }  # fmt: skip


def ended(status: str, reason: str, **changes: Any) -> dict[str, Any]:
    details = {"description": "A description.", "source": "beneficiary_bank", "reason": reason}
    return payout(status=status, status_details=details, **changes)


def fund_account(**changes: Any) -> dict[str, Any]:
    bank = {"ifsc": "HDFC0000053", "bank_name": "HDFC Bank", "name": "Asha Rao", "account_number": "765432123456789"}
    return {
        "id": "fa_Made0000000001", "entity": "fund_account", "contact_id": "cont_Made000000001",
        "account_type": "bank_account", "bank_account": bank, "active": True, "batch_id": None, "created_at": CREATED,
        **changes,
    }  # fmt: skip


def vpa(**changes: Any) -> dict[str, Any]:
    address = {"username": "asha.rao", "handle": "okbank", "address": "asha.rao@okbank"}
    made = fund_account(account_type="vpa", vpa=address, **changes)
    del made["bank_account"]
    return made


def validation(status: str = "completed", account_status: str | None = "active", **changes: Any) -> dict[str, Any]:
    return {
        "id": "fav_Made0000000001", "entity": "fund_account.validation", "fund_account": fund_account(),
        "status": status, "amount": 100, "currency": "INR", "notes": {"destination": "dst_1", "call": "call_1"},
        "results": {"account_status": account_status, "registered_name": "Asha Rao"}, "created_at": CREATED,
        "utr": None, **changes,
    }  # fmt: skip


def transaction(credit: int = 0, debit: int = 50_590, **source: Any) -> dict[str, Any]:
    given = {"id": "pout_Made0000000001", "entity": "payout", "utr": None, **source}
    return {
        "id": "txn_Made0000000001", "entity": "transaction", "account_number": "7878780080316316",
        "amount": credit + debit, "currency": "INR", "credit": credit, "debit": debit, "balance": 1_000_000,
        "source": given, "created_at": CREATED,
    }  # fmt: skip
