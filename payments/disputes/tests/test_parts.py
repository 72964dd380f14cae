"""The parts of a dispute's page: which figures stand when, who bears what, and what each part may be seen by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.accounts.roles import CODES
from config.admin.panel import Tone
from config.admin.parts import Figures, Part, Table
from payments.disputes import parts
from payments.disputes.models import Dispute, DisputeEvidence, DisputeMovement, DisputeShare
from payments.disputes.tests.test_states import a_dispute
from payments.escrow.tests.holding import a_hold
from payments.tests.walking import AT

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


def as_it_is(**columns: Any) -> Dispute:
    dispute = a_dispute()
    Dispute.objects.filter(pk=dispute.pk).update(**columns)
    return Dispute.objects.get(pk=dispute.pk)


def figures(dispute: Dispute) -> dict[str, tuple[str, Tone]]:
    shown = parts.money.show(dispute, AT)
    assert isinstance(shown, Figures)
    return {each.label: (str(each.value), each.tone) for each in shown.figures}


def table(part: Part, dispute: Dispute) -> Table:
    shown = part.show(dispute, AT)
    assert isinstance(shown, Table)
    return shown


class TestMoney:
    def test_while_it_is_open_what_is_away_and_until_when_it_can_be_answered(self) -> None:
        dispute = as_it_is(status="needs_response", withdrawn_minor=10_000, evidence_due_at=AT + timedelta(days=9))
        found = figures(dispute)
        assert list(found) == ["Disputed", "Away from us", "Evidence is due"]
        assert (found["Disputed"][0], found["Away from us"]) == ("$100.00", ("$100.00", Tone.WARNING))
        assert found["Evidence is due"][1] is Tone.WARNING

    def test_two_days_before_it_is_due_it_is_urgent(self) -> None:
        dispute = as_it_is(status="needs_response", evidence_due_at=AT + timedelta(days=2, hours=23))
        assert figures(dispute)["Evidence is due"][1] is Tone.BAD

    @pytest.mark.parametrize("over", [{"is_submitted": True}, {"status": "under_review"}, {"evidence_due_at": None}])
    def test_nothing_is_due_once_it_is_answered(self, over: dict[str, Any]) -> None:
        columns = {"status": "needs_response", "evidence_due_at": AT + timedelta(days=9), **over}
        assert "Evidence is due" not in figures(as_it_is(**columns))

    def test_lost_it_is_not_away_any_more(self) -> None:
        dispute = as_it_is(status="lost", withdrawn_minor=10_000, lost_minor=10_000, closed_at=AT)
        found = figures(dispute)
        assert (list(found), found["Lost"]) == (["Disputed", "Lost"], ("$100.00", Tone.BAD))

    def test_fees_stand_in_the_currency_of_our_balance_and_come_back(self) -> None:
        dispute = as_it_is(status="needs_response")
        for number, (fee, currency) in enumerate([(1_500, "EUR"), (700, "USD"), (-700, "USD")]):
            DisputeMovement.objects.create(
                dispute=dispute, gateway_account=dispute.gateway_account, transaction_id=f"txn_{number}", moved_at=AT,
                amount_minor=-1, settled_minor=-1, settled_currency=currency, fee_minor=fee, seen_at=AT,
            )  # fmt: skip
        assert figures(dispute)["Fees"][0] == "€15.00"


class TestShares:
    def test_of_what_is_not_lost_there_are_none(self) -> None:
        assert parts.shares.show(a_dispute(), AT) is None

    def test_say_in_words_who_bears_it(self) -> None:
        dispute, hold = as_it_is(status="lost", withdrawn_minor=10, lost_minor=10, closed_at=AT), a_hold()
        for pot, of in (("hold", hold), ("borne", hold), ("loss", None), ("unapplied", None)):
            DisputeShare.objects.create(dispute=dispute, pot=pot, hold=of, amount_minor=1)
        rows = table(parts.shares, dispute).rows
        assert [row[0] for row in rows] == [
            "the seller's part", "us: the platform bears it", "us: nothing was left", "money that was nobody's",
        ]  # fmt: skip
        assert [row[1] == "–" for row in rows] == [False, False, True, True]


class TestEvidence:
    def test_shows_what_is_said_in_the_order_of_the_form_and_nothing_empty(self) -> None:
        dispute = a_dispute()
        DisputeEvidence.objects.create(
            dispute=dispute, texts={"shipping_tracking": "1Z9", "explanation": "It arrived.", "access_log": ""},
            written_by="user:ann", written_at=AT,
        )  # fmt: skip
        shown = table(parts.evidence, dispute)
        assert [row[1] for row in shown.rows] == ["It arrived.", "1Z9"]
        assert "Last written by" in str(shown.note)

    def test_says_that_nothing_is_written(self) -> None:
        shown = table(parts.evidence, a_dispute())
        assert (shown.rows, shown.empty, shown.note) == ((), "Nothing is written.", "")


def test_each_part_is_for_those_who_may_see_what_it_shows() -> None:
    found = {name: part.code for name, part in vars(parts).items() if isinstance(part, Part)}
    assert set(found.values()) <= set(CODES)
    own = ("money", "about", "evidence", "files", "movements", "shares")
    assert {found[name] for name in own} == {"disputes.view"}
    others = {"holds": "escrow.view", "refunds": "refunds.view", "calls": "calls.view", "events": "inbox.view"}
    assert {name: found[name] for name in others} == others
