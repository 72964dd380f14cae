"""Payouts on the operator site: where each stands, what it is made of, and acts that show first what they book."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.acts import Asked
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, signed_in, somebody, text_of
from payouts.bankfile.models import PayoutFile
from payouts.bankfile.services import collect
from payouts.payees.models import PayeeKind
from payouts.payout import panels
from payouts.payout.acts import APPROVE_MANY
from payouts.payout.models import Payout, PayoutBatch
from payouts.payout.services.due import pay_due
from payouts.rails.contract import RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld
from payouts.treasury.models import FloatMove

pytestmark = pytest.mark.django_db(transaction=True)


class TestPages:
    def test_a_payout_shows_its_money_its_lines_and_its_next_step(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.earn(payee, 850)
        payout = payouts.freeze(payee)
        text = text_of(as_role(Role.FINANCE).get(page_of(payout)))
        for shown in ("₹88.50", "₹80.00", "₹8.50", "HDFC •••• 6789", "it is the payee's first payout", "All together"):
            assert shown in text
        assert "could not be read" not in text

    @pytest.mark.parametrize("says", ["lost", "declined", RailState.PAID, RailState.QUEUED])
    def test_each_state_has_a_page(self, payouts: PayoutWorld, says: Any) -> None:
        payout = payouts.sent(says=says)
        text = text_of(as_role(Role.FINANCE).get(page_of(payout)))
        assert payout.status.replace("_", " ") in text
        assert "could not be read" not in text

    def test_what_waits_says_why(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved()
        payouts.work()
        viewer = as_role(Role.SUPPORT)
        for page in (page_of(payout), list_of(Payout)):
            assert "what payouts are drawn on does not cover it" in text_of(viewer.get(page))

    def test_the_list_says_who_is_waited_for(self, payouts: PayoutWorld) -> None:
        payouts.freeze(payouts.payee(8_000))
        assert "it waits for the approval of a second person" in text_of(as_role(Role.SUPPORT).get(list_of(Payout)))

    def test_of_a_long_run_what_was_not_paid_stands_first(
        self, payouts: PayoutWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("payouts.payout.parts.SHOWN", 1)
        payouts.payee(8_000)
        held = payouts.payee(700)
        type(held).objects.filter(pk=held.pk).update(held_at=payouts.at, held_by="user:ops", held_reason="odd")
        pay_due(at=payouts.at)
        text = text_of(as_role(Role.FINANCE).get(page_of(PayoutBatch.objects.get())))
        assert "payouts are held back" in text
        assert "Only the first 1 are shown" in text

    def test_a_run_shows_a_result_for_each(self, payouts: PayoutWorld) -> None:
        payouts.payee(8_000)
        payee = payouts.payee(700)
        type(payee).objects.filter(pk=payee.pk).update(held_at=payouts.at, held_by="user:ops", held_reason="odd")
        pay_due(at=payouts.at)
        text = text_of(as_role(Role.FINANCE).get(page_of(PayoutBatch.objects.get())))
        for shown in ("₹80.00", "payouts are held back", "awaiting approval"):
            assert shown in text
        assert "could not be read" not in text

    def test_are_found_by_their_ids(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        viewer = as_role(Role.SUPPORT)
        for term in (payout.public_id, payout.payee.public_id, str(payout.rail_payout_id)):
            assert page_of(payout) in viewer.get(list_of(Payout), {"q": term}).content.decode()

    def test_sellers_and_scouts_are_two_lists(self, payouts: PayoutWorld) -> None:
        seller = payouts.freeze(payouts.payee(100))
        scout = payouts.freeze(payouts.payee(100, kind=PayeeKind.SCOUT))
        text = as_role(Role.FINANCE).get(list_of(Payout), {"payee__kind__exact": "scout"}).content.decode()
        assert page_of(scout) in text
        assert page_of(seller) not in text

    def test_are_not_for_their_payees(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        assert signed_in(payout.payee.user).get(page_of(payout)).status_code in (302, 403)


class TestActs:
    def test_a_second_person_approves_after_they_saw_what_it_does(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_000))
        confirm(as_role(Role.FINANCE), payout, "approve")
        assert payouts.again(payout).status == "approved"

    def test_cancelling_shows_the_lines_that_it_books(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_000))
        finance = as_role(Role.FINANCE)
        text = text_of(finance.get(act_of(payout, "cancel")))
        assert "in transit" in text
        assert "₹80.00" in text
        assert payouts.again(payout).status == "awaiting_approval"
        confirm(finance, payout, "cancel")
        assert payouts.again(payout).status == "cancelled"

    def test_a_failed_one_is_tried_again(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        confirm(as_role(Role.FINANCE), payout, "retry")
        assert payouts.again(payout).retried_by.status == "awaiting_approval"

    def test_a_queued_one_is_stopped(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        confirm(as_role(Role.FINANCE), payout, "stop")
        assert payouts.again(payout).status == "cancelled"

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_are_finances_alone(self, payouts: PayoutWorld, role: Role) -> None:
        payout = payouts.freeze(payouts.payee(8_000))
        assert as_role(role).get(act_of(payout, "approve")).status_code == 403

    def test_who_asked_for_it_sees_that_another_one_must(self, payouts: PayoutWorld) -> None:
        person = somebody(Role.FINANCE)
        payout = payouts.freeze(payouts.payee(8_000), requested_by=person.actor)
        text = text_of(signed_in(person).get(act_of(payout, "approve")))
        assert "who asked for it cannot approve it" in text


class TestMany:
    def test_each_has_its_own_result(self, payouts: PayoutWorld) -> None:
        person = somebody(Role.FINANCE)
        rows = [payouts.freeze(payouts.payee(100)) for _ in range(2)]
        mine = payouts.freeze(payouts.payee(100), requested_by=person.actor)
        given = {"payouts": [str(row.pk) for row in (*rows, mine)]}
        assert APPROVE_MANY.preview is not None
        effect = APPROVE_MANY.preview(None, person, payouts.at, given)
        assert len(effect.moves) == 2
        assert mine.public_id in effect.notes[0]
        said = APPROVE_MANY.do(None, Asked(user=person, reason="fine", at=payouts.at, given=given))
        assert said.startswith(f"2 approved; {mine.public_id}: who asked")
        assert [payouts.again(row).status for row in (*rows, mine)] == ["approved", "approved", "awaiting_approval"]


class TestPanels:
    def test_say_what_needs_a_person(self, payouts: PayoutWorld) -> None:
        payouts.freeze(payouts.payee(8_000))
        payouts.freeze(payouts.payee(100, kind=PayeeKind.SCOUT))
        payouts.sent(says="declined")
        payouts.approved(70_000)
        payouts.work()
        payouts.approved(rail="bank_file", account_id="")
        found = {panel: panel(payouts.at) for panel in (
            panels.seller_payouts_to_approve, panels.scout_payouts_to_approve, panels.failed_payouts, panels.paid_late,
            panels.floats_short, panels.bank_results_to_confirm, panels.payouts_to_take_out,
            panels.float_moves_to_confirm,
        )}  # fmt: skip
        counts = [found[panel].count for panel in found]
        assert counts == ["1", "1", "1", "0", "1", "0", "1", "0"]
        assert "₹600.00 are missing at paper" in found[panels.floats_short].items[0].label
        figures = {figure.label: figure.value for figure in panels.in_transit(payouts.at).figures}
        assert figures["Float of paper"] == "₹100.00"
        assert figures["Not sent"] == "₹881.00"

    def test_nothing_to_do_is_said_too(self, payouts: PayoutWorld) -> None:
        assert panels.in_transit(payouts.at).figures[0].value == "nothing"
        assert panels.floats_short(payouts.at).count == "0"


class TestBankFiles:
    def test_a_payout_by_file_says_each_next_step(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(8_000, rail="bank_file", account_id=""))
        viewer = as_role(Role.FINANCE)
        asked = text_of(viewer.get(act_of(payout, "approve")))
        assert "once somebody took it out into a file" in asked
        assert "within seconds" not in asked
        payouts.approve(payout)
        assert "Somebody takes it out into a file" in text_of(viewer.get(page_of(payout)))
        file = collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=payouts.at)
        text = text_of(viewer.get(page_of(payout)))
        assert "Somebody pays its file at our bank" in text
        assert "our bank account main" in text
        confirm(viewer, file, "download")
        confirm(viewer, file, "paid", reference="UTR-1")
        assert "Another person looks that up on the statement" in text_of(viewer.get(page_of(payout)))

    def test_from_the_list_to_the_booking(self, payouts: PayoutWorld) -> None:
        payout = payouts.approved(rail="bank_file", account_id="")
        file = collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=payouts.at)
        first, second = as_role(Role.FINANCE), as_role(Role.FINANCE)
        answer = confirm(first, file, "download")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.public_id}.csv"'
        assert "00123456789" in answer.content.decode()
        assert "00123456789" not in first.get(page_of(file)).content.decode()
        confirm(first, file, "paid", reference="UTR-1")
        assert payouts.again(payout).status == "sending"
        confirm(second, file, "confirm")
        assert (payouts.again(payout).status, payouts.again(payout).reference) == ("paid", "UTR-1")
        assert PayoutFile.objects.get().downloaded_at is not None


class TestFloats:
    def test_are_filled_up_by_two(self, payouts: PayoutWorld) -> None:
        row = FloatMove.objects.create(
            rail_account="paper", bank_account="main", currency="INR", amount_minor=500, reference="UTR", reason="why",
            proposed_by="user:other", proposed_at=payouts.at,
        )  # fmt: skip
        finance = as_role(Role.FINANCE)
        assert "₹5.00" in text_of(finance.get(list_of(FloatMove)))
        confirm(finance, row, "confirm")
        row.refresh_from_db()
        assert row.status == "confirmed"
        assert "float funded" in text_of(finance.get(page_of(row)))


class TestLooked:
    def test_closes_a_row_with_a_reason(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        finance = as_role(Role.FINANCE)
        assert "Nothing is paid, booked or taken back" in text_of(finance.get(act_of(payout, "looked")))
        assert panels.failed_payouts(payouts.at).count == "1"
        confirm(finance, payout, "looked", reason="they were paid by hand")
        assert panels.failed_payouts(payouts.at).count == "0"
        text = text_of(finance.get(page_of(payout)))
        assert "somebody looked at it" in text
        assert "they were paid by hand" in text
        assert "It is looked at…" not in text

    def test_is_finances_alone(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says="declined")
        assert as_role(Role.SUPPORT).get(act_of(payout, "looked")).status_code == 403
        assert payouts.again(payout).looked_end_at is None
