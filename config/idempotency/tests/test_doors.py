"""A POST runs once per key, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any, ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.db.models.functions import Now
from django.test import Client
from django.test.client import encode_multipart
from django.urls import path
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts import tokens
from config.accounts.models import User
from config.accounts.permissions import AllowAnyone
from config.crypto import open_sealed
from config.idempotency.doors import Secrets, claim_of, idempotent
from config.idempotency.models import IdempotencyKey
from config.idempotency.services import remember_intent
from config.kernel.errors import Conflict, Unavailable
from config.kernel.ids import new_id
from config.tests.together import TIMEOUT_S

KEY = "0123456789abcdefghijkl"  # 22 characters


class Sold(Conflict):
    """It is sold."""

    code = "sold"


class Till:
    """Stands for the shop behind the door: what was made, and what to do on the next request."""

    made: ClassVar[list[str]] = []
    before: Callable[[], None] = staticmethod(lambda: None)
    after: Callable[[], None] = staticmethod(lambda: None)

    @classmethod
    def reset(cls) -> None:
        cls.made = []
        cls.before = cls.after = staticmethod(lambda: None)


def _secret_of(request: Request, body: dict[str, Any], intent_id: str) -> dict[str, Any]:
    del request
    return {**body, "payment": {**body["payment"], "client_secret": f"{intent_id}_secret"}}


class Checkout(APIView):
    permission_classes = (AllowAnyone,)

    @idempotent(required=True, secrets=Secrets(paths=("payment.client_secret", "not.there"), rederive=_secret_of))
    def post(self, request: Request, **_: Any) -> Response:
        claim = claim_of(request)
        assert claim is not None
        Till.before()
        order = claim.intent_id
        if not order:
            order = new_id("ord")
            with transaction.atomic():
                Till.made.append(order)
                remember_intent(claim=claim, intent_id=order)
        Till.after()
        body = {"order": order, "payment": {"id": "pay_1", "client_secret": f"{order}_secret"}}
        return Response(body, status=201, headers={"Location": f"/orders/{order}/", "X-Other": "1"})


class Ping(APIView):
    permission_classes = (AllowAnyone,)

    @idempotent(required=False)
    def post(self, request: Request) -> Response:
        Till.made.append("ping")
        return Response({"has_claim": claim_of(request) is not None})


class Photos(APIView):
    permission_classes = (AllowAnyone,)
    parser_classes = (MultiPartParser,)

    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        data: Any = request.data
        Till.made.append(data["photo"].read().decode())
        return Response(status=204)


urlpatterns = [
    path("checkout/", Checkout.as_view()),
    path("checkout/<str:where>/", Checkout.as_view()),
    path("ping/", Ping.as_view()),
    path("photos/", Photos.as_view()),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _till() -> None:
    Till.reset()


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def post(client: Client, body: Any = None, *, key: str | None = KEY, where: str = "checkout", **headers: str) -> Any:
    if key is not None:
        headers["Idempotency-Key"] = key
    body = {"sku": "a", "quantity": 1} if body is None else body
    return client.post(f"/{where}/", body, content_type="application/json", headers=headers)


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def raises(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def signed_in(name: str) -> dict[str, str]:
    user = User.objects.create_user(f"{name}@example.com")
    return {"Authorization": f"Bearer {tokens.issue(user=user).access}"}


class TestReplay:
    def test_the_same_request_gets_the_same_answer_and_runs_once(self, client: Client) -> None:
        first, again = post(client), post(client)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first
        assert again["Location"] == first["Location"]
        assert "X-Other" not in again
        assert len(Till.made) == 1

    def test_the_spelling_of_the_body_does_not_matter(self, client: Client) -> None:
        post(client, '{"sku": "a", "quantity": 1}')
        assert post(client, '{\n"quantity":1,"sku":"\\u0061"}')["Idempotent-Replayed"] == "true"

    def test_secrets_are_not_kept_and_yet_come_back(self, client: Client) -> None:
        first = post(client).json()
        kept = json.loads(_opened())["body"]
        assert kept["payment"] == {"id": "pay_1", "client_secret": None}
        assert post(client).json()["payment"]["client_secret"] == first["payment"]["client_secret"]

    def test_a_refusal_is_kept_too(self, client: Client) -> None:
        Till.before = raises(Sold())
        first = post(client)
        Till.reset()
        again = post(client)
        assert (first.status_code, again.status_code) == (409, 409)
        assert code(again) == "sold"
        assert again["Idempotent-Replayed"] == "true"
        assert not Till.made

    def test_and_so_is_what_rest_framework_refuses(self, client: Client) -> None:
        Till.before = raises(ValidationError({"sku": "no such thing"}))
        assert post(client).status_code == 400
        Till.reset()
        assert post(client).json()["errors"][0]["attr"] == "sku"
        assert not Till.made

    def test_an_answer_without_a_body_comes_back_empty(self, client: Client) -> None:
        assert _upload(client, b"x").status_code == 204
        again = _upload(client, b"x")
        assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (204, b"", "true")


class TestNotKept:
    @pytest.mark.parametrize(
        ("error", "status"),
        [(Unavailable(), 503), (RuntimeError("boom"), 500), (Throttled(), 429)],
    )
    def test_faults_and_429_leave_the_way_free(self, client: Client, error: Exception, status: int) -> None:
        Till.before = raises(error)
        assert post(client).status_code == status
        Till.reset()
        response = post(client)
        assert response.status_code == 201
        assert "Idempotent-Replayed" not in response

    def test_a_fault_after_the_intent_continues_that_intent(self, client: Client) -> None:
        Till.after = raises(RuntimeError("the gateway's answer was lost"))
        assert post(client).status_code == 500
        Till.after = staticmethod(lambda: None)
        response = post(client)
        assert response.json()["order"] == Till.made[0]
        assert len(Till.made) == 1

    def test_a_run_that_died_continues_its_intent(self, client: Client) -> None:
        post(client)
        # As a killed process leaves it: an intent, no answer, and a lease that has run out.
        IdempotencyKey.objects.update(status_code=None, answer=None, lease_until=Now() - timedelta(seconds=1))
        response = post(client)
        assert response.json()["order"] == Till.made[0]
        assert len(Till.made) == 1

    def test_malformed_bodies_claim_nothing(self, client: Client) -> None:
        assert code(post(client, "{")) == "parse_error"
        assert not IdempotencyKey.objects.exists()


class TestMismatch:
    def test_another_body_is_422(self, client: Client) -> None:
        post(client)
        response = post(client, {"sku": "a", "quantity": 2})
        assert (response.status_code, code(response)) == (422, "idempotency_key_reused")
        assert len(Till.made) == 1

    @pytest.mark.parametrize("where", ["checkout/other", "ping"])
    def test_a_strangers_key_is_good_for_one_path(self, client: Client, where: str) -> None:
        post(client)
        assert post(client, where=where).status_code == 422
        assert len(Till.made) == 1

    def test_a_key_of_a_person_is_good_for_each_path(self, client: Client) -> None:
        headers = signed_in("ann")
        assert post(client, **headers).status_code == post(client, where="checkout/other", **headers).status_code == 201
        assert len(Till.made) == 2

    def test_two_people_may_use_the_same_key(self, client: Client) -> None:
        ann, bob = signed_in("ann"), signed_in("bob")
        first, second = post(client, key="1", **ann), post(client, key="1", **bob)
        assert first.json()["order"] != second.json()["order"]
        assert "Idempotent-Replayed" not in second

    def test_a_persons_answer_is_not_for_a_stranger_with_the_key(self, client: Client) -> None:
        first = post(client, **signed_in("ann"))
        second = post(client)
        assert first.json()["order"] != second.json()["order"]

    def test_another_order_token_is_another_request(self, client: Client) -> None:
        post(client, **{"X-Order-Token": "a" * 22})
        assert post(client, **{"X-Order-Token": "b" * 22}).status_code == 422

    def test_a_new_token_of_the_same_person_is_the_same_person(self, client: Client) -> None:
        headers = signed_in("ann")
        post(client, **headers)
        renewed = {"Authorization": f"Bearer {tokens.issue(user=User.objects.get()).access}"}
        assert post(client, **renewed)["Idempotent-Replayed"] == "true"


class TestKeys:
    def test_is_required_where_money_is_made(self, client: Client) -> None:
        response = post(client, key=None)
        assert (response.status_code, code(response)) == (400, "idempotency_key_required")
        assert response.json()["errors"][0]["attr"] == "Idempotency-Key"
        assert not Till.made

    def test_is_optional_elsewhere(self, client: Client) -> None:
        assert post(client, key=None, where="ping").json() == {"has_claim": False}
        assert post(client, key=None, where="ping").status_code == 200
        assert Till.made == ["ping", "ping"]

    def test_a_stranger_needs_22_characters(self, client: Client) -> None:
        response = post(client, key=KEY[:21])
        assert (response.status_code, code(response)) == (400, "idempotency_key_too_short")
        assert not Till.made
        assert post(client, key="short", **signed_in("ann")).status_code == 201

    @pytest.mark.parametrize("key", ["", " ", "with space", "ä" * 22, "k" * 256, "tab\tkey" + KEY])
    def test_is_visible_ascii(self, client: Client, key: str) -> None:
        response = post(client, key=key, **signed_in("ann"))
        assert (response.status_code, code(response)) == (400, "idempotency_key_invalid")
        assert not IdempotencyKey.objects.exists()


class TestUploads:
    def test_the_boundary_of_a_form_does_not_matter(self, client: Client) -> None:
        assert _upload(client, b"picture", boundary="one").status_code == 204
        assert _upload(client, b"picture", boundary="two")["Idempotent-Replayed"] == "true"
        assert Till.made == ["picture"]

    def test_another_file_is_another_request(self, client: Client) -> None:
        _upload(client, b"picture")
        assert _upload(client, b"another").status_code == 422


@pytest.mark.django_db(transaction=True)
class TestRace:
    def test_the_second_of_two_at_once_is_told_409(self) -> None:
        inside, go_on = Event(), Event()

        def slowly() -> None:
            inside.set()
            assert go_on.wait(TIMEOUT_S)

        Till.before = slowly
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(_post_alone)
            assert inside.wait(TIMEOUT_S)
            second = _post_alone()
            go_on.set()
            assert first.result()[0] == 201
        assert second == (409, "idempotency_in_progress")
        assert len(Till.made) == 1

    def test_of_many_at_once_one_runs_and_the_rest_learn_its_answer_or_wait(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            answers = [done.result() for done in [pool.submit(_post_alone) for _ in range(16)]]
        assert len(Till.made) == 1
        orders = {what for status, what in answers if status == 201}
        assert orders == {Till.made[0]}
        assert {status for status, _ in answers} <= {201, 409}

    def test_without_keys_in_common_all_of_them_run(self) -> None:
        # The negative control: these requests do overlap.
        with ThreadPoolExecutor(8) as pool:
            keys = [f"{number:022}" for number in range(16)]
            answers = [done.result() for done in [pool.submit(_post_alone, key) for key in keys]]
        assert [status for status, _ in answers] == [201] * 16
        assert len(set(Till.made)) == 16


def _post_alone(key: str = KEY) -> tuple[int, str]:
    try:
        response = post(Client(), key=key)
        return response.status_code, response.json().get("order") or code(response)
    finally:
        connections.close_all()


def _upload(client: Client, content: bytes, boundary: str = "one") -> Any:
    photo = SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg")
    body = encode_multipart(boundary, {"photo": photo, "note": "x"})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post("/photos/", body, content_type=kind, headers={"Idempotency-Key": KEY})


def _opened() -> bytes:
    return open_sealed(IdempotencyKey.objects.get().answer or b"")
