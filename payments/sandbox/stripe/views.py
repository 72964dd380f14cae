"""The API over HTTP: a Django request in, an answer or a cut connection out."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.engine import engine
from payments.sandbox.stripe import files
from payments.sandbox.stripe.door import ApiRequest, answer
from payments.sandbox.wire import drop_connection

# Stripe.js calls from the shop's page.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
}


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Every path below `/stripe/v1/`."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_CORS)
    if request.method == "POST" and request.content_type == "multipart/form-data":
        form = _form_of_upload(request)
    else:
        # Bytes that are no UTF-8 reach the parser as replacement characters and fail there as unknown parameters.
        raw = request.body if request.method == "POST" else request.META.get("QUERY_STRING", "").encode()
        form = raw.decode("utf-8", errors="replace")
    given = answer(
        engine=engine(),
        request=ApiRequest(
            method=request.method or "GET",
            path=f"/v1/{path}",
            form=form,
            api_key=_key_of(request.headers.get("Authorization", "")),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            version=request.headers.get("Stripe-Version", ""),
            account=request.headers.get("Stripe-Account", ""),
            base_url=f"{request.scheme}://{request.get_host()}",
        ),
    )
    if given.dropped:
        return drop_connection(request)
    return HttpResponse(given.body, status=given.status, headers={**given.headers, **_CORS})


def _form_of_upload(request: HttpRequest) -> str:
    """An upload as the fields of a form: of each file its name, size, type and hash, so that keys tell it again."""
    fields = [(name, str(value)) for name, value in request.POST.items()]
    for name in request.FILES:
        file: Any = request.FILES[name]
        content = file.read()
        fields += [
            (f"{name}[name]", file.name or ""),
            (f"{name}[size]", str(len(content))),
            (f"{name}[type]", files.type_of(content)),
            (f"{name}[sha256]", hashlib.sha256(content).hexdigest()),
        ]
    return urlencode(fields)


def _key_of(header: str) -> str:
    """The key of a bearer, or of the user name of Basic authentication, as `curl -u sk_test_…:` sends it."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except ValueError:
        return ""
