"""Who passes at a view, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts import api_keys, tokens
from config.accounts.models import User
from config.accounts.permissions import (
    ANYONE,
    AllowAnyone,
    Allowed,
    actor_of,
    permits,
    permits_everyone,
    require_everyone,
)
from config.accounts.roles import Role
from config.kernel.clock import now


class _View(APIView):
    def get(self, request: Request) -> Response:
        code = "products.write"
        return Response({"mine": permits(request, code), "everyones": permits_everyone(request, code)})

    def post(self, request: Request) -> Response:
        return self.get(request)


class Silent(_View):
    pass


class Open(_View):
    permission_classes = (AllowAnyone,)


class Nobodys(Open):
    def get(self, request: Request) -> Response:
        require_everyone(request, "products.write")
        return super().get(request)


class Listing(_View):
    permission_classes = (Allowed(read=ANYONE, write="products.write"),)


class Orders(_View):
    permission_classes = (Allowed("orders.view", order_token=True),)


class Acting(_View):
    permission_classes = (Allowed("products.write"),)

    def get(self, request: Request) -> Response:
        return Response({"actor": actor_of(request)})


urlpatterns = [
    path("acting/", Acting.as_view()),
    path("silent/", Silent.as_view()),
    path("open/", Open.as_view()),
    path("nobodys/", Nobodys.as_view()),
    path("listing/", Listing.as_view()),
    path("orders/", Orders.as_view()),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def person(*roles: str) -> User:
    return User.objects.create_user(f"{'-'.join(roles)}@example.com", roles=list(roles))


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(user=user).access}"}


def key(user: User, *scopes: str) -> dict[str, str]:
    _, shown = api_keys.create(user=user, name="k", scopes=scopes, days=1, actor="test", at=now() - timedelta(hours=1))
    return {"Authorization": f"Api-Key {shown}"}


def status(client: Client, where: str, headers: dict[str, str] | None = None, method: str = "get") -> int:
    response = getattr(client, method)(f"/{where}/", headers=headers)
    return int(response.status_code)


class TestDenyAll:
    def test_a_view_that_says_nothing_lets_nobody_in(self, client: Client) -> None:
        assert status(client, "silent") == 401
        assert status(client, "silent", bearer(person(*Role))) == 403


class TestAllowAnyone:
    def test_lets_strangers_in(self, client: Client) -> None:
        assert status(client, "open") == 200

    def test_but_nobody_with_a_false_credential(self, client: Client) -> None:
        response = client.get("/open/", headers={"Authorization": "Bearer a.b.c"})
        assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        assert response.json()["errors"][0]["code"] == "token_not_valid"

    def test_the_operators_session_opens_nothing_here(self, client: Client) -> None:
        client.force_login(person(Role.ADMINISTRATOR))
        assert status(client, "silent") == 401
        assert status(client, "listing", method="post") == 401


class TestAllowed:
    def test_reading_may_be_open_and_writing_not(self, client: Client) -> None:
        assert status(client, "listing") == 200
        assert status(client, "listing", method="head") == 200
        assert status(client, "listing", method="post") == 401

    @pytest.mark.parametrize(("role", "code"), [(Role.BUYER, 403), (Role.AUDITOR, 403), (Role.SELLER, 200)])
    def test_writing_follows_the_table(self, client: Client, role: Role, code: int) -> None:
        assert status(client, "listing", bearer(person(role)), "post") == code

    def test_an_api_key_needs_the_scope_as_well(self, client: Client) -> None:
        seller = person(Role.SELLER)
        assert status(client, "listing", key(seller, "orders.view"), "post") == 403
        assert status(client, "listing", key(seller, "products.write"), "post") == 200

    def test_an_api_key_loses_what_its_owner_loses(self, client: Client) -> None:
        seller = person(Role.SELLER)
        headers = key(seller, "products.write")
        User.objects.update(roles=[Role.BUYER])
        assert status(client, "listing", headers, "post") == 403

    def test_a_guest_passes_with_an_order_token_only_where_the_view_takes_it(self, client: Client) -> None:
        token = {"X-Order-Token": "t" * 22}
        assert status(client, "orders", token) == 200
        assert status(client, "orders") == 401
        assert status(client, "orders", {"X-Order-Token": "short"}) == 401
        assert status(client, "listing", token, "post") == 401
        assert status(client, "silent", token) == 401

    def test_an_order_token_in_the_url_is_not_looked_at(self, client: Client) -> None:
        assert client.get(f"/orders/?token={'t' * 22}&order_token={'t' * 22}").status_code == 401

    def test_a_code_that_nobody_has_is_a_mistake_of_the_view(self) -> None:
        with pytest.raises(ValueError, match=r"payments\.invent"):
            Allowed("payments.invent")
        with pytest.raises(ValueError, match="no role"):
            Allowed(read="orders.view")

    def test_options_tells_strangers_nothing(self, client: Client) -> None:
        assert status(client, "listing", method="options") == 405


class TestReach:
    @pytest.mark.parametrize(
        ("role", "reach"),
        [
            (Role.SELLER, {"mine": True, "everyones": False}),
            (Role.OPERATIONS, {"mine": True, "everyones": True}),
            (Role.BUYER, {"mine": False, "everyones": False}),
        ],
    )
    def test_a_seller_reaches_their_own_and_operations_everybodys(
        self, client: Client, role: Role, reach: dict[str, Any]
    ) -> None:
        assert client.get("/open/", headers=bearer(person(role))).json() == reach

    def test_a_key_without_the_scope_reaches_nothing(self, client: Client) -> None:
        headers = key(person(Role.OPERATIONS), "orders.view")
        assert client.get("/open/", headers=headers).json() == {"mine": False, "everyones": False}

    @pytest.mark.parametrize(("role", "answer"), [(Role.OPERATIONS, 200), (Role.SELLER, 404), (Role.BUYER, 404)])
    def test_what_is_nobodys_own_is_not_there_for_others(self, client: Client, role: Role, answer: int) -> None:
        assert status(client, "nobodys", bearer(person(role))) == answer

    def test_nor_for_a_key_without_the_scope(self, client: Client) -> None:
        assert status(client, "nobodys", key(person(Role.OPERATIONS), "orders.view")) == 404
        assert status(client, "nobodys") == 404


class TestActorOf:
    def test_is_the_person_also_behind_a_key_of_theirs(self, client: Client) -> None:
        seller = person(Role.SELLER)
        for headers in (bearer(seller), key(seller, "products.write")):
            assert client.get("/acting/", headers=headers).json() == {"actor": seller.actor}
