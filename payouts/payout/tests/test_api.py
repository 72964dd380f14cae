"""The doors to payouts over HTTP: a payee asks for their own, and a second person of finance decides."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.idempotency.models import IdempotencyKey
from orders.tests.factories import make_user
from payouts.payees.models import PayeeKind
from payouts.payees.services.ensure import ensure_payee
from payouts.payees.tests.test_api import call, codes
from payouts.payout.models import Payout
from payouts.tests.payout_world import FINANCE, PayoutWorld, a_destination, lines_of

pytestmark = pytest.mark.django_db
PATH = "/api/v1/payouts/"
REQUESTS = f"{PATH}requests/"
WHY = {"reason": "looked at it"}


class TestRequest:
    def test_all_that_is_payable_is_frozen(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_850)
        answer = call("post", REQUESTS, payee.user, {"currency": "INR"})
        body = answer.json()
        assert (answer.status_code, body["status"], body["payee"]) == (201, "awaiting_approval", payee.public_id)
        assert body["net"] == {"amount_minor": 8_850, "currency": "INR"}
        assert (body["to"], body["waits_because"]) == (
            "HDFC •••• 6789", "it waits for the approval of a second person",
        )  # fmt: skip
        assert Payout.objects.get().requested_by == payee.user.actor

    def test_the_same_key_asks_once(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_850)
        first = call("post", REQUESTS, payee.user, {"currency": "INR"}, key="k")
        again = call("post", REQUESTS, payee.user, {"currency": "INR"}, key="k")
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert Payout.objects.count() == 1

    def test_goes_on_after_a_crash_with_what_it_had_made(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_850)
        first = call("post", REQUESTS, payee.user, {"currency": "INR"}, key="k")
        IdempotencyKey.objects.update(status_code=None, answer=None, lease_until=None)
        again = call("post", REQUESTS, payee.user, {"currency": "INR"}, key="k")
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        assert Payout.objects.count() == 1

    def test_says_in_one_line_why_not(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        answer = call("post", REQUESTS, payee.user, {"currency": "INR"})
        assert (answer.status_code, codes(answer)) == (409, {"payout_not_possible"})
        assert answer.json()["errors"][0]["detail"] == "nothing is payable"
        assert not Payout.objects.exists()

    def test_who_is_seller_and_scout_says_which(self, payouts: PayoutWorld) -> None:
        seller = payouts.payee(500)
        type(seller.user).objects.filter(pk=seller.user.pk).update(roles=[Role.SELLER, Role.SCOUT])
        scout = ensure_payee(user=seller.user, kind=PayeeKind.SCOUT, actor="t", at=payouts.at)
        a_destination(scout)
        payouts.earn(scout, 300)
        assert codes(call("post", REQUESTS, seller.user, {"currency": "INR"})) == {"payee_required"}
        answer = call("post", REQUESTS, seller.user, {"currency": "INR", "payee": scout.public_id})
        assert (answer.json()["kind"], answer.json()["gross"]["amount_minor"]) == ("scout", 300)
        assert payouts.balance(seller)[0] == 500

    def test_nobody_takes_anothers(self, payouts: PayoutWorld) -> None:
        mine, theirs = payouts.payee(100), payouts.payee(900)
        answer = call("post", REQUESTS, mine.user, {"currency": "INR", "payee": theirs.public_id})
        assert answer.status_code == 404
        assert payouts.balance(theirs)[0] == 900

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SUPPORT, Role.AUDITOR])
    def test_refuses_who_may_not(self, payouts: PayoutWorld, role: Role) -> None:
        payee = payouts.payee(100)
        answer = call("post", REQUESTS, make_user(role), {"currency": "INR", "payee": payee.public_id})
        assert answer.status_code == 403
        assert not Payout.objects.exists()

    def test_finance_asks_for_anybody_and_needs_another_one(self, payouts: PayoutWorld) -> None:
        payee, finance = payouts.payee(100), make_user(Role.FINANCE)
        assert codes(call("post", REQUESTS, finance, {"currency": "INR"})) == {"payee_required"}
        made = call("post", REQUESTS, finance, {"currency": "INR", "payee": payee.public_id}).json()
        refused = call("post", f"{PATH}{made['id']}/approve/", finance, WHY)
        assert (refused.status_code, codes(refused)) == (409, {"four_eyes"})
        done = call("post", f"{PATH}{made['id']}/approve/", make_user(Role.FINANCE), WHY)
        assert (done.status_code, done.json()["status"]) == (200, "approved")


class TestSeeing:
    def test_ones_own_alone(self, payouts: PayoutWorld) -> None:
        mine, theirs = payouts.freeze(payouts.payee(100)), payouts.freeze(payouts.payee(100))
        person = mine.payee.user
        assert [row["id"] for row in call("get", PATH, person).json()["results"]] == [mine.public_id]
        assert call("get", f"{PATH}{mine.public_id}/", person).status_code == 200
        assert call("get", f"{PATH}{theirs.public_id}/", person).status_code == 404

    def test_staff_see_all_and_narrow_them(self, payouts: PayoutWorld) -> None:
        first, second = payouts.sent(says="declined"), payouts.freeze(payouts.payee(100))
        auditor = make_user(Role.AUDITOR)
        assert len(call("get", PATH, auditor).json()["results"]) == 2
        (failed,) = call("get", f"{PATH}?status=failed", auditor).json()["results"]
        assert failed["id"] == first.public_id
        assert failed["failure"]["detail"].startswith("Your bank says that the account is closed")
        (own,) = call("get", f"{PATH}?payee={second.payee.public_id}", auditor).json()["results"]
        assert own["id"] == second.public_id

    def test_strangers_nothing(self, payouts: PayoutWorld) -> None:
        payouts.freeze(payouts.payee(100))
        assert call("get", PATH, None).status_code == 401
        assert call("get", PATH, make_user(Role.BUYER)).status_code == 403

    def test_who_of_us_did_what_staff_see_and_the_payee_does_not(self, payouts: PayoutWorld) -> None:
        payout = payouts.approve(payouts.freeze(payouts.payee(100), requested_by="user:usr_asker"))
        person, path = payout.payee.user, f"{PATH}{payout.public_id}/"
        for body in (call("get", path, person).json(), call("get", PATH, person).json()["results"][0]):
            assert (body["requested_by"], body["approved_by"]) == ("operator", "operator")
        for viewer in (make_user(Role.AUDITOR), make_user(Role.FINANCE)):
            seen = call("get", path, viewer).json()
            assert (seen["requested_by"], seen["approved_by"]) == ("user:usr_asker", FINANCE)

    def test_what_the_payee_or_the_machine_did_is_said_as_it_is(self, payouts: PayoutWorld) -> None:
        mine, due = payouts.payee(100), payouts.payee(100)
        made = call("post", REQUESTS, mine.user, {"currency": "INR"}).json()
        assert (made["requested_by"], made["approved_by"]) == (mine.user.actor, None)
        payout = payouts.freeze(due, requested_by="system:payouts")
        assert call("get", f"{PATH}{payout.public_id}/", due.user).json()["requested_by"] == "system:payouts"


class TestDeciding:
    @pytest.mark.parametrize("act", ["approve", "cancel", "retry"])
    def test_is_finances_alone(self, payouts: PayoutWorld, act: str) -> None:
        payout = payouts.freeze(payouts.payee(100))
        for person in (payout.payee.user, make_user(Role.SUPPORT), make_user(Role.AUDITOR)):
            assert call("post", f"{PATH}{payout.public_id}/{act}/", person, WHY).status_code == 403
        assert payouts.again(payout).status == "awaiting_approval"

    def test_cancelled_it_is_payable_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        answer = call("post", f"{PATH}{payout.public_id}/cancel/", make_user(Role.FINANCE), WHY)
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert payouts.balance(payout.payee)[0] == 100

    def test_a_reason_is_needed(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        before: Any = lines_of(payout.public_id)
        answer = call("post", f"{PATH}{payout.public_id}/approve/", make_user(Role.FINANCE), {})
        assert answer.status_code == 400
        assert lines_of(payout.public_id) == before

    def test_a_failed_one_is_tried_again_by_a_key(self, payouts: PayoutWorld) -> None:
        failed, finance = payouts.sent(says="declined"), make_user(Role.FINANCE)
        first = call("post", f"{PATH}{failed.public_id}/retry/", finance, WHY, key="k")
        again = call("post", f"{PATH}{failed.public_id}/retry/", finance, WHY, key="k")
        assert (first.status_code, first.json()["retry_of"]) == (201, failed.public_id)
        assert first.json()["id"] == again.json()["id"]
        assert codes(call("post", f"{PATH}{failed.public_id}/retry/", finance, WHY)) == {"payout_not_retriable"}

    @pytest.mark.parametrize("act", ["approve", "cancel", "retry"])
    def test_of_what_is_not_there_nothing(self, payouts: PayoutWorld, act: str) -> None:
        assert call("post", f"{PATH}po_none/{act}/", make_user(Role.FINANCE), WHY).status_code == 404
