"""Money that a payee kept, on the operator site: one says it, another confirms, and the payout's page tells it."""

from __future__ import annotations

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, page_of, text_of
from payouts.kept.models import KeptMoney
from payouts.kept.tests.test_services import STRANDED, stranded
from payouts.tests.connect_world import ConnectWorld

pytestmark = pytest.mark.django_db(transaction=True)


class TestPage:
    def test_from_the_word_to_the_booking(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        first, second = as_role(Role.FINANCE), as_role(Role.FINANCE)
        before = text_of(first.get(page_of(payout)))
        for shown in ("In their account at the rail", "Take it back from their account…", "The payee has it…"):
            assert shown in before
        assert "two people say that the payee has it" in before
        assert "the payee's account at stripe" in before
        assert "Try it again…" not in before
        asked = text_of(first.get(act_of(payout, "kept")))
        assert "which this payout left in their account" in asked
        confirm(first, payout, "kept", reason="they withdrew it", reference="po_of_theirs")
        assert connect.standing(payout.payee) == STRANDED
        assert "The payee has it…" not in text_of(first.get(page_of(payout)))
        shown = text_of(second.get(act_of(payout, "confirm-kept")))
        for part in ("found by po_of_theirs", "they withdrew it", "payable", "connected", "$100.00"):
            assert part in shown
        assert "cannot confirm it" in text_of(first.get(act_of(payout, "confirm-kept")))
        confirm(second, payout, "confirm-kept", reason="seen in their account")
        assert connect.standing(payout.payee) == {}
        after = text_of(second.get(page_of(payout)))
        for part in (
            "two people said so",
            "With the payee",
            "po_of_theirs",
            "they withdrew it",
            "seen in their account",
            "paid late",
        ):
            assert part in after
        assert "could not be read" not in after
        assert "paid late" in text_of(second.get(page_of(payout.payee)))

    def test_it_may_be_declined(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        finance = as_role(Role.FINANCE)
        confirm(finance, payout, "kept", reason="they withdrew it", reference="po_of_theirs")
        confirm(finance, payout, "decline-kept")
        assert KeptMoney.objects.get().status == "declined"
        assert connect.standing(payout.payee) == STRANDED

    @pytest.mark.parametrize("act", ["kept", "confirm-kept", "decline-kept"])
    def test_is_finances_alone(self, connect: ConnectWorld, act: str) -> None:
        payout = stranded(connect)
        for role in (Role.SUPPORT, Role.AUDITOR):
            assert as_role(role).get(act_of(payout, act)).status_code == 403
        assert not KeptMoney.objects.exists()
