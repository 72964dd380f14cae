"""The doors to payees over HTTP: own rows only, nothing unmasked, and finance decides."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.accounts.tokens import issue
from orders.tests.factories import make_seller, make_user
from payouts.payees.models import Destination, Payee
from payouts.payees.tests.paying import INDIAN, OTHER_INDIAN, give, make_payee, propose, traces

pytestmark = pytest.mark.django_db
PATH = "/api/v1/payees/"


def call(method: str, path: str, user: User | None, body: Any = None, *, key: str = "") -> Any:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    if user is not None:
        headers["Authorization"] = f"Bearer {issue(user=user).access}"
    return getattr(Client(), method)(path, data=body, content_type="application/json", headers=headers)


def accounts(payee: Payee) -> str:
    return f"{PATH}{payee.public_id}/bank-accounts/"


def codes(response: Any) -> set[str]:
    return {error["code"] for error in response.json()["errors"]}


def asked(details: dict[str, str] = INDIAN) -> dict[str, Any]:
    return {"currency": "INR", "kind": "bank_account", "details": details}


class TestSetUp:
    def test_a_seller_becomes_a_payee_once(self) -> None:
        seller = make_seller()
        body = {"legal_name": "Asha Rao", "country": "IN"}
        first, again = call("post", PATH, seller, body, key="k1"), call("post", PATH, seller, body, key="k2")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json()["id"] == again.json()["id"] == Payee.objects.get().public_id
        assert first.json()["is_set_up"]
        assert "Asha" not in first.content.decode()

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SCOUT, Role.FINANCE])
    def test_others_do_not(self, role: Role) -> None:
        answer = call("post", PATH, make_user(role), {"legal_name": "Asha Rao"})
        assert answer.status_code == 403
        assert not Payee.objects.exists()

    def test_needs_a_key(self) -> None:
        answer = Client().post(PATH, data={}, headers={"Authorization": f"Bearer {issue(user=make_seller()).access}"})
        assert codes(answer) == {"idempotency_key_required"}


class TestLook:
    def test_one_sees_only_ones_own(self) -> None:
        mine, other = make_payee(), make_payee()
        found = call("get", PATH, mine.user).json()["results"]
        assert [each["id"] for each in found] == [mine.public_id]
        for path in (f"{PATH}{other.public_id}/", accounts(other)):
            assert call("get", path, mine.user).status_code == 404
        assert call("get", PATH, None).status_code == 401
        assert call("get", PATH, make_user(Role.BUYER)).status_code == 403

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.SUPPORT, Role.AUDITOR])
    def test_staff_see_everybody(self, role: Role) -> None:
        make_payee()
        other = make_payee()
        staff = make_user(role)
        assert len(call("get", PATH, staff).json()["results"]) == 2
        assert call("get", f"{PATH}{other.public_id}/", staff).status_code == 200

    def test_says_how_they_stand_and_why_they_are_not_paid(self) -> None:
        payee = make_payee()
        give(payee, 5_000)
        (balance,) = call("get", f"{PATH}{payee.public_id}/", payee.user).json()["balances"]
        assert balance["payable"] == {"amount_minor": 5_000, "currency": "INR"}
        assert balance["why_not_paid"]["code"] == "below_minimum"
        give(payee, 50_000)
        propose(payee)
        (balance,) = call("get", f"{PATH}{payee.public_id}/", payee.user).json()["balances"]
        assert balance["why_not_paid"]["code"] == "not_due"


class TestSchedule:
    def test_what_is_not_named_stays(self) -> None:
        payee = make_payee()
        path = f"{PATH}{payee.public_id}/"
        call(
            "patch", path, payee.user, {"currency": "INR", "schedule": "weekly", "weekday": 3, "minimum_minor": 50_000}
        )
        (balance,) = call("patch", path, payee.user, {"currency": "INR", "weekday": 4}).json()["balances"]
        assert (balance["weekday"], balance["minimum"]["amount_minor"]) == (4, 50_000)
        (balance,) = call("patch", path, payee.user, {"currency": "INR", "minimum_minor": None}).json()["balances"]
        assert balance["minimum"]["amount_minor"] == 10_000

    def test_refuses_others_and_too_little(self) -> None:
        payee = make_payee()
        before = traces()
        path = f"{PATH}{payee.public_id}/"
        assert call("patch", path, make_seller(), {"currency": "INR"}).status_code == 404
        assert call("patch", path, make_user(Role.SUPPORT), {"currency": "INR"}).status_code == 403
        assert traces() == before
        assert codes(call("patch", path, payee.user, {"currency": "INR", "minimum_minor": 5})) == {"minimum_too_low"}


class TestDestinations:
    def test_are_proposed_and_shown_masked(self) -> None:
        payee = make_payee()
        answer = call("post", accounts(payee), payee.user, asked())
        assert (answer.status_code, answer.json()["status"]) == (201, "active")
        listed = call("get", accounts(payee), payee.user)
        for shown in (answer, listed):
            text = shown.content.decode()
            assert "HDFC •••• 6789" in text or "HDFC \\u2022" in text
            assert not any(secret in text for secret in (INDIAN["account_number"], INDIAN["ifsc"], "Asha"))

    def test_the_same_key_proposes_once(self) -> None:
        payee = make_payee()
        first = call("post", accounts(payee), payee.user, asked(), key="once")
        again = call("post", accounts(payee), payee.user, asked(), key="once")
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert Destination.objects.count() == 1

    def test_errors_name_the_field_and_not_the_value(self) -> None:
        payee = make_payee()
        before = traces()
        answer = call("post", accounts(payee), payee.user, asked({**INDIAN, "ifsc": "HDFC9001234"}))
        assert (answer.status_code, codes(answer)) == (422, {"destination_details_invalid"})
        assert answer.json()["errors"][0]["attr"] == "details.ifsc"
        assert "HDFC9001234" not in answer.content.decode()
        assert traces() == before

    def test_nobody_proposes_for_others_but_finance(self) -> None:
        payee = make_payee()
        before = traces()
        for user in (make_seller(), make_user(Role.SUPPORT), make_user(Role.BUYER), None):
            assert call("post", accounts(payee), user, asked()).status_code in (401, 403, 404)
        assert traces() == before
        assert call("post", accounts(payee), make_user(Role.FINANCE), asked()).status_code == 201

    def test_who_else_has_the_same_is_told_to_staff_alone(self) -> None:
        propose(make_payee())
        payee = make_payee()
        answer = call("post", accounts(payee), payee.user, asked())
        assert (answer.json()["needs_approval"], answer.json()["approval_reason"]) == (True, None)
        (seen,) = call("get", accounts(payee), make_user(Role.FINANCE)).json()["results"]
        assert seen["approval_reason"] == "one other payee has the same"


class TestDecide:
    def path(self, destination: Destination, verb: str) -> str:
        return f"{accounts(destination.payee)}{destination.public_id}/{verb}/"

    def waiting(self, payee: Payee, **given: Any) -> Destination:
        propose(payee)
        return propose(payee, OTHER_INDIAN, **given)

    @pytest.mark.parametrize(("verb", "becomes"), [("approve", "active"), ("reject", "rejected")])
    def test_finance_decides(self, verb: str, becomes: str) -> None:
        waiting = self.waiting(make_payee())
        answer = call("post", self.path(waiting, verb), make_user(Role.FINANCE), {"reason": "called them"})
        assert (answer.status_code, answer.json()["status"]) == (200, becomes)

    @pytest.mark.parametrize("verb", ["approve", "reject"])
    def test_nobody_else_does(self, verb: str) -> None:
        payee = make_payee()
        finance = make_user(Role.FINANCE)
        waiting = self.waiting(payee, actor=finance.actor)
        before = traces()
        path = self.path(waiting, verb)
        for user, status in ((payee.user, 403), (make_user(Role.OPERATIONS), 403), (finance, 409)):
            assert call("post", path, user, {"reason": "please"}).status_code == status
        assert codes(call("post", path, finance, {"reason": "please"})) == {"four_eyes"}
        assert call("post", path, make_user(Role.FINANCE), {}).status_code == 400
        assert traces() == before

    def test_of_another_payee_there_is_none(self) -> None:
        waiting, other = self.waiting(make_payee()), make_payee()
        path = f"{accounts(other)}{waiting.public_id}/approve/"
        assert call("post", path, make_user(Role.FINANCE), {"reason": "x"}).status_code == 404
