"""Who may do what with payouts over HTTP, and that a refusal moves nothing."""

from __future__ import annotations

import pytest

from config.accounts.roles import Role
from orders.tests.factories import make_user
from payments.ledger.models import LedgerEntry
from payouts.payees.tests.test_api import call, codes
from payouts.payout.models import Payout
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
PATH = "/api/v1/payouts/"
WHY = {"reason": "looked at it"}
DOORS = ("approve", "cancel", "retry")


def standing() -> tuple[list[tuple[str, str]], int]:
    """Every payout's state, and how much is booked."""
    return sorted(Payout.objects.values_list("public_id", "status")), LedgerEntry.objects.count()


class TestMatrix:
    @pytest.mark.parametrize("role", [role for role in Role if role not in (Role.FINANCE, Role.ADMINISTRATOR)])
    def test_deciding_is_finances_alone(self, payouts: PayoutWorld, role: Role) -> None:
        waiting, failed = payouts.freeze(payouts.payee(100)), payouts.sent(says="declined")
        before, person = standing(), make_user(role)
        for payout in (waiting, failed):
            for door in DOORS:
                assert call("post", f"{PATH}{payout.public_id}/{door}/", person, WHY).status_code in (403, 404)
        assert standing() == before

    @pytest.mark.parametrize("door", DOORS)
    def test_not_even_of_ones_own(self, payouts: PayoutWorld, door: str) -> None:
        payout = payouts.freeze(payouts.payee(100))
        before = standing()
        assert call("post", f"{PATH}{payout.public_id}/{door}/", payout.payee.user, WHY).status_code in (403, 404)
        assert call("post", f"{PATH}{payout.public_id}/{door}/", None, WHY).status_code == 401
        assert standing() == before

    @pytest.mark.parametrize("role", [Role.BUYER, Role.ORGANIZER])
    def test_seeing_is_for_payees_and_staff(self, payouts: PayoutWorld, role: Role) -> None:
        payout = payouts.freeze(payouts.payee(100))
        for path in (PATH, f"{PATH}{payout.public_id}/"):
            assert call("get", path, make_user(role)).status_code == 403

    def test_a_filter_opens_nobody_elses(self, payouts: PayoutWorld) -> None:
        mine, theirs = payouts.freeze(payouts.payee(100)), payouts.freeze(payouts.payee(100))
        answer = call("get", f"{PATH}?payee={theirs.payee.public_id}", mine.payee.user)
        assert (answer.status_code, answer.json()["results"]) == (200, [])


class TestRefusals:
    @pytest.mark.parametrize("door", DOORS)
    def test_one_that_is_not_there(self, payouts: PayoutWorld, door: str) -> None:
        assert call("post", f"{PATH}po_none/{door}/", make_user(Role.FINANCE), WHY).status_code == 404

    @pytest.mark.parametrize("door", DOORS)
    def test_without_a_reason(self, payouts: PayoutWorld, door: str) -> None:
        payout = payouts.freeze(payouts.payee(100))
        before = standing()
        assert call("post", f"{PATH}{payout.public_id}/{door}/", make_user(Role.FINANCE), {}).status_code == 400
        assert standing() == before

    @pytest.mark.parametrize(
        ("door", "code"), [("approve", "payout_decided"), ("cancel", "payout_sent"), ("retry", "payout_not_retriable")]
    )
    def test_what_is_on_its_way(self, payouts: PayoutWorld, door: str, code: str) -> None:
        payout = payouts.sent()
        before = standing()
        answer = call("post", f"{PATH}{payout.public_id}/{door}/", make_user(Role.FINANCE), WHY)
        assert (answer.status_code, codes(answer)) == (409, {code})
        assert standing() == before

    @pytest.mark.parametrize("given", [{}, {"currency": "XXX"}, {"currency": "INR", "reason": "x" * 5_000}])
    def test_a_request_that_says_too_little_or_nonsense(self, payouts: PayoutWorld, given: dict[str, str]) -> None:
        payee = payouts.payee(100)
        assert call("post", f"{PATH}requests/", payee.user, given).status_code == 400
        assert standing() == ([], 1)


class TestRetry:
    def test_the_same_key_tries_once_and_another_not_again(self, payouts: PayoutWorld) -> None:
        payout, finance = payouts.sent(says="declined"), make_user(Role.FINANCE)
        path = f"{PATH}{payout.public_id}/retry/"
        first, again = (call("post", path, finance, WHY, key="k") for _ in range(2))
        assert (first.status_code, first.json()) == (201, again.json())
        before = standing()
        other = call("post", path, finance, WHY)
        assert (other.status_code, codes(other)) == (409, {"payout_not_retriable"})
        assert standing() == before
        assert len(before[0]) == 2

    def test_another_body_under_the_same_key_is_refused(self, payouts: PayoutWorld) -> None:
        payout, finance = payouts.sent(says="declined"), make_user(Role.FINANCE)
        path = f"{PATH}{payout.public_id}/retry/"
        call("post", path, finance, WHY, key="k")
        before = standing()
        assert call("post", path, finance, {"reason": "another"}, key="k").status_code == 422
        assert standing() == before
