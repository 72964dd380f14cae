"""Scouts and bounties on the operator site."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from payouts.payees.models import PayeeKind
from payouts.payees.tests.paying import make_payee, propose
from payouts.scouts.models import Bounty, BountyRate, Scout
from payouts.scouts.tests.scouting import bring, buys, follow, make_scout

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
