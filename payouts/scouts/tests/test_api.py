"""The doors to scouts over HTTP: one's own code and bounties, and a leaderboard that tells nobody's name."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from orders.tests.factories import make_user
from payouts.payees.tests.test_api import call
from payouts.scouts.models import Bounty, Scout
from payouts.scouts.services.enrol import rename
from payouts.scouts.tests.scouting import AT, bring, buys, follow, make_scout, traces

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]
ME, BOARD = "/api/v1/scouts/me/", "/api/v1/scouts/leaderboard/"


class TestMe:
    def test_a_scout_gets_a_code_once(self) -> None:
        person = make_user(Role.SCOUT)
        assert call("get", ME, person).status_code == 404
        first, again = call("post", ME, person), call("post", ME, person)
        assert (first.status_code, again.status_code) == (201, 201)
        scout = Scout.objects.get()
        assert first.json()["code"] == again.json()["code"] == scout.code
        assert first.json()["link"].endswith(f"/?ref={scout.code}")

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.FINANCE])
    def test_others_do_not(self, role: Role) -> None:
        before = traces()
        person = make_user(role)
        assert {call(verb, ME, person).status_code for verb in ("get", "post", "patch")} == {403}
        assert call("get", ME, None).status_code == 401
        assert traces() == before

    def test_says_how_many_and_how_much(self) -> None:
        scout = make_scout()
        bring(scout)
        order = buys(bring(scout))
        follow(order)
        shown = call("get", ME, scout.user).json()
        (balance,) = shown["balances"]
        assert (shown["recruits"], shown["payee"]) == (2, scout.payee.public_id)
        assert balance["reserve"]["amount_minor"] == 1_000
        follow(order, "completed")
        (balance,) = call("get", ME, scout.user).json()["balances"]
        assert (balance["payable"]["amount_minor"], balance["why_not_paid"]["code"]) == (1_000, "below_minimum")

    def test_lists_ones_own_bounties_and_nothing_of_whom_one_brought(self) -> None:
        scout, other = make_scout(), make_scout()
        recruit = bring(scout)
        for order in (buys(recruit), buys(bring(other))):
            follow(order)
        answer = call("get", f"{ME}bounties/", scout.user)
        (shown,) = answer.json()["results"]
        assert (shown["event"], shown["status"], shown["amount"]["amount_minor"]) == ("first_order", "accrued", 1_000)
        assert recruit.public_id not in answer.content.decode()
        assert recruit.email not in answer.content.decode()

    def test_chooses_the_name_that_is_shown(self) -> None:
        scout = make_scout()
        assert call("patch", ME, scout.user, {"display_name": "Swift"}).json()["display_name"] == "Swift"
        assert call("patch", ME, scout.user, {"display_name": "x" * 41}).status_code == 400


class TestLeaderboard:
    def ask(self, **query: str) -> Any:
        return call("get", BOARD, make_user(Role.SCOUT), query)

    def test_the_best_first_and_by_the_names_that_they_chose(self) -> None:
        best, second = make_scout(), make_scout()
        rename(scout=best, display_name="Swift", actor="x", at=AT)
        for scout in (best, second, best):
            follow(buys(bring(scout)))
        shown = self.ask(period="2026-11").json()["leaders"]
        assert [(each["rank"], each["bounties"], each["amount"]["amount_minor"]) for each in shown] == [
            (1, 2, 2_000),
            (2, 1, 1_000),
        ]
        assert shown[0]["name"] == "Swift"
        assert shown[1]["name"] == f"Scout {second.public_id[-4:]}"
        assert second.user.email not in str(shown)

    def test_counts_the_month_alone_and_nothing_that_was_taken_back(self) -> None:
        scout = make_scout()
        kept, gone = buys(bring(scout)), buys(bring(scout))
        for order in (kept, gone):
            follow(order)
        follow(gone, "refunded")
        assert [each["bounties"] for each in self.ask(period="2026-11").json()["leaders"]] == [1]
        assert self.ask(period="2026-12").json()["leaders"] == []
        assert self.ask(period="2026-11", currency="USD").json()["leaders"] == []

    def test_is_bounded(self) -> None:
        for _ in range(21):
            follow(buys(bring(make_scout())))
        assert len(self.ask(period="2026-11").json()["leaders"]) == 20

    @pytest.mark.parametrize("query", [{"period": "2026-13"}, {"period": "now"}, {"currency": "XXX"}])
    def test_refuses_what_is_no_month_and_no_currency(self, query: dict[str, str]) -> None:
        assert self.ask(**query).status_code == 400

    def test_is_for_scouts_and_staff(self) -> None:
        assert call("get", BOARD, make_user(Role.FINANCE)).status_code == 200
        assert call("get", BOARD, make_user(Role.BUYER)).status_code == 403


def test_an_earned_instant_is_that_of_the_payment() -> None:
    follow(buys(bring(make_scout())))
    assert Bounty.objects.get().accrued_at == AT
