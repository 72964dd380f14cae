"""What a payout's page and a run's page are made of: true to the minor unit, and whole where rows are many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils.html import strip_tags

from config.admin.money import shown
from config.admin.panel import Tone
from config.admin.parts import Facts, Figures, Part, Table
from payouts.bankfile.services import collect
from payouts.payout import parts
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.payout.services.decide import cancel_payout
from payouts.payout.services.due import pay_due
from payouts.payout.services.look import look_at_end
from payouts.payout.services.observe import observe_payout
from payouts.rails.contract import RailCapability, RailState
from payouts.tests.payout_world import ASKER, FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db
BY_FILE: dict[str, Any] = {"rail": "bank_file", "account_id": ""}


def again(world: PayoutWorld, payout: Payout) -> Payout:
    return Payout.objects.select_related("payee__user", "destination", "batch", "retry_of", "file").get(pk=payout.pk)


def figures(part: Part, row: Any, world: PayoutWorld) -> dict[str, tuple[str, Tone]]:
    found = part.show(row, world.at)
    assert isinstance(found, Figures)
    return {figure.label: (figure.value, figure.tone) for figure in found.figures}


def facts(world: PayoutWorld, payout: Payout) -> dict[str, tuple[str, str]]:
    """(what is said, what it means), by name."""
    found = parts.about.show(again(world, payout), world.at)
    assert isinstance(found, Facts)
    return {fact.label: (strip_tags(str(fact.value)).strip(), fact.hint) for fact in found.facts}


def table(part: Part, row: Any, world: PayoutWorld) -> tuple[Table, list[list[str]]]:
    found = part.show(row, world.at)
    assert isinstance(found, Table)
    return found, [[strip_tags(str(cell)).strip() for cell in each] for each in found.rows]


class TestMoney:
    def test_frozen_fee_and_net(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        found = figures(parts.money, payouts.freeze(payouts.payee(10_000)), payouts)
        assert list(found) == ["Frozen", "Fee of the payee", "Net", "In transit"]
        assert [value for value, _ in found.values()] == ["₹100.00", "₹0.50", "₹99.50", "₹99.50"]
        assert found["In transit"][1] == Tone.WARNING

    def test_where_there_is_no_fee_none_is_named(self, payouts: PayoutWorld) -> None:
        assert "Fee of the payee" not in figures(parts.money, payouts.freeze(payouts.payee(10_000)), payouts)

    @pytest.mark.parametrize(
        ("says", "label", "tone"),
        [("lost", "In transit", Tone.WARNING), (RailState.PROCESSING, "In transit", Tone.WARNING),
         (RailState.PAID, "With the payee", Tone.GOOD)],
    )  # fmt: skip
    def test_says_where_it_is(self, payouts: PayoutWorld, says: Any, label: str, tone: Tone) -> None:
        payout = payouts.sent(says=says)
        assert figures(parts.money, payout, payouts)[label] == ("₹100.00", tone)

    def test_what_failed_is_payable_again_and_paints_itself_so(self, payouts: PayoutWorld) -> None:
        failed, stopped = payouts.sent(says="declined"), payouts.approved()
        cancel_payout(payout_pk=stopped.pk, actor=FINANCE, reason="not yet", at=payouts.at)
        for payout, tone in ((failed, Tone.BAD), (payouts.again(stopped), Tone.NEUTRAL)):
            found = figures(parts.money, payout, payouts)
            assert "In transit" not in found
            assert ("₹100.00", tone) in found.values()


class TestAbout:
    def test_names_who_asked_who_approved_and_why_two(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(10_000))
        found = facts(payouts, payout)
        assert found["Needs two"] == ("yes", "it is the payee's first payout")
        assert found["Id"][0] == payout.public_id
        assert found["To"][0] == "HDFC •••• 6789"
        assert found["By"] == ("paper", "drawn on the float of paper")
        assert ASKER.removeprefix("user:") in found["Asked for by"][0]
        assert found["Approved by"][0] in ("", "–")
        payouts.approve(payout)
        assert FINANCE.removeprefix("user:") in facts(payouts, payout)["Approved by"][0]

    def test_one_that_went_alone_needed_no_second(self, payouts: PayoutWorld) -> None:
        payee = payouts.sent(says=RailState.PAID).payee
        payouts.earn(payee, 100)
        assert facts(payouts, payouts.freeze(payee))["Needs two"] == ("no", "")

    def test_why_it_failed_and_what_its_payee_was_told(self, payouts: PayoutWorld) -> None:
        found = facts(payouts, payouts.sent(says="declined"))
        assert found["Last failure"][0] == "bank account closed: the account is closed"
        assert found["Last failure"][1].startswith("Your bank says that the account is closed")
        assert found["What to do"][0] == "final"

    def test_one_that_did_not_fail_says_nothing_of_it(self, payouts: PayoutWorld) -> None:
        found = facts(payouts, payouts.sent(says=RailState.PAID))
        assert (found["Last failure"], found["What to do"][0]) == (("–", ""), "–")

    def test_the_one_before_and_the_one_after(self, payouts: PayoutWorld) -> None:
        first = payouts.sent(says="declined")
        second = payouts.freeze(first.payee, retry_of=first)
        assert facts(payouts, first)["Tried again by"][0] == second.public_id
        assert facts(payouts, second)["Tries again"][0] == first.public_id
        assert second.public_id not in facts(payouts, second)["Tried again by"][0]
        assert first.public_id not in facts(payouts, first)["Tries again"][0]

    def test_its_run_and_its_file(self, payouts: PayoutWorld) -> None:
        payouts.payee(10_000, **BY_FILE)
        batch = pay_due(at=payouts.at).batch
        payout = payouts.approve(Payout.objects.get())
        assert batch is not None
        assert facts(payouts, payout)["File"][0] == "–"
        file = collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=payouts.at)
        found = facts(payouts, payout)
        assert (found["Run"][0], found["File"][0]) == (batch.public_id, file.public_id)
        assert found["By"][1] == "drawn on our bank account main"

    @pytest.mark.parametrize(
        ("pot", "account", "said"),
        [("float", "razorpayx", "the float of razorpayx"), ("bank", "bank:main", "our bank account main"),
         ("connected", "stripe", "the payee's account at stripe")],
    )  # fmt: skip
    def test_out_of_what_of_ours(self, pot: str, account: str, said: str) -> None:
        assert parts.drawn_on(Payout(drawn_on=pot, rail_account=account)) == said

    def test_who_looked_at_its_end(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert not parts.is_looked_at(payout)
        view = payouts.rail.become(RailState.FAILED)
        observe_payout(payout=payout, view=view, actor="system:test", at=payouts.at)
        assert facts(payouts, payout)["Ended"][1] == ""
        look_at_end(payout_pk=payout.pk, actor=FINANCE, reason="agreed", at=payouts.at)
        assert facts(payouts, payout)["Ended"][1] == "somebody looked at it"
        payout = payouts.again(payout)
        payout.ended_at = payouts.at + timedelta(minutes=1)
        assert not parts.is_looked_at(payout)


class TestLines:
    def test_are_those_since_the_one_before_without_its_own(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.freeze(payee)
        payouts.earn(payee, 500)
        payouts.earn(payee, 300)
        _, rows = table(parts.lines, payouts.freeze(payee), payouts)
        assert [row[-1] for row in rows] == ["₹5.00", "₹3.00", "₹8.00"]
        assert [row[0] for row in rows] == ["gift", "gift", "All together"]

    def test_what_was_taken_stands_on_the_other_side(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.keep_in_reserve(payee, 3_000)
        found, rows = table(parts.lines, payouts.freeze(payee), payouts)
        taken, given = ([row[place] for row in rows] for place in (-2, -1))
        assert "₹30.00" in taken
        assert given[-1] == "₹50.00"
        assert found.note == ""

    def test_of_many_the_first_with_the_sum_of_all(self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "SHOWN", 2)
        payee = payouts.payee()
        for _ in range(4):
            payouts.earn(payee, 100)
        found, rows = table(parts.lines, payouts.freeze(payee), payouts)
        assert [row[-1] for row in rows] == ["₹1.00", "₹1.00", "₹4.00"]
        assert found.note == "Only the first are shown; the sum is of all."


class TestAtTheRail:
    def test_every_call_is_shown(self, payouts: PayoutWorld) -> None:
        payouts.rail.capabilities |= {RailCapability.TRANSFERS_FIRST}
        payouts.fresh()
        payout = payouts.approved()
        payouts.charge(10_000)
        payouts.rail.says += [RailState.PROCESSING, RailState.PAID]
        payouts.work()
        _, rows = table(parts.calls, payouts.again(payout), payouts)
        assert len(rows) == 2
        assert not table(parts.calls, payouts.approved(), payouts)[1]

    def test_what_it_said_is_for_who_may_read_events(self, payouts: PayoutWorld) -> None:
        assert table(parts.events, payouts.sent(), payouts)[1] == []
        assert {parts.calls.code, parts.events.code, parts.about.code} == {
            "calls.view", "inbox.view", "payouts.view",
        }  # fmt: skip


class TestRun:
    def run(self, world: PayoutWorld) -> PayoutBatch:
        """Two are frozen, one of them by file, one is held, and one has nothing."""
        world.payee(8_000)
        world.payee(500, **BY_FILE)
        held = world.payee(700)
        type(held).objects.filter(pk=held.pk).update(held_at=world.at, held_by="user:ops", held_reason="odd")
        world.payee()
        batch = pay_due(at=world.at).batch
        assert batch is not None
        return PayoutBatch.objects.get(pk=batch.pk)

    def test_totals_are_by_currency_and_state(self, payouts: PayoutWorld) -> None:
        batch = self.run(payouts)
        assert table(parts.totals, batch, payouts)[1] == [["INR", "awaiting approval", "2", "₹85.00"]]
        payouts.approve(Payout.objects.get(gross_minor=500))
        assert table(parts.totals, batch, payouts)[1] == [
            ["INR", "approved", "1", "₹5.00"], ["INR", "awaiting approval", "1", "₹80.00"],
        ]  # fmt: skip

    def test_two_currencies_are_never_added_up(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(currency="USD", **BY_FILE)
        payouts.earn(payee, 300, "USD")
        batch = self.run(payouts)
        assert [row[0] for row in table(parts.totals, batch, payouts)[1]] == ["INR", "USD"]
        assert [row[-1] for row in table(parts.totals, batch, payouts)[1]] == ["₹85.00", "$3.00"]

    def test_progress_counts_what_is_not_over(self, payouts: PayoutWorld) -> None:
        batch = self.run(payouts)
        found = figures(parts.progress, batch, payouts)
        assert {label: value for label, (value, _) in found.items()} == {
            "Looked at": "4", "Frozen": "2", "Not over": "2", "Not paid": "1",
        }  # fmt: skip
        assert found["Not over"][1] == Tone.WARNING
        for payout in Payout.objects.all():
            cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="not yet", at=payouts.at)
        assert figures(parts.progress, batch, payouts)["Not over"] == ("0", Tone.GOOD)

    def test_results_begin_with_who_was_not_paid(self, payouts: PayoutWorld) -> None:
        found, rows = table(parts.results, self.run(payouts), payouts)
        assert [row[2:4] for row in rows] == [
            ["not paid", "–"],
            *([payout.public_id, shown(payout.net_minor, "INR")] for payout in Payout.objects.order_by("pk")),
        ]
        assert "payouts are held back" in rows[0][-1]
        assert found.note == "Of whom nothing was payable no row is kept."

    def test_of_another_run_nothing(self, payouts: PayoutWorld) -> None:
        self.run(payouts)
        other = PayoutBatch.objects.create(made_by="user:ops", made_at=payouts.at)
        assert table(parts.results, other, payouts)[1] == []
        found, rows = table(parts.totals, other, payouts)
        assert (rows, found.empty) == ([], "Nothing was frozen.")
        assert set(figures(parts.progress, other, payouts).values()) == {("0", Tone.NEUTRAL), ("0", Tone.GOOD)}

    def test_more_rows_than_are_shown_are_said(self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "SHOWN", 2)
        found, rows = table(parts.results, self.run(payouts), payouts)
        assert (len(rows), BatchRow.objects.count()) == (2, 3)
        assert found.note.endswith("Only the first 2 are shown: the totals are of all.")
