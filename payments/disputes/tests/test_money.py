"""Disputes over the gateway's real protocol: what each does to holds, payees, order and books.

The truths of the books are proved after every test; here the arithmetic is looked at. A seller's part of 10,000 is
8,850: 1,000 platform fee, 150 gateway fee.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from orders.order.models import Order
from payments.charges.models import GatewayTransaction, Payment
from payments.disputes.models import Dispute, DisputeMovement
from payments.escrow.services.sweeps import release_due, time_out_due
from payments.ledger.checks import broken_truths
from payments.ledger.models import PayeeBalance
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.services.by_staff import Wish, request_refund
from payments.refunds.services.decide import approve_refund
from payments.refunds.services.settle import confirm, propose
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def balance(account: str) -> int:
    return balance_minor(account, currency="USD")


def balances(*accounts: str) -> dict[str, int]:
    return {account: balance(account) for account in accounts}


def payee() -> tuple[int, int]:
    """(what we owe the only payee, what they owe us)."""
    row = PayeeBalance.objects.get()
    return row.payable_minor, row.receivable_minor


def decided(world: World, gateway_dispute_id: str, *verbs: str, **ordered: Any) -> Dispute:
    """After each verb everything is heard, and the books hold."""
    for verb in verbs:
        world.decide(gateway_dispute_id, verb, **ordered)
        world.hear()
        assert broken_truths() == []
    return Dispute.objects.get(gateway_dispute_id=gateway_dispute_id)


def seen(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


class TestOpened:
    def test_freezes_what_is_held_and_books_what_is_gone(self, world: World) -> None:
        order, gateway_id = world.disputed_order(6_667, 3_333)
        dispute = Dispute.objects.get()
        assert (dispute.gateway_dispute_id, dispute.status, dispute.reason) == (
            gateway_id, "needs_response", "fraudulent"
        )  # fmt: skip
        assert (dispute.withdrawn_minor, dispute.lost_minor, dispute.phase) == (10_000, 0, "chargeback")
        assert [(hold.status, hold.remaining_minor) for hold in world.holds(order)] == [
            ("frozen", 6_667),
            ("frozen", 3_333),
        ]
        assert seen(order) == ("paid", "disputed")
        assert balances("withdrawn", "dispute_fees", "escrow") == {
            "withdrawn": 10_000, "dispute_fees": 1_500, "escrow": -10_000
        }  # fmt: skip
        assert order.payments.get().disputed_minor == 10_000

    def test_by_the_test_card_it_comes_with_its_payment(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order), "pm_card_createDispute")
        world.hear()
        assert seen(order) == ("paid", "disputed")

    def test_an_inquiry_books_nothing_and_freezes(self, world: World) -> None:
        order, _ = world.disputed_order(10_000, inquiry=True)
        assert balances("withdrawn", "dispute_fees") == {"withdrawn": 0, "dispute_fees": 0}
        assert world.holds(order)[0].status == "frozen"
        assert seen(order) == ("paid", "paid")

    def test_keeps_the_movement_of_the_balance(self, world: World) -> None:
        world.disputed_order(10_000)
        movement, kept = DisputeMovement.objects.get(), GatewayTransaction.objects.get(type="adjustment")
        assert movement.transaction_id == kept.external_id
        assert (kept.amount_minor, kept.fee_minor, kept.net_minor) == (-10_000, 1_500, -11_500)

    def test_neither_timeout_nor_release_touches_it(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 0
        world.hand_over(order)
        assert release_due(at=world.later(days=30)).done == 0
        decided(world, gateway_id, "win")
        assert release_due(at=world.at).done == 1
        assert payee() == (8_850, 0)

    def test_in_another_currency_than_our_balance_the_exchange_is_booked(self, world: World) -> None:
        world.sandbox.control.stripe("rules", settlement_currencies=["usd"])
        order = world.paid_order(10_000, currency="EUR")
        world.sandbox.control.stripe("settle")
        decided(world, world.dispute(order), "lose")
        movement = DisputeMovement.objects.get()
        assert (movement.amount_minor, movement.settled_currency) == (-10_000, "USD")
        assert movement.settled_minor < -10_000
        assert balance_minor("withdrawn", currency="EUR") == 0
        assert balance_minor("clearing", currency="EUR") == 0
        assert balance("dispute_fees") == 1_500


class TestLost:
    def test_while_held_takes_the_hold(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose")
        [hold] = world.holds(order)
        assert (dispute.status, dispute.lost_minor, dispute.losses) == ("lost", 10_000, 1)
        assert (hold.status, hold.remaining_minor, hold.lost_minor) == ("returned", 0, 10_000)
        assert seen(order) == ("refunded", "charged_back")
        assert balances("withdrawn", "escrow", "chargeback_losses", "dispute_fees") == {
            "withdrawn": 0, "escrow": 0, "chargeback_losses": 0, "dispute_fees": 1_500
        }  # fmt: skip

    def test_in_part_takes_a_part_and_frees_the_rest(self, world: World) -> None:
        order, gateway_id = world.disputed_order(6_667, 3_333, amount=5_000)
        decided(world, gateway_id, "lose")
        assert [(hold.status, hold.remaining_minor) for hold in world.holds(order)] == [
            ("held", 3_333),
            ("held", 1_667),
        ]
        assert seen(order) == ("paid", "paid")
        world.hand_over(order)
        world.complete(order)
        assert balance("platform_fees") == -(666 + 333 - 333 - 166)  # floored as they were given back

    def test_after_the_release_falls_on_the_payee_and_gives_the_fees_back(self, world: World) -> None:
        order = world.released_order(10_000)
        assert payee() == (8_850, 0)
        decided(world, world.dispute(order), "lose")
        assert payee() == (0, 0)
        assert balances("platform_fees", "fees_recovered", "receivable", "chargeback_losses") == dict.fromkeys(
            ("platform_fees", "fees_recovered", "receivable", "chargeback_losses"), 0
        )
        assert seen(order) == ("refunded", "charged_back")

    def test_what_the_payee_does_not_have_they_owe(self, world: World) -> None:
        order = world.released_order(10_000)
        paid_out = PayeeBalance.objects.get().owner
        assert paid_out
        first, second = world.dispute(order, amount=6_000), world.dispute(order, amount=4_000)
        decided(world, first, "lose")
        decided(world, second, "lose")
        assert payee() == (0, 0)
        assert balance("withdrawn") == 0

    def test_more_than_a_refund_left_is_booked_as_our_loss(self, world: World) -> None:
        order = world.released_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        dispute = decided(world, world.dispute(order), "lose")
        assert {share.pot: share.amount_minor for share in dispute.shares.all()} == {"hold": 6_000, "loss": 4_000}
        assert balances("chargeback_losses", "platform_fees") == {"chargeback_losses": 4_000, "platform_fees": 0}
        assert payee() == (0, 0)
        assert seen(order) == ("refunded", "charged_back")

    def test_what_the_platform_gave_as_goodwill_is_not_left_of_the_sellers_part(self, world: World) -> None:
        order = world.released_order(10_000)
        refunded(world, order, 4_000, "platform")
        dispute = decided(world, world.dispute(order), "lose")
        assert dict(dispute.shares.values_list("pot", "amount_minor")) == {"hold": 6_000, "loss": 4_000}
        assert balances("goodwill", "chargeback_losses") == {"goodwill": 4_000, "chargeback_losses": 4_000}

    def test_after_everything_was_refunded_all_of_it_is_our_loss(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 10_000)
        world.hear()
        decided(world, world.dispute(order), "lose")
        assert balance("chargeback_losses") == 10_000
        assert seen(order) == ("refunded", "refunded")

    def test_twice_over_is_our_loss_the_second_time(self, world: World) -> None:
        order = world.paid_order(10_000)
        first, second = world.dispute(order), world.dispute(order)
        decided(world, first, "lose")
        decided(world, second, "lose")
        assert balances("chargeback_losses", "escrow") == {"chargeback_losses": 10_000, "escrow": 0}

    def test_without_any_movement_nothing_is_lost(self, world: World) -> None:
        """An inquiry that is closed."""
        order, gateway_id = world.disputed_order(10_000, inquiry=True)
        dispute = decided(world, gateway_id, "lose")
        assert (dispute.status, dispute.lost_minor) == ("inquiry_closed", 0)
        assert world.holds(order)[0].status == "held"


class TestWon:
    def test_everything_is_as_before_but_the_fee(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "win")
        [hold] = world.holds(order)
        assert (dispute.status, dispute.withdrawn_minor) == ("won", 0)
        assert (hold.status, hold.remaining_minor) == ("held", 10_000)
        assert balances("withdrawn", "dispute_fees") == {"withdrawn": 0, "dispute_fees": 1_500}
        assert seen(order) == ("paid", "paid")
        assert order.payments.get().disputed_minor == 0

    def test_the_fee_may_come_back_too(self, world: World) -> None:
        _, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "win", fee=1_500)
        assert balances("withdrawn", "dispute_fees") == {"withdrawn": 0, "dispute_fees": 0}

    def test_without_the_money_it_stays_in_dispute_until_it_comes(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "win", reinstated=False)
        assert seen(order) == ("paid", "disputed")
        assert balance("withdrawn") == 10_000
        decided(world, gateway_id, "reinstate")
        assert seen(order) == ("paid", "paid")

    def test_escalated_and_won(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000, inquiry=True)
        decided(world, gateway_id, "escalate", "win")
        assert seen(order) == ("paid", "paid")
        assert world.holds(order)[0].status == "held"

    def test_prevented_without_a_movement(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000, inquiry=True)
        assert decided(world, gateway_id, "prevent").status == "prevented"
        assert world.holds(order)[0].status == "held"


class TestAppealed:
    def test_won_after_it_was_lost_while_held(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "lose")
        dispute = decided(world, gateway_id, "appeal")
        [hold] = world.holds(order)
        assert (dispute.status, dispute.phase, dispute.lost_minor) == ("under_review", "appeal", 0)
        assert (hold.status, hold.remaining_minor) == ("frozen", 10_000)
        assert order.payments.get().open_disputes == 1
        assert seen(order) == ("paid", "disputed")
        decided(world, gateway_id, "win")
        assert seen(order) == ("paid", "paid")
        hold.refresh_from_db()
        assert (hold.status, hold.remaining_minor, hold.lost_minor) == ("held", 10_000, 0)
        assert balances("withdrawn", "escrow") == {"withdrawn": 0, "escrow": -10_000}

    def test_won_after_it_was_lost_after_the_release(self, world: World) -> None:
        order = world.released_order(10_000)
        gateway_id = world.dispute(order)
        decided(world, gateway_id, "lose")
        assert seen(order) == ("refunded", "charged_back")
        decided(world, gateway_id, "appeal", "win")
        assert seen(order) == ("completed", "paid")
        assert payee() == (8_850, 0)
        assert balances("platform_fees", "fees_recovered") == {"platform_fees": -1_000, "fees_recovered": -150}

    def test_lost_again(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose", "appeal", "lose")
        assert (dispute.lost_minor, dispute.losses) == (10_000, 3)
        assert seen(order)[1] == "charged_back"

    def test_it_repairs_our_loss_first(self, world: World) -> None:
        order = world.released_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        gateway_id = world.dispute(order)
        decided(world, gateway_id, "lose", "appeal", "win")
        assert balances("chargeback_losses", "withdrawn") == {"chargeback_losses": 0, "withdrawn": 0}
        assert payee() == (8_850 - 3_540, 0)

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

    def test_what_we_won_and_they_take_again(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "win", "appeal")
        assert (dispute.status, dispute.withdrawn_minor) == ("needs_response", 10_000)
        assert world.holds(order)[0].status == "frozen"
        dispute = decided(world, gateway_id, "lose")
        assert (dispute.lost_minor, dispute.movements.count()) == (10_000, 3)
        assert balances("escrow", "dispute_fees") == {"escrow": 0, "dispute_fees": 1_500}

    def test_partly_reinstated_what_nothing_covered_comes_first(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order, amount=15_000)
        decided(world, gateway_id, "lose")
        dispute = decided(world, gateway_id, "reinstate", amount=4_000)
        assert dict(dispute.shares.values_list("pot", "amount_minor")) == {"hold": 10_000, "loss": 1_000}
        assert (balance("chargeback_losses"), balance("escrow")) == (1_000, 0)

    def test_partly_reinstated_after_it_was_lost(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose")
        world.decide(gateway_id, "reinstate", amount=2_500)
        world.hear()
        dispute.refresh_from_db()
        [hold] = world.holds(order)
        assert (dispute.status, dispute.withdrawn_minor, dispute.lost_minor) == ("lost", 7_500, 7_500)
        assert (hold.status, hold.remaining_minor) == ("held", 2_500)


class TestThePlatformBears:
    def by_policy(self, settings: Any, **policy: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, **policy)

    def test_what_was_delivered(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_bearer="platform")
        order = world.released_order(10_000)
        dispute = decided(world, world.dispute(order), "lose")
        assert [share.pot for share in dispute.shares.all()] == ["borne"]
        assert balance("chargeback_losses") == 10_000
        assert payee() == (8_850, 0)
        assert seen(order) == ("refunded", "charged_back")

    def test_and_not_what_waits_for_its_delivery(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_bearer="platform")
        order = world.paid_order(6_667, 3_333)
        world.hand_over_part(world.fulfilments(order)[0])
        dispute = decided(world, world.dispute(order), "lose")
        assert {share.pot: share.amount_minor for share in dispute.shares.all()} == {"borne": 6_667, "hold": 3_333}
        assert [hold.status for hold in world.holds(order)] == ["held", "returned"]

    def test_by_reason(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_platform_bears_reasons=frozenset({"fraudulent"}))
        order = world.released_order(10_000)
        first = world.dispute(order, amount=1_000, reason="fraudulent")
        second = world.dispute(order, amount=1_000, reason="product_not_received")
        decided(world, first, "lose")
        decided(world, second, "lose")
        assert balance("chargeback_losses") == 1_000
        assert payee() == (8_850 - 885, 0)

    def test_and_gets_it_back_when_the_appeal_is_won(self, world: World, settings: Any) -> None:
        self.by_policy(settings, dispute_bearer="platform")
        order = world.released_order(10_000)
        decided(world, world.dispute(order), "lose", "appeal", "win")
        assert balance("chargeback_losses") == 0
        assert payee() == (8_850, 0)


class TestRefundsOfDisputedPayments:
    def test_one_that_is_owed_waits_and_is_sent_after(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order, inquiry=True)
        time_out_due(at=world.later(minutes=61))  # before we hear of it
        world.deliver([event for event in world.new_events() if "dispute" in event["type"]])
        world.work()
        refund = Refund.objects.get()
        assert refund.status == "approved"
        assert world.moved(order, "refunded") == (0, 0)
        decided(world, gateway_id, "lose")  # the inquiry is closed
        refund.refresh_from_db()
        assert refund.status == "succeeded"
        assert world.moved(order, "refunded") == (1, 10_000)

    def test_what_a_chargeback_took_is_not_given_again(self, world: World) -> None:
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order)
        time_out_due(at=world.later(minutes=61))
        world.hear()
        assert Refund.objects.get().status == "approved"
        decided(world, gateway_id, "lose")
        assert Refund.objects.get().status == "failed"
        assert Refund.objects.get().failure_code == "charged_back"
        assert world.moved(order, "refunded") == (0, 0)
        assert world.requests("POST", "/v1/refunds") == 0
        assert balance("chargeback_losses") == 10_000

    def test_money_that_comes_back_for_what_was_cancelled_goes_to_the_buyer(self, world: World) -> None:
        order, gateway_id = world.disputed_order(10_000)
        decided(world, gateway_id, "lose")
        world.later(minutes=61)
        time_out_due(at=world.at)
        assert world.fulfilments(order)[0].status == "cancelled"
        decided(world, gateway_id, "appeal", "win")
        refund = Refund.objects.get()
        assert (refund.cause, refund.amount_minor, refund.status) == ("dispute_won", 10_000, "succeeded")
        assert balances("escrow", "refunds", "withdrawn") == {"escrow": 0, "refunds": 0, "withdrawn": 0}


class TestEvents:
    def test_told_again_in_any_order_they_change_nothing(self, world: World) -> None:
        _, gateway_id = world.disputed_order(10_000)
        dispute = decided(world, gateway_id, "lose", "appeal", "win")
        before = (dispute.status, dispute.losses, dispute.movements.count(), balance("clearing"))
        told = [event for event in world.all_events() if event["type"].startswith("charge.dispute.")]
        for number, event in enumerate(reversed(told)):
            world.hear([event | {"id": f"evt_again_{number}"}])
        dispute.refresh_from_db()
        assert (dispute.status, dispute.losses, dispute.movements.count(), balance("clearing")) == before

    def test_faster_than_its_payment_books_that_first(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order))
        charge = world.all_events()[-1]["data"]["object"]["latest_charge"]
        made = world.sandbox.control.stripe(f"charges/{charge}/dispute")["object"]
        world.hear([event for event in world.new_events() if event["type"].endswith("funds_withdrawn")])
        assert seen(order) == ("paid", "disputed")
        assert balance("chargeback_losses") == 0
        decided(world, made["id"], "lose")
        assert balances("chargeback_losses", "escrow") == {"chargeback_losses": 0, "escrow": 0}

    def test_of_nobodys_payment_is_foreign(self, world: World) -> None:
        world.disputed_order(10_000)
        event = next(event for event in world.all_events() if event["type"] == "charge.dispute.created")
        event["data"]["object"] |= {"id": "dp_other", "charge": "ch_other", "payment_intent": None}
        world.hear([event | {"id": "evt_other"}])
        assert WebhookEvent.objects.get(event_id="evt_other").state == "foreign"
        assert Dispute.objects.count() == 1


class TestVoidAfterAChargeback:
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


class TestMoneyThatComesBackWhileAnotherDisputeIsOpen:
    """Its hold was empty when the dispute was opened, so that there was nothing to freeze."""

    def test_of_a_refund_that_is_void_stands_still(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        refund = refunded(world, order, 10_000)
        world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/fail")
        world.hear()
        gateway_id = world.dispute(order, inquiry=True)
        world.hear()
        assert [hold.status for hold in world.holds(order)] == ["returned"]
        void = RefundProposal.Kind.VOIDED
        propose(refund_pk=refund.pk, kind=void, actor="user:support", reason="", at=world.at)
        confirm(refund_pk=refund.pk, actor="user:finance", reason="", at=world.at)
        assert [hold.status for hold in world.holds(order)] == ["frozen"]
        world.later(days=30)
        assert release_due(at=world.at).done == 0
        decided(world, gateway_id, "lose")  # the inquiry is closed
        assert [hold.status for hold in world.holds(order)] == ["held"]

    def test_of_a_loss_made_good_stands_still(self, world: World) -> None:
        order = world.paid_order(10_000)
        first = world.dispute(order)
        decided(world, first, "lose")
        second = world.dispute(order, inquiry=True)
        world.hear()
        assert [hold.status for hold in world.holds(order)] == ["returned"]
        decided(world, first, "appeal", "win")
        assert [hold.status for hold in world.holds(order)] == ["frozen"]
        assert time_out_due(at=world.later(minutes=61)).done == 0
        decided(world, second, "lose")
        assert [hold.status for hold in world.holds(order)] == ["held"]


class TestDecidedTwiceInOneSecond:
    def test_a_refund_that_waited_for_both_is_sent_after_the_second(self, world: World) -> None:
        """Its job of the first decision ran when the dispute was open again."""
        order = world.paid_order(10_000)
        gateway_id = world.dispute(order)
        time_out_due(at=world.later(minutes=61))
        world.hear()
        refund = Refund.objects.get()
        world.decide(gateway_id, "win")
        world.deliver(world.new_events())
        process_inbox(now=world.now)
        world.decide(gateway_id, "appeal")
        world.hear()
        refund.refresh_from_db()
        assert (refund.status, Dispute.objects.get().status) == ("approved", "needs_response")
        decided(world, gateway_id, "win")
        refund.refresh_from_db()
        assert (refund.status, world.moved(order, "refunded")) == ("succeeded", (1, 10_000))


def refunded(world: World, order: Order, amount_minor: int, bearer: str = "") -> Refund:
    """Asked for by one, approved by another, and with the buyer."""
    wish = Wish(amount_minor, bearer=bearer)
    (refund,) = request_refund(order_id=order.public_id, wish=wish, reason="", requester="user:support",
                               policy=django_settings.POLICY, at=world.at)  # fmt: skip
    if refund.status == "requested":
        approve_refund(refund_pk=refund.pk, actor="user:finance", reason="", at=world.at)
    world.hear()
    world.hear()
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    return refund
