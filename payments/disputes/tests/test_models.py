"""What the database itself refuses of disputes: a loss of what is not away, a share of nobody's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.charges.tests.test_models import refuses
from payments.disputes.models import Dispute, DisputeMovement, DisputeShare
from payments.disputes.tests.test_states import a_dispute
from payments.escrow.tests.holding import a_hold
from payments.tests.walking import AT

# Rows alone: no ledger stands behind them.
pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


class TestDispute:
    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_dispute_has_a_known_status", {"status": "maybe"}),
            ("a_dispute_is_about_something", {"amount_minor": 0}),
            ("a_dispute_has_a_bearer", {"bearer": ""}),
            ("a_concession_is_asked_for_by_somebody_with_a_reason", {"concession_asked_at": AT}),
            ("a_concession_is_asked_for_by_somebody_with_a_reason", {"concession_asked_by": "user:a"}),
            ("only_a_lost_dispute_is_lost_and_only_what_is_away", {"lost_minor": 5, "withdrawn_minor": 5}),
            ("only_a_lost_dispute_is_lost_and_only_what_is_away", {"status": "lost", "lost_minor": 5}),
            ("only_a_lost_dispute_is_lost_and_only_what_is_away",
             {"status": "lost", "lost_minor": -5, "withdrawn_minor": -5}),
        ],
    )  # fmt: skip
    def test_keeps_its_rules(self, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, a_dispute(), **columns)

    def test_what_is_lost_is_what_is_away(self) -> None:
        lost = {"status": "lost", "lost_minor": 5, "withdrawn_minor": 5}
        assert Dispute.objects.filter(pk=a_dispute().pk).update(**lost) == 1

    def test_is_one_object_at_its_gateway(self) -> None:
        first = a_dispute()
        with pytest.raises(IntegrityError, match="a_gateway_dispute_is_one_dispute_of_ours"), transaction.atomic():
            a_dispute()
        assert list(Dispute.objects.all()) == [first]


class TestDisputeMovement:
    def test_is_kept_once(self) -> None:
        dispute = a_dispute()
        given: dict[str, Any] = {
            "dispute": dispute, "gateway_account": dispute.gateway_account, "amount_minor": -5, "settled_minor": -5,
            "settled_currency": "USD", "fee_minor": 0, "moved_at": AT, "seen_at": AT,
        }  # fmt: skip
        DisputeMovement.objects.create(**given, transaction_id="txn_1")
        DisputeMovement.objects.create(**given, transaction_id="txn_2")
        with pytest.raises(IntegrityError, match="a_movement_of_a_dispute_is_kept_once"), transaction.atomic():
            DisputeMovement.objects.create(**given, transaction_id="txn_1")
        assert dispute.movements.count() == 2


class TestDisputeShare:
    @pytest.mark.parametrize(
        ("rule", "pot", "has_hold", "minor"),
        [
            ("a_dispute_share_is_something", "loss", False, 0), ("a_dispute_share_names_its_hold", "loss", True, 1),
            ("a_dispute_share_names_its_hold", "unapplied", True, 1),
            ("a_dispute_share_names_its_hold", "hold", False, 1), ("a_dispute_share_names_its_hold", "borne", False, 1),
            ("a_dispute_share_names_its_hold", "elsewhere", True, 1),
        ],
    )  # fmt: skip
    def test_keeps_its_rules(self, rule: str, pot: str, has_hold: bool, minor: int) -> None:
        dispute, hold = a_dispute(), a_hold() if has_hold else None
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            DisputeShare.objects.create(dispute=dispute, pot=pot, hold=hold, amount_minor=minor)
        assert not DisputeShare.objects.exists()

    @pytest.mark.parametrize("has_hold", [True, False])
    def test_takes_from_a_pot_once(self, has_hold: bool) -> None:
        hold = a_hold() if has_hold else None
        given: dict[str, Any] = {"dispute": a_dispute(), "pot": "hold" if has_hold else "loss", "hold": hold}
        DisputeShare.objects.create(**given, amount_minor=1)
        with pytest.raises(IntegrityError, match="a_dispute_takes_from_a_pot_once"), transaction.atomic():
            DisputeShare.objects.create(**given, amount_minor=2)
        assert DisputeShare.objects.get().amount_minor == 1
