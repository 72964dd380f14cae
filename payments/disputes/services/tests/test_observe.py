"""A label moves only to a younger one, whoever brings it past the translations, which ask where they are in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from payments.disputes.models import Dispute
from payments.disputes.services.observe import observe_dispute
from payments.gateways.dispute_views import DisputeState
from payments.gateways.registry import gateway_for
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestObserveDispute:
    @pytest.mark.parametrize(("age", "status"), [(-1, "needs_response"), (1, "under_review")])
    def test_an_older_label_moves_nothing(self, world: World, age: int, status: str) -> None:
        _, gateway_id = world.disputed_order(10_000)
        dispute = Dispute.objects.get()
        view = gateway_for("stripe").get_dispute(dispute_id=gateway_id)
        assert view is not None
        told_at = dispute.label_at + timedelta(seconds=age)
        told = replace(view, state=DisputeState.UNDER_REVIEW)
        observe_dispute(payment=dispute.payment, view=told, told_at=told_at, actor="test", at=world.now())
        dispute.refresh_from_db()
        assert dispute.status == status
