"""The configured verifier, if there is one."""

from __future__ import annotations

from django.conf import settings

from payments.abuse.captcha.contract import CaptchaVerifier
from payments.abuse.captcha.turnstile import Turnstile


def verifier() -> CaptchaVerifier | None:
    """Turnstile with the environment's keys; None where none are set: then nobody can prove anything."""
    if not settings.CAPTCHA_SECRET:
        return None
    return Turnstile(site_key=settings.CAPTCHA_SITE_KEY, secret=settings.CAPTCHA_SECRET, url=settings.CAPTCHA_URL)
