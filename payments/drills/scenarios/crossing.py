"""Money goes back twice at once: the seller gives it back while the cardholder has the bank take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from payments.disputes.models import Dispute
from payments.drills import cast
from payments.drills.buying import (
    Fate,
    Purchase,
    begin,
    hand_over,
    pay_all,
    wait_until,
    wait_until_paid,
)
from payments.drills.scenarios.scenario import Scenario
from payments.drills.site import DoorRefused
from payments.drills.stage import Stage
from payments.refunds.models import Refund
from payments.refunds.services.again import send_again

FATES = (Fate.DISPUTED_UNHEARD, Fate.REFUNDED_AND_LOST, Fate.DISPUTED_FIRST, Fate.LOST_AFTER_RELEASE)


def play(stage: Stage) -> None:
    purchases = begin(stage, [FATES[number % len(FATES)] for number in range(stage.orders)])
    pay_all(stage, purchases)
    wait_until_paid(stage, purchases)
    by_fate = {fate: [each for each in purchases if each.fate is fate] for fate in FATES}
    _lose_after_release(stage, by_fate[Fate.LOST_AFTER_RELEASE])
    _dispute_first(stage, by_fate[Fate.DISPUTED_FIRST])
    _cross(stage, by_fate[Fate.DISPUTED_UNHEARD], by_fate[Fate.REFUNDED_AND_LOST])
    wait_until(stage, purchases, Purchase.has_ended, "its end")


def _dispute(stage: Stage, purchases: Sequence[Purchase], told: str) -> None:
    """Cardholders go to their banks, which take the money at once."""
    for purchase in purchases:
        stage.control.stripe(f"charges/{purchase.payment.charge_id}/dispute", reason="fraudulent")
    if purchases:
        stage.inject(told, len(purchases))


def _decide(stage: Stage, purchases: Sequence[Purchase], verb: str) -> None:
    """The banks decide for us (`win`) or for the cardholder (`lose`)."""
    charges = {purchase.payment.charge_id for purchase in purchases}
    for each in stage.control.get("objects", kind="dispute", limit=1_000)["objects"]:
        if each["body"]["charge"] in charges:
            stage.control.stripe(f"disputes/{each['body']['id']}/{verb}")


def _heard(*statuses: str) -> Callable[[Purchase], bool]:
    def heard(purchase: Purchase) -> bool:
        return Dispute.objects.filter(payment__public_id=purchase.payment_id, status__in=statuses).exists()

    return heard


def _lose_after_release(stage: Stage, purchases: Sequence[Purchase]) -> None:
    """The seller has the money already; it is taken back from what they earn."""
    for purchase in purchases:
        hand_over(stage, purchase)
    _dispute(stage, purchases, "a payment is disputed after the seller was given the money, and lost")
    _decide(stage, purchases, "lose")


def _dispute_first(stage: Stage, purchases: Sequence[Purchase]) -> None:
    """We know of the dispute: its seller can give nothing back until the bank has decided."""
    _dispute(stage, purchases, "a payment is disputed, and its seller wants to cancel")
    wait_until(stage, purchases, _heard("needs_response"), "its dispute")
    for purchase in purchases:
        try:
            hand_over(stage, purchase)
        except DoorRefused as refused:
            stage.note(f"a seller who wanted to cancel what was disputed was told to wait ({refused.code})")
        else:
            stage.problem(f"{purchase.order_id} was cancelled while its dispute was open")
    _decide(stage, purchases, "win")
    wait_until(stage, purchases, _heard("won"), "the bank's decision")
    for purchase in purchases:
        hand_over(stage, purchase)


def _cross(stage: Stage, unheard: Sequence[Purchase], refunded: Sequence[Purchase]) -> None:
    """Nobody is told anything until all of it has happened; then it is told backwards."""
    stage.control.pause()
    _dispute(stage, unheard, "a payment is refunded by us while its dispute is on its way to us")
    for purchase in (*unheard, *refunded):
        hand_over(stage, purchase)
    wait_until(stage, unheard, lambda each: _refund(each).status == "failed", "the gateway's refusal of its refund")
    wait_until(stage, refunded, lambda each: _refund(each).status == "succeeded", "its refund")
    _dispute(stage, refunded, "a payment is disputed and lost after it was refunded")
    stage.control.flush(order="reversed")
    stage.control.resume()
    wait_until(stage, [*unheard, *refunded], _heard("needs_response"), "its dispute")
    _decide(stage, refunded, "lose")
    _decide(stage, unheard, "win")
    wait_until(stage, unheard, _heard("won"), "the bank's decision")
    for purchase in unheard:
        send_again(refund_pk=_refund(purchase).pk, actor=cast.ACTOR, reason="the dispute is won", at=stage.hands.now())
    if unheard:
        stage.note("a refund that the gateway refused, because of the dispute, was sent again when that was won")


def _refund(purchase: Purchase) -> Refund:
    return Refund.objects.get(payment__public_id=purchase.payment_id)


SCENARIO = Scenario("refunds and disputes of the same payment cross", play)
