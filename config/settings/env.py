"""Reads the environment once and names every missing or weak value at the same time."""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from typing import Any

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from config.kernel.money import EXPONENTS

_UNSET = ""


class Environment:
    """Typed reads that collect problems instead of stopping at the first one.

    Every value may be given as `NAME_FILE` (a path to read it from), as container secrets are.
    """

    def __init__(self, given: MutableMapping[str, str] | None = None) -> None:
        self._given = FileAwareMapping(os.environ if given is None else given)
        self.problems: list[str] = []

    def text(self, name: str, default: str = _UNSET) -> str:
        """The value as it was written (a secret may begin with a dollar sign); an empty one counts as not given."""
        try:
            return str(self._given.get(name, "")).strip() or default
        except (OSError, UnicodeDecodeError):
            self._report(f"{name}_FILE is not a file that we can read")
            return default

    def _report(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def secret(self, name: str, *, required: bool = False, at_least: int = 0) -> str:
        """A value that must be there if `required`, and be `at_least` characters long wherever it is given."""
        value = self.text(name)
        if not value:
            if required:
                self._report(f"{name} is not set")
        elif len(value) < at_least:
            self._report(f"{name} is too weak: {at_least} characters at least")
        return value

    def secrets(self, name: str, *, at_least: int = 16) -> tuple[str, ...]:
        """Several secrets separated by commas, all valid at once during rotation. Empty ones verify nothing."""
        values = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        if any(len(value) < at_least for value in values):
            self._report(f"{name} is too weak: {at_least} characters at least")
        return values

    def fernet_keys(self, name: str) -> tuple[str, ...]:
        """Keys for encryption at rest; the first encrypts, all decrypt."""
        keys = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        if not keys:
            self._report(f"{name} is not set")
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                self._report(f"{name} holds a value that is not a Fernet key (32 bytes, URL-safe base64)")
                break
        return keys

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name).lower()
        if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
            return default if value == "" else value in ("1", "true", "yes", "on")
        self._report(f"{name} is neither true nor false")
        return default

    def whole(self, name: str, default: int, *, low: int = 0, high: int = 2**31 - 1) -> int:
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
            self._report(f"{name} is not a whole number from {low} to {high}")
            return default
        return int(value)

    def items(self, name: str, default: str = _UNSET) -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def amounts(self, name: str, default: str, *, currency: str) -> dict[str, int]:
        """`INR:100000,USD:2000` in minor units; a bare number is for `currency`."""
        amounts: dict[str, int] = {}
        for part in self.items(name, default):
            unit, _, number = part.rpartition(":")
            unit = unit or currency
            if not re.fullmatch(r"[0-9]{1,15}", number) or unit not in EXPONENTS or unit in amounts:
                self._report(f"{name} is not a list like INR:100000,USD:2000 with each known currency once")
                continue
            amounts[unit] = int(number)
        return amounts

    def database(self, name: str, default: str = _UNSET) -> dict[str, Any]:
        """A PostgreSQL connection of a URL, in Django's words."""
        url = self.text(name, default)
        if not url:
            self._report(f"{name} is not set")
            return {"ENGINE": "django.db.backends.postgresql", "NAME": "unset"}
        try:
            # Of another scheme django-environ would warn, with the password in its words.
            known = re.match(r"postgres(ql)?://", url)
            parsed: dict[str, Any] = environ.Env.db_url_config(url) if known else {}
        except (ValueError, KeyError, ImproperlyConfigured):
            parsed = {}
        if parsed.get("ENGINE") != "django.db.backends.postgresql" or not parsed.get("NAME"):
            self._report(f"{name} is not a postgresql:// URL; PostgreSQL is the one database engine")
            return {"ENGINE": "django.db.backends.postgresql", "NAME": "unset"}
        return parsed

    def email(self, name: str, default: str) -> dict[str, Any]:
        """Where mail goes, of a URL, in Django's words."""
        try:
            parsed: dict[str, Any] = environ.Env.email_url_config(self.text(name, default))
        except (ValueError, KeyError, ImproperlyConfigured):
            self._report(f"{name} is not the URL of a mail server, like smtp+tls://user:password@host:587")
            parsed = environ.Env.email_url_config(default)
        return parsed

    def redis(self, name: str) -> str:
        """The address of a Redis; it may hold a password, and is a secret."""
        url = self.secret(name, required=True)
        if url and not re.match(r"(redis|rediss|unix)://", url):
            self._report(f"{name} is not a redis:// URL")
        return url

    def finish(self) -> None:
        """Stops the process with every problem listed. No value is printed."""
        if self.problems:
            listed = "\n".join(f"  - {problem}" for problem in self.problems)
            raise ImproperlyConfigured(f"The environment is not fit to start with:\n{listed}")


env = Environment()
