"""Turns whatever goes wrong into one shape of answer: a stable code, no internals, the request's id."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

from config.kernel.errors import Refused, Unavailable
from config.ops.context import request_id

logger = logging.getLogger(__name__)
_RETRY_UNAVAILABLE_S = 5
# Paths whose callers are programs; everything else is looked at by people.
_PROGRAMS = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics")


class ErrorHandler(ExceptionHandler):
    """Names every error. Only what we did not foresee is reported as a fault."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Refused):
            return _answer(exc)
        if isinstance(exc, SuspiciousOperation | UnreadablePostError):
            return _named("The request is not acceptable.", "bad_request", 400)
        if isinstance(exc, OperationalError | InterfaceError):
            return _answer(Unavailable(retry_after_s=_RETRY_UNAVAILABLE_S))
        return super().convert_known_exceptions(exc)

    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        if isinstance(exc, exceptions.APIException):
            return exc
        return exceptions.APIException("Something went wrong on our side.", code="internal_error")

    def report_exception(self, exc: exceptions.APIException, response: Response) -> None:
        """A refusal is an answer that we meant to give, even when it is 503; its cause is logged where it arose."""
        if not isinstance(self.exc, Refused):
            super().report_exception(exc, response)
        elif status.is_server_error(response.status_code):
            logger.warning("request refused", extra={"code": self.exc.code, "status": response.status_code})
            response._has_been_logged = True  # type: ignore[attr-defined]  # or Django calls it an error

    def get_headers(self, exc: exceptions.APIException) -> dict[str, str]:
        headers: dict[str, str] = super().get_headers(exc)
        if exc.status_code == status.HTTP_401_UNAUTHORIZED:
            headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')
        if (retry_after_s := getattr(exc, "retry_after_s", None)) is not None:
            headers["Retry-After"] = str(retry_after_s)
        return headers


class ErrorFormatter(ExceptionFormatter):
    """`{type, errors: [{code, detail, attr}], request_id}`."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        if isinstance(self.original_exc, Refused):
            for error in error_response.errors:
                error.attr = self.original_exc.field
        return {**super().format_error_response(error_response), "request_id": request_id.get()}


def error_body(*, code: str, detail: str, status: int) -> dict[str, Any]:
    """The same shape for answers that are given outside the API's own views."""
    kind = "client_error" if status < 500 else "server_error"
    return {
        "type": kind,
        "errors": [{"code": code, "detail": detail, "attr": None}],
        "request_id": request_id.get(),
    }


def error_response(*, code: str, detail: str, status: int, retry_after_s: int | None = None) -> JsonResponse:
    """An error for plain Django views and middleware."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    return JsonResponse(error_body(code=code, detail=detail, status=status), status=status, headers=headers)


def refusal(refused: Refused) -> JsonResponse:
    """A refusal as the answer of a plain Django view."""
    retry = refused.facts.get("retry_after_s")
    return error_response(code=refused.code, detail=refused.detail, status=refused.http_status, retry_after_s=retry)


@csrf_exempt  # a program has no such token, and would be told 403 on a page
def no_such_path(request: HttpRequest, **_: Any) -> HttpResponse:
    """The last route below the programs' prefixes, so that they never get a page, not even where DEBUG shows one."""
    del request
    return error_response(code="not_found", detail="There is nothing at this path.", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_for_a_page(request):
        return defaults.bad_request(request, exception)
    return error_response(code="bad_request", detail="The request is not acceptable.", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_for_a_page(request):
        return defaults.permission_denied(request, exception)
    return error_response(code="permission_denied", detail="You may not do this.", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _asks_for_a_page(request):
        return defaults.page_not_found(request, exception)
    return no_such_path(request)


def server_error(request: HttpRequest) -> HttpResponse:
    if _asks_for_a_page(request):
        return defaults.server_error(request)
    return error_response(code="internal_error", detail="Something went wrong on our side.", status=500)


def _asks_for_a_page(request: HttpRequest) -> bool:
    return not request.path_info.startswith(_PROGRAMS)


def _answer(refused: Refused) -> exceptions.APIException:
    answer = _named(refused.detail, refused.code, refused.http_status)
    answer.retry_after_s = refused.facts.get("retry_after_s")  # type: ignore[attr-defined]
    return answer


def _named(detail: str, code: str, status: int) -> exceptions.APIException:
    """REST framework keeps one status per class; ours is the refusal's own."""
    named = exceptions.APIException(detail, code=code)
    named.status_code = status
    return named
