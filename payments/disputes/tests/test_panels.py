"""The work lists: what must be answered by its deadline, and what was won and is not back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from payments.disputes.models import Dispute
from payments.disputes.panels import concessions_to_decide, disputes_to_answer, won_and_not_back
from payments.disputes.services.concede import concede
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestDisputesToAnswer:
    def test_the_nearest_deadline_comes_first(self, world: World) -> None:
        for amount in (1_000, 2_000, 3_000):
            world.disputed_order(amount)
        for dispute, days in zip(Dispute.objects.order_by("pk"), (5, 1, 3), strict=True):
            Dispute.objects.filter(pk=dispute.pk).update(evidence_due_at=world.at + timedelta(days=days))
        found = disputes_to_answer(world.at)
        assert [item.label.split()[0] for item in found.items] == ["$20.00", "$30.00", "$10.00"]
        assert "evidence is due" in found.items[0].detail

    def test_what_is_answered_or_decided_is_not_there(self, world: World) -> None:
        _, gateway_id = world.disputed_order(1_000)
        world.decide(gateway_id, "lose")
        world.hear()
        assert disputes_to_answer(world.at).items == ()


class TestConcessionsToDecide:
    def test_are_there_until_somebody_decides(self, world: World, settings: Any) -> None:
        settings.POLICY = replace(settings.POLICY, refund_approval_threshold_minor={})
        world.disputed_order(1_000)
        dispute = Dispute.objects.get()
        assert concessions_to_decide(world.at).items == ()
        concede(dispute_pk=dispute.pk, actor="user:one", reason="the buyer is right", at=world.at)
        [item] = concessions_to_decide(world.at).items
        assert (item.label, item.detail) == ("$10.00 to concede", "the buyer is right")
        concede(dispute_pk=dispute.pk, actor="user:two", reason="yes", at=world.now())
        assert concessions_to_decide(world.at).items == ()


class TestWonAndNotBack:
    def test_is_there_until_the_money_is(self, world: World) -> None:
        _, gateway_id = world.disputed_order(1_000)
        world.decide(gateway_id, "win", reinstated=False)
        world.hear()
        assert [item.label for item in won_and_not_back(world.at).items] == ["$10.00 is not back"]
        world.decide(gateway_id, "reinstate")
        world.hear()
        assert won_and_not_back(world.at).items == ()
