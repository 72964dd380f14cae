"""What the webhook door is compared with: a Django view that verifies the same signature and inserts one row."""

from __future__ import annotations

import hashlib
import hmac
import os
import time

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.local.postgres import APPLICATION

TABLE = "bench_bare"
# Made by the bench as the tables' owner: the application's role makes none.
SCHEMA = (
    f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, body bytea NOT NULL, received_at timestamptz NOT NULL)",
    f"GRANT SELECT, INSERT ON {TABLE} TO {APPLICATION}",
    f"GRANT USAGE ON SEQUENCE {TABLE}_id_seq TO {APPLICATION}",
)
TOLERANCE_S = 300


@csrf_exempt
def door(request: HttpRequest) -> HttpResponse:
    """The least that keeps a verified delivery: no parsing, no dedupe, no encryption, no log, no metric, no nudge."""
    parts = dict(part.split("=", 1) for part in request.headers["Stripe-Signature"].split(","))
    signed = parts["t"].encode() + b"." + request.body
    expected = hmac.new(os.environ["STRIPE_WEBHOOK_SECRET"].encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, parts["v1"]) or abs(time.time() - int(parts["t"])) > TOLERANCE_S:
        return HttpResponse(status=400)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (body, received_at) VALUES (%s, now())", [request.body])  # noqa: S608
    answer = JsonResponse({"received": True})
    answer.headers["Content-Length"] = str(len(answer.content))  # without it gunicorn would send chunks
    return answer


def alive(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse(headers={"Content-Length": "0"})


urlpatterns = [path("webhooks/bare/", door), path("healthz", alive)]
