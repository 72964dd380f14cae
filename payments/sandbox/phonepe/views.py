"""PhonePe's API over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from payments.sandbox.json_views import serve
from payments.sandbox.phonepe.door import DOOR


@csrf_exempt
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Every path below `/phonepe/apis/`."""
    return serve(door=DOOR, request=request, path=f"/apis/{path}")
