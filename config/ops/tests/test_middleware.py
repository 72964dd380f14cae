"""Every request has an id and one line, which gives nothing away; machines get in by the short way."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client, RequestFactory
from django.urls import path
from django.utils.functional import SimpleLazyObject
from prometheus_client import REGISTRY

from config.audit import services as audit
from config.ops import context, logs
from config.ops.middleware import RequestMiddleware


def told(request: HttpRequest, **_: str) -> HttpResponse:
    """Answers with what the work at hand is labelled with."""
    return HttpResponse(audit.request_id.get())


def paid(request: HttpRequest, order: str) -> HttpResponse:
    logs.bind(order_id=order)
    return HttpResponse()


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("nobody foresaw this")


def too_big(request: HttpRequest) -> HttpResponse:
    raise RequestDataTooBig


def cut_short(request: HttpRequest) -> HttpResponse:
    raise UnreadablePostError("connection reset by peer")


def measured(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def signed_in(request: HttpRequest) -> HttpResponse:
    request.user = _Person()  # type: ignore[assignment]
    return HttpResponse()


def never_looked_at(request: HttpRequest) -> HttpResponse:
    request.user = SimpleLazyObject(_query)  # type: ignore[assignment]
    return HttpResponse()


class _Person:
    public_id = "usr_1"


def _query() -> AnonymousUser:
    raise AssertionError("a log line is not worth a query")


urlpatterns = [
    path("told/", told),
    path("api/v1/orders/<str:order>/", paid),
    path("x/<str:token>/", told),
    path("links/<str:code>/", told),
    path("broken/", broken),
    path("too-big/", too_big),
    path("cut-short/", cut_short),
    path("measured/", measured),
    path("signed-in/", signed_in),
    path("never-looked-at/", never_looked_at),
    path("webhooks/stripe/", told),
    path("webhooks/broken/", broken),
    path("webhooks/too-big/", too_big),
    path("webhooks/cut-short/", cut_short),
    path("webhooks/measured/", measured),
    path("healthz", told),
]
handler404 = "config.ops.errors.page_not_found"
handler500 = "config.ops.errors.server_error"
pytestmark = pytest.mark.urls(__name__)


class AccessLog:
    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(logs.AccessFormatter(style="json"))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


@pytest.fixture
def access() -> Iterator[AccessLog]:
    logger = logging.getLogger(logs.ACCESS)
    level, handlers = logger.level, logger.handlers
    log = AccessLog()
    logger.handlers = [log.handler]
    logger.setLevel("INFO")
    yield log
    logger.handlers = handlers
    logger.setLevel(level)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


class TestRequestId:
    @pytest.mark.parametrize("given", ["a", "req-1", "0" * 64, "A.b_C-9", "0f8fad5b-d9cb-469f-a165-70867728950e"])
    def test_takes_a_safe_one(self, client: Client, given: str) -> None:
        response = client.get("/told/", headers={"X-Request-ID": given})
        assert response["X-Request-ID"] == given
        assert response.content.decode() == given

    @pytest.mark.parametrize(
        "given", ["", "0" * 65, "a b", "a\tb", "a,b", "a;b", "<script>", "é", "a/b", "a\nb", "a:b", '"', "٣"]
    )
    def test_makes_one_instead_of_any_other(self, client: Client, given: str) -> None:
        response = client.get("/told/", HTTP_X_REQUEST_ID=given)
        assert response["X-Request-ID"] != given
        assert len(response["X-Request-ID"]) == 32
        assert response.content.decode() == response["X-Request-ID"]

    def test_each_request_has_its_own(self, client: Client) -> None:
        assert client.get("/told/")["X-Request-ID"] != client.get("/told/")["X-Request-ID"]

    @pytest.mark.parametrize("where", ["/nowhere/", "/broken/", "/webhooks/nowhere/", "/webhooks/broken/"])
    def test_errors_carry_it_too(self, client: Client, where: str) -> None:
        assert client.get(where, headers={"X-Request-ID": "req-1"})["X-Request-ID"] == "req-1"

    def test_nothing_is_left_for_the_next_work_of_this_thread(self, client: Client) -> None:
        client.get("/api/v1/orders/ord_1/")
        client.get("/broken/")
        assert context.facts() == {}


class TestAccessLog:
    def test_is_one_line_that_says_who_asked_what_and_how_it_went(self, client: Client, access: AccessLog) -> None:
        client.get("/told/", REMOTE_ADDR="203.0.113.9", headers={"X-Request-ID": "req-1"})
        (line,) = access.lines
        assert line.pop("ms") >= 0
        assert line.pop("timestamp")
        assert line == {
            "level": "info",
            "logger": "holdfast.access",
            "message": "request",
            "request_id": "req-1",
            "method": "GET",
            "path": "/told/",
            "route": "told/",
            "status": 200,
            "address": "203.0.113.9",
        }

    def test_carries_what_the_view_bound(self, client: Client, access: AccessLog) -> None:
        client.get("/api/v1/orders/ord_0123456789abcdefghijkl/")
        assert access.last["order_id"] == "ord_0123456789abcdefghijkl"
        assert access.last["path"] == "/api/v1/orders/ord_0123456789abcdefghijkl/"

    def test_never_shows_query_body_or_headers(self, client: Client, access: AccessLog) -> None:
        client.post("/measured/?token=s3cr3t", "s3cr3t", content_type="text/plain", headers={"Authorization": "s3cr3t"})
        assert "s3cr3t" not in access.stream.getvalue()

    @pytest.mark.parametrize(
        "where", ["/x/s3cr3t/", "/links/s3cr3tS3cr3tS3cr3tS3cr3t/", "/nowhere/s3cr3tS3cr3tS3cr3tS3cr3t", "/x/s3cr3t123"]
    )
    def test_never_shows_a_token_in_a_path(self, client: Client, access: AccessLog, where: str) -> None:
        client.get(where)
        assert "s3cr3t" not in access.stream.getvalue()

    def test_a_path_that_nobody_knows_is_redacted_and_cut(self, client: Client, access: AccessLog) -> None:
        client.get("/nowhere/asha@example.com/4242424242424242/" + "a/" * 500)
        assert access.last["path"].startswith("/nowhere/[email]/[card 4242]/a/a/")
        assert len(access.last["path"]) <= 220
        assert access.last["route"] == ""

    def test_a_line_break_in_a_path_forges_no_line(self, client: Client, access: AccessLog) -> None:
        client.get("/a%0a{%22level%22:%20%22forged%22}/")
        assert len(access.lines) == 1

    def test_a_fault_is_a_warning(self, client: Client, access: AccessLog) -> None:
        client.get("/broken/")
        assert (access.last["status"], access.last["level"]) == (500, "warning")

    def test_names_the_principal_that_the_view_recognised(self, client: Client, access: AccessLog) -> None:
        client.get("/signed-in/")
        assert access.last["principal"] == "usr_1"

    def test_asks_nobody_for_the_principal(self, client: Client, access: AccessLog) -> None:
        client.get("/never-looked-at/")
        assert access.last["status"] == 200
        assert "principal" not in access.last

    def test_probes_leave_no_line_unless_they_fail(self, client: Client, access: AccessLog) -> None:
        client.get("/healthz")
        assert access.lines == []
        client.get("/healthz/nowhere")
        assert access.last["status"] == 404

    def test_nothing_is_built_that_nobody_reads(self, client: Client, access: AccessLog) -> None:
        logging.getLogger(logs.ACCESS).setLevel("ERROR")
        client.get("/told/")
        assert access.lines == []

    def test_the_whole_request_costs_no_query(self, client: Client, access: AccessLog) -> None:
        # No database mark: a query would raise.
        assert client.get("/told/").status_code == 200


class TestTooLarge:
    def test_a_body_over_a_mebibyte_is_refused_before_it_is_read(self, client: Client) -> None:
        response = client.post("/measured/", b"x" * (1024 * 1024 + 1), content_type="application/json")
        assert response.status_code == 413
        assert response.json()["errors"][0]["code"] == "body_too_large"
        assert response.json()["request_id"] == response["X-Request-ID"]

    def test_a_body_of_a_mebibyte_is_read(self, client: Client) -> None:
        response = client.post("/measured/", b"x" * (1024 * 1024), content_type="application/json")
        assert response.content == b"1048576"

    def test_files_of_a_form_are_the_business_of_their_view(self) -> None:
        request = RequestFactory().post("/told/", {"photo": io.BytesIO(b"x" * (1024 * 1024 + 1))})
        assert RequestMiddleware(told)(request).status_code == 200

    @pytest.mark.parametrize("length", ["", "many", "-1", "1e9", "٣"])
    def test_a_length_that_is_no_number_is_left_to_the_view(self, length: str) -> None:
        request = WSGIRequest(
            {"REQUEST_METHOD": "GET", "PATH_INFO": "/told/", "CONTENT_LENGTH": length, "wsgi.input": io.BytesIO()}
        )
        assert RequestMiddleware(told)(request).status_code == 200

    @pytest.mark.parametrize("where", ["/too-big/", "/webhooks/too-big/"])
    def test_what_a_view_finds_too_large_is_413(self, client: Client, where: str) -> None:
        assert client.post(where).status_code == 413


class TestCutShort:
    @pytest.mark.parametrize("where", ["/cut-short/", "/webhooks/cut-short/"])
    def test_is_the_callers_fault_and_not_ours(self, client: Client, where: str) -> None:
        response = client.post(where)
        assert response.status_code == 400
        assert response.json()["errors"][0]["code"] == "body_unreadable"


class TestDirect:
    """Webhooks and probes pass no session, no redirect and no check of the host's name."""

    @pytest.mark.parametrize("where", ["/webhooks/stripe/", "/healthz"])
    def test_is_answered_whatever_host_is_asked(self, client: Client, where: str) -> None:
        assert client.get(where, headers={"host": "10.1.2.3:8000"}).status_code == 200

    def test_others_need_a_host_of_ours(self, client: Client) -> None:
        assert client.get("/told/", headers={"host": "10.1.2.3:8000"}).status_code == 400

    def test_is_not_redirected_to_https(self, client: Client, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True
        fresh = Client()
        assert fresh.post("/webhooks/stripe/").status_code == 200
        assert fresh.get("/told/").status_code == 301

    def test_leaves_its_line(self, client: Client, access: AccessLog) -> None:
        client.post("/webhooks/stripe/")
        assert (access.last["route"], access.last["path"]) == ("webhooks/stripe/", "/webhooks/stripe/")

    def test_a_fault_is_answered_and_reported_like_any_other(
        self, client: Client, access: AccessLog, caplog: pytest.LogCaptureFixture
    ) -> None:
        response = client.post("/webhooks/broken/")
        assert response.status_code == 500
        assert "nobody foresaw" not in response.content.decode()
        assert any(record.exc_info for record in caplog.records if record.name == "django.request")

    def test_says_how_long_its_answer_is(self, client: Client) -> None:
        response = client.post("/webhooks/stripe/")
        assert response["Content-Length"] == str(len(response.content))

    def test_every_answer_to_a_gateway_is_measured(self, client: Client) -> None:
        name = "holdfast_webhook_answer_seconds_count"
        before = REGISTRY.get_sample_value(name) or 0
        client.post("/webhooks/stripe/")
        client.post("/webhooks/broken/")
        client.get("/healthz")
        client.get("/told/")
        assert (REGISTRY.get_sample_value(name) or 0) - before == 2

    def test_an_unknown_path_is_404(self, client: Client) -> None:
        assert client.post("/webhooks/nowhere/").status_code == 404

    def test_only_whole_prefixes_count(self, client: Client) -> None:
        assert client.get("/webhooksies/", headers={"host": "10.1.2.3"}).status_code == 400
