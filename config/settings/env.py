"""Reads the environment once and names every missing or weak value at the same time."""

from __future__ import annotations

import re
from typing import Any

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

_UNSET = ""


class Environment:
    """Typed reads that collect problems instead of stopping at the first one.

    Every value may be given as `NAME_FILE` (a path to read it from), as container secrets are.
    """

    def __init__(self) -> None:
        self.env = environ.FileAwareEnv()
        self.problems: list[str] = []

    def text(self, name: str, default: str = _UNSET) -> str:
        return str(self.env.str(name, default=default)).strip()

    def secret(self, name: str, *, required: bool = False, at_least: int = 0) -> str:
        """A value that must be there if `required`, and be `at_least` characters long wherever it is given."""
        value = self.text(name)
        if not value:
            if required:
                self.problems.append(f"{name} is not set")
        elif len(value) < at_least:
            self.problems.append(f"{name} is too weak: {at_least} characters at least")
        return value

    def secrets(self, name: str, *, at_least: int = 16) -> tuple[str, ...]:
        """Several secrets separated by commas, all valid at once during rotation. Empty ones verify nothing."""
        values = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        if any(len(value) < at_least for value in values):
            self.problems.append(f"{name} is too weak: {at_least} characters at least")
        return values

    def fernet_keys(self, name: str) -> tuple[str, ...]:
        """Keys for encryption at rest; the first encrypts, all decrypt."""
        keys = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        if not keys:
            self.problems.append(f"{name} is not set")
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                self.problems.append(f"{name} holds a value that is not a Fernet key (32 bytes, URL-safe base64)")
                break
        return keys

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name).lower()
        if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
            return default if value == "" else value in ("1", "true", "yes", "on")
        self.problems.append(f"{name} is neither true nor false")
        return default

    def whole(self, name: str, default: int, *, low: int = 0, high: int = 2**31 - 1) -> int:
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"\d{1,10}", value) or not low <= int(value) <= high:
            self.problems.append(f"{name} is not a whole number from {low} to {high}")
            return default
        return int(value)

    def items(self, name: str, default: str = _UNSET) -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def amounts(self, name: str, default: str, *, currency: str) -> dict[str, int]:
        """`INR:100000,USD:2000` in minor units; a bare number is for `currency`."""
        amounts = {}
        for part in self.items(name, default):
            unit, _, number = part.rpartition(":")
            if not re.fullmatch(r"\d{1,15}", number) or not re.fullmatch(r"[A-Z]{3}|", unit):
                self.problems.append(f"{name} is not a list like INR:100000,USD:2000")
                continue
            amounts[unit or currency] = int(number)
        return amounts

    def database(self, name: str, default: str = _UNSET) -> dict[str, Any]:
        """A PostgreSQL connection of a URL, in Django's words."""
        url = self.text(name, default)
        if not url:
            self.problems.append(f"{name} is not set")
            return {"ENGINE": "django.db.backends.postgresql", "NAME": "unset"}
        parsed: dict[str, Any] = environ.Env.db_url_config(url)
        if parsed.get("ENGINE") != "django.db.backends.postgresql":
            self.problems.append(f"{name} is not a postgresql:// URL; PostgreSQL is the one database engine")
        return parsed

    def finish(self) -> None:
        """Stops the process with every problem listed. No value is printed."""
        if self.problems:
            listed = "\n".join(f"  - {problem}" for problem in self.problems)
            raise ImproperlyConfigured(f"The environment is not fit to start with:\n{listed}")


env = Environment()
