"""RazorpayX's events: they go to a webhook of their own, with a secret of its own."""

from __future__ import annotations

from payments.sandbox.objects import Stored
from payments.sandbox.razorpay.call import Call
from payments.sandbox.razorpay.endpoint import BANKING
from payments.sandbox.razorpay.events import emit_payload


def tell(call: Call, event: str, subject: Stored) -> None:
    """Stores an event about the object, as it is now, and queues it."""
    emit_payload(call, event, {subject.body["entity"]: subject.body}, endpoint_id=BANKING)
