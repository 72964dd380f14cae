"""Tests of the page on which a buyer follows one order."""

from __future__ import annotations

import pytest
from django.test import Client

from orders.order.access import access_token
from orders.order.notices import follow_url
from orders.tests.factories import make_paid_order


class TestFollow:
    @pytest.mark.django_db
    def test_is_where_the_letter_leads(self) -> None:
        order = make_paid_order()
        path = follow_url(order).removeprefix("https://shop.example.test").partition("#")[0]
        page = Client().get(path)
        assert page.status_code == 200
        assert access_token(order) not in page.content.decode()
        assert page["Cache-Control"].startswith("max-age=0")

    def test_is_the_same_for_an_order_that_does_not_exist(self) -> None:
        """No query: a stranger learns nothing, and a flood costs nothing."""
        assert Client().get("/orders/ord_nobody").status_code == 200

    def test_runs_no_inline_script(self) -> None:
        page = Client().get("/orders/ord_x%22%3E%3Cscript%3E")
        assert b"<script>" not in page.content
        assert "script-src 'self'" in page["Content-Security-Policy"]

    def test_only_reads(self) -> None:
        assert Client().post("/orders/ord_x").status_code in (403, 405)
