"""What the database itself refuses of refunds: four eyes, one cause, one object at the gateway, one open proposal."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.charges.tests.test_models import refuses
from payments.escrow.tests.holding import a_hold
from payments.refunds.models import FormerRefund, Refund, RefundProposal, RefundShare
from payments.refunds.tests.refunding import a_refund
from payments.tests.walking import AT

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestRefund:
    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_refund_has_a_known_status", {"status": "paid"}),
            ("a_refund_gives_something", {"amount_minor": 0}),
            ("a_succeeded_refund_says_when", {"status": "succeeded"}),
            ("nobody_approves_their_own_refund", {"approved_by": "user:support"}),
            ("nobody_approves_their_own_refund", {"approved_by": "user:support", "cause": "cancelled_by_staff"}),
        ],
    )
    def test_keeps_its_rules(self, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, a_refund(), **columns)

    def test_the_machine_approves_what_it_asked_for_itself(self) -> None:
        refund = a_refund(cause="timeout", requested_by="system", approved_by="system")
        assert refund.amount.amount_minor == 4_000

    def test_is_one_object_at_its_gateway(self) -> None:
        a_refund(gateway_refund_id="re_1")
        refuses("a_gateway_refund_is_one_refund_of_ours", a_refund(), gateway_refund_id="re_1")

    def test_has_its_cause_for_itself(self) -> None:
        refund = a_refund(cause_key="timeout:ful_1")
        with pytest.raises(IntegrityError, match="cause_key"), transaction.atomic():
            a_refund(refund.payment, cause_key="timeout:ful_1")
        assert Refund.objects.count() == 1


class TestRefundShare:
    @pytest.fixture
    def share(self) -> RefundShare:
        hold = a_hold()
        refund = a_refund(hold.payment)
        return RefundShare.objects.create(refund=refund, pot="escrow", hold=hold, amount_minor=4_000)

    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_refund_share_is_something", {"amount_minor": 0}),
            ("a_held_share_names_its_hold", {"hold": None}),
            ("a_held_share_names_its_hold", {"hold": None, "pot": "released"}),
        ],
    )
    def test_keeps_its_rules(self, share: RefundShare, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, share, **columns)

    @pytest.mark.parametrize("has_hold", [True, False])
    def test_takes_from_a_pot_once_also_from_one_without_a_hold(self, share: RefundShare, has_hold: bool) -> None:
        given: dict[str, Any] = {"refund": share.refund, "pot": "loss", "hold": share.hold if has_hold else None}
        RefundShare.objects.create(**given, amount_minor=1)
        with pytest.raises(IntegrityError, match="a_refund_takes_from_a_pot_once"), transaction.atomic():
            RefundShare.objects.create(**given, amount_minor=2)
        assert share.refund.shares.count() == 2


class TestRefundProposal:
    @pytest.fixture
    def proposal(self) -> RefundProposal:
        return self.propose(a_refund(status="failed"))

    def propose(self, refund: Refund, **columns: Any) -> RefundProposal:
        given = {"kind": "voided", "reason": "as agreed", "proposed_by": "user:finance", "proposed_at": AT, **columns}
        return RefundProposal.objects.create(refund=refund, **given)

    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_refund_proposal_has_a_known_status", {"status": "maybe"}),
            ("nobody_confirms_their_own_proposal", {"status": "confirmed", "decided_by": "user:finance"}),
            ("what_was_paid_otherwise_says_how", {"kind": "paid_otherwise", "bank_account": "main"}),
            ("what_was_paid_otherwise_says_how", {"kind": "paid_otherwise", "reference": "UTR 42"}),
        ],
    )
    def test_keeps_its_rules(self, proposal: RefundProposal, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, proposal, **columns)

    def test_who_proposed_it_may_take_it_back(self, proposal: RefundProposal) -> None:
        columns = {"status": "declined", "decided_by": "user:finance"}
        assert RefundProposal.objects.filter(pk=proposal.pk).update(**columns) == 1

    def test_one_is_open_at_a_time(self, proposal: RefundProposal) -> None:
        with pytest.raises(IntegrityError, match="a_refund_has_one_open_proposal"), transaction.atomic():
            self.propose(proposal.refund)
        RefundProposal.objects.filter(pk=proposal.pk).update(status="declined")
        assert self.propose(proposal.refund).status == "proposed"


class TestFormerRefund:
    def test_is_remembered_once(self) -> None:
        refund = a_refund()
        given: dict[str, Any] = {"refund": refund, "gateway_account": refund.gateway_account, "replaced_at": AT}
        FormerRefund.objects.create(**given, gateway_refund_id="re_1")
        with pytest.raises(IntegrityError), transaction.atomic():
            FormerRefund.objects.create(**given, gateway_refund_id="re_1")
        assert FormerRefund.objects.count() == 1
