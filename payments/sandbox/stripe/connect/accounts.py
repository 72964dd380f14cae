"""Connected accounts over the API: made, read, listed, and given a link for whoever has to fill them in."""

from __future__ import annotations

from typing import Any, Final

from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.amounts import known_currency
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import banks
from payments.sandbox.stripe.errors import StripeError, invalid, missing_parameter
from payments.sandbox.stripe.lists import PAGING, list_objects
from payments.sandbox.stripe.params import merge_metadata

KIND: Final = "account"
# What an account of somebody who has said nothing yet is asked for; Stripe's list depends on country and capability.
FIRST_DUE: Final = ["business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip"]
LINK_LASTS_S: Final = 5 * 60
# Of those countries that the tests are about; the sandbox's own list.
_CURRENCIES: Final = {"US": "usd", "IN": "inr", "GB": "gbp", "DE": "eur", "FR": "eur", "CH": "chf", "TH": "thb"}


def create(call: Call) -> dict[str, Any]:
    """POST of a new account. Whoever it is for has to fill it in before anything is paid out."""
    params = call.params
    params.only(
        "type", "country", "email", "business_type", "capabilities", "controller", "default_currency",
        "external_account", "metadata", "settings", "business_profile",
    )  # fmt: skip
    country = (params.text("country") or "US").upper()
    account = Stored(kind=KIND, id=new_id(prefix="acct", length=16), created_s=call.now_s, body={}, hidden={})
    currency = known_currency(params.text("default_currency") or _CURRENCIES.get(country, "usd"))
    bank = banks.given_external_account(call, account_id=account.id, country=country, currency=currency)
    account.body = _body(call, account.id, country=country, currency=currency, bank=bank)
    call.objects.add(account, labels={})
    return account.body


def retrieve(call: Call, account_id: str) -> dict[str, Any]:
    """GET of one account, as the platform sees it."""
    call.params.only()
    return accessible(call, account_id).body


def list_accounts(call: Call) -> dict[str, Any]:
    """GET of all accounts."""
    call.params.only(*PAGING)
    return list_objects(call, kind=KIND, url="/v1/accounts")


def create_link(call: Call) -> dict[str, Any]:
    """POST of a link that works once and for minutes: the page where the account is filled in."""
    params = call.params
    params.only("account", "type", "refresh_url", "return_url", "collection_options", "collect")
    account = accessible(call, params.required_text("account"))
    if params.choice("type", "account_onboarding", "account_update") is None:
        raise missing_parameter("type")
    for name in ("refresh_url", "return_url"):
        if not params.required_text(name).startswith(("http://", "https://")):
            raise invalid("Not a valid URL", param=name, code="url_invalid")
    secret = random_text(length=32)
    links = {key: value for key, value in account.hidden.get("links", {}).items() if value["until"] > call.now_s}
    links[secret] = {"until": call.now_s + LINK_LASTS_S, "back": params.text("return_url")}
    account.hidden["links"] = links
    call.save(account)
    return {
        "object": "account_link",
        "created": call.now_s,
        "expires_at": call.now_s + LINK_LASTS_S,
        "url": f"{call.base_url}/stripe/setup/{account.id}/{secret}",
    }


def accessible(call: Call, account_id: str) -> Stored:
    """The account; raises Stripe's 403 for one that is not there or that let go of us: it does not say which."""
    account = call.find(KIND, account_id)
    if account is None or account.hidden.get("left"):
        raise StripeError(
            status=403,
            type="invalid_request_error",
            code="account_invalid",
            message=f"The provided key does not have access to account '{account_id}' (or that account does not "
            "exist). Application access may have been revoked.",
        )
    return account


def check_account(call: Call, *, connected: bool) -> None:
    """Whether the header's account may be acted for, and in this way."""
    accessible(call, call.account)
    if not connected:
        raise invalid("The sandbox does not serve this path for connected accounts.")


def _body(call: Call, account_id: str, *, country: str, currency: str, bank: dict[str, Any] | None) -> dict[str, Any]:
    params = call.params
    due = [each for each in FIRST_DUE if not (bank and each == "external_account")]
    return {
        "id": account_id,
        "object": KIND,
        "business_profile": dict.fromkeys(
            (
                "annual_revenue",
                "estimated_worker_count",
                "mcc",
                "minority_owned_business_designation",
                "name",
                "product_description",
                "support_address",
                "support_email",
                "support_phone",
                "support_url",
                "url",
            )
        ),
        "business_type": params.text("business_type"),
        "capabilities": dict.fromkeys(_capabilities(call), "inactive"),
        "charges_enabled": False,
        "controller": {
            "fees": {"payer": "application_express"},
            "is_controller": True,
            "losses": {"payments": "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"},
            "type": "application",
        },
        "country": country,
        "created": call.now_s,
        "default_currency": currency,
        "details_submitted": False,
        "email": params.text("email"),
        "external_accounts": {
            "object": "list",
            "data": [bank] if bank else [],
            "has_more": False,
            "total_count": 1 if bank else 0,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        "future_requirements": requirements(()),
        "metadata": merge_metadata({}, params),
        "payouts_enabled": False,
        "requirements": requirements(due, disabled="requirements.past_due"),
        "settings": _settings(interval=_interval(call)),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": params.choice("type", "custom", "express", "standard") or "express",
    }


def requirements(due: list[str] | tuple[str, ...], *, disabled: str = "") -> dict[str, Any]:
    """What the account must still give; `disabled` where nothing works without it."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled or None,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due) if disabled else [],
        "pending_verification": [],
    }


def _capabilities(call: Call) -> list[str]:
    wanted = call.params.inner("capabilities")
    return sorted(wanted.tree) if wanted else ["transfers"]


def _interval(call: Call) -> str:
    """When Stripe pays out by itself: `manual` is never."""
    settings = call.params.inner("settings")
    payouts = settings.inner("payouts") if settings else None
    schedule = payouts.inner("schedule") if payouts else None
    chosen = schedule.choice("interval", "manual", "daily", "weekly", "monthly") if schedule else None
    return chosen or "daily"


def _settings(*, interval: str) -> dict[str, Any]:
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": dict.fromkeys(
            (
                "statement_descriptor",
                "statement_descriptor_kana",
                "statement_descriptor_kanji",
                "statement_descriptor_prefix_kana",
                "statement_descriptor_prefix_kanji",
            )
        ),
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": interval},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
