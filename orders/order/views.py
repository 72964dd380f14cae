"""The page on which a buyer follows one order; it asks the API with the token in the link's fragment."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.kernel.money import EXPONENTS


@require_safe
@never_cache
def follow(request: HttpRequest, order_id: str) -> HttpResponse:
    """The same page for every order, also for one that does not exist: who has no token learns nothing. The token
    stays in the browser (a fragment is sent to nobody) and reaches the API in a header."""
    return render(request, "orders/follow.html", {"order_id": order_id, "exponents": json.dumps(EXPONENTS)})
