"""What the database itself keeps of every kind of proposal."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import CheckConstraint

from config.proposals.models import Proposal, two_people
from config.proposals.tests.wishing import AT, FIRST, SECOND, Wish, a_wish

KINDS = [model for model in apps.get_models() if issubclass(model, Proposal)]


class TestProposal:
    def test_begins_undecided(self, wish: Wish) -> None:
        wish.refresh_from_db()
        assert (wish.status, wish.decided_by, wish.decided_at) == ("proposed", "", None)
        assert wish.waits
        for status in ("confirmed", "declined"):
            wish.status = status
            assert not wish.waits


class TestTwoPeople:
    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("nobody_grants_their_own_wish", {"status": "confirmed", "decided_by": FIRST}),
            ("a_wish_has_a_known_status", {"status": "granted"}),
        ],
    )
    def test_is_kept_by_the_database(self, wish: Wish, rule: str, columns: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Wish._base_manager.filter(pk=wish.pk).update(**columns)
        wish.refresh_from_db()
        assert wish.status == "proposed"

    @pytest.mark.parametrize(("status", "by"), [("confirmed", SECOND), ("declined", SECOND), ("declined", FIRST)])
    def test_lets_another_one_confirm_and_anybody_decline(self, wish: Wish, status: str, by: str) -> None:
        assert Wish._base_manager.filter(pk=wish.pk).update(status=status, decided_by=by, decided_at=AT) == 1

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    def test_is_a_rule_of_every_kind(self, kind: type[models.Model]) -> None:
        rules = [rule.condition for rule in kind._meta.constraints if isinstance(rule, CheckConstraint)]
        for wanted in two_people(name="x", known_status="y"):
            assert wanted.condition in rules

    def test_there_are_kinds(self) -> None:
        assert "RefundProposal" in {kind.__name__ for kind in KINDS}


class TestOneWaits:
    def test_of_a_thing_and_the_next_one_once_it_is_decided(self, wish: Wish) -> None:
        with pytest.raises(IntegrityError, match="one_wish_at_a_time"), transaction.atomic():
            a_wish(public_id="wsh_2")
        a_wish(public_id="wsh_3", of="bob")
        Wish._base_manager.filter(pk=wish.pk).update(status="declined")
        assert a_wish(public_id="wsh_4").waits
