"""Every error has one shape, a code, no internals and the request's id."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.permissions import AllowAnyone
from config.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unavailable, Unprocessable
from config.kernel.states import MoveNotAllowed
from config.ops.errors import error_response, refusal
from config.ops.logs import ACCESS

handler400 = "config.ops.errors.bad_request"
handler403 = "config.ops.errors.permission_denied"
handler404 = "config.ops.errors.page_not_found"
handler500 = "config.ops.errors.server_error"


class SoldOut(Conflict):
    """There is not enough of it."""

    code = "out_of_stock"


class Nested(serializers.Serializer):
    quantity = serializers.IntegerField(min_value=1)


class Body(serializers.Serializer):
    email = serializers.EmailField()
    items = Nested(many=True)


RAISED: list[Exception] = []


class Faulty(APIView):
    permission_classes = (AllowAnyone,)

    def get(self, request: Request) -> Response:
        raise RAISED[-1]

    def post(self, request: Request) -> Response:
        Body(data=request.data).is_valid(raise_exception=True)
        return Response({})


def plain(request: HttpRequest) -> HttpResponse:
    raise RAISED[-1]


urlpatterns = [path("api/faulty/", Faulty.as_view()), path("api/plain/", plain), path("page/", plain)]
pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def get(client: Client, error: Exception, where: str = "api/faulty") -> Any:
    RAISED.append(error)
    return client.get(f"/{where}/", headers={"X-Request-ID": "req-1"})


class TestRefused:
    @pytest.mark.parametrize(
        ("error", "status", "code", "attr"),
        [
            (Refused("no"), 400, "refused", None),
            (Invalid("no", field="items.0.sku"), 400, "invalid", "items.0.sku"),
            (NotFound(), 404, "not_found", None),
            (Forbidden(), 403, "permission_denied", None),
            (SoldOut("2 left", field="quantity", left=2), 409, "out_of_stock", "quantity"),
            (MoveNotAllowed("an order that is paid cannot become open"), 409, "move_not_allowed", None),
            (Unprocessable(), 422, "unprocessable", None),
            (Unavailable(), 503, "unavailable", None),
        ],
    )
    def test_keeps_its_status_code_and_field(
        self, client: Client, error: Refused, status: int, code: str, attr: str | None
    ) -> None:
        response = get(client, error)
        kind = "client_error" if status < 500 else "server_error"
        assert response.status_code == status
        assert response.json() == {
            "type": kind,
            "errors": [{"code": code, "detail": error.detail, "attr": attr}],
            "request_id": "req-1",
        }

    def test_says_when_to_come_again(self, client: Client) -> None:
        assert get(client, Unavailable(retry_after_s=7))["Retry-After"] == "7"
        assert "Retry-After" not in get(client, Unavailable())

    def test_its_facts_stay_inside(self, client: Client) -> None:
        assert "internal-fact" not in get(client, SoldOut("no", where="internal-fact")).content.decode()

    def test_is_not_reported_as_a_fault(self, client: Client, caplog: Any) -> None:
        with caplog.at_level(logging.WARNING):
            get(client, Unavailable())
        assert [record.levelname for record in caplog.records if record.name != ACCESS] == ["WARNING"]


class TestKnown:
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Http404(), 404, "not_found"),
            (PermissionDenied(), 403, "permission_denied"),
            (SuspiciousOperation("details"), 400, "bad_request"),
            (UnreadablePostError("details"), 400, "bad_request"),
            (exceptions.NotAcceptable(), 406, "not_acceptable"),
            (exceptions.Throttled(wait=3), 429, "throttled"),
            (OperationalError("server at 10.0.0.1 is down"), 503, "unavailable"),
        ],
    )
    def test_has_its_code_and_no_details(self, client: Client, error: Exception, status: int, code: str) -> None:
        response = get(client, error)
        assert (response.status_code, response.json()["errors"][0]["code"]) == (status, code)
        assert "details" not in response.content.decode()
        assert "10.0.0.1" not in response.content.decode()

    def test_throttled_says_when_to_come_again(self, client: Client) -> None:
        assert get(client, exceptions.Throttled(wait=3))["Retry-After"] == "3"

    def test_a_database_that_is_down_is_a_fault_and_says_when_to_come_again(self, client: Client, caplog: Any) -> None:
        with caplog.at_level(logging.ERROR):
            response = get(client, OperationalError("down"))
        assert response["Retry-After"] == "5"
        assert caplog.records

    def test_validation_names_each_field(self, client: Client) -> None:
        body = {"email": "x", "items": [{"quantity": 1}, {"quantity": 0}]}
        answer = client.post("/api/faulty/", body, content_type="application/json").json()
        assert answer["type"] == "validation_error"
        assert [(error["code"], error["attr"]) for error in answer["errors"]] == [
            ("invalid", "email"),
            ("min_value", "items.1.quantity"),
        ]


class TestUnknown:
    @pytest.mark.parametrize(("where", "debug"), [("api/faulty", False), ("api/faulty", True), ("api/plain", False)])
    def test_is_500_without_internals(self, client: Client, settings: Any, where: str, debug: bool) -> None:
        settings.DEBUG = debug
        response = get(client, RuntimeError("secret internals"), where)
        assert response.status_code == 500
        assert response.json() == {
            "type": "server_error",
            "errors": [{"code": "internal_error", "detail": "Something went wrong on our side.", "attr": None}],
            "request_id": "req-1",
        }

    def test_is_reported_as_a_fault(self, client: Client, caplog: Any) -> None:
        with caplog.at_level(logging.ERROR):
            get(client, RuntimeError("secret internals"))
        assert [record.name for record in caplog.records] == ["django.request"]


class TestOutsideTheApi:
    @pytest.mark.parametrize(
        ("error", "status"), [(Http404(), 404), (PermissionDenied(), 403), (SuspiciousOperation("x"), 400)]
    )
    def test_programs_get_json_and_people_a_page(self, client: Client, error: Exception, status: int) -> None:
        program, person = get(client, error, "api/plain"), get(client, error, "page")
        assert program.status_code == person.status_code == status
        assert program.json()["request_id"] == "req-1"
        assert person["Content-Type"].startswith("text/html")

    def test_a_fault_in_a_page_shows_nothing(self, client: Client) -> None:
        response = get(client, RuntimeError("secret internals"), "page")
        assert response.status_code == 500
        assert "secret" not in response.content.decode()

    def test_an_unknown_path_is_404_for_both(self, client: Client) -> None:
        assert client.get("/api/nowhere").json()["errors"][0]["code"] == "not_found"
        assert client.get("/nowhere").status_code == 404


@pytest.mark.urls("config.urls")
def test_an_unknown_api_path_is_json_even_where_debug_would_show_a_page(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    for path_ in ("/api/v1/nothing", "/api/", "/webhooks/", "/webhooks/a/b/"):
        assert client.get(path_).json()["errors"][0]["code"] == "not_found"


@pytest.mark.urls("config.urls")
def test_an_unknown_api_path_is_404_for_what_sends_something_too() -> None:
    client = Client(enforce_csrf_checks=True)
    for path_ in ("/api/v1/checkout", "/api/v1/orders/ord_1/nothing/", "/webhooks/a/b/"):
        response = client.post(path_, "{}", content_type="application/json")
        assert response.status_code == 404
        assert response.json()["errors"][0]["code"] == "not_found"


class TestForPlainViews:
    def test_error_response_has_the_same_shape(self) -> None:
        response = error_response(code="too_much", detail="Too much.", status=429, retry_after_s=60)
        assert (response.status_code, response["Retry-After"]) == (429, "60")

    def test_refusal_keeps_what_the_refusal_says(self) -> None:
        response = refusal(Unavailable("Later.", retry_after_s=9))
        assert (response.status_code, response["Retry-After"]) == (503, "9")
        assert b'"code": "unavailable"' in response.content
