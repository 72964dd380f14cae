"""What PostgreSQL itself refuses of a payout, in words that an operator can read, and what one row knows of itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.kernel.money import Money
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.payout.states import ENDED_UNPAID, PayoutStatus
from payouts.tests.payout_world import ASKER, FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db


def refused(payout: Payout, **columns: Any) -> str:
    """The constraint that keeps these columns out; nothing of them stays."""
    before = Payout.objects.filter(pk=payout.pk).values().get()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(**columns)
    assert Payout.objects.filter(pk=payout.pk).values().get() == before
    return str(error.value).split('constraint "')[1].split('"')[0]


class TestConstraints:
    @pytest.mark.parametrize(
        ("columns", "name"),
        [
            ({"net_minor": 99}, "a_payout_is_its_net_and_its_fee"),
            ({"fee_minor": 1}, "a_payout_is_its_net_and_its_fee"),
            ({"gross_minor": 0, "net_minor": 0}, "a_payout_is_its_net_and_its_fee"),
            ({"fee_minor": -1, "gross_minor": 99}, "a_payout_is_its_net_and_its_fee"),
            ({"after_line_id": -1}, "a_payout_is_made_of_lines"),
            ({"status": "lost"}, "a_payout_has_a_known_status"),
            ({"drawn_on": "pocket"}, "a_payout_is_drawn_on_a_known_pot"),
            ({"transfer_returned_minor": 101}, "no_more_of_a_transfer_comes_back_than_it_was"),
            ({"transfer_returned_minor": -1}, "no_more_of_a_transfer_comes_back_than_it_was"),
            ({"transfer_repaid_minor": 1}, "what_was_repaid_of_a_transfer_is_back"),
            ({"approved_by": ASKER}, "nobody_approves_the_payout_they_asked_for"),
            ({"status": "paid"}, "a_paid_payout_says_when"),
            ({"status": "paid_late"}, "a_paid_payout_says_when"),
            ({"status": "returned"}, "a_paid_payout_says_when"),
        ],
    )
    def test_say_in_their_name_what_is_wrong(self, payouts: PayoutWorld, columns: dict[str, Any], name: str) -> None:
        assert refused(payouts.freeze(payouts.payee(100)), **columns) == name

    def test_it_ends_after_it_begins(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        assert refused(payout, after_line_id=payout.upto_line_id) == "a_payout_is_made_of_lines"

    def test_no_two_of_a_payee_begin_at_one_line(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        payouts.freeze(payee)
        payouts.earn(payee, 50)
        second = payouts.freeze(payee)
        assert refused(second, after_line_id=0) == "a_payout_begins_where_the_one_before_ends"

    def test_one_of_the_rails_is_one_of_ours(self, payouts: PayoutWorld) -> None:
        first, second = payouts.sent(100), payouts.sent(200)
        name = refused(second, rail_payout_id=first.rail_payout_id)
        assert name == "a_payout_of_a_rail_is_one_payout_of_ours"
        Payout.objects.filter(pk=first.pk).update(rail_transfer_id="tr_1")
        assert refused(second, rail_transfer_id="tr_1") == "a_transfer_of_a_rail_is_of_one_payout"
        Payout.objects.filter(pk=first.pk).update(rail_transfer_id=None)

    def test_another_person_may_approve_it(self, payouts: PayoutWorld) -> None:
        payout = payouts.approve(payouts.freeze(payouts.payee(100)))
        assert (payout.requested_by, payout.approved_by) == (ASKER, FINANCE)


class TestRow:
    @pytest.mark.parametrize("status", PayoutStatus.values)
    def test_is_over_where_the_bank_has_nothing_of_it(self, status: str) -> None:
        assert Payout(status=status).is_over is (status in ENDED_UNPAID)

    @pytest.mark.parametrize(
        ("columns", "minor"),
        [
            ({}, 0),
            ({"rail_transfer_id": "tr_1"}, 100),
            ({"rail_transfer_id": "tr_1", "transfer_returned_minor": 30}, 70),
            ({"rail_transfer_id": "tr_1", "transfer_returned_minor": 30, "transfer_repaid_minor": 30}, 100),
            ({"rail_transfer_id": "tr_1", "transfer_returned_minor": 100}, 0),
            ({"rail_transfer_id": "tr_1", "status": "paid"}, 0),
            ({"rail_transfer_id": "tr_1", "status": "paid_late"}, 0),
            ({"rail_transfer_id": "tr_1", "status": "returned"}, 100),
        ],
    )
    def test_knows_what_of_it_stands_in_the_payees_account(self, columns: dict[str, Any], minor: int) -> None:
        assert Payout(**{"net_minor": 100, "status": "failed", **columns}).in_account_minor == minor

    def test_is_known_by_an_id_of_ours_and_its_net(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        assert (str(payout), payout.net) == (payout.public_id, Money(100, "INR"))
        assert payout.public_id.startswith("po_")


class TestBatchRow:
    def row(self, world: PayoutWorld, **columns: Any) -> BatchRow:
        batch = PayoutBatch.objects.create(made_by="user:ops", made_at=world.at)
        return BatchRow.objects.create(**{"batch": batch, "payee": world.payee(), "currency": "INR", **columns})

    def test_is_a_payout_or_says_why_not(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        for columns in ({}, {"payout": payout, "code": "payee_held"}):
            with (
                pytest.raises(IntegrityError, match="a_row_of_a_run_is_a_payout_or_says_why_not"),
                transaction.atomic(),
            ):
                self.row(payouts, **columns)
        assert not BatchRow.objects.exists()
        assert self.row(payouts, payout=payout).pk
        assert self.row(payouts, code="payee_held").pk

    def test_of_one_balance_there_is_one(self, payouts: PayoutWorld) -> None:
        first = self.row(payouts, code="payee_held")
        assert str(first) == f"{first.payee_id} INR"
        with pytest.raises(IntegrityError, match="a_run_looks_at_a_balance_once"), transaction.atomic():
            self.row(payouts, batch=first.batch, payee=first.payee, code="payee_owes")
        assert self.row(payouts, batch=first.batch, payee=first.payee, code="payee_owes", currency="USD").pk
