"""Makes a POST of an API view run once per idempotency key."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from config.idempotency import services
from config.kernel.errors import Invalid

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
# Without a principal the key alone is the scope, so nobody may guess one: 22 characters are 130 bits in base 62.
ANONYMOUS_KEY_LENGTH = 22
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TOO_MANY_REQUESTS = 429
_FAULT = 500
_KEPT_HEADERS = ("Location",)
_PATH_LENGTH = 120

Handler = Callable[..., Response]
Rederive = Callable[[Request, dict[str, Any], str], dict[str, Any]]


class KeyRequired(Invalid):
    """This request must carry an Idempotency-Key header."""

    code = "idempotency_key_required"


class KeyTooShort(Invalid):
    """Without signing in, an idempotency key needs 22 characters or more."""

    code = "idempotency_key_too_short"


class KeyInvalid(Invalid):
    """An idempotency key is 1 to 255 visible ASCII characters."""

    code = "idempotency_key_invalid"


@dataclass(frozen=True)
class Secrets:
    """What of an answer is never stored, and how it is found again.

    `paths` are dotted (`payment.client_secret`); they are emptied before the answer is kept. `rederive` gets the
    request, the kept body and the id of the intent, and gives the body back with its secrets.
    """

    paths: tuple[str, ...]
    rederive: Rederive


@dataclass(frozen=True)
class Terms:
    """How a handler takes keys; the schema reads it."""

    required: bool


def idempotent(*, required: bool, secrets: Secrets | None = None) -> Callable[[Handler], Handler]:
    """Decorates a handler method (`post`, or an action of a viewset).

    The handler asks `claim_of(request)` for its claim: `remember_intent(claim=…, intent_id=…)` goes into the
    transaction that makes the intent, and a claim that already has an `intent_id` means that an earlier run made
    it and was interrupted: go on with that one. Answers are kept, refusals too; 5xx and 429 are not.
    """

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def guarded(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = _key_of(request, required=required)
            if key is None:
                return handler(view, request, *args, **kwargs)
            claimed = services.claim(scope=_scope(request), key=key, body_sha256=fingerprint(request))
            if isinstance(claimed, services.Answer):
                return _replay(request, claimed, secrets)
            request._idempotency_claim = claimed  # type: ignore[attr-defined]
            return _run(handler, view, request, claimed, secrets, args, kwargs)

        guarded.idempotency = Terms(required=required)  # type: ignore[attr-defined]
        return guarded

    return decorate


def claim_of(request: Request) -> services.Claim | None:
    """The claim of this request, or None when it came without a key."""
    return getattr(request, "_idempotency_claim", None)


def fingerprint(request: Request) -> bytes:
    """A digest of what is asked: the path and query, and the body as it was understood, whatever its spelling.

    Keyed, because a body may hold a password: a plain digest of it in a table would be a quickly guessed one.
    """
    parts = [request.method or "", request.get_full_path(), request.headers.get("X-Order-Token", "")]
    data: Any = request.data
    if hasattr(data, "lists"):
        parts.append(json.dumps(sorted((name, [_plain(value) for value in values]) for name, values in data.lists())))
    else:
        parts.append(json.dumps(data, sort_keys=True))
    asked = "\n".join(parts).encode(errors="surrogateescape")
    return hmac.digest(settings.SECRET_KEY.encode(), asked, hashlib.sha256)


def _run(
    handler: Handler,
    view: APIView,
    request: Request,
    claim: services.Claim,
    secrets: Secrets | None,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Response:
    try:
        response = handler(view, request, *args, **kwargs)
    except Exception as error:  # noqa: BLE001 - the view's own handler names it, as it would outside of us
        response = view.handle_exception(error)
    if response.status_code >= _FAULT or response.status_code == _TOO_MANY_REQUESTS:
        services.release(claim=claim)
        return response
    body = json.loads(json.dumps(response.data, cls=JSONEncoder))
    headers = {name: response[name] for name in _KEPT_HEADERS if response.has_header(name)}
    services.finish(claim=claim, status_code=response.status_code, body=_without(body, secrets), headers=headers)
    return response


def _replay(request: Request, answer: services.Answer, secrets: Secrets | None) -> Response:
    body = answer.body
    if secrets is not None and answer.status_code < 400 and isinstance(body, dict):
        body = secrets.rederive(request, body, answer.intent_id)
    return Response(body, status=answer.status_code, headers={**answer.headers, REPLAYED: "true"})


def _key_of(request: Request, *, required: bool) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        if required:
            raise KeyRequired(field=HEADER)
        return None
    if not _KEY.fullmatch(key):
        raise KeyInvalid(field=HEADER)
    if not _principal(request) and len(key) < ANONYMOUS_KEY_LENGTH:
        raise KeyTooShort(field=HEADER)
    return key


def _principal(request: Request) -> str:
    return str(getattr(request.user, "actor", ""))


def _scope(request: Request) -> str:
    """Principal, method and path; for strangers nothing but the key, whose fingerprint still tells paths apart."""
    principal = _principal(request)
    if not principal:
        return "anonymous"
    path = request.path
    if len(path) > _PATH_LENGTH:
        path = hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()
    return f"{principal} {request.method} {path}"


def _without(body: Any, secrets: Secrets | None) -> Any:
    """`body` with its secrets emptied. It is a fresh copy already, so it is changed in place."""
    for path in secrets.paths if secrets else ():
        *parents, name = path.split(".")
        holder = body
        for parent in parents:
            holder = holder.get(parent) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and name in holder:
            holder[name] = None
    return body


def _plain(value: Any) -> str:
    """A form's value; of an uploaded file its name and digest, because boundaries differ at each try."""
    if not hasattr(value, "chunks"):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return f"{value.name} {digest.hexdigest()}"
