"""Files for the bank on the operator site: made from a form, shown before, and refused where a form is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, look, page_of, text_of
from payouts.bankfile.acts import ReferenceForm, ResultForm
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.bankfile.services import collect
from payouts.payout.models import Payout
from payouts.tests.payout_world import FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db(transaction=True)
CHOSEN = {"bank_account": "main", "currency": "INR"}


def waiting(world: PayoutWorld) -> Payout:
    return world.approved(10_000, rail="bank_file", account_id="")


def file_of(world: PayoutWorld) -> PayoutFile:
    return collect(bank_account="main", currency="INR", actor=FINANCE, reason="Monday", at=world.at)


class TestMake:
    def test_shows_which_before_anything_happens(self, payouts: PayoutWorld) -> None:
        payout = waiting(payouts)
        text = text_of(look(as_role(Role.FINANCE), PayoutFile, "make", **CHOSEN))
        assert payout.public_id in text
        assert (payouts.again(payout).status, PayoutFile.objects.count()) == ("approved", 0)

    def test_is_made_and_says_what_is_in_it(self, payouts: PayoutWorld) -> None:
        payout = waiting(payouts)
        text = text_of(confirm(as_role(Role.FINANCE), PayoutFile, "make", **CHOSEN))
        file = PayoutFile.objects.get()
        assert f"{file.public_id}: 1 payout over ₹100.00. Download it." in text
        assert payouts.again(payout).file_id == file.pk

    def test_of_nothing_it_cannot_be_confirmed(self, payouts: PayoutWorld) -> None:
        assert "No approved payout waits" in text_of(look(as_role(Role.FINANCE), PayoutFile, "make", **CHOSEN))
        assert not PayoutFile.objects.exists()

    def test_not_of_an_account_that_is_not_ours(self, payouts: PayoutWorld) -> None:
        payout = waiting(payouts)
        text = text_of(look(as_role(Role.FINANCE), PayoutFile, "make", **{**CHOSEN, "bank_account": "swiss"}))
        assert "Select a valid choice" in text
        assert payouts.again(payout).status == "approved"

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_finances_alone(self, payouts: PayoutWorld, role: Role) -> None:
        waiting(payouts)
        assert as_role(role).get(act_of(PayoutFile, "make")).status_code == 403


class TestPage:
    def test_says_its_next_step_and_what_is_said_of_each(self, payouts: PayoutWorld) -> None:
        payout, finance = waiting(payouts), as_role(Role.FINANCE)
        file = file_of(payouts)
        assert "Download it, and pay it at the bank." in text_of(finance.get(page_of(file)))
        assert file.public_id in text_of(finance.get(list_of(PayoutFile), {"q": file.public_id}))
        confirm(finance, payout, "say", kind="failed", reason="their account is closed")
        assert "failed" in text_of(finance.get(page_of(file)))
        assert payouts.again(payout).status == "sending"

    def test_who_said_it_declines_it_again(self, payouts: PayoutWorld) -> None:
        payout, finance = waiting(payouts), as_role(Role.FINANCE)
        file_of(payouts)
        confirm(finance, payout, "say", kind="paid", reference="UTR-1")
        confirm(finance, payout, "decline-bank")
        assert BankResult.objects.get().status == "declined"
        assert payouts.again(payout).status == "sending"

    def test_another_one_confirms_after_they_saw_the_lines(self, payouts: PayoutWorld) -> None:
        payout = waiting(payouts)
        file_of(payouts)
        confirm(as_role(Role.FINANCE), payout, "say", kind="paid", reference="UTR-1")
        second = as_role(Role.FINANCE)
        text = text_of(second.get(act_of(payout, "confirm-bank")))
        assert "Proposed: paid UTR-1" in text
        assert "in transit" in text
        assert payouts.again(payout).status == "sending"
        confirm(second, payout, "confirm-bank")
        assert payouts.again(payout).status == "paid"

    @pytest.mark.parametrize("name", ["say", "confirm-bank", "decline-bank"])
    def test_nothing_of_it_is_offered_for_what_is_in_no_file(self, payouts: PayoutWorld, name: str) -> None:
        payout = waiting(payouts)
        text = as_role(Role.FINANCE).get(page_of(payout)).content.decode()
        assert act_of(payout, name) not in text


class TestForms:
    def test_what_was_paid_has_a_reference(self) -> None:
        form = ResultForm({"kind": "paid", "reference": "  "})
        assert not form.is_valid()
        assert "reference" in form.errors
        assert ResultForm({"kind": "failed", "reference": ""}).is_valid()

    @pytest.mark.parametrize("form", [ResultForm, ReferenceForm])
    def test_a_number_of_a_card_is_not_kept(self, form: Any) -> None:
        given = form({"kind": "paid", "reference": " 4242 4242 4242 4242 "})
        assert given.is_valid()
        assert "4242 4242 4242" not in given.cleaned_data["reference"]
