"""A scout is forgotten once nothing of theirs is undecided; who brought whom stays, by ids."""

from __future__ import annotations

import pytest

from config.accounts.models import User
from payouts.scouts.erasure import erase, open_things
from payouts.scouts.models import Referral
from payouts.scouts.services.enrol import rename
from payouts.scouts.tests.scouting import AT, bring, buys, follow, make_scout

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestErasure:
    def test_waits_for_bounties(self) -> None:
        scout = make_scout()
        order = buys(bring(scout))
        follow(order)
        assert open_things(person=scout.user) == ["1 bounty is not decided"]
        follow(order, "completed")
        assert open_things(person=scout.user) == []

    def test_takes_the_name_and_the_code_that_they_gave(self) -> None:
        scout = make_scout()
        recruit = bring(scout)
        rename(scout=scout, display_name="Asha", actor="x", at=AT)
        User.objects.filter(pk=scout.user_id).update(referral_code="SOMEBODY")
        while erase(person=scout.user, batch=1, at=AT):
            pass
        scout.refresh_from_db()
        assert (scout.display_name, scout.is_active) == ("", False)
        assert User.objects.get(pk=scout.user_id).referral_code == ""
        assert Referral.objects.get().recruit == recruit
