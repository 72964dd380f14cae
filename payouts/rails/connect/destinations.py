"""A payee's account at Stripe in the words of the contract: whether it takes payouts, and what it needs. Pure."""

from __future__ import annotations

from typing import Final

from config.calls.fields import JSON, flag, part, text, text_or_empty
from payments.gateways.stripe.fields import a, listed
from payouts.rails.contract import CheckState, DestinationView

# What Stripe names by fields, in words; the longest beginning counts. [doc docs.stripe.com/connect/handle-verification]
IN_WORDS: Final = {
    "business_profile": "what you sell",
    "business_type": "whether you are a person or a company",
    "company": "details of the company",
    "company.tax_id": "the company's tax number",
    "company.verification": "a document about the company",
    "directors": "who directs the company",
    "executives": "who manages the company",
    "external_account": "a bank account",
    "individual": "details about you",
    "individual.address": "your address",
    "individual.dob": "your date of birth",
    "individual.email": "your e-mail address",
    "individual.first_name": "your name",
    "individual.id_number": "your identity or tax number",
    "individual.last_name": "your name",
    "individual.phone": "your telephone number",
    "individual.ssn_last_4": "the end of your social security number",
    "individual.verification": "a document that shows who you are",
    "owners": "who owns the company",
    "person_": "details about a person of the company",
    "representative": "details about who represents the company",
    "tos_acceptance": "your agreement to Stripe's terms",
}
_MOST_NAMED: Final = 4


def destination_view(obj: object) -> DestinationView:
    """An account. Raises UnreadableObject.

    It is good while Stripe pays out of it, takes transfers for it, and leaves the moment of payouts to us: one that
    pays itself out by a schedule would be empty before ours is made.
    """
    account = a("account", obj)
    account_id, needs = text(account, "id"), needs_of(account)
    banks = [each for each in listed(account, "external_accounts") if each.get("object") == "bank_account"]
    return DestinationView(
        recipient_id=account_id,
        account_id=account_id,
        check=_check(account, needs),
        needs=needs,
        masked=_masked(banks),
        currencies=tuple(sorted({text(each, "currency").upper() for each in banks})),
    )


def needs_of(account: JSON) -> str:
    """What is wanted of the payee before they can be paid, as one line for them; empty where nothing is."""
    reason = text_or_empty(part(account, "requirements"), "disabled_reason")
    if reason.startswith("rejected."):
        return "Stripe closed this account."
    if flag(account, "payouts_enabled"):
        if not _takes_transfers(account):
            return "Stripe does not let this account take transfers yet."
        return "" if _is_manual(account) else "The account's payouts at Stripe must be set to manual."
    wanted = part(account, "requirements").get("currently_due")
    named = dict.fromkeys(in_words(each) for each in wanted if isinstance(each, str)) if wanted else {}
    if not named:
        return "Stripe is looking at what this account was given."
    shown = list(named)[:_MOST_NAMED] + (["more"] if len(named) > _MOST_NAMED else [])
    return f"Stripe still wants: {', '.join(shown)}."


def in_words(field: str) -> str:
    """A field of Stripe's requirements as the payee would call it."""
    known = max((each for each in IN_WORDS if field.startswith(each)), key=len, default="")
    return IN_WORDS.get(known, "further details")


def _check(account: JSON, needs: str) -> CheckState:
    reason = text_or_empty(part(account, "requirements"), "disabled_reason")
    if reason.startswith("rejected."):
        return CheckState.BAD
    if flag(account, "payouts_enabled") and not needs:
        return CheckState.GOOD
    return CheckState.SUSPENDED if flag(account, "details_submitted") else CheckState.PENDING


def _takes_transfers(account: JSON) -> bool:
    """Accounts of before 2019 have no capabilities, and take what they may by being enabled."""
    capabilities = part(account, "capabilities")
    return not capabilities or capabilities.get("transfers") == "active"


def _is_manual(account: JSON) -> bool:
    schedule = part(part(part(account, "settings"), "payouts"), "schedule")
    return text_or_empty(schedule, "interval") in ("manual", "")


def _masked(banks: list[JSON]) -> str:
    first = next(iter(banks), None)
    return f"{text_or_empty(first, 'bank_name') or 'bank account'} ••{text_or_empty(first, 'last4')}" if first else ""
