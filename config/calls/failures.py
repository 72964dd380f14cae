"""How a call of a gateway fails: what it says of a failure, and the errors that stand for no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.kernel.errors import Unavailable

# Codes of ours, where the gateway itself said nothing or nothing that we understand.
NOT_SENT: Final = "not_sent"
NO_ANSWER: Final = "no_answer"
UNREADABLE: Final = "unreadable_answer"


@dataclass(frozen=True, slots=True)
class GatewayFailure:
    """Why a call did not succeed. `code` is the gateway's own, `detail` is safe for an operator."""

    code: str
    detail: str = ""
    decline_code: str = ""
    field: str = ""
    advice_code: str = ""  # what the bank advises to do next: do_not_try_again, try_again_later, …


class GatewayMisconfigured(Exception):
    """The gateway refuses our credentials or our account may not do this: nothing was executed, a person must act."""


class NotOffered(Exception):
    """The gateway has no such thing in its API: its `capabilities` say so, and who asks all the same made a mistake."""


class GatewayUnreachable(Unavailable):
    """A read got no answer; ask again later."""

    code = "gateway_unreachable"


class QuestionRefused(Exception):
    """The gateway understood a read and refuses it: asking again will not help, the question is wrong."""


class UnreadableObject(ValueError):
    """An object of the gateway whose shape we do not understand. Names the object and the field, never its values."""
