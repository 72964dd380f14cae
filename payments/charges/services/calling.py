"""Makes a call whose intent is committed; each one ends with an answer, whatever the gateway thinks of us."""

from __future__ import annotations

import logging
from collections.abc import Callable

from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayFailure, GatewayMisconfigured

log = logging.getLogger(__name__)
MISCONFIGURED = "gateway_misconfigured"


def answer_of(call: Callable[[], Answer]) -> Answer:
    """The gateway's answer. Where it refuses our key or account nothing was executed: that is an outcome like any
    other, so that the debt is free again once a person has set the credentials right."""
    try:
        return call()
    except GatewayMisconfigured as error:
        log.exception("the gateway refuses our credentials")
        return Answer(outcome=Outcome.NOT_EXECUTED, failure=GatewayFailure(code=MISCONFIGURED, detail=str(error)))
