"""Somebody becomes a scout once, with a code that nobody has; an administrator ends and begins it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from config.accounts.roles import Role
from config.audit.models import AuditEntry
from orders.tests.factories import AT, make_user
from payouts.payees.models import PayeeKind
from payouts.payees.tests.paying import make_payee
from payouts.scouts import rules
from payouts.scouts.models import Scout
from payouts.scouts.services.enrol import NotAScout, enrol, rename, set_active
from payouts.scouts.tests.scouting import make_scout, traces

pytestmark = pytest.mark.django_db


class TestEnrol:
    def test_gives_a_code_once(self) -> None:
        person = make_user(Role.SCOUT)
        scout = make_scout(person)
        before = traces()
        assert make_scout(person) == scout
        assert traces() == before
        assert len(scout.code) == 8
        assert scout.payee.kind == "scout"

    def test_is_for_those_who_have_the_role(self) -> None:
        person = make_user(Role.BUYER)
        before = traces()
        with pytest.raises(NotAScout):
            enrol(user=person, actor=person.actor, at=AT)
        assert traces() == before

    def test_a_code_that_somebody_has_is_drawn_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = iter([*"AAAAAAAA", *"AAAAAAAA", *"BBBBBBBB"])
        monkeypatch.setattr("payouts.scouts.services.enrol.secrets.choice", lambda _: next(drawn))
        assert [make_scout().code, make_scout().code] == ["AAAAAAAA", "BBBBBBBB"]

    def test_is_renamed_and_put_on_and_off_once_each(self) -> None:
        scout = make_scout()
        given: dict[str, Any] = {"scout": scout, "actor": "user:x", "at": AT}
        assert [rename(display_name="Asha", **given) for _ in range(2)] == [True, False]
        assert [set_active(is_active=False, reason="spam", **given) for _ in range(2)] == [True, False]
        assert [set_active(is_active=True, reason="sorry", **given) for _ in range(2)] == [True, False]

    def test_who_enrolled_and_when_is_kept(self) -> None:
        person = make_user(Role.SCOUT, Role.SELLER)
        selling = make_payee(person)
        scout = enrol(user=person, actor=person.actor, at=AT)
        assert (scout.user, scout.created_at, scout.is_active) == (person, AT, True)
        assert (scout.payee.user, scout.payee.kind) == (person, PayeeKind.SCOUT)
        assert scout.payee != selling, "what they sell and what they scout never mix"
        assert set(scout.code) <= set(rules.ALPHABET)
        entry = AuditEntry.objects.get(act="enrolled")
        assert (entry.subject_id, entry.actor, entry.at) == (scout.public_id, person.actor, AT)

    def test_codes_that_are_all_taken_are_not_drawn_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn: list[str] = []

        def draw(letters: str) -> str:
            drawn.append(letters[0])
            return letters[0]

        monkeypatch.setattr("payouts.scouts.services.enrol.secrets.choice", draw)
        make_scout()
        taken = len(drawn)
        before = traces()
        with pytest.raises(IntegrityError):
            make_scout()
        assert len(drawn) - taken == 5 * rules.CODE_LENGTH
        assert traces() == before

    def test_of_two_at_once_the_second_finds_the_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The other request is committed between the look and the row."""
        person = make_user(Role.SCOUT)
        first = make_scout(person)
        found = Scout.objects.filter
        looks: list[int] = []

        def look(**given: Any) -> Any:
            looks.append(1)
            return Scout.objects.none() if len(looks) == 1 else found(**given)

        monkeypatch.setattr(Scout.objects, "filter", look)
        assert enrol(user=person, actor=person.actor, at=AT) == first
        assert Scout.objects.count() == 1


class TestSet:
    def test_a_name_is_theirs_alone_and_kept_out_of_the_audit(self) -> None:
        scout, other = make_scout(), make_scout()
        rename(scout=scout, display_name="Asha", actor=scout.user.actor, at=AT)
        for each, name in ((scout, "Asha"), (other, "")):
            each.refresh_from_db()
            assert each.display_name == name
        entry = AuditEntry.objects.get(act="renamed")
        assert (entry.subject_id, entry.actor) == (scout.public_id, scout.user.actor)
        assert "Asha" not in str(AuditEntry.objects.values())

    def test_who_ended_it_and_why_is_kept(self) -> None:
        scout, other = make_scout(), make_scout()
        for is_active, act in ((False, "made_inactive"), (True, "made_active")):
            set_active(scout=scout, is_active=is_active, actor="user:admin", reason="spam", at=AT)
            for each, stands in ((scout, is_active), (other, True)):
                each.refresh_from_db()
                assert each.is_active is stands
            entry = AuditEntry.objects.get(act=act)
            assert (entry.subject_id, entry.actor, entry.reason) == (scout.public_id, "user:admin", "spam")

    def test_told_again_nothing_is_kept(self) -> None:
        scout = make_scout()
        before = traces()
        assert not set_active(scout=scout, is_active=True, actor="user:admin", reason="again", at=AT)
        assert not rename(scout=scout, display_name="", actor="user:x", at=AT)
        assert traces() == before

    @pytest.mark.parametrize("verb", ["rename", "set_active"])
    def test_the_row_is_locked_while_it_is_decided(self, verb: str) -> None:
        scout = make_scout()
        with CaptureQueriesContext(connection) as captured:
            if verb == "rename":
                rename(scout=scout, display_name="Asha", actor="user:x", at=AT)
            else:
                set_active(scout=scout, is_active=False, actor="user:x", reason="spam", at=AT)
        assert any('FOR UPDATE OF "payouts_scout"' in each["sql"] for each in captured)
