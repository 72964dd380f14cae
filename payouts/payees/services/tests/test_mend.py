"""An account that refused a payout is paid again when somebody found that it takes money."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, page_of, text_of
from config.audit.models import AuditEntry
from config.kernel import clock
from payments.tests.walking import everything
from payouts.payees.models import Destination
from payouts.payees.services.mend import is_to_mend, mend_destination
from payouts.payout.models import Payout
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.rails.contract import RailState
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db


def mend(world: PayoutWorld, payout: Payout) -> bool:
    destination = Destination.objects.get(pk=payout.destination_id)
    return mend_destination(destination=destination, actor="user:ops", reason="they opened it", at=world.at)


def why_not(world: PayoutWorld, payout: Payout) -> Any:
    with pytest.raises(PayoutNotPossible) as refused:
        world.freeze(payout.payee)
    return refused.value.facts["reason"]


class TestMend:
    def test_what_it_refused_before_counts_no_more(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        assert why_not(payouts, payout) == "destination_shut"
        assert mend(payouts, payout)
        assert payouts.freeze(payout.payee).gross_minor == 10_000
        kept = AuditEntry.objects.get(act="takes money again")
        assert (kept.subject_id, kept.actor, kept.reason) == (
            payout.destination.public_id, "user:ops", "they opened it",
        )  # fmt: skip

    def test_what_it_refuses_after_that_does(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        mend(payouts, payout)
        payouts.later(minutes=1)
        again = payouts.freeze(payout.payee)
        payouts.approve(again)
        payouts.rail.says.append("declined")
        payouts.work()
        assert payouts.again(again).status == "failed"
        assert why_not(payouts, payout) == "destination_shut"

    @pytest.mark.parametrize("says", [RailState.PAID, RailState.PROCESSING])
    def test_where_nothing_is_refused_nothing_changes(self, payouts: PayoutWorld, says: RailState) -> None:
        payout = payouts.sent(says=says)
        before = everything()
        assert not mend(payouts, payout)
        assert everything() == before

    @pytest.mark.parametrize("status", ["suspended", "retired"])
    def test_nor_of_one_that_is_not_paid_anyway(self, payouts: PayoutWorld, status: str) -> None:
        payout = payouts.sent(says="declined")
        Destination.objects.filter(pk=payout.destination_id).update(status=status)
        before = everything()
        assert not mend(payouts, payout)
        assert everything() == before


class TestPage:
    def test_says_so_and_lets_somebody_end_it(self, payouts: PayoutWorld) -> None:
        payouts.at = clock.now()  # acts of the site are done now
        payout = payouts.sent(says="declined")
        finance, page = as_role(Role.FINANCE), page_of(payout.destination)
        assert "It refused the last payout" in text_of(finance.get(page))
        assert as_role(Role.SUPPORT).get(act_of(payout.destination, "mend")).status_code == 403
        confirm(finance, payout.destination, "mend", reason="they opened it")
        text = text_of(finance.get(page))
        assert "It refused the last payout" not in text
        assert "It takes money again…" not in text
        assert not is_to_mend(Destination.objects.get(pk=payout.destination_id))
