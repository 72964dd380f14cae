"""The words that people agree to when they save a way of paying, by version, and what is kept of their consent."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the words."""

    version: str
    words: str

    @property
    def digest(self) -> str:
        """By which it shows later whether the words of a version are still those that were agreed to."""
        return sha256(self.words.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Consent:
    """What came from a person's page: whether they agreed, to which version, and from which address."""

    is_given: bool
    terms_version: str
    address: str


def current_terms() -> Terms:
    """What is to be agreed to now."""
    policy = settings.POLICY
    version = policy.saved_method_terms_version
    return Terms(version=version, words=policy.saved_method_terms[version])


def terms_of(version: str) -> Terms | None:
    """An earlier version, while its words are kept."""
    words = settings.POLICY.saved_method_terms.get(version)
    return Terms(version=version, words=words) if words is not None else None
