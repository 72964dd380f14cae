"""Requests are limited per address and per principal, unless Redis is down."""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import path
from redis import Redis
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts import tokens
from config.accounts.models import User
from config.accounts.permissions import AllowAnyone
from config.ops import throttles
from config.ops.throttles import FAILED_OPEN, THROTTLED, count, scope_of


class Checkout(APIView):
    permission_classes = (AllowAnyone,)
    throttle_scope = "checkout"

    def get(self, request: Request) -> Response:
        return Response({})


class Listing(Checkout):
    throttle_scope = {"POST": "listing"}  # type: ignore[assignment]

    def post(self, request: Request) -> Response:
        return Response({})


class Plain(APIView):
    permission_classes = (AllowAnyone,)

    def get(self, request: Request) -> Response:
        return Response({})


class Misnamed(Plain):
    throttle_scope = "no_such_scope"


urlpatterns = [
    path("checkout/", Checkout.as_view()),
    path("listing/", Listing.as_view()),
    path("plain/", Plain.as_view()),
    path("misnamed/", Misnamed.as_view()),
]
pytestmark = [pytest.mark.urls(__name__)]
NOON = "2026-05-01T12:00:20Z"


@pytest.fixture(autouse=True)
def _low_limits(settings: Any) -> Any:
    settings.THROTTLE_RATES = {"default": 4, "checkout": 2, "listing": 1}
    throttles._breaker.closed_until = 0.0
    throttles._redis.cache_clear()
    with time_machine.travel(NOON, tick=False):
        yield
    throttles._breaker.closed_until = 0.0
    throttles._redis.cache_clear()


def statuses(client: Client, where: str, number: int, method: str = "get", **extra: Any) -> list[int]:
    return [getattr(client, method)(f"/{where}/", **extra).status_code for _ in range(number)]


class TestPerAddress:
    def test_refuses_beyond_the_scopes_limit(self, client: Client) -> None:
        assert statuses(client, "checkout", 4) == [200, 200, 429, 429]

    def test_says_its_code_and_when_to_come_again(self, client: Client) -> None:
        statuses(client, "checkout", 2)
        response = client.get("/checkout/")
        assert response.json()["errors"][0]["code"] == "throttled"
        assert response["Retry-After"] == "40"

    def test_the_next_minute_is_free_again(self, client: Client) -> None:
        statuses(client, "checkout", 3)
        with time_machine.travel("2026-05-01T12:00:59.9Z", tick=False):
            assert client.get("/checkout/")["Retry-After"] == "1"
        with time_machine.travel("2026-05-01T12:01:00Z", tick=False):
            assert statuses(client, "checkout", 1) == [200]

    def test_scopes_do_not_mix(self, client: Client) -> None:
        statuses(client, "checkout", 3)
        assert statuses(client, "plain", 5) == [200, 200, 200, 200, 429]

    def test_a_method_may_have_its_own_scope(self, client: Client) -> None:
        assert statuses(client, "listing", 2, "post") == [200, 429]
        assert statuses(client, "listing", 4) == [200] * 4

    def test_addresses_do_not_mix_and_ipv6_neighbours_do(self, client: Client) -> None:
        assert statuses(client, "checkout", 3, REMOTE_ADDR="192.0.2.1") == [200, 200, 429]
        assert statuses(client, "checkout", 1, REMOTE_ADDR="192.0.2.2") == [200]
        assert statuses(client, "checkout", 2, REMOTE_ADDR="2001:db8::1") == [200, 200]
        assert statuses(client, "checkout", 1, REMOTE_ADDR="2001:db8::2") == [429]

    def test_a_forged_forwarded_header_changes_nothing(self, client: Client) -> None:
        headers = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(3)]
        assert [client.get("/checkout/", headers=one).status_code for one in headers] == [200, 200, 429]


@pytest.mark.django_db
class TestPerPrincipal:
    def test_one_person_from_many_addresses_is_one(self, client: Client) -> None:
        user = User.objects.create_user("ann@example.com")
        headers = {"Authorization": f"Bearer {tokens.issue(user=user).access}"}
        seen = [
            client.get("/checkout/", headers=headers, REMOTE_ADDR=f"192.0.2.{number}").status_code
            for number in range(3)
        ]
        assert seen == [200, 200, 429]

    def test_and_many_people_from_one_address_are_one(self, client: Client) -> None:
        seen = []
        for number in range(3):
            user = User.objects.create_user(f"{number}@example.com")
            headers = {"Authorization": f"Bearer {tokens.issue(user=user).access}"}
            seen.append(client.get("/checkout/", headers=headers).status_code)
        assert seen == [200, 200, 429]


class TestCount:
    def test_counts_exactly_under_concurrency(self) -> None:
        def one(_: int) -> int:
            return count(scope="checkout", identities=["address:a", "principal:p"], window=1)[0]

        with ThreadPoolExecutor(8) as pool:
            numbers = sorted(pool.map(one, range(64)))
        assert numbers == list(range(1, 65))

    def test_a_counter_never_stays_for_ever(self, settings: Any) -> None:
        count(scope="checkout", identities=["address:a"], window=1)
        with Redis.from_url(settings.REDIS_URL) as redis:
            left_s = redis.ttl(f"{settings.THROTTLE_PREFIX}:checkout:address:a:1")
        assert 0 < left_s <= 120


class TestFailsOpen:
    @pytest.fixture(autouse=True)
    def _a_short_wait_and_a_long_rest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The rest is longer than a test takes."""
        monkeypatch.setattr(throttles, "_TIMEOUT_S", 0.25)
        monkeypatch.setattr(throttles, "_REST_S", 600.0)

    def test_when_nobody_listens(self, client: Client, settings: Any, caplog: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        before = FAILED_OPEN._value.get()
        with caplog.at_level(logging.WARNING, logger="config.ops.throttles"):
            assert statuses(client, "checkout", 5) == [200] * 5
        assert FAILED_OPEN._value.get() == before + 5
        # Once: the four behind it did not even ask.
        assert len([record for record in caplog.records if record.name == "config.ops.throttles"]) == 1

    def test_when_redis_accepts_and_never_answers(self, client: Client, settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
            with time_machine.travel(NOON, tick=True):
                assert statuses(client, "checkout", 5) == [200] * 5
            mute.settimeout(0)
            mute.accept()[0].close()
            with pytest.raises(BlockingIOError):  # the four behind the first did not wait for it, for they did not ask
                mute.accept()

    def test_when_redis_answers_nonsense(self, client: Client, settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as odd:
            settings.REDIS_URL = f"redis://127.0.0.1:{odd.getsockname()[1]}/0"
            thread = threading.Thread(target=_talk_nonsense, args=(odd,), daemon=True)
            thread.start()
            assert statuses(client, "checkout", 3) == [200] * 3
            thread.join(timeout=5)

    def test_and_counts_again_once_redis_is_back(self, client: Client, settings: Any) -> None:
        working, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
        statuses(client, "checkout", 3)
        settings.REDIS_URL = working
        throttles._breaker.closed_until = 0.0
        assert statuses(client, "checkout", 3) == [200, 200, 429]


class TestScope:
    def test_a_scope_without_a_rate_is_a_fault_and_no_open_door(self, settings: Any) -> None:
        assert Client(raise_request_exception=False).get("/misnamed/").status_code == 500

    def test_is_default_where_nothing_is_said(self) -> None:
        assert scope_of(Plain(), "GET") == scope_of(Listing(), "GET") == "default"
        assert scope_of(Listing(), "POST") == "listing"


def test_refusals_are_counted_by_scope(client: Client) -> None:
    before = THROTTLED.labels(scope="checkout")._value.get()
    statuses(client, "checkout", 5)
    assert THROTTLED.labels(scope="checkout")._value.get() == before + 3


def _talk_nonsense(server: socket.socket) -> None:
    peer, _ = server.accept()
    with peer:
        peer.recv(1024)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 20)
