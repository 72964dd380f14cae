"""The doors for infrastructure: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from config.kernel import clock
from config.ops.addresses import client_address
from config.ops.errors import error_response
from config.ops.gauges import DatabaseGauges, current_gauges
from config.ops.process_metrics import SharedCounters
from config.ops.readiness import readiness


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all. Asks nobody: restarting us would not mend a database."""
    del request
    return _unstored(JsonResponse({"status": "alive"}))


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, with what is `degraded`; 503 when not, with `?strict=1` also when degraded."""
    state = readiness(at=clock.now())
    strict = request.GET.get("strict", "") not in ("", "0")
    answer = {"status": state.word, "missing": list(state.missing), "degraded": list(state.degraded)}
    return _unstored(JsonResponse(answer, status=503 if state.missing or (strict and state.degraded) else 200))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that we measure, for Prometheus. 403 to whoever is not infrastructure."""
    if not _may_read_metrics(request):
        return error_response(code="permission_denied", detail="Metrics are for infrastructure.", status=403)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def exposition() -> bytes:
    """The counters of this machine's processes, and the gauges of the one database."""
    registry = CollectorRegistry()
    registry.register(SharedCounters(folder=settings.METRICS_FOLDER))
    registry.register(DatabaseGauges(current_gauges(at=clock.now())))
    return generate_latest(registry)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy that nobody declared every caller has the proxy's private address.
    if not settings.TRUSTED_PROXIES and "X-Forwarded-For" in request.headers:
        return False
    address = client_address(request.META)
    return bool(address) and ip_address(address).is_private


def _unstored(response: JsonResponse) -> JsonResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
