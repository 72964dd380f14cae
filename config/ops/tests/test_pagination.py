"""Pages by the last id seen."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from rest_framework import generics, serializers

from config.accounts.models import User
from config.accounts.permissions import AllowAnyone
from config.crypto import seal


class Row(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("email",)


class People(generics.ListAPIView):
    permission_classes = (AllowAnyone,)
    serializer_class = Row
    queryset = User.objects.all()


urlpatterns = [path("people/", People.as_view())]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def make(number: int) -> None:
    User.objects.bulk_create(User(email=f"{index:03}@example.com") for index in range(number))


def page(client: Client, url: str = "/people/?page_size=3") -> tuple[list[int], str | None, str | None]:
    body = client.get(url).json()
    return [int(row["email"][:3]) for row in body["results"]], body["previous"], body["next"]


class TestKeysetPagination:
    def test_walks_forward_newest_first_and_meets_each_row_once(self, client: Client) -> None:
        make(8)
        seen, url = [], "/people/?page_size=3"
        while url:
            rows, _, following = page(client, url)
            seen += rows
            url = following or ""
        assert seen == [7, 6, 5, 4, 3, 2, 1, 0]

    def test_walks_back_again(self, client: Client) -> None:
        make(8)
        first, no_previous, following = page(client)
        second, back, _ = page(client, following or "")
        again, before, forward = page(client, back or "")
        assert (first, second, again) == ([7, 6, 5], [4, 3, 2], [7, 6, 5])
        assert no_previous is None
        assert before is None
        assert page(client, forward or "")[0] == second

    def test_rows_that_arrive_meanwhile_shift_nothing(self, client: Client) -> None:
        make(6)
        _, _, following = page(client)
        User.objects.create(email="900@example.com")
        assert page(client, following or "")[0] == [2, 1, 0]

    def test_the_last_page_has_no_next_also_when_it_is_full(self, client: Client) -> None:
        make(6)
        _, _, following = page(client)
        rows, previous, end = page(client, following or "")
        assert (rows, end) == ([2, 1, 0], None)
        assert previous

    def test_nothing_is_one_empty_page(self, client: Client) -> None:
        assert page(client) == ([], None, None)

    def test_links_keep_the_other_parameters(self, client: Client) -> None:
        make(4)
        _, _, following = page(client, "/people/?page_size=3&colour=red")
        query = parse_qs(urlsplit(following or "").query)
        assert (query["page_size"], query["colour"]) == (["3"], ["red"])

    def test_does_not_count_and_asks_one_query(self, client: Client) -> None:
        make(8)
        _, _, following = page(client)
        with CaptureQueriesContext(connection) as queries:
            page(client, following or "")
        assert len(queries) == 1
        assert "COUNT" not in queries[0]["sql"]
        assert "OFFSET" not in queries[0]["sql"]
        assert "LIMIT 4" in queries[0]["sql"]

    def test_page_size_is_25_unless_asked(self, client: Client) -> None:
        make(101)
        assert len(page(client, "/people/")[0]) == 25
        assert len(page(client, "/people/?page_size=100")[0]) == 100

    @pytest.mark.parametrize("size", ["0", "-1", "101", "1000000", "x", "", "1.5", "٣", "²", "9" * 50])
    def test_page_size_out_of_range_is_400(self, client: Client, size: str) -> None:
        response = client.get("/people/", {"page_size": size})
        assert response.status_code == 400
        assert response.json()["errors"] == [
            {"code": "invalid_page_size", "detail": "A page has 1 to 100 rows.", "attr": "page_size"}
        ]


class TestCursor:
    def test_does_not_tell_ids(self, client: Client) -> None:
        make(4)
        _, _, following = page(client)
        cursor = parse_qs(urlsplit(following or "").query)["cursor"][0]
        edge = str(User.objects.order_by("-id")[2].pk)
        opened = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        assert edge.encode() not in opened

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "cD0xMjM=",
            "ä",
            "a" * 5000,
            "../..",
        ],
    )
    def test_a_foreign_one_is_400(self, client: Client, cursor: str) -> None:
        response = client.get("/people/", {"cursor": cursor})
        assert response.status_code == 400
        assert response.json()["errors"][0]["code"] == "invalid_cursor"

    @pytest.mark.parametrize("inside", [b"[]", b"[true]", b'[true, "x"]', b"[1, null]", b"{"])
    def test_one_that_we_sealed_over_something_else_is_400(self, client: Client, inside: bytes) -> None:
        response = client.get("/people/", {"cursor": base64.urlsafe_b64encode(seal(inside)).decode()})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "invalid_cursor")

    def test_an_empty_one_is_the_first_page(self, client: Client) -> None:
        make(1)
        assert page(client, "/people/?cursor=")[0] == [0]


def test_the_schema_knows_its_bounds() -> None:
    paginator: Any = People.pagination_class()
    cursor, size = paginator.get_schema_operation_parameters(People())
    assert cursor["name"] == "cursor"
    assert size["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}
    assert set(paginator.get_paginated_response_schema({})["properties"]) == {"next", "previous", "results"}
