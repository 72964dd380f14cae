"""A float that was filled up is said by a form, confirmed by another person, and refused where it is no float."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, look, page_of, text_of
from payments.ledger.models import LedgerEntry
from payouts.tests.payout_world import PayoutWorld
from payouts.treasury.acts import FloatMoveForm
from payouts.treasury.models import FloatMove
from payouts.treasury.services import FloatMoveDecided, confirm_float_move, decline_float_move, propose_float_move

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {
    "rail_account": "paper", "bank_account": "main", "currency": "INR", "amount": "500.00", "reference": "UTR-1",
}  # fmt: skip


def errors(**changes: str) -> dict[str, Any]:
    form = FloatMoveForm({**GIVEN, **changes})
    assert not form.is_valid()
    return dict(form.errors)


class TestPropose:
    def test_books_nothing_and_waits_for_another_one(self, payouts: PayoutWorld) -> None:
        finance = as_role(Role.FINANCE)
        text = text_of(confirm(finance, FloatMove, "propose", reason="for this week", **GIVEN))
        row = FloatMove.objects.get()
        assert f"{row.public_id} over ₹500.00 is proposed" in text
        assert (row.amount_minor, row.rail_account, row.reason) == (50_000, "paper", "for this week")
        assert not LedgerEntry.objects.exists()
        assert "who proposed it cannot confirm it" in text_of(finance.get(act_of(row, "confirm")))

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": "lots"}, {"amount": "0.001"}, {"amount": ""}, {"currency": "XXX"}, {"rail_account": "bank:main"},
            {"bank_account": "swiss"}, {"reference": ""}, {"reference": "x" * 81},
        ],
    )  # fmt: skip
    def test_the_form_says_what_is_wrong(self, payouts: PayoutWorld, change: dict[str, str]) -> None:
        assert set(errors(**change)) == set(change)

    @pytest.mark.parametrize("amount", ["0", "-5.00"])
    def test_nothing_and_less_are_no_movement(self, payouts: PayoutWorld, amount: str) -> None:
        look(as_role(Role.FINANCE), FloatMove, "propose", **{**GIVEN, "amount": amount})
        confirm(as_role(Role.FINANCE), FloatMove, "propose", **{**GIVEN, "amount": amount})
        assert not FloatMove.objects.exists()

    def test_a_number_of_a_card_is_not_kept(self, payouts: PayoutWorld) -> None:
        form = FloatMoveForm({**GIVEN, "reference": "4242 4242 4242 4242"})
        assert form.is_valid()
        assert "4242 4242 4242" not in form.cleaned_data["reference"]

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_finances_alone(self, payouts: PayoutWorld, role: Role) -> None:
        assert as_role(role).get(act_of(FloatMove, "propose")).status_code == 403


class TestDecide:
    def row(self, world: PayoutWorld, **changes: Any) -> FloatMove:
        given = {
            "rail_account": "paper", "bank_account": "main", "currency": "INR", "amount_minor": 500,
            "reference": "UTR-1", "actor": "user:first", "reason": "why", "at": world.at,
        }  # fmt: skip
        return propose_float_move(**{**given, **changes})

    def test_declined_it_books_nothing_and_stays(self, payouts: PayoutWorld) -> None:
        row, finance = self.row(payouts), as_role(Role.FINANCE)
        confirm(finance, row, "decline")
        row.refresh_from_db()
        assert (row.status, LedgerEntry.objects.count()) == ("declined", 0)
        page = finance.get(page_of(row)).content.decode()
        assert act_of(row, "confirm") not in page
        with pytest.raises(FloatMoveDecided):
            confirm_float_move(move_pk=row.pk, actor="user:second", reason="after all", at=payouts.at)
        assert not LedgerEntry.objects.exists()

    def test_what_is_booked_is_shown_before(self, payouts: PayoutWorld) -> None:
        row = self.row(payouts)
        text = text_of(as_role(Role.FINANCE).get(act_of(row, "confirm")))
        assert "₹5.00" in text
        assert "float" in text
        assert not LedgerEntry.objects.exists()

    def test_are_found_by_their_id(self, payouts: PayoutWorld) -> None:
        row, other = self.row(payouts), self.row(payouts, reference="UTR-2")
        text = as_role(Role.AUDITOR).get(list_of(FloatMove), {"q": row.public_id}).content.decode()
        assert page_of(row) in text
        assert page_of(other) not in text

    def test_the_same_reference_of_another_bank_is_another_movement(self, payouts: PayoutWorld, settings: Any) -> None:
        from_first = self.row(payouts)
        FloatMove.objects.filter(pk=from_first.pk).update(bank_account="other")
        assert self.row(payouts).status == "proposed"
        decline_float_move(move_pk=from_first.pk, actor="user:first", reason="mistyped", at=payouts.at)
        assert FloatMove.objects.filter(status="proposed").count() == 1
