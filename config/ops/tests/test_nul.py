"""NUL in a URL never reaches a query."""

from __future__ import annotations

import pytest
from django.test import Client


class TestRefuseNul:
    @pytest.mark.parametrize("url", ["/api/v1/products/?search=a%00b", "/api/v1/orders/ord_%00/", "/%00"])
    def test_is_400_with_a_code(self, client: Client, url: str) -> None:
        response = client.get(url)
        assert response.status_code == 400
        assert response.json()["errors"][0]["code"] == "null_characters_not_allowed"
        assert response.json()["request_id"] == response["X-Request-ID"]

    def test_anything_else_passes(self, client: Client) -> None:
        assert client.get("/api/nothing/?search=%25%30%30").status_code == 404
