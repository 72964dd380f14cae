"""What became of a request that was answered with anything but a transfer. Pure."""

from __future__ import annotations

from config.calls.failures import GatewayFailure, GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from config.calls.outcomes import Outcome
from config.calls.wire import Reply


def outcome_of(reply: Reply) -> tuple[Outcome, GatewayFailure]:
    """The outcome of a request that changes something, and why. Raises GatewayMisconfigured."""
    failure = failure_of(reply)
    if reply.status in (401, 403):
        raise GatewayMisconfigured(f"the transfer provider refuses our key: {failure.code}")
    if reply.status == 429:
        return Outcome.NOT_EXECUTED, failure
    # 408: it took too long, and may have been done.
    if 400 <= reply.status < 500 and reply.status != 408:
        return Outcome.DECLINED, failure
    return Outcome.UNKNOWN, failure


def error_of_read(reply: Reply) -> Exception | None:
    """What a failed read raises; None where the provider says that there is no such transfer. A bare 404 may come of a
    wrong address, and must not pass for absence."""
    code = failure_of(reply).code
    if reply.status == 404 and code == "not_found":
        return None
    if reply.status in (401, 403):
        return GatewayMisconfigured(f"the transfer provider refuses our key: {code}")
    if 400 <= reply.status < 500 and reply.status not in (408, 429):
        return QuestionRefused(f"the transfer provider refuses the question: {code}")
    return GatewayUnreachable(f"the transfer provider gave no usable answer (HTTP {reply.status})")


def failure_of(reply: Reply) -> GatewayFailure:
    """The provider's code and message, or its status where it gives none."""
    code, message = reply.body.get("code"), reply.body.get("message")
    return GatewayFailure(
        code=code if isinstance(code, str) and code else f"http_{reply.status}",
        detail=message[:500] if isinstance(message, str) else "",
    )
