"""What a day brought is told late and backwards."""

from __future__ import annotations

from payments.drills.buying import Fate, Purchase, begin, finish, hand_over, pay, wait_until, wait_until_paid
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage

DAY_S = 24 * 3_600
DECLINED = "pm_card_chargeDeclined"
FATES = (Fate.COMPLETED, Fate.CANCELLED, Fate.REFUNDED_OUTSIDE)


def play(stage: Stage) -> None:
    purchases = begin(stage, [FATES[number % len(FATES)] for number in range(stage.orders)])
    stage.control.pause()
    for number, purchase in enumerate(purchases):
        # The gateway's day goes by: each buyer comes some hours after the one before.
        stage.control.post("clock", offset_s=-DAY_S + number * DAY_S // len(purchases))
        if number == 0:
            pay(stage, purchase, DECLINED)
        pay(stage, purchase)
        if purchase.fate is Fate.REFUNDED_OUTSIDE:
            _refund_in_the_dashboard(stage, purchase)
    stage.control.post("clock", offset_s=0)
    told = stage.control.flush(order="reversed")
    stage.inject("the webhooks of a day come late, the last one first", len(told))
    wait_until_paid(stage, [each for each in purchases if each.fate is not Fate.REFUNDED_OUTSIDE])
    for purchase in purchases:
        hand_over(stage, purchase)
    _give_back_backwards(stage, [each for each in purchases if each.fate is Fate.CANCELLED])
    stage.control.resume()
    stage.note("facts were kept by their ids and states moved by their table, whatever came first")
    finish(stage, [each for each in purchases if each.fate is Fate.REFUNDED_OUTSIDE])
    wait_until(stage, purchases, Purchase.has_ended, "its end")


def _refund_in_the_dashboard(stage: Stage, purchase: Purchase) -> None:
    """Somebody refunds there, before we even heard of the payment."""
    (intent,) = stage.control.get("objects", kind="payment_intent", id=purchase.gateway_payment_id)["objects"]
    stage.control.stripe(f"charges/{intent['body']['latest_charge']}/refund")


def _give_back_backwards(stage: Stage, purchases: list[Purchase]) -> None:
    """The refunds are made, and what is told of them comes backwards too."""

    def was_made(purchase: Purchase) -> bool:
        return stage.control.moved(f"order={purchase.order_id}", "refunded")[0] > 0

    wait_until(stage, purchases, was_made, "its refund at the gateway")
    told = stage.control.flush(order="reversed")
    if told:
        stage.inject("the webhooks of refunds come late, the last one first", len(told))


SCENARIO = Scenario("the webhooks of a day come in the wrong order", play)
