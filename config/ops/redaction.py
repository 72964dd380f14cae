"""Takes secrets, card numbers and personal data out of whatever is about to be written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from config.kernel.ids import PATTERN as PUBLIC_ID

HIDDEN = "[redacted]"
LONGEST_TEXT = 200_000
DEEPEST = 8
MOST_ITEMS = 200

_HIDING_WORDS = (
    r"passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|"
    r"authorization|cookie|credential|signature|session[_-]?(?:id|key)|dsn|cvc|cvv|card[_-]?n(?:umber|o)\b|"
    r"account[_-]?n(?:umber|o)\b|iban|barcode"
)
_SECRET_KEY = re.compile(
    rf"{_HIDING_WORDS}|^(?:otp|pin|pan|card|body|payload|raw_?body|query_?string|request)$|"
    r"^(?:.*[_-])?(?:e-?mail|phone|mobile|vpa|upi|date_of_birth|dob)(?:_?address|_?number)?$",
    re.IGNORECASE,
)

# Between the digits of a card number as people and programs write it: blanks of every kind, dashes, dots, bars,
# slashes, invisible characters, and a blank that was encoded for a URL.
_GAP = r"(?:%20|[\s\-.+_/|·\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff]){0,3}"
_DIGIT_RUN = re.compile(rf"\d(?:{_GAP}\d){{12,}}")
# A part of a path that is long and mixed, as tokens are; one with small letters alone is a word.
_LONG_PART = re.compile(r"(?<=/)(?=[^/]*[A-Z0-9])[^/]{24,}")
_DIGITS = re.compile(r"%20|(\d+)")
# Issuer ranges by length (ISO/IEC 7812), so that timestamps in milliseconds and our own numbers are left alone.
_ISSUERS = {13: "4", 14: "3", 15: "3", 16: "234568", 17: "56", 18: "56", 19: "34568"}

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?s)-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", HIDDEN),
        # user:password@ in a URL, however odd the password
        (r"(?<=://)[^\s/?#\"'<>]{1,512}@", f"{HIDDEN}@"),
        # A header in running text: all that stands behind it
        (r"(?im)(?<![\"'\w])((?:proxy-)?authorization|(?:set-)?cookie)(\s{0,3}[:=]\s{0,3})(?![\"'])[^\r\n]+",
         rf"\1\2{HIDDEN}"),
        (r"(?i)\b(Bearer|Basic|Api-Key|O-Bearer)\s{1,3}[A-Za-z0-9._~+/=-]{6,}", rf"\1 {HIDDEN}"),
        # name = value, "name": "value", name: value; but not the name of an exception and its message
        (r"(?i)(?<![A-Za-z0-9_-])"
         r"(?!(?-i:[\w.]{0,80}(?:Invalid|Bad|Missing|Expired|Wrong|Unknown)\w{0,40}:))"
         r"(?!(?-i:[\w.]{0,120}(?:Error|Exception):))"
         rf"([\"']?[A-Za-z0-9_.-]{{0,40}}(?:{_HIDING_WORDS})[A-Za-z0-9_-]{{0,40}}(?:\\?[\"'])?\]?"
         r"\s{0,3}(?:=>|[:=])\s{0,3})"
         r"(b?\\?\"(?:[^\"\\]|\\.)*\"|b?'(?:[^'\\]|\\.)*'|[\"'][^\s]*|[^\s,;&\"'<>)}\]]+)",
         rf"\1{HIDDEN}"),
        (r"\b((?:pi|seti|cs|src|si|sub)_[A-Za-z0-9_]{4,120}?)_secret_[A-Za-z0-9]+", rf"\1_secret_{HIDDEN}"),
        (r"\b(?:sk|rk|pk|rzp)_(?:test|live)_\w+|\bwhsec_[\w+/=-]+", HIDDEN),
        (r"\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?", HIDDEN),
        # Tokenized links open one thing to whoever holds them
        (r"(?<=/)(x|preferences|unsubscribe)/[^/\s\"'<>?]{8,}", rf"\1/{HIDDEN}"),
        # E-mail addresses and UPI handles; a Celery node's name is neither
        (r"(?i)(?<![\w.+%-])(?!celery@)[^\s@\"'<>(),;:=\[\]{}/|\\]{1,64}(?:@|%40)"
         r"(?:[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|[a-z]{2,63}\b)",
         "[email]"),
        (r"(?<![\w+])\+\d(?:[ -]?\d){9,14}(?!\d)", "[phone]"),
    )
)  # fmt: skip


def _luhn(digits: str) -> bool:
    total = 0
    for position, character in enumerate(reversed(digits)):
        number = int(character)
        if position % 2:
            number = number * 2 - 9 if number > 4 else number * 2
        total += number
    return total % 10 == 0


def _is_written_like_a_card(sizes: list[int]) -> bool:
    """Equal groups with a shorter rest, or groups of four and more: not a date, not a list of addresses."""
    return all(size >= 4 for size in sizes) or (len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0])


def _mask_run(match: re.Match[str]) -> str:
    """A run of digits and gaps may hold a card number between other numbers: an amount before it, a date behind it."""
    run = match[0]
    groups = [found for found in _DIGITS.finditer(run) if found[1]]
    written, done, first = [], 0, 0
    while first < len(groups):
        card = _card_from(groups, first)
        if card:
            last, digits = card
            written += [run[done : groups[first].start()], f"[card {digits[-4:]}]"]
            done, first = groups[last].end(), last + 1
        else:
            first += 1
    return "".join(written) + run[done:]


def _card_from(groups: list[re.Match[str]], first: int) -> tuple[int, str] | None:
    """The last group and the digits of the longest card number that starts with group `first`."""
    sizes: list[int] = []
    digits, found = "", None
    for last in range(first, len(groups)):
        group = groups[last][0]
        digits, sizes = digits + group, [*sizes, len(group)]
        if len(digits) > 19:
            break
        issuers = _ISSUERS.get(len(digits), "")
        if str(int(digits[0])) in issuers and _is_written_like_a_card(sizes) and _luhn(digits):
            found = last, digits
    return found


def mask(text: str) -> str:
    """`text` with every card number replaced by `[card 1234]` (its last four digits).

    For free text on its way in: card data never touches us, also where somebody types it into a note.
    """
    return _DIGIT_RUN.sub(_mask_run, text)


def redact_text(text: str) -> str:
    """`text` without secrets, card numbers, e-mail addresses and telephone numbers; 200,000 characters at most."""
    text = mask(text[:LONGEST_TEXT])
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_path(path: str) -> str:
    """The path of a URL without tokens in it; our public ids stay."""
    return _LONG_PART.sub(lambda part: part[0] if PUBLIC_ID.fullmatch(part[0]) else "…", redact_text(path))


def is_secret(key: str) -> bool:
    """Whether what stands under this name is never written down."""
    return _SECRET_KEY.search(key) is not None


def redact(value: Any, *, key: str = "", depth: int = 0) -> Any:
    """A copy of `value` that is fit to be written down: plain values, hidden by their key or redacted by pattern."""
    if value is None or isinstance(value, bool):
        return value
    if key and is_secret(key):
        return HIDDEN
    if isinstance(value, int | float):
        masked = mask(str(value)) if abs(value) >= 10**12 else ""
        return masked if masked.startswith("[") else value
    if isinstance(value, date):
        return value.isoformat()
    if depth >= DEEPEST:
        return "[too deep]"
    if isinstance(value, Mapping):
        items = list(value.items())[:MOST_ITEMS]
        return {redact_text(str(k)): redact(v, key=str(k), depth=depth + 1) for k, v in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth=depth + 1) for item in list(value)[:MOST_ITEMS]]
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value).decode("utf-8", "replace")
    return redact_text(value if isinstance(value, str) else str(value))
