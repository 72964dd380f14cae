"""Money that comes back to a payment covers first what was taken of it beyond all that it had left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import settings as django_settings

from payments.charges.models import Payment
from payments.disputes.models import Dispute
from payments.disputes.services.tests.deciding import balances, decided, payee, seen
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.checks import broken_truths
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.settle import confirm, propose
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestOfADisputeMadeGood:
    def test_it_repairs_anothers_loss_first(self, world: World) -> None:
        """Of two chargebacks over the whole the first took all, the second found nothing. When the first is won, what
        comes back is what the second took."""
        order = world.paid_order(10_000)
        first, second = world.dispute(order), world.dispute(order)
        decided(world, first, "lose")
        decided(world, second, "lose")
        decided(world, first, "appeal", "win")
        assert balances("chargeback_losses", "escrow", "withdrawn") == {
            "chargeback_losses": 0, "escrow": 0, "withdrawn": 0
        }  # fmt: skip
        assert [share.pot for share in Dispute.objects.get(gateway_dispute_id=second).shares.all()] == ["hold"]

    def test_it_repairs_the_loss_of_a_refund_first(self, world: World) -> None:
        """Somebody gave most of it back at the gateway while the bank had a part of it: what comes back from the bank
        is what the refund gave beyond the rest."""
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order, amount=6_000)
        decided(world, gateway_id, "win")
        world.refund_outside(order, 7_000)
        refunded = world.new_events()
        world.decide(gateway_id, "appeal")
        world.decide(gateway_id, "lose")
        told = {event["id"] for event in refunded}
        world.hear([event for event in world.new_events() if event["id"] not in told])
        assert balances("chargeback_losses", "escrow") == {"chargeback_losses": 0, "escrow": -4_000}
        world.hear()
        assert balances("chargeback_losses", "escrow") == {"chargeback_losses": 3_000, "escrow": 0}
        decided(world, gateway_id, "appeal", "win")
        assert balances("chargeback_losses", "escrow", "refunds") == {
            "chargeback_losses": 0, "escrow": -3_000, "refunds": 0
        }  # fmt: skip
        assert seen(order) == ("paid", "partially_refunded")


class TestOfARefundThatIsVoid:
    """What we owe a buyer who has charged it back is not given a second time: it ends by two people, and covers our
    loss."""

    def void(self, world: World) -> None:
        refund = Refund.objects.get(status="failed")
        propose(
            refund_pk=refund.pk, kind=RefundProposal.Kind.VOIDED, actor="user:a", reason="charged back", at=world.at
        )
        confirm(refund_pk=refund.pk, actor="user:b", reason="charged back", at=world.at)
        assert broken_truths() == []

    def test_of_what_was_cancelled(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order)
        time_out_due(at=world.later(minutes=61))
        world.hear()
        dispute = decided(world, gateway_id, "lose")
        assert balances("chargeback_losses", "refunds") == {"chargeback_losses": 10_000, "refunds": -10_000}
        self.void(world)
        assert balances("chargeback_losses", "refunds", "escrow") == {"chargeback_losses": 0, "refunds": 0, "escrow": 0}
        assert [share.pot for share in dispute.shares.all()] == ["hold"]
        assert seen(order) == ("cancelled", "charged_back")
        decided(world, gateway_id, "appeal", "win")
        assert Refund.objects.get(cause="dispute_won").status == "succeeded"
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_in_part_the_rest_goes_where_it_came_from(self, world: World) -> None:
        order = world.released_order(10_000)
        gateway_id = world.dispute(order, inquiry=True)
        world.hear()
        [refund] = request_refund(
            order_id=order.public_id, wish=Wish(amount_minor=4_000), reason="asked", requester="user:staff",
            policy=replace(django_settings.POLICY, refund_approval_threshold_minor={"USD": 10_000}), at=world.at,
        )  # fmt: skip
        world.work()
        assert Refund.objects.get().status == "approved"
        world.decide(gateway_id, "escalate")
        decided(world, gateway_id, "lose")
        refund.refresh_from_db()
        assert (refund.status, refund.failure_code) == ("failed", "charged_back")
        assert balances("chargeback_losses", "refunds") == {"chargeback_losses": 4_000, "refunds": -4_000}
        self.void(world)
        assert balances("chargeback_losses", "refunds", "platform_fees") == {
            "chargeback_losses": 0, "refunds": 0, "platform_fees": 0
        }  # fmt: skip
        assert payee() == (0, 0)

    def test_of_money_that_nobody_could_keep(self, world: World) -> None:
        """Paid twice: the second payment goes back, and is charged back before it has."""
        order = world.order(10_000)
        late = world.start(order).payment
        world.confirm(late, "pm_usBankAccount")
        world.hear()
        Payment.objects.filter(pk=late.pk).update(status="failed")
        world.pay(world.start(order))
        world.hear()
        charge = world.at_gateway(late, "finish", succeeds=True)["object"]["latest_charge"]
        gateway_id = str(world.sandbox.control.stripe(f"charges/{charge}/dispute")["object"]["id"])
        world.hear()
        assert Payment.objects.get(pk=late.pk).unapplied_minor == 10_000
        decided(world, gateway_id, "lose")
        self.void(world)
        assert balances("chargeback_losses", "refunds", "unapplied") == {
            "chargeback_losses": 0, "refunds": 0, "unapplied": 0
        }  # fmt: skip
        decided(world, gateway_id, "appeal", "win")
        world.sandbox.control.stripe("settle")  # bank debits are given back slowly
        world.hear()
        assert Refund.objects.filter(cause="unapplied").latest("pk").status == "succeeded"
        assert balances("withdrawn", "unapplied", "refunds") == {"withdrawn": 0, "unapplied": 0, "refunds": 0}
        assert seen(order) == ("paid", "paid")
