"""What a service answers that tells people from machines."""

from __future__ import annotations

from typing import Protocol


class CaptchaUnreachable(Exception):
    """The service did not answer, or not in words that we understand."""


class CaptchaVerifier(Protocol):
    """One such service. `site_key` is public: the page that shows the challenge needs it."""

    name: str
    site_key: str

    def verify(self, *, token: str, address: str) -> bool:
        """Whether somebody at `address` has just passed the challenge. Each token is good once.

        Raises CaptchaUnreachable.
        """
