"""The schema, served."""

from __future__ import annotations

from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from config.ops.docs import whole_schema


class TestSchema:
    @pytest.mark.parametrize("accept", ["application/json", "application/vnd.oai.openapi", "*/*"])
    def test_is_public_and_openapi_3_1(self, client: Client, accept: str) -> None:
        response = client.get("/api/schema/", headers={"Accept": accept})
        assert response.status_code == 200
        schema = yaml.safe_load(response.content)
        assert schema["openapi"] == "3.1.0"
        assert "/api/v1/auth/token/" in schema["paths"]

    def test_is_generated_once(self, client: Client) -> None:
        client.get("/api/schema/")
        before = whole_schema.cache_info().misses
        client.get("/api/schema/")
        assert whole_schema.cache_info().misses == before

    def test_is_valid_and_without_warnings(self) -> None:
        call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


class TestDocs:
    def test_page_holds_no_inline_script_and_nothing_foreign(self, client: Client) -> None:
        page = client.get("/api/docs/").content.decode()
        assert page.count("<script") == page.count("<script src=")
        assert "http://" not in page
        assert "https://" not in page
        assert "unsafe-inline" not in client.get("/api/docs/")["Content-Security-Policy"].split("style-src")[0]

    def test_its_script_is_served_from_its_own_url(self, client: Client) -> None:
        response = client.get("/api/docs/?script")
        assert response["Content-Type"].startswith("application/javascript")
        assert "SwaggerUIBundle" in response.content.decode()
