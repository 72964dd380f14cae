"""The doors for infrastructure stand where the contract says, in the project's own routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve, reverse

from config.ops import views
from config.ops.middleware import DIRECT


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "view"), [("/healthz", views.healthz), ("/readyz", views.readyz), ("/metrics", views.metrics)]
    )
    def test_are_those_of_the_contract(self, path: str, view: Callable[..., Any]) -> None:
        assert resolve(path).func is view
        assert path in DIRECT

    def test_webhooks_go_the_short_way(self) -> None:
        assert reverse("webhook", kwargs={"source": "stripe"}).startswith(DIRECT)
