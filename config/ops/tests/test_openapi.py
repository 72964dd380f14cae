"""What the schema says of views."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.permissions import ANYONE, Allowed
from config.idempotency.doors import idempotent


class Thing(serializers.Serializer):
    name = serializers.CharField()


class Listing(APIView):
    permission_classes = (Allowed(read=ANYONE, write="products.write"),)

    @extend_schema(responses=Thing, operation_id="listing_read")
    def get(self, request: Request) -> Response:
        return Response({})

    @extend_schema(request=Thing, responses=Thing, operation_id="listing_write")
    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        return Response({})


class Orders(viewsets.GenericViewSet):
    permission_classes = (Allowed("orders.view", order_token=True),)
    serializer_class = Thing

    @extend_schema(responses=Thing, operation_id="orders_pay")
    @action(detail=False, methods=["post"])
    @idempotent(required=False)
    def pay(self, request: Request) -> Response:
        return Response({})


@pytest.fixture(scope="module")
def schema() -> Any:
    patterns = [
        path("api/v1/listing/", Listing.as_view()),
        path("api/v1/orders/pay/", Orders.as_view({"post": "pay"})),
    ]
    generator: Any = SchemaGenerator
    return generator(patterns=patterns).get_schema(public=True)


def operation(schema: Any, where: str, method: str) -> Any:
    return schema["paths"][f"/api/v1/{where}/"][method]


class TestSecurity:
    def test_credentials_are_declared(self, schema: Any) -> None:
        schemes = schema["components"]["securitySchemes"]
        assert schemes["bearer"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        assert schemes["apiKey"]["name"] == "Authorization"
        assert schemes["orderToken"]["name"] == "X-Order-Token"

    def test_a_view_says_who_may(self, schema: Any) -> None:
        both: list[Any] = [{"bearer": []}, {"apiKey": []}]
        assert operation(schema, "listing", "get")["security"] == [*both, {}]
        assert operation(schema, "listing", "post")["security"] == both
        assert operation(schema, "orders/pay", "post")["security"] == [*both, {"orderToken": []}]


class TestIdempotency:
    @pytest.mark.parametrize(("where", "required"), [("listing", True), ("orders/pay", False)])
    def test_the_header_is_declared(self, schema: Any, where: str, required: bool) -> None:
        header = operation(schema, where, "post")["parameters"][0]
        assert (header["in"], header["name"], header.get("required", False)) == ("header", "Idempotency-Key", required)

    def test_and_not_where_no_key_is_taken(self, schema: Any) -> None:
        assert "parameters" not in operation(schema, "listing", "get")


class TestErrors:
    def test_have_one_shape(self, schema: Any) -> None:
        for method in ("get", "post"):
            for status, answer in operation(schema, "listing", method)["responses"].items():
                if status >= "400":
                    ref = answer["content"]["application/json"]["schema"]["$ref"]
                    assert ref == "#/components/schemas/ErrorAnswer"

    def test_those_of_changes_are_not_declared_for_reading(self, schema: Any) -> None:
        reading = set(operation(schema, "listing", "get")["responses"])
        writing = set(operation(schema, "listing", "post")["responses"])
        assert writing - reading == {"409", "413", "415", "422"}

    def test_a_request_can_be_wrong_without_a_body(self, schema: Any) -> None:
        assert "400" in operation(schema, "listing", "get")["responses"]
        assert "400" in operation(schema, "orders/pay", "post")["responses"]

    def test_an_answer_fits_its_shape(self, client: Client, schema: Any) -> None:
        answer = client.get("/api/nothing/").json()
        assert set(answer) == set(schema["components"]["schemas"]["ErrorAnswer"]["properties"])
        assert set(answer["errors"][0]) == set(schema["components"]["schemas"]["OneError"]["properties"])
