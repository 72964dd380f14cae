"""The API over HTTP: a Django request in, an answer or a cut connection out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.engine import engine
from payments.sandbox.transfers.door import ApiRequest, answer
from payments.sandbox.wire import drop_connection


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Every path below `/transfers/api/`."""
    raw = request.body if request.method == "POST" else request.META.get("QUERY_STRING", "").encode()
    given = answer(
        engine=engine(),
        request=ApiRequest(
            method=request.method or "GET",
            path=f"/api/{path.rstrip('/')}",
            raw=raw.decode("utf-8", errors="replace"),
            authorization=request.headers.get("Authorization", ""),
            key=request.headers.get("Idempotency-Key", ""),
        ),
    )
    if given.dropped:
        return drop_connection(request)
    return JsonResponse(given.body, status=given.status, headers={"X-Request-Id": given.request_id})
