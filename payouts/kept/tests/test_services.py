"""What a payout left in the payee's account is booked as theirs by two people, and is never moved there again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes
from config.proposals.services import ProposalOpen
from config.tests.together import elsewhere, together
from payments.ledger.models import LedgerEntry
from payments.tests.walking import everything
from payouts.kept import services
from payouts.kept.models import KeptMoney
from payouts.kept.panels import kept_to_confirm
from payouts.kept.services import NothingSaid, NotInAccount, confirm_kept, decline_kept, propose_kept
from payouts.payees.models import Destination
from payouts.payout.models import Payout
from payouts.payout.panels import paid_late
from payouts.payout.services import observe
from payouts.payout.services.follow import ask_paid
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.reversals.models import Reversal
from payouts.reversals.panels import money_in_payees_accounts
from payouts.reversals.queries import open_reversals
from payouts.reversals.services.propose import NothingToReverse, take_stranded
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.payout_world import lines_of

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, SECOND = "user:first", "user:second"
STRANDED = {"payable": 10_000, "connected": 10_000}


def stranded(connect: ConnectWorld, *, code: str = "could_not_process") -> Payout:
    """One that failed at the bank, and whose money could not be taken back: the payee withdrew it."""
    payout = connect.sent()
    connect.bank(payout, "fail", code=code)
    connect.order(f"accounts/{payout.destination.account_id}/earn", amount=-10_000)
    connect.hear("payout.failed")
    assert Reversal.objects.get().status == "declined"
    assert connect.standing(payout.payee) == STRANDED
    return connect.books.again(payout)


def say(connect: ConnectWorld, payout: Payout, *, actor: str = FIRST) -> KeptMoney:
    given: dict[str, Any] = {"actor": actor, "reason": "they withdrew it", "at": connect.world.at}
    return propose_kept(payout_pk=payout.pk, reference=" po_of_theirs ", **given)


def confirm(connect: ConnectWorld, payout: Payout, *, actor: str = SECOND) -> bool:
    return confirm_kept(payout_pk=payout.pk, actor=actor, reason="seen at Stripe", at=connect.world.at)


def kept(connect: ConnectWorld) -> Payout:
    payout = stranded(connect)
    say(connect, payout)
    confirm(connect, payout)
    connect.work()
    return connect.books.again(payout)


class TestConfirmed:
    def test_the_payable_is_paid_and_their_account_has_it_no_more(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        entries = LedgerEntry.objects.count()
        word = say(connect, payout)
        assert (word.amount_minor, word.reference, word.status) == (10_000, "po_of_theirs", "proposed")
        assert kept_to_confirm(connect.world.at).count == "1"
        assert (LedgerEntry.objects.count(), connect.standing(payout.payee)) == (entries, STRANDED)
        assert confirm(connect, payout)
        payout = connect.books.again(payout)
        assert (payout.status, payout.reference, payout.in_account_minor) == ("paid_late", "po_of_theirs", 0)
        assert connect.standing(payout.payee) == {}
        assert lines_of(payout.public_id)[-2:] == [
            ("payout_paid_late", "payable", payout.owner, 10_000),
            ("payout_paid_late", "connected", payout.owner, -10_000),
        ]
        for panel in (kept_to_confirm, money_in_payees_accounts, paid_late):
            assert panel(connect.world.at).count == "0"
        assert AuditEntry.objects.get(subject_id=payout.payee.public_id, act__startswith="kept").actor == SECOND

    def test_no_second_transfer_of_it_is_possible_and_later_earnings_go_out_as_ever(
        self, connect: ConnectWorld
    ) -> None:
        payout = stranded(connect)
        connect.earn(payout.payee, 500)
        with pytest.raises(PayoutNotPossible) as refused:
            connect.approved(payout.payee)
        assert refused.value.facts["reason"] == "stranded_in_account"
        say(connect, payout)
        confirm(connect, payout)
        assert connect.standing(payout.payee) == {"payable": 500, "clearing": 500}
        with pytest.raises(NothingToReverse):
            take_stranded(payout_pk=payout.pk, actor=FIRST, at=connect.world.at)
        later = connect.books.freeze(payout.payee, currency="USD")
        assert later.gross_minor == 500

    @pytest.mark.parametrize("is_mended", [True, False])
    def test_the_bank_that_refused_it_stays_shut_until_it_is_put_right(
        self, connect: ConnectWorld, is_mended: bool
    ) -> None:
        payout = stranded(connect, code="account_closed")
        if is_mended:
            Destination.objects.filter(pk=payout.destination_id).update(mended_at=connect.world.later(minutes=1))
        connect.earn(payout.payee, 500)
        say(connect, payout)
        connect.world.later(minutes=1)
        confirm(connect, payout)
        assert connect.books.again(payout).ended_at == payout.ended_at
        if is_mended:
            assert connect.books.freeze(payout.payee, currency="USD").gross_minor == 500
            return
        with pytest.raises(PayoutNotPossible) as refused:
            connect.books.freeze(payout.payee, currency="USD")
        assert refused.value.facts["reason"] == "destination_to_mend"

    def test_what_was_set_off_meanwhile_they_owe(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        connect.books.take_back(payout.payee, 3_000, "USD")
        say(connect, payout)
        confirm(connect, payout)
        assert connect.standing(payout.payee) == {"receivable": 3_000}

    def test_that_it_failed_is_told_again_in_vain(self, connect: ConnectWorld) -> None:
        payout = kept(connect)
        before = connect.standing(payout.payee), LedgerEntry.objects.count()
        view = connect.rail.get_payout(payout_id=payout.rail_payout_id or "", account_id=payout.destination.account_id)
        assert view is not None
        told = observe.observe_payout(payout=payout, view=view, actor="system:test", at=connect.world.at)
        assert told == observe.NOTHING_NEW
        connect.hear()
        assert ask_paid(at=connect.world.at + timedelta(hours=25)) == 0
        assert connect.books.again(payout).status == "paid_late"
        assert (connect.standing(payout.payee), LedgerEntry.objects.count()) == before

    def test_negative_control_without_the_word_of_two_it_would_be_payable_again(
        self, connect: ConnectWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = kept(connect)
        monkeypatch.setattr(observe, "is_kept", lambda payout: False)
        assert ask_paid(at=connect.world.at + timedelta(hours=25)) == 1
        assert connect.standing(payout.payee) == STRANDED

    def test_what_somebody_takes_back_at_stripe_after_that_is_theirs_again(self, connect: ConnectWorld) -> None:
        payout = kept(connect)
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=10_000)
        client = connect.rail._connection.client
        client.v1.transfers.reversals.create(payout.rail_transfer_id or "", {"amount": 4_000})
        connect.hear()
        assert connect.standing(payout.payee) == {"payable": 4_000, "clearing": 4_000}


class TestRefused:
    def test_to_who_said_it_and_to_the_payee(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        say(connect, payout)
        before = everything()
        for actor in (FIRST, payout.payee.user.actor):
            with pytest.raises(FourEyes):
                confirm(connect, payout, actor=actor)
        assert everything() == before

    def test_where_nobody_said_it_or_it_was_declined(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        with pytest.raises(NothingSaid):
            confirm(connect, payout)
        say(connect, payout)
        with pytest.raises(ProposalOpen):
            say(connect, payout, actor=SECOND)
        assert decline_kept(payout_pk=payout.pk, actor=FIRST, reason="a mistake", at=connect.world.at)
        with pytest.raises(NothingSaid):
            confirm(connect, payout)
        assert connect.standing(payout.payee) == STRANDED
        assert say(connect, payout, actor=SECOND).status == "proposed"

    @pytest.mark.parametrize("how", ["paid", "under way", "back"])
    def test_of_what_does_not_stand_in_their_account(self, connect: ConnectWorld, how: str) -> None:
        payout = connect.paid() if how == "paid" else connect.sent()
        if how == "back":
            connect.bank(payout, "fail", code="could_not_process")
            connect.hear("payout.failed")
            assert Reversal.objects.get().status == "succeeded"
        before = everything()
        with pytest.raises(NotInAccount):
            say(connect, payout)
        assert everything() == before

    @pytest.mark.parametrize("is_back", [True, False])
    def test_of_what_was_asked_back_since_it_was_said(self, connect: ConnectWorld, is_back: bool) -> None:
        payout = stranded(connect)
        say(connect, payout)
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=10_000)
        take_stranded(payout_pk=payout.pk, actor=SECOND, at=connect.world.at)
        if is_back:
            connect.work()
            assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        before = everything()
        with pytest.raises(NotInAccount):
            confirm(connect, payout)
        assert everything() == before
        assert KeptMoney.objects.get().status == "proposed"


class TestRaces:
    def test_it_is_kept_or_taken_back_and_never_both(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        say(connect, payout)
        taking: dict[str, Any] = {"payout_pk": payout.pk, "actor": SECOND, "at": connect.world.at}
        acts: list[Any] = [lambda: confirm(connect, payout), lambda: take_stranded(**taking)]
        is_kept, taken = together(acts)
        assert (is_kept is True, type(taken).__name__) in [(True, "NothingToReverse"), (False, "Reversal")]
        assert connect.books.again(payout).status == ("paid_late" if is_kept is True else "failed")
        assert connect.standing(payout.payee) == ({} if is_kept is True else STRANDED)

    def test_negative_control_without_the_payouts_lock_both_are(
        self, connect: ConnectWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody asks it back between the look at it and the booking."""
        payout = stranded(connect)
        say(connect, payout)

        def looked(of: Payout) -> Any:
            found = open_reversals(of).exists()
            elsewhere(lambda: take_stranded(payout_pk=of.pk, actor=SECOND, at=connect.world.at))
            assert not found
            return Reversal.objects.none()

        rows = Payout.objects.select_related("payee__user", "destination")
        monkeypatch.setattr(services, "lock_payout", lambda key: rows.get(pk=key))
        monkeypatch.setattr(services, "open_reversals", looked)
        assert confirm(connect, payout)
        assert Reversal.objects.filter(status="approved").exists()
        assert connect.books.again(payout).status == "paid_late"

    def test_two_who_confirm_at_once_book_once(self, connect: ConnectWorld) -> None:
        payout = stranded(connect)
        say(connect, payout)
        done = together([lambda: confirm(connect, payout) for _ in range(2)])
        assert sorted(type(each).__name__ for each in done) == ["NothingSaid", "bool"]
        assert connect.standing(payout.payee) == {}
