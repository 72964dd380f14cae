"""The failures of any outside call, under the name by which the adapters of gateways know them."""

from config.calls.failures import (
    NO_ANSWER,
    NOT_SENT,
    UNREADABLE,
    GatewayFailure,
    GatewayMisconfigured,
    GatewayUnreachable,
    NotOffered,
    QuestionRefused,
    UnreadableObject,
)

__all__ = [
    "NOT_SENT",
    "NO_ANSWER",
    "UNREADABLE",
    "GatewayFailure",
    "GatewayMisconfigured",
    "GatewayUnreachable",
    "NotOffered",
    "QuestionRefused",
    "UnreadableObject",
]
