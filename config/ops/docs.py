"""Serves the API schema, for programs and for people."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


@lru_cache(maxsize=1)
def whole_schema() -> dict[str, Any]:
    """The schema of all public routes. It is the same for everybody and cannot change while the process lives."""
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    return schema


class SchemaView(SpectacularAPIView):
    """YAML or JSON, by the Accept header. Generated once: a stranger must not make us generate it at will."""

    def _get_schema_response(self, request: Request) -> Response:
        del request
        return Response(whole_schema())


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own files. Its script has a URL of its own, so that no inline script has to be allowed."""
