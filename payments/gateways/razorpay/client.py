"""One Razorpay account's own client: the vendor's paths and serialisation over an HTTP layer of ours.

The package's own `request()` loses status, code and reason, waits for ever, repeats POSTs when it is told to retry,
raises a decoder's error where the answer is no JSON, prints to standard output and trusts a list of certificates that
it brought along. So it is replaced: one request, one answer or one error that says all of that.
"""

from __future__ import annotations

from typing import Any, Final

import razorpay
import requests

from config.calls.network import certainly_not_sent

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 20.0
USER_AGENT: Final = "Holdfast (razorpay-python)"


class Answered(dict[str, Any]):
    """The JSON object of a good answer, with its HTTP status and Razorpay's id of the request."""

    def __init__(self, content: dict[str, Any], *, status: int, request_id: str) -> None:
        super().__init__(content)
        self.http_status = status
        self.request_id = request_id


class RazorpayRefused(Exception):
    """An answer that is an error. Empty strings where Razorpay said nothing, or `NA`."""

    def __init__(self, *, status: int, body: Any, request_id: str) -> None:
        error = body.get("error") if isinstance(body, dict) else None
        self.http_status = status
        self.error: dict[str, Any] = error if isinstance(error, dict) else {}
        self.request_id = request_id
        self.code = self._text("code")
        self.description = self._text("description")
        self.reason = self._text("reason")
        self.field = self._text("field")
        super().__init__(f"HTTP {status} {self.code} {self.reason} {self.field}".rstrip())

    def _text(self, name: str) -> str:
        value = self.error.get(name)
        return value if isinstance(value, str) and value != "NA" else ""


class RazorpayUnanswered(Exception):
    """No answer, or none that can be read. `was_sent`: it may have been executed."""

    def __init__(self, why: str, *, was_sent: bool, status: int | None = None) -> None:
        super().__init__(why)
        self.was_sent = was_sent
        self.http_status = status


class RazorpayClient(razorpay.Client):
    """The package's client with our transport. Safe for several threads as `requests.Session` is."""

    def __init__(self, *, key_id: str, key_secret: str, api_base: str, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        super().__init__(auth=(key_id, key_secret), base_url=api_base.rstrip("/"))
        self.read_timeout_s = read_timeout_s

    def request(self, method: str, path: str, **options: Any) -> Answered:
        """One request, sent once. Raises RazorpayRefused or RazorpayUnanswered."""
        headers = {**options.pop("headers", {}), "User-Agent": USER_AGENT}
        try:
            response = self.session.request(
                method,
                f"{self.base_url}{path}",
                auth=self.auth,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_S, self.read_timeout_s),
                allow_redirects=False,
                **options,
            )
        except requests.RequestException as error:
            raise RazorpayUnanswered(type(error).__name__, was_sent=not certainly_not_sent(error)) from error
        request_id = response.headers.get("X-Razorpay-Request-Id", "")
        content = _parsed(response)
        if 200 <= response.status_code < 300 and isinstance(content, dict):
            return Answered(content, status=response.status_code, request_id=request_id)
        if response.status_code < 400:
            raise RazorpayUnanswered("an answer that is no object", was_sent=True, status=response.status_code)
        raise RazorpayRefused(status=response.status_code, body=content, request_id=request_id)

    def enable_retry(self, retry_enabled: bool = False) -> None:
        """Refuses: a POST that is repeated by the library pays twice."""
        if retry_enabled:
            raise ValueError("this client never repeats a request")


def _parsed(response: requests.Response) -> Any:
    """The body as JSON; None where it is not."""
    try:
        return response.json()
    except ValueError:
        return None
