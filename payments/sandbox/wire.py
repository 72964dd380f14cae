"""The one thing that Django cannot do with a connection: cut it."""

from __future__ import annotations

import contextlib
import socket

from django.http import HttpRequest, HttpResponse


def drop_connection(request: HttpRequest) -> HttpResponse:
    """Cuts the caller's connection without an answer; what is returned goes nowhere.

    gunicorn leaves its socket in the WSGI environment. Under a server that does not, the caller gets an empty 502,
    which is as little as a proxy could say.
    """
    connection: socket.socket | None = request.META.get("gunicorn.socket")
    if connection is not None:
        # The caller may have gone already; either way there is no answer.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    return HttpResponse(status=502)
