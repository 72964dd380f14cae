"""The API over HTTP: a Django request in, an answer or a cut connection out."""

from __future__ import annotations

import base64
import json

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.engine import engine
from payments.sandbox.razorpay.door import ApiRequest, answer
from payments.sandbox.wire import drop_connection


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Every path below `/razorpay/v1/`."""
    key_id, key_secret = _basic(request.headers.get("Authorization", ""))
    given = answer(
        engine=engine(),
        request=ApiRequest(
            method=request.method or "GET",
            path=f"/v1/{path}",
            query=request.META.get("QUERY_STRING", ""),
            body=_body(request),
            key_id=key_id,
            key_secret=key_secret,
            refund_key=request.headers.get("X-Refund-Idempotency", ""),
            payout_key=request.headers.get("X-Payout-Idempotency", ""),
        ),
    )
    if given.dropped:
        return drop_connection(request)
    return HttpResponse(given.body, status=given.status, headers=given.headers)


def _body(request: HttpRequest) -> bytes:
    """A form with a file as the JSON that the door reads: of the file only what the sandbox keeps of it."""
    if request.content_type != "multipart/form-data":
        return request.body
    fields: dict[str, object] = dict(request.POST.items())
    for name, file in request.FILES.items():
        if isinstance(file, UploadedFile):
            fields[name] = {"name": file.name, "type": file.content_type, "size": file.size}
    return json.dumps(fields).encode()


def _basic(header: str) -> tuple[str, str]:
    """Key id and secret of Basic authentication; empty where there is none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, secret
