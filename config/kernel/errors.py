"""The family of named refusals, each with a stable code and the kind of answer it deserves."""

from __future__ import annotations

from typing import Any, ClassVar


class Refused(Exception):
    """A request that we understood and refuse. `code` is stable; `detail` is for people and holds no internals."""

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 400

    def __init__(self, detail: str = "", *, field: str | None = None, **facts: Any) -> None:
        super().__init__(detail or self.__doc__ or self.code)
        self.detail = str(self.args[0])
        self.field = field
        self.facts = facts


class Invalid(Refused):
    """The request itself is wrong."""

    code = "invalid"
    http_status = 400


class NotFound(Refused):
    """There is no such thing, or it is not yours."""

    code = "not_found"
    http_status = 404


class Forbidden(Refused):
    """You may not do this."""

    code = "permission_denied"
    http_status = 403


class Conflict(Refused):
    """The thing is not in a state that allows this."""

    code = "conflict"
    http_status = 409


class FourEyes(Conflict):
    """Somebody else than who asked for it must decide it."""

    code = "four_eyes"


class Unprocessable(Refused):
    """Well formed, but it cannot be carried out."""

    code = "unprocessable"
    http_status = 422


class Unavailable(Refused):
    """A service that we need does not answer; try again later."""

    code = "unavailable"
    http_status = 503
