"""Scouts, bounties and rates on the operator site."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from payouts.payees.models import PayeeKind
from payouts.payees.tests.paying import make_payee, propose
from payouts.scouts.models import Bounty, BountyRate, Referral, Scout
from payouts.scouts.tests.scouting import bring, buys, follow, make_scout, traces

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestPages:
    def test_a_scout_shows_whom_they_brought_and_what_it_earned(self) -> None:
        scout = make_scout()
        recruit = bring(scout)
        follow(buys(recruit))
        text = text_of(as_role(Role.SUPPORT).get(page_of(scout)))
        for shown in (scout.code, recruit.email, "first order", "₹10.00", "accrued"):
            assert shown in text
        assert "could not be read" not in text
        assert "the same account" not in text

    def test_money_that_goes_to_the_scouts_own_account_is_marked(self) -> None:
        scout = make_scout()
        recruit = bring(scout, Role.SELLER)
        propose(scout.payee)
        propose(make_payee(recruit, PayeeKind.SELLER))
        assert "the same account" in text_of(as_role(Role.SUPPORT).get(page_of(scout)))

    def test_a_bounty_shows_its_lines(self) -> None:
        follow(buys(bring(make_scout())))
        text = text_of(as_role(Role.FINANCE).get(page_of(Bounty.objects.get())))
        for shown in ("bounty accrued", "reserve", "bounties"):
            assert shown in text
        assert "could not be read" not in text

    def test_a_person_shows_who_brought_them(self) -> None:
        scout = make_scout()
        text = text_of(as_role(Role.ADMINISTRATOR).get(page_of(bring(scout))))
        assert "Brought by" in text
        assert scout.code in text

    def test_rates_say_what_holds_today_with_and_without_one(self) -> None:
        viewer, at = as_role(Role.SUPPORT), timezone.now()
        text = text_of(viewer.get(list_of(BountyRate)))
        assert "₹10.00 for each first order and sold listing of ₹100.00 or more (by the settings)" in text
        for days, minor in ((-2, 1_100), (-1, 1_200), (1, 1_300)):
            BountyRate.objects.create(
                currency="INR", amount_minor=minor, from_at=at + timedelta(days=days), set_by="user:x", reason="spring"
            )
        text = text_of(viewer.get(list_of(BountyRate)))
        assert "₹12.00 for each first order and sold listing (since" in text
        for said in ("₹13.00 any to come", "₹12.00 any holds", "₹11.00 any over"):
            assert said in text

    def test_are_found(self) -> None:
        scout = make_scout()
        follow(buys(bring(scout)))
        bounty, viewer = Bounty.objects.get(), as_role(Role.SUPPORT)
        for term in (scout.code.lower(), scout.public_id, scout.user.public_id):
            assert page_of(scout) in viewer.get(list_of(Scout), {"q": term}).content.decode()
        for term in (bounty.public_id, scout.public_id, bounty.order.public_id):
            assert page_of(bounty) in viewer.get(list_of(Bounty), {"q": term}).content.decode()


class TestActs:
    def test_an_administrator_corrects_who_brought_whom(self) -> None:
        recruit, other = bring(make_scout()), make_scout()
        client = as_role(Role.ADMINISTRATOR)
        confirm(client, recruit, "referral", code=other.code.lower())
        assert Referral.objects.get().scout == other
        confirm(client, recruit, "referral", code="")
        assert not Referral.objects.exists()

    @pytest.mark.parametrize("code", ["NOBODY22", "their own"])
    def test_a_wrong_code_is_refused(self, code: str) -> None:
        scout = make_scout()
        before = traces()
        given = scout.code if code == "their own" else code
        assert "Refused" in text_of(confirm(as_role(Role.ADMINISTRATOR), scout.user, "referral", code=given))
        assert traces() == before

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR])
    def test_others_cannot(self, role: Role) -> None:
        scout = make_scout()
        assert as_role(role).get(act_of(scout, "end")).status_code != 200
        assert as_role(role).get(act_of(BountyRate, "rate")).status_code != 200

    def test_scouting_ends_and_begins(self) -> None:
        scout, client = make_scout(), as_role(Role.ADMINISTRATOR)
        for name, is_active in (("end", False), ("begin", True)):
            confirm(client, scout, name)
            scout.refresh_from_db()
            assert scout.is_active is is_active

    @pytest.mark.parametrize(("amount", "amount_minor"), [("12.50", 1_250), ("0", 0), ("0.00", 0)])
    def test_a_rate_is_set(self, amount: str, amount_minor: int) -> None:
        given: dict[str, Any] = {
            "currency": "INR", "amount": amount, "least_sale": "250",
            "from_at": f"{timezone.now() + timedelta(days=1):%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip
        client = as_role(Role.ADMINISTRATOR)
        confirm(client, BountyRate, "rate", reason="spring", **given)
        row = BountyRate.objects.get()
        assert (row.amount_minor, row.least_sale_minor, row.reason) == (amount_minor, 25_000, "spring")
        text = text_of(client.get(page_of(row)))
        for said in ("spring", "₹250.00", "to come"):
            assert said in text

    def test_a_rate_begins_with_what_holds(self) -> None:
        page = as_role(Role.ADMINISTRATOR).get(act_of(BountyRate, "rate")).content.decode()
        assert 'value="10.00"' in page
        assert 'value="100.00"' in page

    @pytest.mark.parametrize(
        ("amount", "least", "days"), [("soon", "0", 1), ("1.005", "0", 1), ("5", "0", -1), ("5", "a lot", 1)]
    )
    def test_a_rate_that_is_none_or_past_is_refused(self, amount: str, least: str, days: int) -> None:
        begins = f"{timezone.now() + timedelta(days=days):%Y-%m-%d %H:%M:%S}"
        client = as_role(Role.ADMINISTRATOR)
        answer = confirm(client, BountyRate, "rate", currency="INR", amount=amount, least_sale=least, from_at=begins)
        assert "Refused" in text_of(answer)
        assert not BountyRate.objects.exists()
