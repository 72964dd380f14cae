"""The door of an API that speaks JSON and keeps no answers under keys: parameters, faults, the request, its line."""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from payments.sandbox.doors import is_lost, is_refused, ordered_error, strike, wait_for, write_down
from payments.sandbox.engine import Engine
from payments.sandbox.faults import Fault
from payments.sandbox.gateways import Refused
from payments.sandbox.ids import new_id
from payments.sandbox.store import Transaction

logger = logging.getLogger("sandbox")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as it came. `raw` is the body of a POST, the query of anything else. `key` is its Idempotency-Key."""

    method: str
    path: str
    raw: str
    authorization: str = ""
    key: str = ""
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What goes back; `dropped` means that nothing does, and the connection is cut."""

    status: int
    body: dict[str, Any]
    request_id: str = ""
    dropped: bool = False


class JsonDoor(ABC):
    """What a gateway adds to the way of a request through its door."""

    gateway: str
    unwritten: frozenset[str] = frozenset()
    """The parameters that the journal does not keep."""
    empty: str = ""
    """What a body without a word stands for."""
    names_requests: bool = False
    """Whether its answers carry the id of the request."""

    @abstractmethod
    def bug(self) -> Refused:
        """What it says where the sandbox itself is wrong."""

    @abstractmethod
    def bad_body(self, message: str) -> Refused:
        """What it says of a body that is no object."""

    @abstractmethod
    def ordered(self, fault: Fault) -> Refused:
        """The error that the control endpoint ordered, in its words."""

    @abstractmethod
    def key(self, request: ApiRequest, params: dict[str, Any]) -> str:
        """What tells two requests for one thing from two things."""

    @abstractmethod
    def run(
        self, engine: Engine, transaction: Transaction, request: ApiRequest, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Carries the request out."""

    def takes_form(self, request: ApiRequest) -> bool:
        """Whether the parameters are a form; of a read they are, in its query."""
        return request.method != "POST"

    def admit(self, engine: Engine, request: ApiRequest) -> None:  # noqa: B027 - most have nobody to refuse so early
        """Refuses whom no fault shall strike, because they get nowhere."""

    def answer(self, *, engine: Engine, request: ApiRequest) -> ApiAnswer:
        """Answers one request and writes it into the journal."""
        engine.run_timers()
        params: dict[str, Any] = {}
        struck: list[Fault] = []
        try:
            params = self._params(request)
            self.admit(engine, request)
            struck = strike(
                engine, gateway=self.gateway, method=request.method, path=request.path, key=self.key(request, params)
            )
            given = self._handle(engine, request, params, struck)
        except Refused as problem:
            given = ApiAnswer(problem.status, problem.body)
        except Exception:
            logger.exception("%s: %s %s failed", self.gateway, request.method, request.path)
            given = ApiAnswer(500, self.bug().body)
        request_id = new_id(prefix="req", length=14)
        write_down(
            engine,
            gateway=self.gateway,
            method=request.method,
            path=request.path,
            params={name: value for name, value in params.items() if name not in self.unwritten},
            key=self.key(request, params),
            request_id=request_id,
            status=0 if given.dropped else given.status,
            struck=struck,
        )
        return replace(given, request_id=request_id) if self.names_requests else given

    def _params(self, request: ApiRequest) -> dict[str, Any]:
        if self.takes_form(request):
            return dict(parse_qsl(request.raw, keep_blank_values=True))
        try:
            params = json.loads(request.raw or self.empty)
        except ValueError:
            raise self.bad_body("the body is not JSON") from None
        if not isinstance(params, dict):
            raise self.bad_body("the body must be an object")
        return params

    def _handle(self, engine: Engine, request: ApiRequest, params: dict[str, Any], struck: list[Fault]) -> ApiAnswer:
        """The request with its faults around it."""
        if is_refused(struck):
            return ApiAnswer(0, {}, dropped=True)
        self._fail_as_ordered(struck, "before")
        with engine.store.write() as transaction:
            body = self.run(engine, transaction, request, params)
        self._fail_as_ordered(struck, "after")
        return ApiAnswer(200, body, dropped=is_lost(struck))

    def _fail_as_ordered(self, struck: list[Fault], stage: str) -> None:
        wait_for(struck=struck, stage=stage)
        error = ordered_error(struck, stage)
        if error is not None:
            raise self.ordered(error)
