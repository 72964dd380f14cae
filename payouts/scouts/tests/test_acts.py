"""What operators can do about scouts: each act for administrators alone, in its states, and told before it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.acts import offered
from config.admin.tests.operators import act_of, as_role, confirm, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from orders.tests.factories import AT
from payouts.scouts.acts import BEGIN, END, REFER, SET_RATE
from payouts.scouts.models import BountyRate, Referral
from payouts.scouts.tests.scouting import bring, make_scout, make_user, traces

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestOffered:
    @pytest.mark.parametrize("role", Role)
    def test_to_administrators_alone(self, role: Role) -> None:
        scout, user = make_scout(), somebody(role)
        found = [*offered([END], scout, user=user), *offered([REFER], scout.user, user=user)]
        found += offered([SET_RATE], BountyRate(), user=user)
        assert [act.name for act in found] == (["end", "referral", "rate"] if role == Role.ADMINISTRATOR else [])

    def test_one_scouts_or_does_not(self) -> None:
        scout, admin = make_scout(), somebody(Role.ADMINISTRATOR)
        assert offered([END, BEGIN], scout, user=admin) == [END]
        scout.is_active = False
        assert offered([END, BEGIN], scout, user=admin) == [BEGIN]

    def test_who_looked_before_another_decided_looks_again(self) -> None:
        scout = make_scout()
        before = END.seen(scout), BEGIN.seen(scout), REFER.seen(scout.user)
        scout.is_active = False
        Referral.objects.create(recruit=scout.user, scout=make_scout(), source="code", at=AT)
        assert not set(before) & {END.seen(scout), BEGIN.seen(scout), REFER.seen(scout.user)}


class TestEffects:
    def test_a_referral_says_who_brought_them_until_now(self) -> None:
        scout = make_scout()
        recruit, nobodys = bring(scout), make_user(Role.BUYER)
        bring(make_scout())
        assert REFER.effect(recruit, None, AT).notes == (f"Today: brought by {scout.code}.",)
        assert REFER.effect(nobodys, None, AT).notes == ("Today: brought by nobody.",)
        assert REFER.initial is not None
        assert [REFER.initial(person) for person in (recruit, nobodys)] == [{"code": scout.code}, {"code": ""}]


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

    def test_who_corrected_it_and_why_is_kept(self) -> None:
        recruit, scout, admin = make_user(Role.BUYER), make_scout(), somebody(Role.ADMINISTRATOR)
        confirm(signed_in(admin), recruit, "referral", reason="they told us by phone", code=f" {scout.code.lower()} ")
        referral = Referral.objects.get()
        assert (referral.scout, referral.recruit, referral.source) == (scout, recruit, "administrator")
        entry = AuditEntry.objects.get(reason="they told us by phone")
        assert entry.actor == admin.actor
