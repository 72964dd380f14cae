"""One Stripe account's own client, whose HTTP layer remembers whether a request may have reached Stripe."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import stripe

from config.calls import network

if TYPE_CHECKING:
    from stripe._base_address import BaseAddresses

# The SDK would write an id into ~/.config/stripe and send our platform string along; a server has no use for either.
stripe.enable_telemetry = False

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 20.0
MAX_NETWORK_RETRIES: Final = 1  # the SDK keeps the idempotency key across it; at worst one call takes some 55 s


@dataclass(frozen=True, slots=True)
class StripeConnection:
    """The SDK's client and the HTTP layer below it, which the client keeps to itself."""

    client: stripe.StripeClient
    http: WitnessedRequests


class WitnessedRequests(stripe.RequestsClient):
    """`requests` with our timeouts, and a witness.

    The SDK repeats a request by itself and then tells only of the last attempt. A refused connection after a timeout
    must not pass for "nothing was sent": so each attempt is looked at here, and `in_doubt` says whether any of them may
    have been executed without our having had its answer. It is kept per thread, for the request just made.
    """

    def __init__(self, *, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        super().__init__(timeout=(CONNECT_TIMEOUT_S, read_timeout_s))
        self._witness = threading.local()

    @property
    def in_doubt(self) -> bool:
        """True if the request just made in this thread may have been executed, and its answer is not the one we got."""
        return bool(getattr(self._witness, "in_doubt", False))

    def request_with_retries(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        self._witness.in_doubt = False
        return super().request_with_retries(
            method, url, headers, post_data, max_network_retries=max_network_retries, _usage=_usage
        )

    def request(  # type: ignore[override]  # as RequestsClient itself narrows its base
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            answer = super().request(method, url, headers, post_data)
        except stripe.APIConnectionError as error:
            if not certainly_not_sent(error):
                self._witness.in_doubt = True
            raise
        if answer[1] == 409 or answer[1] >= 500:  # the same key is being worked on, or broke while being worked on
            self._witness.in_doubt = True
        return answer


def connect(*, secret_key: str, api_base: str, read_timeout_s: float = READ_TIMEOUT_S) -> StripeConnection:
    """A client of its own for one account, on the API version that the SDK was made for. Sends nothing yet."""
    http = WitnessedRequests(read_timeout_s=read_timeout_s)
    client = stripe.StripeClient(
        secret_key,
        base_addresses=_addresses(api_base.rstrip("/")),
        max_network_retries=MAX_NETWORK_RETRIES,
        http_client=http,
    )
    return StripeConnection(client=client, http=http)


def _addresses(api_base: str) -> BaseAddresses:
    """Stripe takes files at a host of its own; whoever stands in for it takes them where it takes the rest."""
    return {"api": api_base} if api_base == stripe.DEFAULT_API_BASE else {"api": api_base, "files": api_base}


def certainly_not_sent(error: stripe.APIConnectionError) -> bool:
    """True only where the connection itself did not come about. The SDK wraps what `requests` raised."""
    return network.certainly_not_sent(error.__cause__)
