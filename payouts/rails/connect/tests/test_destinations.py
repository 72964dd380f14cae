"""What a payee's account at Stripe says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from payouts.rails.connect.destinations import IN_WORDS, destination_view, in_words
from payouts.rails.contract import CheckState

GOOD: dict[str, Any] = {
    "id": "acct_1",
    "object": "account",
    "capabilities": {"transfers": "active"},
    "details_submitted": True,
    "payouts_enabled": True,
    "external_accounts": {
        "object": "list",
        "data": [{"object": "bank_account", "bank_name": "A BANK", "last4": "6789", "currency": "usd"}],
    },
    "requirements": {"currently_due": [], "disabled_reason": None},
    "settings": {"payouts": {"schedule": {"interval": "manual"}}},
}
SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "samples" / "stripe"


def _wants(*fields: str, **changes: Any) -> dict[str, Any]:
    due = {"currently_due": list(fields), "disabled_reason": "requirements.past_due"}
    return {**GOOD, "payouts_enabled": False, "requirements": due, **changes}


class TestCheck:
    def test_good(self) -> None:
        view = destination_view(GOOD)
        assert (view.check, view.needs) == (CheckState.GOOD, "")
        assert (view.masked, view.currencies) == ("A BANK ••6789", ("USD",))
        assert (view.recipient_id, view.account_id) == ("acct_1", "acct_1")

    def test_pending_before_its_owner_came(self) -> None:
        view = destination_view(_wants("external_account", "tos_acceptance.date", details_submitted=False))
        assert view.check is CheckState.PENDING
        assert view.needs == "Stripe still wants: a bank account, your agreement to Stripe's terms."

    def test_suspended_when_more_is_wanted_later(self) -> None:
        view = destination_view(_wants("individual.id_number"))
        assert (view.check, view.needs) == (
            CheckState.SUSPENDED,
            "Stripe still wants: your identity or tax number.",
        )

    def test_bad_when_stripe_closed_it(self) -> None:
        closed = {"currently_due": [], "disabled_reason": "rejected.fraud"}
        view = destination_view({**GOOD, "payouts_enabled": False, "requirements": closed})
        assert (view.check, view.needs) == (CheckState.BAD, "Stripe closed this account.")

    def test_one_that_pays_itself_out_is_not_good(self) -> None:
        daily = {"payouts": {"schedule": {"interval": "daily"}}}
        view = destination_view({**GOOD, "settings": daily})
        assert view.check is CheckState.SUSPENDED
        assert "manual" in view.needs

    def test_one_that_takes_no_transfers_is_not_good(self) -> None:
        view = destination_view({**GOOD, "capabilities": {"transfers": "pending"}})
        assert (view.check, view.needs) == (
            CheckState.SUSPENDED,
            "Stripe does not let this account take transfers yet.",
        )


class TestWords:
    def test_a_thing_that_is_wanted_in_parts_is_named_once(self) -> None:
        view = destination_view(_wants("individual.dob.day", "individual.dob.month", "individual.dob.year"))
        assert view.needs == "Stripe still wants: your date of birth."

    def test_many_things_are_not_all_named(self) -> None:
        view = destination_view(_wants(*list(IN_WORDS)[:8]))
        assert view.needs.endswith(", more.")

    def test_what_nobody_listed_has_words_too(self) -> None:
        assert in_words("alien.passport") == "further details"

    def test_nothing_named_is_being_looked_at(self) -> None:
        assert destination_view(_wants()).needs == "Stripe is looking at what this account was given."


class TestRecorded:
    @pytest.mark.parametrize("name", ["account.updated__djstripe.json", "account.updated__djstripe-1.json"])
    def test_is_read(self, name: str) -> None:
        if not SAMPLES.is_dir():
            return
        account = json.loads((SAMPLES / name).read_text(encoding="utf-8"))["data"]["object"]
        assert destination_view(account).account_id.startswith("acct_")
