"""What a seller would give back is kept while the bank decides: no more than is payable, once, and let go after."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.outbox.models import OutboxJob
from config.tests.together import together
from orders.order.models import Order
from orders.tests.factories import policy
from payments.disputes.models import Dispute
from payments.disputes.services.keeping import sellers_parts
from payments.ledger.models import LedgerEntry
from payments.reserves.models import DisputeReserve
from payments.reserves.tests.kept import another, balance, owner_of, paid_out, set_terms
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def disputed(world: World, order: Order, **ordered: Any) -> str:
    """A chargeback of a released order; heard of. Returns the gateway's id of it."""
    dispute_id = world.dispute(order, **ordered)
    world.hear()
    return dispute_id


def decided(world: World, dispute_id: str, verb: str) -> None:
    world.decide(dispute_id, verb)
    world.hear()


class TestOpen:
    def test_keeps_the_sellers_part_of_what_is_disputed(self, world: World) -> None:
        """4,000 of 10,000: 400 and 60 are our fees on it, 3,540 the seller's."""
        order = world.released_order(10_000)
        disputed(world, order, amount=4_000)
        assert balance(owner_of(order)) == (5_310, 3_540, 0)
        kept, dispute = DisputeReserve.objects.get(), Dispute.objects.get()
        assert (kept.dispute, kept.owner, kept.kept_minor, kept.freed_at) == (dispute, owner_of(order), 3_540, None)
        entry = LedgerEntry.objects.get(event="reserve_kept")
        assert (entry.subject_id, entry.memo) == (owner_of(order), f"{dispute.public_id} is open")

    def test_no_more_than_is_payable(self, world: World) -> None:
        order = world.released_order(10_000)
        paid_out(owner_of(order), 8_000, at=world.at)
        disputed(world, order)
        assert balance(owner_of(order)) == (0, 850, 0)

    def test_nothing_where_nothing_is_payable_or_nothing_was_released(self, world: World) -> None:
        gone, held = world.released_order(10_000), world.paid_order(10_000)
        paid_out(owner_of(gone), 8_850, at=world.at)
        disputed(world, gone)
        disputed(world, held)
        assert not DisputeReserve.objects.exists()
        assert not LedgerEntry.objects.filter(event="reserve_kept").exists()

    def test_of_each_seller_whose_part_was_released(self, world: World) -> None:
        order = world.paid_order(6_000, 4_000)
        first = world.fulfilments(order)[0]
        world.hand_over_part(first)
        world.complete_part(first)
        disputed(world, order)
        assert sellers_parts(Dispute.objects.get()) == {first.seller.public_id: 5_310}
        assert balance(first.seller.public_id) == (0, 5_310, 0)

    @pytest.mark.parametrize("rules", [{"dispute_reserve": False}, {"dispute_bearer": "platform"}])
    def test_nothing_where_the_policy_does_not_want_it_or_the_loss_is_ours(
        self, world: World, settings: Any, rules: dict[str, Any]
    ) -> None:
        settings.POLICY = policy(**rules)
        order = world.released_order(10_000)
        disputed(world, order)
        assert balance(owner_of(order)) == (8_850, 0, 0)

    def test_told_again_or_moved_on_keeps_no_more(self, world: World) -> None:
        order = world.released_order(10_000)
        dispute_id = disputed(world, order, amount=4_000, inquiry=True)
        another(world, order)
        world.hear(world.all_events())
        decided(world, dispute_id, "escalate")
        assert balance(owner_of(order)) == (5_310 + 8_850, 3_540, 0)
        assert DisputeReserve.objects.count() == 1

    def test_four_sweeps_of_events_at_once_keep_it_once(self, world: World) -> None:
        order = world.released_order(10_000)
        world.dispute(order, amount=4_000)
        world.deliver(world.new_events())
        together([world.work] * 4)
        assert balance(owner_of(order)) == (5_310, 3_540, 0)


class TestDecided:
    def test_won_it_is_payable_again(self, world: World) -> None:
        order = world.released_order(10_000)
        dispute_id = disputed(world, order, amount=4_000)
        decided(world, dispute_id, "win")
        assert balance(owner_of(order)) == (8_850, 0, 0)
        assert DisputeReserve.objects.get().freed_at is not None
        assert LedgerEntry.objects.get(event="reserve_released").memo == f"{Dispute.objects.get().public_id} is decided"

    def test_lost_it_is_what_the_loss_takes_and_nobody_is_short(self, world: World, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "payee.short": ["payments.ledger.tests.nobody"]}
        order = world.released_order(10_000)
        dispute_id = disputed(world, order, amount=4_000)
        decided(world, dispute_id, "lose")
        assert balance(owner_of(order)) == (5_310, 0, 0)
        assert not OutboxJob.objects.filter(topic="payee.short").exists()
        lost = LedgerEntry.objects.get(event="dispute_lost").lines
        assert set(lost.values_list("account", "amount_minor")) == {
            ("platform_fees", 400), ("fees_recovered", 60), ("payable", 3_540), ("withdrawn", -4_000),
        }  # fmt: skip

    def test_lost_after_too_little_was_payable_the_rest_is_owed(self, world: World, settings: Any) -> None:
        settings.LISTENERS = {**settings.LISTENERS, "payee.short": ["payments.ledger.tests.nobody"]}
        order = world.released_order(10_000)
        paid_out(owner_of(order), 7_850, at=world.at)
        dispute_id = disputed(world, order, amount=4_000)
        assert balance(owner_of(order)) == (0, 1_000, 0)
        decided(world, dispute_id, "lose")
        assert balance(owner_of(order)) == (0, 0, 2_540)
        assert OutboxJob.objects.filter(topic="payee.short").exists()

    @pytest.mark.parametrize("verb", ["lose", "win"])
    def test_holds_are_locked_before_balances(self, world: World, verb: str) -> None:
        """As everybody does: else a refund of the same money, which goes the other way round, could wait for ever."""
        order = world.released_order(10_000)
        dispute_id = disputed(world, order, amount=4_000)
        world.decide(dispute_id, verb)
        with CaptureQueriesContext(connection) as queries:
            world.hear()
        locks = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
        first = {table: min(number for number, sql in enumerate(locks) if f'FROM "{table}"' in sql)
                 for table in ("orders_order", "payments_escrowhold", "payments_payeebalance")}  # fmt: skip
        assert first["orders_order"] < first["payments_escrowhold"] < first["payments_payeebalance"]

    def test_reopened_it_is_kept_anew(self, world: World) -> None:
        order = world.released_order(10_000)
        dispute_id = disputed(world, order, amount=4_000)
        decided(world, dispute_id, "lose")
        decided(world, dispute_id, "appeal")
        assert Dispute.objects.get().status in ("under_review", "needs_response")
        # The loss is made good (withdrawn again), so that what is disputed is the seller's and kept once more.
        assert balance(owner_of(order)) == (5_310, 3_540, 0)
        assert DisputeReserve.objects.filter(freed_at__isnull=True).count() == 1

    def test_what_the_terms_keep_stays(self, world: World) -> None:
        order = world.order(10_000)
        set_terms(owner_of(order), 0, 1_000, 30, at=world.at)
        order = another(world, order)
        dispute_id = disputed(world, order, amount=4_000)
        assert balance(owner_of(order)) == (7_965 - 3_540, 885 + 3_540, 0)
        decided(world, dispute_id, "win")
        assert balance(owner_of(order)) == (7_965, 885, 0)
