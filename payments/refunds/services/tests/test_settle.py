"""A failed refund ends by two people: paid from our bank, or void, whose money goes where it belongs by now."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.calls.models import GatewayCall
from config.kernel.errors import NotFound, Refused
from orders.order.models import Order
from payments.escrow.services.cancel import CannotCancel
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.sweeps import time_out_due
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund, RefundProposal
from payments.refunds.services.again import send_again
from payments.refunds.services.by_staff import cancel_by_staff
from payments.refunds.services.settle import Kind, confirm, decline, propose
from payments.refunds.services.tests.test_by_staff import FINANCE, SUPPORT, alone, ask, policy
from payments.refunds.services.tests.test_by_staff import refused as refused_request
from payments.refunds.services.tests.test_decide import approve
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
BANK: dict[str, Any] = {"bank_account": "main", "reference": "UTR 42", "bank_accounts": ("main", "inr")}


def bounced(world: World, order: Order, amount_minor: int | None = None, **wish: Any) -> Refund:
    """A refund on request that the gateway gave and got back."""
    refund = ask(world, order, amount_minor, **wish)
    approve(world, refund)
    world.hear()
    return bounce(world, refund)


def refuse(world: World, order: Order, amount_minor: int) -> Refund:
    """A refund on request that the gateway refused to make."""
    refund = ask(world, order, amount_minor)
    world.fail("/v1/refunds", status=400, type="invalid_request_error", code="charge_disputed", message="no")
    approve(world, refund)
    world.work()
    refund.refresh_from_db()
    assert (refund.status, refund.gateway_refund_id) == ("failed", None)
    return refund


def bounce(world: World, refund: Refund) -> Refund:
    world.hear()
    refund.refresh_from_db()
    world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/fail", reason="expired_or_canceled_card")
    world.hear()
    refund.refresh_from_db()
    assert refund.status == "failed"
    return refund


def suggest(world: World, refund: Refund, kind: Kind, *, by: str = SUPPORT, **given: Any) -> RefundProposal:
    return propose(refund_pk=refund.pk, kind=kind, actor=by, reason="as agreed", at=world.at, **given)


def end(world: World, refund: Refund, kind: Kind, **given: Any) -> Refund:
    suggest(world, refund, kind, **given)
    assert confirm(refund_pk=refund.pk, actor=FINANCE, reason="seen", at=world.at)
    refund.refresh_from_db()
    return refund


def stands(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def posted(key: str) -> list[tuple[str, int]]:
    return sorted(LedgerEntry.objects.get(key=key).lines.values_list("account", "amount_minor"))


class TestPaidOtherwise:
    def test_leaves_our_bank_and_is_owed_no_more(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = end(world, bounced(world, order, 4_000), Kind.PAID_OTHERWISE, **BANK)
        assert (refund.status, refund.reference) == ("paid_otherwise", "UTR 42")
        assert posted(f"refund:{refund.public_id}:paid_otherwise") == [("bank", -4_000), ("refunds", 4_000)]
        payment = world.payment(order)
        assert (payment.refunding_minor, payment.refunded_minor) == (0, 0)
        order.refresh_from_db()
        assert (order.refunded_minor, order.payment_status) == (4_000, "partially_refunded")
        assert refused_request(world, order, 6_001) == "exceeds_refundable", "the buyer has that money"

    def test_of_all_of_it_the_order_is_refunded(self, world: World) -> None:
        order = world.released_order(10_000)
        end(world, bounced(world, order), Kind.PAID_OTHERWISE, **BANK)
        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("refunded", "refunded")

    def test_what_the_gateway_gives_beside_it_is_our_loss(self, world: World) -> None:
        """Its dashboard knows nothing of our bank."""
        order = world.released_order(10_000)
        end(world, bounced(world, order), Kind.PAID_OTHERWISE, **BANK)
        world.refund_outside(order, 3_333)
        world.hear()
        assert balance_minor("chargeback_losses", currency="USD") == 3_333

    def test_of_what_the_machine_owes_too(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        refund = bounce(world, Refund.objects.get())
        assert end(world, refund, Kind.PAID_OTHERWISE, **BANK).status == "paid_otherwise"
        order.refresh_from_db()
        assert order.payment_status == "refunded"

    @pytest.mark.parametrize("changes", [{"bank_account": "other"}, {"reference": "  "}, {"bank_account": ""}])
    def test_names_a_bank_account_of_ours_and_the_banks_reference(self, world: World, changes: dict[str, str]) -> None:
        refund = bounced(world, world.paid_order(10_000), 4_000)
        before = everything()
        with pytest.raises(Refused) as raised:
            suggest(world, refund, Kind.PAID_OTHERWISE, **{**BANK, **changes})
        assert raised.value.code == "unknown_bank_account"
        assert everything() == before


class TestVoided:
    def test_what_is_still_held_is_held_again(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = end(world, bounced(world, order, 4_000), Kind.VOIDED)
        assert posted(f"refund:{refund.public_id}:voided") == [("escrow", -4_000), ("refunds", 4_000)]
        (hold,) = world.holds(order)
        assert (refund.status, hold.status, hold.remaining_minor, hold.returned_minor) == ("voided", "held", 10_000, 0)
        order.refresh_from_db()
        assert (order.payment_status, order.lines.get().refunded_minor) == ("paid", 0)
        assert ask(world, order).amount_minor == 10_000, "it may be asked for again"

    def test_a_hold_that_was_emptied_is_held_again(self, world: World) -> None:
        order = world.paid_order(10_000)
        world.hand_over(order)
        refund = bounced(world, order)
        assert world.holds(order)[0].status == "returned"
        assert stands(order) == ("refunded", "paid"), "it is still owed"
        end(world, refund, Kind.VOIDED)
        assert (world.holds(order)[0].status, world.holds(order)[0].remaining_minor) == ("held", 10_000)
        assert stands(order) == ("delivered", "paid")
        world.complete(order)
        assert stands(order) == ("completed", "paid")
        assert -balance_minor("payable", currency="USD") == 8_850

    def test_a_frozen_hold_stays_frozen(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = bounced(world, order, 4_000)
        freeze_hold(hold_pk=world.holds(order)[0].pk, reason="operator", actor="user:x", note="odd", at=world.at)
        end(world, refund, Kind.VOIDED)
        assert (world.holds(order)[0].status, world.holds(order)[0].remaining_minor) == ("frozen", 10_000)

    def test_what_was_taken_after_release_goes_back_with_its_fees(self, world: World) -> None:
        order = world.released_order(3_333, 3_333, 3_334)
        before = {name: balance_minor(name, currency="USD") for name in ("platform_fees", "fees_recovered", "payable")}
        refund = end(world, bounced(world, order, 5_001), Kind.VOIDED)
        assert {name: balance_minor(name, currency="USD") for name in before} == before
        assert [line.refunded_minor for line in order.lines.all()] == [0, 0, 0]
        assert refund.status == "voided"

    def test_an_order_that_was_completed_is_again(self, world: World) -> None:
        order = world.released_order(3_333, 6_667)
        refund = bounced(world, order)
        assert stands(order) == ("refunded", "paid")
        end(world, refund, Kind.VOIDED)
        assert stands(order) == ("completed", "paid")

    def test_taken_while_held_and_released_since_it_goes_to_the_seller(self, world: World) -> None:
        """A void never mirrors the old entry: the hold is closed by now."""
        order = world.paid_order(10_000)
        refund = ask(world, order, 4_000)
        approve(world, refund)
        world.hear()
        world.hear()
        world.hand_over(order)
        world.complete(order)
        assert -balance_minor("payable", currency="USD") == 5_310
        end(world, bounce(world, refund), Kind.VOIDED)
        assert posted(f"refund:{refund.public_id}:voided") == [
            ("fees_recovered", -60), ("payable", -3_540), ("platform_fees", -400), ("refunds", 4_000),
        ]  # fmt: skip
        assert (balance_minor("payable", currency="USD"), balance_minor("escrow", currency="USD")) == (-8_850, 0)

    def test_pays_what_the_seller_owes_first(self, world: World) -> None:
        order = world.released_order(10_000)
        first = bounced(world, order, 5_000)
        owner = world.holds(order)[0].owner
        end(world, first, Kind.VOIDED)
        assert balance_minor("payable", currency="USD", owner=owner) == -8_850

    def test_goodwill_was_ours_and_is_ours_again(self, world: World) -> None:
        order = world.released_order(10_000)
        refund = bounced(world, order, 2_000, bearer="platform")
        end(world, refund, Kind.VOIDED)
        assert balance_minor("goodwill", currency="USD") == 0
        assert ask(world, order).amount_minor == 10_000

    def test_a_cancel_that_waits_is_asked_for_anew(self, world: World) -> None:
        """It would give back less than all of it, and leave the part to be delivered."""
        order = world.paid_order(10_000)
        part = world.fulfilments(order)[0]
        refund = ask(world, order, 4_000)
        approve(world, refund)
        cancel = cancel_by_staff(
            fulfilment_pk=part.pk, requester=SUPPORT, reason="sold out", policy=policy(), at=world.at
        )
        assert cancel is not None
        end(world, bounce(world, refund), Kind.VOIDED)
        before = everything()
        with pytest.raises(CannotCancel):
            approve(world, cancel)
        assert everything() == before

    def test_never_of_a_part_that_was_cancelled(self, world: World) -> None:
        order = world.paid_order(10_000)
        assert time_out_due(at=world.later(minutes=61)).done == 1
        world.hear()
        refund = bounce(world, Refund.objects.get(payment__order=order))
        before = everything()
        with pytest.raises(Refused) as raised:
            suggest(world, refund, Kind.VOIDED)
        assert raised.value.code == "cannot_void"
        assert everything() == before


class TestFourEyes:
    def test_nobody_confirms_what_they_proposed(self, world: World) -> None:
        refund = bounced(world, world.paid_order(10_000), 4_000)
        suggest(world, refund, Kind.VOIDED, by=FINANCE)
        before = everything()
        with pytest.raises(Refused) as raised:
            confirm(refund_pk=refund.pk, actor=FINANCE, reason="me too", at=world.at)
        assert raised.value.code == "four_eyes"
        assert everything() == before

    def test_the_database_refuses_it_too(self, world: World) -> None:
        proposal = suggest(world, bounced(world, world.paid_order(10_000), 4_000), Kind.VOIDED)
        with pytest.raises(IntegrityError, match="nobody_confirms_their_own_proposal"), transaction.atomic():
            RefundProposal.objects.filter(pk=proposal.pk).update(status="confirmed", decided_by=SUPPORT)

    def test_one_proposal_at_a_time_and_nothing_is_sent_meanwhile(self, world: World) -> None:
        refund = bounced(world, world.paid_order(10_000), 4_000)
        suggest(world, refund, Kind.VOIDED)
        before = everything()
        for act in (
            lambda: suggest(world, refund, Kind.PAID_OTHERWISE, **BANK),
            lambda: send_again(refund_pk=refund.pk, actor=FINANCE, reason="", at=world.at),
        ):
            with pytest.raises(Refused) as raised:
                act()
            assert raised.value.code == "proposal_open"
        assert everything() == before

    def test_what_is_declined_is_not_done_and_may_be_proposed_anew(self, world: World) -> None:
        refund = bounced(world, world.paid_order(10_000), 4_000)
        suggest(world, refund, Kind.VOIDED)
        assert decline(refund_pk=refund.pk, actor=SUPPORT, reason="a slip", at=world.at)
        refund.refresh_from_db()
        assert refund.status == "failed"
        with pytest.raises(NotFound):
            confirm(refund_pk=refund.pk, actor=FINANCE, reason="", at=world.at)
        assert end(world, refund, Kind.PAID_OTHERWISE, **BANK).status == "paid_otherwise"

    def test_only_of_what_failed(self, world: World) -> None:
        refund = ask(world, world.paid_order(10_000), 4_000, rules=alone())
        before = everything()
        with pytest.raises(Refused) as raised:
            suggest(world, refund, Kind.VOIDED)
        assert raised.value.code == "refund_not_failed"
        assert everything() == before

    def test_what_the_gateway_gave_meanwhile_is_not_given_twice(self, world: World) -> None:
        """Somebody refunded in the dashboard while a payment from our bank was proposed."""
        order = world.paid_order(10_000)
        refund = bounced(world, order, 4_000)
        suggest(world, refund, Kind.PAID_OTHERWISE, **BANK)
        world.refund_outside(order, 4_000)
        world.hear()
        before = everything()
        with pytest.raises(Refused) as raised:
            confirm(refund_pk=refund.pk, actor=FINANCE, reason="", at=world.at)
        assert raised.value.code == "refund_not_failed"
        assert everything() == before
        assert decline(refund_pk=refund.pk, actor=FINANCE, reason="given by the gateway", at=world.at)

    @pytest.mark.parametrize("refused", [True, False])
    def test_what_the_gateway_gave_a_part_of_meanwhile_is_proposed_anew(self, world: World, refused: bool) -> None:
        """The bank gave all of it: neither is less of that booked, nor is the rest given by the gateway besides."""
        order = world.paid_order(10_000)
        refund = refuse(world, order, 6_000) if refused else bounced(world, order, 6_000)
        proposal = suggest(world, refund, Kind.PAID_OTHERWISE, **BANK)
        world.refund_outside(order, 2_000)
        world.hear()
        proposal.refresh_from_db()
        refund.refresh_from_db()
        assert (proposal.status, refund.status, refund.amount_minor) == ("declined", "failed", 4_000)
        before = everything()
        with pytest.raises(NotFound):
            confirm(refund_pk=refund.pk, actor=FINANCE, reason="", at=world.at)
        assert everything() == before
        assert world.moved(order, "refunded") == ((1, 2_000) if refused else (2, 8_000))


class TestRefusedAndMadeAfterAll:
    """The gateway refused to make it, and made it: what it tells of that later moves money all the same."""

    def made(self, world: World, order: Order, refund: Refund) -> None:
        charge = world.payment(order).charge_id
        world.sandbox.control.stripe(
            f"charges/{charge}/refund", amount=refund.amount_minor, metadata={"refund": refund.public_id}
        )
        world.hear()
        refund.refresh_from_db()

    def test_it_is_given_and_owed_no_more(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = refuse(world, order, 6_000)
        self.made(world, order, refund)
        assert refund.status == "succeeded"
        assert GatewayCall.objects.get(operation="refund.create").status == "succeeded"
        assert (world.payment(order).refunded_minor, balance_minor("refunds", currency="USD")) == (6_000, 0)

    def test_what_our_bank_gave_before_is_given_besides(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = end(world, refuse(world, order, 6_000), Kind.PAID_OTHERWISE, **BANK)
        self.made(world, order, refund)
        assert (refund.status, refund.gateway_refund_id) == ("paid_otherwise", None)
        assert Refund.objects.get(cause="external").amount_minor == 6_000
        assert world.payment(order).refunded_minor == 6_000
        assert balance_minor("chargeback_losses", currency="USD") == 2_000

    def test_what_was_made_anew_before_is_given_besides(self, world: World) -> None:
        order = world.paid_order(10_000)
        refund = refuse(world, order, 4_000)
        send_again(refund_pk=refund.pk, actor=FINANCE, reason="again", at=world.at)
        world.hear()
        self.made(world, order, refund)
        assert (refund.status, refund.sendings) == ("succeeded", 2)
        assert world.moved(order, "refunded") == (2, world.payment(order).refunded_minor) == (2, 8_000)
