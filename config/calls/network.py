"""Whether a request that failed may have been executed: only a connection that never came about proves that not."""

from __future__ import annotations

import ssl

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from urllib3.exceptions import SSLError as TLSError


def certainly_not_sent(error: BaseException | None) -> bool:
    """True only where the connection itself did not come about: name not resolved, refused, no answer to the
    connection attempt in time, or a certificate that we do not trust. Everything else may have been sent.

    `error` is what `requests` raised: it wraps urllib3's reason for giving up.
    """
    inner = error.args[0] if isinstance(error, requests.RequestException) and error.args else None
    return isinstance(inner, MaxRetryError) and inner.reason is not None and _is_before_sending(inner.reason)


def _is_before_sending(cause: BaseException) -> bool:
    if isinstance(cause, NewConnectionError | ConnectTimeoutError):  # NameResolutionError is a NewConnectionError
        return True
    return isinstance(cause, TLSError) and any(isinstance(arg, ssl.SSLCertVerificationError) for arg in cause.args)
