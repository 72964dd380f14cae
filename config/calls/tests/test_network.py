"""What proves that a request was not sent, and what does not."""

from __future__ import annotations

import ssl

import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ReadTimeoutError
from urllib3.exceptions import SSLError as TLSError

from config.calls.network import certainly_not_sent
from config.calls.tests.scripted import closed_port

CONNECTION = HTTPConnection("gateway.example.test")
UNTRUSTED = TLSError(ssl.SSLCertVerificationError("untrusted"))


def raised(reason: Exception | None) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


class TestCertainlyNotSent:
    @pytest.mark.parametrize("reason", [NewConnectionError(CONNECTION, "refused"), ConnectTimeoutError("x"), UNTRUSTED])
    def test_a_connection_that_never_came_about(self, reason: Exception) -> None:
        assert certainly_not_sent(raised(reason))

    @pytest.mark.parametrize(
        "error",
        [
            None,
            ValueError("x"),
            requests.ConnectionError("x"),
            requests.ConnectionError(),
            raised(None),
            raised(ReadTimeoutError(None, "/", "x")),  # type: ignore[arg-type]
            raised(TLSError("handshake broke")),
            requests.ReadTimeout("x"),
        ],
    )
    def test_anything_else_may_have_been_sent(self, error: BaseException | None) -> None:
        assert not certainly_not_sent(error)

    def test_where_nobody_listens(self) -> None:
        with pytest.raises(requests.ConnectionError) as refused:
            requests.get(f"http://127.0.0.1:{closed_port()}", timeout=5)
        assert certainly_not_sent(refused.value)
