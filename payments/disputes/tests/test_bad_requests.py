"""Every door of disputes under requests that cannot be: a stable code each, and nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.papers.tests.test_papers import PDF
from orders.tests.factories import make_user
from payments.charges.tests.test_api import bearer
from payments.disputes.models import Dispute
from payments.disputes.services.tests.test_answer import submit
from payments.disputes.services.tests.test_evidence import keep, write
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DOORS = ("evidence", "files", "submit", "accept", "keep")
TEXTS = {"texts": {"explanation": "It was delivered."}}


@pytest.fixture
def dispute(world: World) -> Dispute:
    world.disputed_order(10_000)
    dispute = Dispute.objects.get()
    write(dispute, world, {})
    keep(dispute, world)
    return dispute


@pytest.fixture
def finance() -> User:
    return make_user(Role.FINANCE)


def knock(dispute_id: str, door: str, user: User, body: Any = None, *, key: str = "key-1") -> Any:
    path = f"/api/v1/disputes/{dispute_id}/{door}/"
    headers = {**bearer(user), "Idempotency-Key": key}
    if door == "files" and body is None:
        form = {"paper": "receipt", "file": SimpleUploadedFile("receipt.pdf", PDF)}
        return Client(raise_request_exception=False).post(path, form, headers=headers)
    if body is None:
        body = TEXTS if door == "evidence" else {"reason": "because of this"}
    return Client(raise_request_exception=False).post(path, body, content_type="application/json", headers=headers)


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["code"]


def overdue(dispute: Dispute, world: World) -> None:
    Dispute.objects.filter(pk=dispute.pk).update(evidence_due_at=world.at - timedelta(days=1))


def handed_in(dispute: Dispute, world: World) -> None:
    submit(dispute, world)


def lost(dispute: Dispute, world: World) -> None:
    world.decide(dispute.gateway_dispute_id, "lose")
    world.hear()


def on_its_way(dispute: Dispute, world: World) -> None:
    world.lose_answer(f"/v1/disputes/{dispute.gateway_dispute_id}")
    assert submit(dispute, world) == "unknown"


Situation = Callable[[Dispute, World], None]
CASES: list[tuple[Situation, str, str]] = [
    *((overdue, door, "evidence_too_late") for door in ("evidence", "files", "submit")),
    *((handed_in, door, "dispute_not_answerable") for door in ("evidence", "files", "submit")),
    *((lost, door, "dispute_not_answerable") for door in ("evidence", "files", "submit")),
    (lost, "accept", "dispute_not_acceptable"),
    *((on_its_way, door, "answer_under_way") for door in DOORS),
]


@pytest.mark.parametrize(("situation", "door", "code"), CASES)
def test_what_comes_too_late_too_often_or_meanwhile(
    world: World, dispute: Dispute, finance: User, situation: Situation, door: str, code: str
) -> None:
    situation(dispute, world)
    before = everything()
    assert code_of(knock(dispute.public_id, door, finance)) == (409, code)
    assert everything() == before


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "wrong", ["dsp_0000000000000000000000", "%00", "%F0%9F%98%80", "'", "..%2f..", "x" * 500, "1", "dsp_%00"]
)
def test_an_id_of_nothing_is_not_found(world: World, finance: User, door: str, wrong: str) -> None:
    """Asked before anything is stored, and never by a query that PostgreSQL refuses."""
    assert knock(wrong, door, finance).status_code in (400, 404)


@pytest.mark.parametrize("door", ["evidence", "submit", "accept", "keep"])
@pytest.mark.parametrize(
    "body",
    ["[]", '"text"', "{", "{}", '{"reason": null, "texts": null}', '{"reason": ["a"], "texts": ["a"]}',
     '{"reason": "a\\u0000b", "texts": {"explanation": "a\\u0000b"}}',
     '{"reason": "\\ud800xx", "texts": {"a": "\\ud800"}}',
     '{"reason": {"a": 1}, "texts": {"explanation": {"a": 1}}}'],
)  # fmt: skip
def test_a_body_that_says_nothing_is_refused(
    world: World, dispute: Dispute, finance: User, door: str, body: str
) -> None:
    before = everything()
    response = knock(dispute.public_id, door, finance, body)
    assert response.status_code == 400, response.content
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "xx", "x" * 501, "  \t "])
def test_a_reason_is_a_sentence(world: World, dispute: Dispute, finance: User, reason: str) -> None:
    for number, door in enumerate(("submit", "accept", "keep")):
        assert knock(dispute.public_id, door, finance, {"reason": reason}, key=f"key-{number}").status_code == 400
    assert Dispute.objects.get().status == "needs_response"


@pytest.mark.parametrize("door", ["submit", "accept"])
def test_a_key_for_another_body_is_refused(world: World, dispute: Dispute, finance: User, door: str) -> None:
    knock(dispute.public_id, door, finance)
    again = knock(dispute.public_id, door, finance, {"reason": "something else"})
    assert code_of(again) == (422, "idempotency_key_reused")


def test_what_no_door_is_for(world: World, dispute: Dispute, finance: User) -> None:
    client = Client(raise_request_exception=False)
    base = f"/api/v1/disputes/{dispute.public_id}/"
    for door in DOORS:
        assert client.get(f"{base}{door}/", headers=bearer(finance)).status_code == 405
    for method in (client.put, client.patch, client.delete):
        assert method(base, headers=bearer(finance)).status_code == 405
    assert client.get(base).status_code == 401
    assert client.get(f"{base}files/..%2f..%2fetc/", headers=bearer(finance)).status_code == 404
    assert client.get(f"{base}files/poem/", headers=bearer(finance)).status_code == 404
