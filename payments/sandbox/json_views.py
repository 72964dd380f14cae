"""An API in JSON over HTTP: a Django request in, an answer or a cut connection out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from payments.sandbox.engine import engine
from payments.sandbox.json_doors import ApiRequest, JsonDoor
from payments.sandbox.wire import drop_connection


def serve(*, door: JsonDoor, request: HttpRequest, path: str) -> HttpResponse:
    """The door's answer to a request for this path of its API."""
    raw = request.body if request.method == "POST" else request.META.get("QUERY_STRING", "").encode()
    given = door.answer(
        engine=engine(),
        request=ApiRequest(
            method=request.method or "GET",
            path=path,
            raw=raw.decode("utf-8", errors="replace"),
            authorization=request.headers.get("Authorization", ""),
            key=request.headers.get("Idempotency-Key", ""),
            base_url=f"{request.scheme}://{request.get_host()}",
        ),
    )
    if given.dropped:
        return drop_connection(request)
    headers = {"X-Request-Id": given.request_id} if given.request_id else {}
    return JsonResponse(given.body, status=given.status, headers=headers)
