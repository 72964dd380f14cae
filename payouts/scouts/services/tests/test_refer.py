"""Who brought whom: checked at the door, written once, corrected by an administrator, and never a loop."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.tests.factories import make_user
from payouts.scouts.models import Referral, Scout, Source
from payouts.scouts.services.enrol import set_active
from payouts.scouts.services.refer import (
    ReferralCodeUnknown,
    ReferralLoop,
    ReferralOfOneself,
    note_registration,
    set_referral,
)
from payouts.scouts.tests.scouting import AT, bring, make_scout, traces

pytestmark = pytest.mark.django_db


def register(email: str = "new@example.com", *, query: str = "", **body: Any) -> Any:
    """Somebody opens an account, and the machine does what follows."""
    answer = Client().post(
        f"/api/v1/auth/register/{query}",
        {"email": email, "password": "a-long-and-quiet-river", **body},
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    for job in OutboxJob.objects.filter(topic="user.registered", state="due"):
        for _ in range(2):
            note_registration(job.payload, AT)
    return answer


def correct(recruit: User, scout: Scout | None) -> bool:
    return set_referral(
        recruit=recruit, scout=scout, source=Source.ADMINISTRATOR, actor="user:admin", reason="they wrote to us", at=AT
    )


class TestRegistration:
    def test_by_code_and_by_link(self) -> None:
        scout = make_scout()
        assert register("a@example.com", referral_code=scout.code.lower()).status_code == 201
        assert register("b@example.com", query=f"?ref={scout.code}").status_code == 201
        found = Referral.objects.order_by("pk").values_list("recruit__email", "scout__code", "source")
        assert list(found) == [("a@example.com", scout.code, "code"), ("b@example.com", scout.code, "link")]

    def test_without_a_code_nobody_brought_them(self) -> None:
        make_scout()
        assert register().status_code == 201
        assert not Referral.objects.exists()

    def test_what_they_typed_is_kept(self) -> None:
        scout = make_scout()
        register(referral_code=scout.code)
        assert User.objects.get(email="new@example.com").referral_code == scout.code

    @pytest.mark.parametrize("how", ["body", "link"])
    def test_a_code_of_nobody_is_told_and_no_account_is_made(self, how: str) -> None:
        before = traces()
        answer = register(referral_code="NOBODY22") if how == "body" else register(query="?ref=NOBODY22")
        assert answer.status_code == 422
        assert [error["code"] for error in answer.json()["errors"]] == ["referral_code_unknown"]
        assert not User.objects.filter(email="new@example.com").exists()
        assert traces() == before

    @pytest.mark.parametrize("why", ["inactive", "shut out"])
    def test_nor_is_one_that_is_no_longer_good(self, why: str) -> None:
        scout = make_scout()
        if why == "inactive":
            set_active(scout=scout, is_active=False, actor="user:admin", reason="spam", at=AT)
        else:
            User.objects.filter(pk=scout.user_id).update(is_active=False)
        assert register(referral_code=scout.code).status_code == 422
        assert not User.objects.filter(email="new@example.com").exists()

    def test_nobody_brings_themselves(self) -> None:
        scout = make_scout()
        answer = register(scout.user.email.upper(), referral_code=scout.code)
        assert [error["code"] for error in answer.json()["errors"]] == ["referral_of_oneself"]

    def test_a_code_that_went_bad_meanwhile_brings_nobody(self) -> None:
        scout = make_scout()
        user = make_user(Role.BUYER)
        User.objects.filter(pk=user.pk).update(referral_code=scout.code)
        set_active(scout=scout, is_active=False, actor="user:admin", reason="spam", at=AT)
        note_registration({"user": user.public_id}, AT)
        assert not Referral.objects.exists()

    def test_what_an_administrator_said_stays(self) -> None:
        scout, other = make_scout(), make_scout()
        user = make_user(Role.BUYER)
        User.objects.filter(pk=user.pk).update(referral_code=scout.code)
        correct(user, other)
        note_registration({"user": user.public_id}, AT)
        assert Referral.objects.get().scout == other


class TestSetReferral:
    def test_is_corrected_with_a_reason_that_is_kept(self) -> None:
        scout, other = make_scout(), make_scout()
        recruit = bring(scout, at=AT - timedelta(days=3))
        assert correct(recruit, other)
        row = Referral.objects.get()
        assert (row.scout, row.source, row.at) == (other, "administrator", AT)
        entry = AuditEntry.objects.filter(subject_id=recruit.public_id).latest("pk")
        assert (entry.actor, entry.reason) == ("user:admin", "they wrote to us")
        assert entry.facts == {"scout": other.public_id, "was": scout.public_id, "source": "administrator"}

    def test_is_taken_away(self) -> None:
        recruit = bring(make_scout())
        assert correct(recruit, None)
        assert not Referral.objects.exists()

    def test_the_same_again_changes_nothing(self) -> None:
        scout = make_scout()
        recruit = bring(scout)
        before = traces()
        assert not correct(recruit, scout)
        assert traces() == before

    def test_refuses_oneself(self) -> None:
        scout = make_scout()
        before = traces()
        with pytest.raises(ReferralOfOneself):
            correct(scout.user, scout)
        assert traces() == before

    def test_refuses_a_scout_who_is_none_any_more(self) -> None:
        scout = make_scout()
        set_active(scout=scout, is_active=False, actor="user:admin", reason="spam", at=AT)
        scout.refresh_from_db()
        with pytest.raises(ReferralCodeUnknown):
            correct(make_user(Role.BUYER), scout)

    @pytest.mark.parametrize("length", [1, 2, 5])
    def test_refuses_a_loop_of_any_length(self, length: int) -> None:
        first = make_scout()
        last = first
        for _ in range(length):
            last = make_scout(bring(last, Role.SCOUT))
        before = traces()
        with pytest.raises(ReferralLoop):
            correct(first.user, last)
        assert traces() == before
        assert correct(make_user(Role.BUYER), last)
