"""Makes a call whose intent is committed; each one ends with an answer, whatever the provider thinks of us."""

from __future__ import annotations

import logging
from collections.abc import Callable

from config.calls.failures import GatewayFailure, GatewayMisconfigured
from config.calls.outcomes import Outcome
from config.kernel.errors import Unavailable
from orders.tickets.providers.contract import TransferAnswer

log = logging.getLogger(__name__)


class TransferNotSent(Unavailable):
    """The provider did not take the request; nothing happened there yet. It is sent again."""

    code = "transfer_not_sent"


def answer_of(call: Callable[[], TransferAnswer]) -> TransferAnswer:
    """The provider's answer. Where it refuses our key or account nothing was executed: an outcome like any other."""
    try:
        return call()
    except GatewayMisconfigured as error:
        log.exception("the transfer provider refuses our credentials")
        return TransferAnswer(Outcome.NOT_EXECUTED, failure=GatewayFailure("provider_misconfigured", str(error)))


def raise_if_not_sent(answer: TransferAnswer) -> None:
    """Has the outbox try again. Raises TransferNotSent."""
    if answer.outcome == Outcome.NOT_EXECUTED:
        raise TransferNotSent(answer.failure.code if answer.failure else "not executed")
