"""A float is filled up by two: what one says is shown and booked only by another who looked it up."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.models import User
from config.accounts.roles import Role, may_for_everyone
from config.admin.tests.operators import somebody
from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes, Refused
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payouts.payout.services.due import send_waiting
from payouts.rails.contract import RailCapability
from payouts.tests.acting import asked, lines, moves, shown, traces
from payouts.tests.payout_world import PayoutWorld
from payouts.treasury.acts import CONFIRM, DECLINE, PROPOSE, FloatMoveForm
from payouts.treasury.models import FloatMove

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN: dict[str, Any] = {
    "rail_account": "paper", "bank_account": "main", "currency": "INR", "amount_minor": 50_000, "reference": "UTR-1",
}  # fmt: skip


def finance() -> User:
    return somebody(Role.FINANCE)


def proposed(world: PayoutWorld, user: User | None = None, **changes: Any) -> FloatMove:
    PROPOSE.do(None, asked(user or finance(), world, **{**GIVEN, **changes}))
    return FloatMove.objects.latest("pk")


class TestPropose:
    def test_says_that_nothing_is_paid_from_here(self, payouts: PayoutWorld) -> None:
        effect = shown(PROPOSE, None, finance(), payouts)
        assert (effect.lines, effect.moves, effect.calls) == ((), (), ())
        assert effect.cautions == ("Nothing is paid from here. Send it first, and name the bank's reference.",)

    def test_keeps_who_and_why_and_books_nothing(self, payouts: PayoutWorld) -> None:
        user = finance()
        said = PROPOSE.do(None, asked(user, payouts, **GIVEN))
        row = FloatMove.objects.get()
        assert said == f"{row.public_id} over ₹500.00 is proposed. Another person must confirm it."
        assert (row.proposed_by, row.reason, row.proposed_at) == (user.actor, "looked at it", payouts.at)
        assert not LedgerEntry.objects.exists()
        assert AuditEntry.objects.get(subject_id=row.public_id).act == "proposed"

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"currency": "USD"}, "not_a_float"), ({"rail_account": "bank:main"}, "not_a_float"),
         ({"bank_account": "swiss"}, "unknown_bank_account")],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, payouts: PayoutWorld, change: dict[str, str], code: str) -> None:
        before = traces()
        with pytest.raises(Refused) as refused:
            PROPOSE.do(None, asked(finance(), payouts, **{**GIVEN, **change}))
        assert (refused.value.code, traces()) == (code, before)

    def test_the_same_movement_twice(self, payouts: PayoutWorld) -> None:
        row = proposed(payouts)
        before = traces()
        with pytest.raises(Refused) as refused:
            PROPOSE.do(None, asked(finance(), payouts, **{**GIVEN, "amount_minor": 1}))
        assert (refused.value.code, traces()) == ("float_move_known", before)
        DECLINE.do(row, asked(finance(), payouts))
        assert proposed(payouts).status == "proposed"

    def test_the_form_offers_floats_and_our_bank_accounts_alone(self, payouts: PayoutWorld) -> None:
        fields: Any = FloatMoveForm().fields
        assert "paper" in dict(fields["rail_account"].choices)
        assert not {"bank:main", "stripe"} & set(dict(fields["rail_account"].choices))
        assert dict(fields["bank_account"].choices).keys() == {"main"}
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payouts.fresh()
        assert "paper" not in dict(FloatMoveForm().fields["rail_account"].choices)  # type: ignore[attr-defined]


class TestConfirm:
    def test_shows_both_lines_and_what_is_named(self, payouts: PayoutWorld) -> None:
        row = proposed(payouts)
        effect = shown(CONFIRM, row, finance(), payouts)
        assert lines(effect) == [("bank", -50_000), ("float", 50_000)]
        assert [each[1:] for each in moves(effect)] == [("proposed", "confirmed")]
        for named in ("₹500.00", "from main to paper", "UTR-1"):
            assert named in effect.summary

    def test_what_waited_for_it_is_sent(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(50_000)
        payouts.work()
        row = proposed(payouts)
        assert send_waiting(at=payouts.at).done == 0
        assert CONFIRM.do(row, asked(finance(), payouts))
        assert send_waiting(at=payouts.at).done == 1
        assert payouts.again(payout).status == "in_transit"

    def test_who_proposed_it_sees_that_another_one_must(self, payouts: PayoutWorld) -> None:
        user = finance()
        row = proposed(payouts, user)
        before = traces()
        assert shown(CONFIRM, row, user, payouts).refusal.code == "four_eyes"
        with pytest.raises(FourEyes):
            CONFIRM.do(row, asked(user, payouts))
        assert traces() == before
        assert DECLINE.do(row, asked(user, payouts))  # but may take it back

    def test_once_and_not_after_it_was_declined(self, payouts: PayoutWorld) -> None:
        row = proposed(payouts)
        CONFIRM.do(row, asked(finance(), payouts))
        before = traces()
        assert not CONFIRM.do(row, asked(finance(), payouts))
        with pytest.raises(Refused) as refused:
            DECLINE.do(row, asked(finance(), payouts))
        assert (refused.value.code, traces()) == ("float_move_decided", before)
        assert balance_minor("float", currency="INR", owner="paper") == 50_000

    def test_is_offered_while_it_waits(self, payouts: PayoutWorld) -> None:
        row = proposed(payouts)
        assert CONFIRM.fits(row)
        assert DECLINE.fits(row)
        for status in ("confirmed", "declined"):
            row.status = status
            assert not CONFIRM.fits(row)
            assert not DECLINE.fits(row)

    @pytest.mark.parametrize("role", [*Role])
    def test_is_finances_alone(self, role: Role) -> None:
        user = somebody(role)
        allowed = {may_for_everyone(user, act.code) for act in (PROPOSE, CONFIRM, DECLINE)}
        assert allowed == {role in (Role.FINANCE, Role.ADMINISTRATOR)}
