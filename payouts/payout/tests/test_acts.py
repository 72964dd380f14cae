"""What operators do to payouts: who may, when it is offered, what is shown before, and that looking changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.accounts.roles import Role, may_for_everyone
from config.admin.acts import PREVIEW
from config.admin.tests.operators import somebody
from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes, Refused
from payments.ledger.models import LedgerEntry
from payouts.payees.models import Payee
from payouts.payout.acts import APPROVE, APPROVE_MANY, CANCEL, LOOKED, PAY_NOW, RETRY, STOP, CurrencyForm
from payouts.payout.models import Payout
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.acting import asked, lines, moves, shown, traces
from payouts.tests.payout_world import NOW, PayoutWorld

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = (APPROVE, CANCEL, STOP, RETRY, LOOKED)
BY_FILE: dict[str, Any] = {"rail": "bank_file", "account_id": ""}


class TestWhen:
    """Each act is offered in the states that it is for, and in no other."""

    OFFERED = {
        "scheduled": {"cancel"}, "awaiting_approval": {"approve", "cancel"}, "approved": {"cancel"}, "sending": set(),
        "in_transit": {"stop"}, "paid": set(), "returned": {"retry", "looked"}, "failed": {"retry", "looked"},
        "paid_late": {"looked"}, "cancelled": set(),
    }  # fmt: skip

    @pytest.mark.parametrize("status", OFFERED)
    def test_in_each_state(self, payouts: PayoutWorld, status: str) -> None:
        payout = payouts.freeze(payouts.payee(100))
        payout.status, payout.rail_payout_id, payout.ended_at = status, "pout_1", payouts.at
        assert {act.name for act in ACTS if act.fits(payout)} == self.OFFERED[status]

    def test_a_transferred_one_is_not_cancelled_here(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        assert CANCEL.fits(payout)
        payout.rail_transfer_id = "tr_1"
        assert not CANCEL.fits(payout)

    def test_one_that_the_rail_has_not_named_or_cannot_stop_is_not_stopped(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        assert STOP.fits(payout)
        payout.rail_payout_id = None
        assert not STOP.fits(payout)
        payouts.rail.capabilities -= {RailCapability.CANCELS}
        payouts.fresh()
        assert not STOP.fits(payouts.again(payout))

    def test_what_was_tried_again_or_looked_at_is_not_once_more(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        payouts.freeze(payout.payee, retry_of=payout)
        assert not RETRY.fits(payout)
        payout.looked_end_at = payout.ended_at
        assert not LOOKED.fits(payout)
        payout.looked_end_at = payouts.at - timedelta(seconds=1)
        assert LOOKED.fits(payout)

    def test_who_is_held_is_not_paid_now(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        assert PAY_NOW.fits(payee)
        payee.held_at = payouts.at
        assert not PAY_NOW.fits(payee)

    @pytest.mark.parametrize("role", [*Role])
    def test_finance_and_administrators_alone_have_them(self, role: Role) -> None:
        user = somebody(role)
        allowed = {may_for_everyone(user, act.code) for act in (*ACTS, PAY_NOW, APPROVE_MANY)}
        assert allowed == {role in (Role.FINANCE, Role.ADMINISTRATOR)}


class TestApprove:
    def test_shows_the_call_the_job_and_why_it_takes_two(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_850))
        effect = shown(APPROVE, payout, somebody(Role.FINANCE), payouts)
        assert effect.summary.startswith("₹88.50 leaves for HDFC •••• 6789 within seconds.")
        assert "our float when the rail has paid it" in effect.summary
        assert effect.calls == ("paper: pay ₹88.50 to HDFC •••• 6789",)
        assert effect.notes == ("A second person must approve it: it is the payee's first payout.",)
        assert moves(effect) == [("payout", "awaiting_approval", "approved")]
        assert (lines(effect), len(effect.jobs), bool(effect.refusal)) == ([], 1, True)

    def test_by_file_nobody_is_called(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_850, **BY_FILE))
        effect = shown(APPROVE, payout, somebody(Role.FINANCE), payouts)
        assert effect.calls == ()
        assert "once somebody took it out into a file and paid that at our bank" in effect.summary
        assert "our bank account when two people say that the bank paid it" in effect.summary

    @pytest.mark.parametrize(
        ("of", "columns", "said"),
        [
            ("payee", {"held_at": NOW, "held_by": "user:ops", "held_reason": "odd"}, "payouts are held back until"),
            ("destination", {"status": "retired"}, "not the payee's any more, and it is cancelled."),
            ("destination", {"cools_until": NOW + timedelta(days=1)}, "was given another bank, and it is cancelled."),
            ("destination", {"status": "suspended", "why": "a paper is missing"}, "a paper is missing."),
        ],
    )
    def test_says_what_came_in_its_way_since_it_was_frozen(
        self, payouts: PayoutWorld, of: str, columns: dict[str, Any], said: str
    ) -> None:
        payout = payouts.freeze(payouts.payee(8_850))
        assert shown(APPROVE, payout, somebody(Role.FINANCE), payouts).cautions == ()
        row = getattr(payout, of)
        type(row).objects.filter(pk=row.pk).update(**columns)
        effect = shown(APPROVE, payouts.again(payout), somebody(Role.FINANCE), payouts)
        (caution,) = effect.cautions
        assert caution.startswith("It would not leave now: ")
        assert said in caution
        assert "once nothing stands in its way" in effect.summary
        assert effect.calls == ()

    def test_says_that_what_they_owe_takes_it_back(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_850))
        payouts.take_back(payout.payee, 100)
        effect = shown(APPROVE, payouts.again(payout), somebody(Role.FINANCE), payouts)
        assert effect.cautions == ("It would not leave now: the payee is short, and it is cancelled.",)

    def test_who_asked_for_it_and_its_payee_see_that_they_may_not(self, payouts: PayoutWorld) -> None:
        person = somebody(Role.FINANCE)
        payout = payouts.freeze(payouts.payee(100), requested_by=person.actor)
        for user in (person, payout.payee.user):
            before = traces()
            assert shown(APPROVE, payout, user, payouts).refusal.code == "four_eyes"
            with pytest.raises(FourEyes):
                APPROVE.do(payout, asked(user, payouts))
            assert traces() == before

    def test_does_it_once(self, payouts: PayoutWorld) -> None:
        payout, user = payouts.freeze(payouts.payee(100)), somebody(Role.FINANCE)
        assert APPROVE.do(payout, asked(user, payouts)) is True
        assert APPROVE.do(payout, asked(user, payouts)) is False
        assert payouts.again(payout).approved_by == user.actor
        assert AuditEntry.objects.filter(subject_id=payout.public_id, reason="looked at it").count() == 1
        assert not AuditEntry.objects.filter(reason=PREVIEW).exists()

    def test_what_it_became_meanwhile_is_seen(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        before = APPROVE.seen(payout)
        payouts.approve(payout)
        assert APPROVE.seen(payouts.again(payout)) != before


class TestCancel:
    def test_shows_the_lines_that_give_it_back(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(8_850)
        effect = shown(CANCEL, payout, somebody(Role.FINANCE), payouts)
        assert moves(effect) == [("payout", "approved", "cancelled")]
        assert lines(effect) == [("in_transit", 8_850), ("payable", -8_850)]
        assert CANCEL.do(payout, asked(somebody(Role.FINANCE), payouts))
        assert payouts.balance(payout.payee) == (8_850, 0, 0)

    def test_what_was_sent_meanwhile_is_refused_and_stays(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert shown(CANCEL, payout, somebody(Role.FINANCE), payouts).refusal.code == "payout_sent"
        before = traces()
        with pytest.raises(Refused):
            CANCEL.do(payout, asked(somebody(Role.FINANCE), payouts))
        assert traces() == before


class TestStop:
    def test_says_whom_it_asks_and_what_the_rail_answered(self, payouts: PayoutWorld) -> None:
        payout, user = payouts.sent(says=RailState.QUEUED), somebody(Role.FINANCE)
        effect = shown(STOP, payout, user, payouts)
        assert effect.calls == (f"paper: cancel {payout.rail_payout_id}",)
        assert (effect.lines, effect.moves) == ((), ())
        assert STOP.do(payout, asked(user, payouts)) == "The rail's answer: succeeded."
        assert payouts.again(payout).status == "cancelled"

    @pytest.mark.parametrize(("says", "answer"), [(None, "declined"), ("lost", "unknown")])
    def test_where_the_rail_did_not_nothing_comes_back(self, payouts: PayoutWorld, says: Any, answer: str) -> None:
        payout = payouts.sent(says=None if says is None else RailState.QUEUED)
        if says:
            payouts.rail.says.append(says)
        assert STOP.do(payout, asked(somebody(Role.FINANCE), payouts)) == f"The rail's answer: {answer}."
        assert payouts.again(payout).status == "in_transit"
        assert payouts.balance(payout.payee)[0] == 0


class TestRetry:
    def test_shows_what_is_frozen_now_and_why_the_first_failed(self, payouts: PayoutWorld) -> None:
        payout, user = payouts.sent(says="declined"), somebody(Role.FINANCE)
        payouts.earn(payout.payee, 500)
        effect = shown(RETRY, payout, user, payouts)
        assert lines(effect) == [("in_transit", -10_500), ("payable", 10_500)]
        assert effect.notes == ("It failed because: the account is closed",)
        said = RETRY.do(payout, asked(user, payouts))
        retry = Payout.objects.get(retry_of=payout)
        assert said == f"{retry.public_id} over ₹105.00: a second person must approve it."
        assert (retry.gross_minor, payouts.again(payout).status) == (10_500, "failed")

    def test_without_words_the_code_is_named(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        payout.failure_detail = ""
        (note,) = shown(RETRY, payout, somebody(Role.FINANCE), payouts).notes
        assert note == "It failed because: bank account closed"

    @pytest.mark.parametrize(
        ("columns", "code"),
        [({"held_at": True}, "payout_not_possible"), ({"spent": True}, "payout_not_possible")],
    )
    def test_what_stands_in_its_way_is_shown_before(
        self, payouts: PayoutWorld, columns: dict[str, bool], code: str
    ) -> None:
        payout, user = payouts.sent(says="declined"), somebody(Role.FINANCE)
        if "held_at" in columns:
            Payee.objects.filter(pk=payout.payee_id).update(held_at=payouts.at, held_by="user:ops", held_reason="odd")
        else:
            payouts.take_back(payout.payee, 10_000)
        before = traces()
        assert shown(RETRY, payout, user, payouts).refusal.code == code
        with pytest.raises(Refused) as refused:
            RETRY.do(payout, asked(user, payouts))
        assert (refused.value.code, traces()) == (code, before)


class TestPayNow:
    def test_shows_what_it_freezes_of_the_chosen_currency(self, payouts: PayoutWorld) -> None:
        payee, user = payouts.payee(8_000), somebody(Role.FINANCE)
        payouts.earn(payee, 700, "USD")
        effect = shown(PAY_NOW, payee, user, payouts, currency="INR")
        assert lines(effect) == [("in_transit", -8_000), ("payable", 8_000)]
        assert moves(effect)[-1] == ("payout", "scheduled", "awaiting_approval")
        assert bool(effect.refusal)
        said = PAY_NOW.do(payee, asked(user, payouts, currency="INR"))
        payout = Payout.objects.get()
        assert said == f"{payout.public_id} over ₹80.00: a second person must approve it."
        assert (payout.requested_by, payouts.balance(payee, "USD")[0]) == (user.actor, 700)

    def test_below_the_threshold_it_is_on_its_way(self, payouts: PayoutWorld) -> None:
        payee, user = payouts.sent(says=RailState.PAID).payee, somebody(Role.FINANCE)
        payouts.earn(payee, 500)
        said = PAY_NOW.do(payee, asked(user, payouts, currency="INR"))
        assert said.endswith("over ₹5.00: it is on its way.")

    @pytest.mark.parametrize(
        ("currency", "detail"),
        [("INR", "nothing is payable"), ("USD", "there is no account to pay to in this currency")],
    )
    def test_says_in_one_line_why_not(self, payouts: PayoutWorld, currency: str, detail: str) -> None:
        payee, user = payouts.payee(), somebody(Role.FINANCE)
        payouts.earn(payee, 700, "USD")
        before = traces()
        effect = shown(PAY_NOW, payee, user, payouts, currency=currency)
        assert (effect.refusal.code, effect.refusal.detail) == ("payout_not_possible", detail)
        with pytest.raises(Refused):
            PAY_NOW.do(payee, asked(user, payouts, currency=currency))
        assert traces() == before

    def test_a_hold_that_came_meanwhile_is_seen(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        before = PAY_NOW.seen(payee)
        payee.held_at = payouts.at
        assert PAY_NOW.seen(payee) != before

    def test_the_form_knows_our_currencies_alone(self) -> None:
        assert CurrencyForm({"currency": "KWD"}).is_valid()
        assert not CurrencyForm({"currency": "XXX"}).is_valid()


class TestMany:
    def test_only_those_that_wait_can_be_chosen(self, payouts: PayoutWorld) -> None:
        waits, gone = payouts.freeze(payouts.payee(100)), payouts.approved()
        assert APPROVE_MANY.form is not None
        assert APPROVE_MANY.form({"payouts": [str(waits.pk)]}).is_valid()
        assert not APPROVE_MANY.form({"payouts": [str(gone.pk)]}).is_valid()
        assert not APPROVE_MANY.form({"payouts": []}).is_valid()

    def test_shows_each_call_and_why_the_others_stay(self, payouts: PayoutWorld) -> None:
        user = somebody(Role.FINANCE)
        by_call, by_file = payouts.freeze(payouts.payee(100)), payouts.freeze(payouts.payee(200, **BY_FILE))
        mine = payouts.freeze(payouts.payee(300), requested_by=user.actor)
        own = payouts.freeze(payouts.payee(400))
        type(own.payee).objects.filter(pk=own.payee_id).update(user=user)
        gone = payouts.approved(500)
        keys = [str(row.pk) for row in (by_call, by_file, mine, own, gone)]
        effect = shown(APPROVE_MANY, None, user, payouts, payouts=keys)
        assert [move.subject_id for move in effect.moves] == [by_call.public_id, by_file.public_id]
        assert effect.calls == ("paper: pay ₹1.00 to HDFC •••• 6789",)
        assert effect.notes == (
            f"{mine.public_id} is left as it is: who asked for it cannot approve it",
            f"{own.public_id} is left as it is: nobody approves a payout to themself",
            f"{gone.public_id} is left as it is: it is approved",
        )
        said = APPROVE_MANY.do(None, asked(user, payouts, payouts=keys))
        assert said.startswith("2 approved; ")
        assert [payouts.again(row).status for row in (by_call, by_file, mine, own)] == [
            "approved", "approved", "awaiting_approval", "awaiting_approval",
        ]  # fmt: skip

    def test_where_none_may_it_cannot_be_confirmed(self, payouts: PayoutWorld) -> None:
        user = somebody(Role.FINANCE)
        mine = payouts.freeze(payouts.payee(300), requested_by=user.actor)
        effect = shown(APPROVE_MANY, None, user, payouts, payouts=[str(mine.pk)])
        assert effect.refusal.code == "nothing_to_approve"
        assert (effect.moves, effect.calls) == ((), ())


class TestLooked:
    def test_books_nothing_and_keeps_the_reason(self, payouts: PayoutWorld) -> None:
        payout, user = payouts.sent(says="declined"), somebody(Role.FINANCE)
        effect = shown(LOOKED, payout, user, payouts)
        assert (effect.lines, effect.moves, effect.calls) == ((), (), ())
        entries = LedgerEntry.objects.count()
        assert LOOKED.do(payout, asked(user, payouts))
        assert not LOOKED.fits(payouts.again(payout))
        assert LedgerEntry.objects.count() == entries
        assert AuditEntry.objects.get(act="looked at").reason == "looked at it"
