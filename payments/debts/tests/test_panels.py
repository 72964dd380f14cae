"""Who owes us, the oldest debt first, and which ends of debts another person has to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin import worklist
from config.admin.panel import Tone
from config.admin.tests.operators import confirm, page_of, signed_in, somebody
from payments.debts import panels
from payments.debts.models import DebtProposal
from payments.debts.tests.owing import owes
from payments.debts.tests.test_parts import a_proposal

pytestmark = pytest.mark.django_db


class TestPanels:
    def test_who_owes_us_the_oldest_first(self) -> None:
        at = timezone.now()
        person = somebody(Role.SELLER, name="Ann Seller")
        owes(500, owner="usr_young", at=at - timedelta(days=2))
        owes(700, owner=person.public_id, at=at - timedelta(days=95))
        found = panels.payees_who_owe(at)
        assert (found.count, found.tone) == ("2", Tone.WARNING)
        assert [item.label for item in found.items] == ["$7.00 owed by Ann Seller", "$5.00 owed by usr_young"]
        assert [item.since for item in found.items] == [at - timedelta(days=95), at - timedelta(days=2)]
        assert found.url.endswith("?owes=any")

    def test_what_waits_for_a_second_person(self) -> None:
        at = timezone.now()
        row = owes(500, at=at)
        assert panels.debts_to_confirm(at).count == "0"
        confirm(signed_in(somebody(Role.FINANCE)), row, "write-off", reason="insolvent", amount="5")
        found = panels.debts_to_confirm(at)
        assert [(item.label, item.detail) for item in found.items] == [("$5.00: written off", "insolvent")]
        assert (found.count, found.tone) == ("1", Tone.WARNING)
        (owing,) = panels.payees_who_owe(at).items
        assert owing.detail == "somebody proposed how it ends"

    def test_nobody_owes_nothing(self) -> None:
        found = panels.payees_who_owe(timezone.now())
        assert (found.count, found.tone, found.items) == ("0", Tone.GOOD, ())

    def test_no_more_are_shown_than_fit_and_all_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        at = timezone.now()
        rows = [owes(500, owner=f"usr_{days}", at=at - timedelta(days=days)) for days in (3, 2, 1)]
        ends = [a_proposal(row, reference=f"UTR {row.pk}") for row in rows]
        owing, waiting = panels.payees_who_owe(at), panels.debts_to_confirm(at)
        assert (owing.count, waiting.count) == ("3", "3")
        assert [item.url for item in owing.items] == [page_of(row) for row in rows[:2]]
        assert [item.since for item in waiting.items] == [end.proposed_at for end in ends[:0:-1]]

    def test_a_debt_whose_end_was_declined_waits_for_nobody(self) -> None:
        at = timezone.now()
        row = owes(500, at=at)
        a_proposal(row, status="declined", decided_by="user:b", decided_at=at)
        a_proposal(owes(-500, owner="usr_rich", at=at), reference="UTR 2")
        (item,) = panels.payees_who_owe(at).items
        assert item.detail == ""
        assert panels.debts_to_confirm(at).count == "1"
        DebtProposal.objects.filter(status="proposed").delete()
        found = panels.debts_to_confirm(at)
        assert (found.count, found.tone) == ("0", Tone.GOOD)
