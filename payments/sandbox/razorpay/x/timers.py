"""What RazorpayX's timers do."""

from __future__ import annotations

from collections.abc import Callable

from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.x import progress, validations
from payments.sandbox.timers import Timer


def _payout(call: Call, timer: Timer) -> None:
    progress.ring(call, timer.kind, call.load(progress.KIND, timer.object_id))


def _validation(call: Call, timer: Timer) -> None:
    validation = call.load(validations.KIND, timer.object_id)
    if validation.body["status"] == "created":
        validations.decide(call, validation)


TIMERS: dict[str, Callable[[Call, Timer], None]] = {
    progress.DECIDES_TIMER: _payout,
    progress.COMES_BACK_TIMER: _payout,
    validations.DECIDES_TIMER: _validation,
}
