"""Cloudflare Turnstile.

Source: developers.cloudflare.com/turnstile/get-started/server-side-validation (POST secret, response, remoteip; answer
`{"success": bool, "error-codes": [...]}`; a token is valid once and for five minutes).
"""

from __future__ import annotations

import logging

import requests

from config.calls.barrier import check_call_allowed
from payments.abuse.captcha.contract import CaptchaUnreachable

log = logging.getLogger(__name__)
TIMEOUT_S = (3, 5)
# Tokens are of 2,048 characters at most, says the same page.
LONGEST_TOKEN = 2_048


class Turnstile:
    """Asks Cloudflare whether a token was given to somebody who passed."""

    name = "turnstile"

    def __init__(self, *, site_key: str, secret: str, url: str) -> None:
        self.site_key = site_key
        self._secret = secret
        self._url = url

    def verify(self, *, token: str, address: str) -> bool:
        check_call_allowed("turnstile.verify")
        if not token or len(token) > LONGEST_TOKEN:
            return False
        form = {"secret": self._secret, "response": token}
        if address:
            form["remoteip"] = address
        try:
            answer = requests.post(self._url, data=form, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
            body = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise CaptchaUnreachable(type(error).__name__) from error
        if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
            raise CaptchaUnreachable("not its words")
        codes = body.get("error-codes") or []
        if "missing-input-secret" in codes or "invalid-input-secret" in codes:
            log.error("the captcha's secret is wrong: nobody passes a challenge")
            raise CaptchaUnreachable("our secret is wrong")
        return bool(body["success"])
