"""Business numbers, set by environment. An order keeps the numbers that it was priced with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from config.kernel.money import EXPONENTS
from config.settings.env import env
from config.settings.terms import words_by_version

DEFAULT_CURRENCY = env.text("DEFAULT_CURRENCY", "INR")
if DEFAULT_CURRENCY not in EXPONENTS:
    env.problems.append("DEFAULT_CURRENCY is not a currency that we know, like INR")
LONGEST_MINUTES = 525_600  # a year
LONGEST_DAYS = 3_650


@dataclass(frozen=True)
class Policy:
    """Rates in bps, times in minutes as named, amounts in minor units per currency."""

    platform_fee_bps: int
    gateway_fee_bps: int
    fee_tax_bps: int
    fee_estimate_bps: Mapping[str, int]  # by gateway account
    withholding_bps: int
    escrow_timeout_minutes: int
    escrow_timeout_minutes_by_category: Mapping[str, int]
    release_delay_minutes: int
    transfer_patience_minutes: int
    reservation_minutes: int
    inbox_lag_limit_s: int
    must_leave_alarm_days: int
    cancel_on_failed_attempt: bool
    capture_manually: bool
    terms_version: str
    saved_method_terms_version: str
    saved_method_terms: Mapping[str, str]  # the words, by version
    order_link_days: int
    max_lines: int
    max_quantity: int
    # A refund that staff choose needs a second person above it; a currency without an entry always does.
    refund_approval_threshold_minor: Mapping[str, int]
    refund_window_days: int
    refund_window_days_by_category: Mapping[str, int]
    refund_platform_bears: frozenset[str]
    bank_accounts: tuple[str, ...]
    # Whose loss a lost dispute is, and below what an unanswered one is conceded; a currency without an entry never is.
    dispute_bearer: str
    dispute_platform_bears_reasons: frozenset[str]
    dispute_accept_below_minor: Mapping[str, int]
    # Whether what a seller would give back is kept from being paid out while a bank decides.
    dispute_reserve: bool
    dispute_reminder_days: tuple[int, ...]
    # A payout needs at least so much; a currency without an entry has no minimum. After a change of where it goes
    # nothing is paid for so many hours.
    payout_minimum_minor: Mapping[str, int]
    payout_reverse_transfers: bool
    payout_cooling_hours: int
    payout_followed_days: int  # for so long a payout that was paid is looked after: banks send some back
    # The first rate: a currency without an entry pays no bounty; and of a sale of what worth, any where there is none.
    scout_bounty_minor: Mapping[str, int]
    scout_bounty_least_sale_minor: Mapping[str, int]
    # Above it a payout needs a second person, a currency without an entry always; and what its payee bears of its cost.
    payout_approval_threshold_minor: Mapping[str, int]
    payout_fee_minor: Mapping[str, int]


def _minutes_by_category(name: str) -> dict[str, int]:
    return _by_category(name, low=1, high=LONGEST_MINUTES, example="tickets:60,shoes:4320, in minutes up to a year")


def _days_by_category(name: str) -> dict[str, int]:
    return _by_category(name, low=0, high=LONGEST_DAYS, example="tickets:7,shoes:60, in days up to ten years")


def _bps_by_account(name: str) -> dict[str, int]:
    return _by_category(name, low=0, high=10_000, example="phonepe:200, in basis points")


def _by_category(name: str, *, low: int, high: int, example: str) -> dict[str, int]:
    numbers = {}
    for part in env.items(name):
        category, _, number = part.rpartition(":")
        if not category or not re.fullmatch(r"[0-9]{1,6}", number) or not low <= int(number) <= high:
            env.problems.append(f"{name} is not a list like {example}")
            continue
        numbers[category] = int(number)
    return numbers


def _bank_accounts() -> tuple[str, ...]:
    codes = tuple(env.items("BANK_ACCOUNTS", "main"))
    if len(set(codes)) != len(codes) or not all(re.fullmatch(r"[a-z0-9-]{1,40}", code) for code in codes):
        env.problems.append("BANK_ACCOUNTS is not a list of names like main,payouts-inr")
    return codes


def _one_of(name: str, *choices: str) -> str:
    """One of these words; the first where nothing is set."""
    value = env.text(name, choices[0])
    if value not in choices:
        env.problems.append(f"{name} is not one of {', '.join(choices)}")
        return choices[0]
    return value


def _days(name: str, default: str) -> tuple[int, ...]:
    """Different numbers of days, the longest first."""
    parts = env.items(name, default)
    if not all(re.fullmatch(r"[0-9]{1,3}", part) for part in parts):
        env.problems.append(f"{name} is not a list of days like {default}")
        return ()
    return tuple(sorted({int(part) for part in parts}, reverse=True))


POLICY = Policy(
    platform_fee_bps=env.whole("PLATFORM_FEE_BPS", 1_000, high=10_000),
    gateway_fee_bps=env.whole("GATEWAY_FEE_BPS", 150, high=10_000),
    fee_tax_bps=env.whole("FEE_TAX_BPS", 0, high=10_000),
    fee_estimate_bps=_bps_by_account("FEE_ESTIMATE_BPS"),
    withholding_bps=env.whole("WITHHOLDING_BPS", 0, high=10_000),
    escrow_timeout_minutes=env.whole("ESCROW_TIMEOUT_MINUTES", 60, low=1, high=LONGEST_MINUTES),
    escrow_timeout_minutes_by_category=_minutes_by_category("ESCROW_TIMEOUT_MINUTES_BY_CATEGORY"),
    release_delay_minutes=env.whole("RELEASE_DELAY_MINUTES", 1_440, high=LONGEST_MINUTES),
    transfer_patience_minutes=env.whole("TRANSFER_PATIENCE_MINUTES", 60, low=1, high=LONGEST_MINUTES),
    reservation_minutes=env.whole("RESERVATION_MINUTES", 30, low=1, high=1_440),
    inbox_lag_limit_s=env.whole("INBOX_LAG_LIMIT_S", 600, low=1),
    must_leave_alarm_days=env.whole("MUST_LEAVE_ALARM_DAYS", 7, high=365),
    cancel_on_failed_attempt=env.flag("CANCEL_ON_FAILED_ATTEMPT"),
    capture_manually=env.flag("CAPTURE_MANUALLY"),
    terms_version=env.text("TERMS_VERSION", "2026-01"),
    saved_method_terms_version=env.text("SAVED_METHOD_TERMS_VERSION", "2026-01"),
    saved_method_terms=words_by_version(env.text("SAVED_METHOD_TERMS_FOLDER")),
    order_link_days=env.whole("ORDER_LINK_DAYS", 180, low=1, high=3_650),
    max_lines=env.whole("MAX_ORDER_LINES", 50, low=1, high=500),
    max_quantity=env.whole("MAX_LINE_QUANTITY", 1_000, low=1, high=1_000_000),
    refund_approval_threshold_minor=env.amounts(
        "REFUND_APPROVAL_THRESHOLD_MINOR", "100000" if DEFAULT_CURRENCY in EXPONENTS else "", currency=DEFAULT_CURRENCY
    ),
    refund_window_days=env.whole("REFUND_WINDOW_DAYS", 30, high=LONGEST_DAYS),
    refund_window_days_by_category=_days_by_category("REFUND_WINDOW_DAYS_BY_CATEGORY"),
    refund_platform_bears=frozenset(env.items("REFUND_PLATFORM_BEARS")),
    bank_accounts=_bank_accounts(),
    dispute_bearer=_one_of("DISPUTE_BEARER", "seller", "platform"),
    dispute_platform_bears_reasons=frozenset(env.items("DISPUTE_PLATFORM_BEARS_REASONS")),
    dispute_accept_below_minor=env.amounts("DISPUTE_ACCEPT_BELOW_MINOR", "", currency=DEFAULT_CURRENCY),
    dispute_reserve=env.flag("DISPUTE_RESERVE", default=True),
    dispute_reminder_days=_days("DISPUTE_REMINDER_DAYS", "7,3,1"),
    payout_minimum_minor=env.amounts(
        "PAYOUT_MINIMUM_MINOR", "10000" if DEFAULT_CURRENCY in EXPONENTS else "", currency=DEFAULT_CURRENCY
    ),
    scout_bounty_minor=env.amounts("SCOUT_BOUNTY_MINOR", "1000", currency=DEFAULT_CURRENCY)
    if DEFAULT_CURRENCY in EXPONENTS
    else {},
    scout_bounty_least_sale_minor=env.amounts(
        "SCOUT_BOUNTY_LEAST_SALE_MINOR", "10000" if DEFAULT_CURRENCY in EXPONENTS else "", currency=DEFAULT_CURRENCY
    ),
    payout_reverse_transfers=env.flag("PAYOUT_REVERSE_TRANSFERS"),
    payout_cooling_hours=env.whole("PAYOUT_COOLING_HOURS", 72, high=8_760),
    payout_followed_days=env.whole("PAYOUT_FOLLOWED_DAYS", 10, low=1, high=90),
    payout_approval_threshold_minor=env.amounts("PAYOUT_APPROVAL_THRESHOLD_MINOR", "", currency=DEFAULT_CURRENCY),
    payout_fee_minor=env.amounts("PAYOUT_FEE_MINOR", "", currency=DEFAULT_CURRENCY),
)
if not POLICY.saved_method_terms.get(POLICY.saved_method_terms_version):
    env.problems.append("SAVED_METHOD_TERMS_VERSION has no words: a file of that name with .txt in the terms' folder")
_FEES_BPS = POLICY.platform_fee_bps + POLICY.gateway_fee_bps
if _FEES_BPS * (10_000 + POLICY.fee_tax_bps) + POLICY.withholding_bps * 10_000 > 10_000 * 10_000:
    env.problems.append(
        "PLATFORM_FEE_BPS, GATEWAY_FEE_BPS, FEE_TAX_BPS on both and WITHHOLDING_BPS take more than the whole price"
    )
