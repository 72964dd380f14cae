"""The gateway does what it is asked, and its answer never arrives: making a payment, capturing it, refunding it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from config.calls.models import GatewayCall
from payments.charges.services.capture_later import capture_payment
from payments.drills import cast
from payments.drills.buying import (
    Fate,
    Purchase,
    begin_to_capture_later,
    check_out,
    fates,
    finish,
    hand_over,
    intend,
    pay_all,
    try_to_check_out,
    wait_until,
    wait_until_paid,
)
from payments.drills.scenarios.scenario import Scenario
from payments.drills.stage import Stage

# The SDK repeats a request once by itself, under the same key: both answers are lost.
BOTH = 2


def play(stage: Stage) -> None:
    wanted = fates(stage)
    purchases = [intend(stage, fate) for fate in wanted]
    for number, purchase in enumerate(purchases):
        _check_out_without_an_answer(stage, purchase, waits=number % 2 == 1)
    captured_later = begin_to_capture_later(stage, Fate.COMPLETED)
    pay_all(stage, [*purchases, captured_later])
    _capture_without_an_answer(stage, captured_later)
    wait_until_paid(stage, [*purchases, captured_later])
    cancelled = [each for each in purchases if each.fate is Fate.CANCELLED]
    _refund_without_an_answer(stage, cancelled)
    finish(stage, [captured_later, *(each for each in purchases if each not in cancelled)])


def _check_out_without_an_answer(stage: Stage, purchase: Purchase, *, waits: bool) -> None:
    """The buyer comes again at once, or only when the machine has found out what became of it."""
    with stage.fault(
        "lost_answer", told="answers to making a payment are lost after success", method="POST",
        path="/v1/payment_intents", count=BOTH,
    ):  # fmt: skip
        status, _ = try_to_check_out(stage, purchase)
    if status == 503 and waits:
        unanswered = GatewayCall.objects.filter(operation="payment.create", status__in=["sent", "unknown"])
        stage.wait(lambda: not unanswered.exists(), "an answer to what became of the payment")
    check_out(stage, purchase)


def _capture_without_an_answer(stage: Stage, purchase: Purchase) -> None:
    """No webhook tells of it either, until the gateway was asked."""
    wait_until(stage, [purchase], lambda each: each.payment.status == "authorized", "its authorization")
    with _untold(stage):
        with stage.fault(
            "lost_answer", told="the answer to a capture is lost after success", method="POST",
            path="/v1/payment_intents/*/capture", count=BOTH,
        ):  # fmt: skip
            capture_payment(payment_id=purchase.payment_id, actor=cast.ACTOR, reason="drill", at=stage.hands.now())
        wait_until(stage, [purchase], lambda each: each.payment.captured_minor > 0, "its capture, found out by asking")


def _refund_without_an_answer(stage: Stage, purchases: list[Purchase]) -> None:
    with _untold(stage):
        for purchase in purchases:
            with stage.fault(
                "lost_answer", told="answers to refunds are lost after success", method="POST", path="/v1/refunds",
                count=BOTH,
            ) as fault:  # fmt: skip
                hand_over(stage, purchase)
                stage.wait(partial(_has_struck, stage, fault), "a refund whose answer is lost")
        wait_until(stage, purchases, Purchase.has_ended, "its refund, found out by asking")


def _has_struck(stage: Stage, fault: int) -> bool:
    return stage.strikes(fault) == BOTH


@contextmanager
def _untold(stage: Stage) -> Iterator[None]:
    """Webhooks wait meanwhile, so that only asking can tell."""
    stage.control.pause()
    try:
        yield
    finally:
        stage.control.resume()


SCENARIO = Scenario("answers are lost after the gateway did what it was asked", play)
