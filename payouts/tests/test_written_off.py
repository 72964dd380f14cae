"""A debt that two people wrote off is over: what its payee earns after that is paid to them in full."""

from __future__ import annotations

from typing import Any

import pytest

from config.kernel.errors import FourEyes
from payments.debts.models import DebtProposal
from payments.debts.services.settle import ExceedsDebt, confirm, decline, propose
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payouts.payees.models import Payee, PayeeKind
from payouts.payees.serializers import standing_json
from payouts.payout.models import Payout
from payouts.payout.services.due import pay_due
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.rails.contract import RailState
from payouts.tests.payout_world import PayoutWorld, lines_of

pytestmark = pytest.mark.django_db
FIRST, SECOND = "user:first", "user:second"


def owing(world: PayoutWorld, minor: int = 3_000) -> Payee:
    """They were paid 10,000, of which so much was taken back since."""
    payee = world.sent(says=RailState.PAID).payee
    world.take_back(payee, minor)
    world.work()
    assert world.balance(payee) == (0, 0, minor)
    return payee


def write_off(world: PayoutWorld, payee: Payee, minor: int) -> PayeeBalance:
    """One person says that it should be; nothing is booked yet."""
    row = PayeeBalance.objects.get(owner=payee.owner, currency="INR")
    propose(
        balance_pk=row.pk, kind=DebtProposal.Kind.WRITTEN_OFF, amount_minor=minor, actor=FIRST, reason="insolvent",
        at=world.at,
    )  # fmt: skip
    return row


def confirmed(world: PayoutWorld, payee: Payee, minor: int) -> None:
    row = write_off(world, payee, minor)
    assert confirm(balance_pk=row.pk, actor=SECOND, reason="agreed", at=world.at)


def paid(world: PayoutWorld, payee: Payee) -> Payout:
    """The next payout, as far as their bank."""
    payout = world.freeze(payee)
    if payout.status == "awaiting_approval":
        world.approve(payout)
    world.fund(payout.net_minor)
    world.rail.says.append(RailState.PAID)
    world.work()
    return world.again(payout)


class TestWrittenOff:
    def test_what_they_earn_after_it_is_theirs_in_full(self, payouts: PayoutWorld) -> None:
        payee = owing(payouts)
        confirmed(payouts, payee, 3_000)
        assert payouts.balance(payee) == (0, 0, 0)
        payouts.earn(payee, 5_000)
        assert payouts.balance(payee) == (5_000, 0, 0)
        payout = paid(payouts, payee)
        assert (payout.status, payout.net_minor) == ("paid", 5_000)
        assert lines_of(payout.public_id)[-1] == ("payout_paid", "float", "paper", -5_000)
        assert payouts.rail.paid_minor == 15_000
        assert balance_minor("bad_debt", currency="INR") == 3_000

    def test_of_one_in_part_the_rest_is_taken_first(self, payouts: PayoutWorld) -> None:
        payee = owing(payouts)
        confirmed(payouts, payee, 2_000)
        assert payouts.balance(payee) == (0, 0, 1_000)
        payouts.earn(payee, 5_000)
        assert payouts.balance(payee) == (4_000, 0, 0)
        assert paid(payouts, payee).net_minor == 4_000

    def test_while_it_is_only_proposed_they_owe_it(self, payouts: PayoutWorld) -> None:
        payee = owing(payouts)
        row = write_off(payouts, payee, 3_000)
        with pytest.raises(PayoutNotPossible) as refused:
            payouts.freeze(payee)
        assert refused.value.facts["reason"] == "payee_owes"
        assert standing_json(payee, "INR", at=payouts.at)["why_not_paid"]["code"] == "payee_owes"
        with pytest.raises(FourEyes):
            confirm(balance_pk=row.pk, actor=FIRST, reason="me", at=payouts.at)
        decline(balance_pk=row.pk, actor=SECOND, reason="they trade again", at=payouts.at)
        payouts.earn(payee, 5_000)
        assert payouts.balance(payee) == (2_000, 0, 0)
        assert paid(payouts, payee).net_minor == 2_000

    @pytest.mark.parametrize("kind", [*PayeeKind])
    def test_nobody_lets_themself_off(self, payouts: PayoutWorld, kind: PayeeKind) -> None:
        """Whoever sells or scouts may work for finance too."""
        payee = payouts.payee(kind=kind)
        payouts.take_back(payee, 3_000)
        row = write_off(payouts, payee, 3_000)
        with pytest.raises(FourEyes):
            confirm(balance_pk=row.pk, actor=payee.user.actor, reason="me", at=payouts.at)
        assert payouts.balance(payee) == (0, 0, 3_000)
        assert DebtProposal.objects.get().status == "proposed"
        assert confirm(balance_pk=row.pk, actor=SECOND, reason="agreed", at=payouts.at)

    def test_what_earnings_paid_meanwhile_is_not_written_off_too(self, payouts: PayoutWorld) -> None:
        payee = owing(payouts)
        row = write_off(payouts, payee, 3_000)
        payouts.earn(payee, 1_000)
        given: dict[str, Any] = {"balance_pk": row.pk, "actor": SECOND, "reason": "agreed", "at": payouts.at}
        with pytest.raises(ExceedsDebt, match="they owe less than that by now"):
            confirm(**given)
        assert payouts.balance(payee) == (0, 0, 2_000)
        assert balance_minor("bad_debt", currency="INR") == 0

    def test_the_run_pays_them_again_by_schedule(self, payouts: PayoutWorld) -> None:
        payee = owing(payouts)
        payouts.later(days=1)
        assert pay_due(at=payouts.at).frozen == 0
        confirmed(payouts, payee, 3_000)
        payouts.earn(payee, 700)
        payouts.later(days=1)
        assert pay_due(at=payouts.at).frozen == 1
        assert Payout.objects.latest("pk").net_minor == 700

    def test_another_currency_of_theirs_knows_nothing_of_it(self, payouts: PayoutWorld) -> None:
        payee = owing(payouts)
        payouts.earn(payee, 400, "USD")
        assert payouts.balance(payee, "USD") == (400, 0, 0)
        confirmed(payouts, payee, 3_000)
        assert payouts.balance(payee, "USD") == (400, 0, 0)
