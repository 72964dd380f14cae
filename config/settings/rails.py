"""On which rail accounts payouts are drawn, and which accounts only tell us of them."""

import re
from dataclasses import dataclass, field, replace

from config.settings.env import env
from config.settings.gateways import GATEWAY_ACCOUNTS, GatewayCredentials, api_base
from config.settings.policy import POLICY

BANK_PREFIX = "bank:"


@dataclass(frozen=True)
class RailAccount:
    """One float that payouts are drawn on. Secrets never show in a repr. `rail` says who pays: razorpayx,
    stripe_connect, bank_file."""

    code: str
    rail: str
    livemode: bool
    api_base: str = ""
    key_id: str = ""
    secret_key: str = field(default="", repr=False)
    account_number: str = field(default="", repr=False)  # of our own account, which RazorpayX debits
    validates: bool = False  # whether it looks at a payee's bank account before money goes there
    told_by: str = ""  # the account whose webhooks tell what becomes of its payouts


RAIL_ACCOUNTS: dict[str, RailAccount] = {}
# Accounts that sign webhooks and take no payments: by code. They come in by the door of their `gateway`.
LISTENING_ACCOUNTS: dict[str, GatewayCredentials] = {}

_x_id = env.text("RAZORPAYX_KEY_ID")
_x_key = env.secret("RAZORPAYX_KEY_SECRET", at_least=16)
_x_secrets = env.secrets("RAZORPAYX_WEBHOOK_SECRET")
_x_number = env.text("RAZORPAYX_ACCOUNT_NUMBER")
if _x_id and not _x_id.startswith(("rzp_test_", "rzp_live_")):
    env.problems.append("RAZORPAYX_KEY_ID is neither rzp_test_… nor rzp_live_…")
if _x_number and not re.fullmatch(r"[A-Za-z0-9]{5,40}", _x_number):
    env.problems.append("RAZORPAYX_ACCOUNT_NUMBER is not the number of an account: letters and digits alone")
if _x_id and _x_key and _x_number:
    _x_base, _x_live = api_base("RAZORPAY_API_BASE", "https://api.razorpay.com"), _x_id.startswith("rzp_live_")
    RAIL_ACCOUNTS["razorpayx"] = RailAccount(
        code="razorpayx",
        rail="razorpayx",
        livemode=_x_live,
        api_base=_x_base,
        key_id=_x_id,
        secret_key=_x_key,
        account_number=_x_number,
        validates=env.flag("RAZORPAYX_VALIDATION", default=True),
        told_by="razorpayx",
    )
    LISTENING_ACCOUNTS["razorpayx"] = GatewayCredentials(
        code="razorpayx",
        gateway="razorpay",
        api_base=_x_base,
        livemode=_x_live,
        secret_key=_x_key,
        webhook_secrets=_x_secrets,
        client_id=_x_id,
    )
elif _x_id or _x_key or _x_secrets or _x_number:
    env.problems.append(
        "RAZORPAYX_KEY_ID, RAZORPAYX_KEY_SECRET and RAZORPAYX_ACCOUNT_NUMBER belong together,"
        " and RAZORPAYX_WEBHOOK_SECRET to them"
    )
if set(_x_secrets) & {secret for account in GATEWAY_ACCOUNTS.values() for secret in account.webhook_secrets}:
    env.problems.append("RAZORPAYX_WEBHOOK_SECRET is another account's too: nobody could tell whose event it is")

if "stripe" in GATEWAY_ACCOUNTS:
    _stripe = GATEWAY_ACCOUNTS["stripe"]
    RAIL_ACCOUNTS["stripe"] = RailAccount(
        code="stripe",
        rail="stripe_connect",
        livemode=_stripe.livemode,
        api_base=_stripe.api_base,
        secret_key=_stripe.secret_key,
        told_by="stripe-connect",
    )

_connect_secrets = env.secrets("STRIPE_CONNECT_WEBHOOK_SECRET")
if _connect_secrets and "stripe" not in GATEWAY_ACCOUNTS:
    env.problems.append("STRIPE_CONNECT_WEBHOOK_SECRET is set without STRIPE_SECRET_KEY")
elif _connect_secrets:
    LISTENING_ACCOUNTS["stripe-connect"] = replace(
        GATEWAY_ACCOUNTS["stripe"], code="stripe-connect", webhook_secrets=_connect_secrets
    )
if set(_connect_secrets) & {secret for account in GATEWAY_ACCOUNTS.values() for secret in account.webhook_secrets}:
    env.problems.append("STRIPE_CONNECT_WEBHOOK_SECRET is another account's too: nobody could tell whose event it is")

for _bank in POLICY.bank_accounts:
    RAIL_ACCOUNTS[BANK_PREFIX + _bank] = RailAccount(code=BANK_PREFIX + _bank, rail="bank_file", livemode=True)
