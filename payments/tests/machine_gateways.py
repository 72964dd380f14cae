"""What the machine can make happen at a gateway, past us, and what the gateway has in the end: the truth of the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from payments.charges.models import Payment
from payments.disputes.states import OPEN
from payments.gateways.dispute_views import DisputeView
from payments.gateways.registry import gateway_for
from payments.sandbox.control_client import ControlFailed
from payments.tests.world import World


def impossible_now(order: Callable[[], object]) -> None:
    """What happens at the gateway; it refuses what is not possible there now."""
    with suppress(ControlFailed):
        order()


class StripeSide:
    """The cardholders, their banks and Stripe's dashboard."""

    account, currency = "stripe", "USD"
    # Where an answer may be lost or a request refused, for the next call there.
    calls: tuple[str, ...] = (
        "/v1/payment_intents",
        "/v1/checkout/sessions",
        "/v1/payment_intents/*/capture",
        "/v1/payment_intents/*/cancel",
        "/v1/checkout/sessions/*/expire",
        "/v1/refunds",
        "/v1/disputes/*",
    )
    verbs: tuple[str, ...] = (
        "lose",
        "win",
        "appeal",
        "lose",
        "escalate",
        "prevent",
        "withdraw",
        "reinstate",
        "win late",
        "appeal",
    )

    def __init__(self, world: World) -> None:
        self.world = world

    def objects(self, kind: str) -> list[dict[str, Any]]:
        found = self.world.sandbox.control.get("objects", gateway=self.account, kind=kind, limit=1_000)["objects"]
        return [each["body"] for each in found]

    def tell(self, path: str, **order: Any) -> None:
        impossible_now(lambda: self.world.sandbox.control.stripe(path, **order))

    def charges(self) -> list[str]:
        return [each["id"] for each in self.objects("charge") if each["captured"]]

    def refund(self, charge_id: str, amount_minor: int) -> None:
        self.tell(f"charges/{charge_id}/refund", amount=amount_minor)

    def given(self) -> list[str]:
        """The refunds that arrived, and may come back."""
        return [each["id"] for each in self.objects("refund") if each["status"] == "succeeded"]

    def comes_back(self, refund_id: str) -> None:
        self.tell(f"refunds/{refund_id}/fail")

    def dispute(self, charge_id: str, *, inquiry: bool, amount_minor: int | None) -> None:
        amount = {} if amount_minor is None else {"amount": amount_minor}
        self.tell(f"charges/{charge_id}/dispute", inquiry=inquiry, **amount)

    def disputes(self) -> list[str]:
        return [each["id"] for each in self.objects("dispute")]

    def decide(self, dispute_id: str, verb: str, amount_minor: int | None) -> None:
        """The bank's part: its verdict, or a movement of our balance of which it gives no reason."""
        amount = {"amount": amount_minor} if verb in ("withdraw", "reinstate") and amount_minor else {}
        if verb == "win late":
            self.tell(f"disputes/{dispute_id}/win", reinstated=False)
            return
        if verb == "reinstate" and amount_minor and not self._has_away(dispute_id, amount_minor):
            return
        self.tell(f"disputes/{dispute_id}/{verb}", **amount)

    def _has_away(self, dispute_id: str, amount_minor: int) -> bool:
        """A bank gives back no more than it took."""
        (found,) = self.world.sandbox.control.get("objects", kind="dispute", id=dispute_id)["objects"]
        return int(found["hidden"].get("withdrawn", 0)) >= amount_minor

    def moves(self, which: int, verb: str, *, succeeds: bool) -> None:
        """A bank's word on a payment or a refund that waits for it."""
        kind = "payment_intent" if verb in ("finish", "authenticate") else "refund"
        found = self.objects(kind)
        if verb == "settle":
            self.world.sandbox.control.stripe("settle")
        elif found:
            self.tell(f"{kind}s/{found[which % len(found)]['id']}/{verb}", succeeds=succeeds)

    def decide_all(self) -> None:
        """Banks answer whatever waits for them: customers who do not come back have not paid, refunds arrive, and
        every other dispute is lost."""
        for intent in self.objects("payment_intent"):
            verb = {"processing": "finish", "requires_action": "authenticate"}.get(intent["status"])
            if verb:
                self.tell(f"payment_intents/{intent['id']}/{verb}", succeeds=False)
        for refund in self.objects("refund"):
            if refund["status"] in ("pending", "requires_action"):
                self.tell(f"refunds/{refund['id']}/succeed")
        for number, dispute in enumerate(self.objects("dispute")):
            if self.view(dispute["id"]).state.value in OPEN:
                self.tell(f"disputes/{dispute['id']}/{'lose' if number % 2 else 'win'}")
            elif self.view(dispute["id"]).state.value != "lost":
                self.tell(f"disputes/{dispute['id']}/reinstate")
        self.world.sandbox.control.stripe("settle")

    def view(self, dispute_id: str) -> DisputeView:
        found = gateway_for(self.account).get_dispute(dispute_id=dispute_id)
        assert found is not None
        return found

    def away(self, dispute_id: str) -> int:
        """What the gateway says that a dispute has away from us."""
        return -sum(each.amount.amount_minor for each in self.view(dispute_id).movements)

    def fees(self) -> int:
        """What disputes cost us beside their amounts."""
        return sum(each["fee"] for dispute in self.objects("dispute") for each in dispute["balance_transactions"])

    def proves(self, payment: Payment) -> None:
        """The row is a function of the gateway's object, not of how we came to hear of it."""
        (intent,) = (each for each in self.objects("payment_intent") if each["id"] == payment.gateway_payment_id)
        assert payment.captured_minor == intent["amount_received"]
        assert intent["status"] in ("succeeded", "canceled"), intent["status"]
        assert (payment.status == "captured") == (intent["status"] == "succeeded")
        refunds = [each for each in self.objects("refund") if each["payment_intent"] == intent["id"]]
        assert payment.refunded_minor == sum(each["amount"] for each in refunds if is_money(each))
        marks = [each["metadata"]["refund"] for each in refunds if "refund" in each["metadata"]]
        assert len(marks) == len(set(marks)), "one refund of ours was made twice"


def is_money(refund: dict[str, Any]) -> bool:
    """A refund that succeeded, and is not the letting go of an authorization."""
    return bool(refund["status"] == "succeeded" and refund["balance_transaction"])


class RazorpaySide(StripeSide):
    """The same at Razorpay, where what a dispute has taken is a level, and taking it is not told."""

    account, currency = "razorpay", "INR"
    calls = ("/v1/orders", "/v1/payments/*/refund", "/v1/payments/*/capture", "/v1/disputes/*/accept")
    verbs = ("lose", "win", "next phase", "close", "deduct")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.sandbox.control.razorpay("rules", refund_status="pending", refund_count=2)

    def tell(self, path: str, **order: Any) -> None:
        """Each in a second of its own: a body that is the same to the letter is the same event to us."""
        self.world.sandbox.control.shift_clock(1)
        impossible_now(lambda: self.world.sandbox.control.razorpay(path, **order))

    def charges(self) -> list[str]:
        return [each["id"] for each in self.objects("payment") if each["captured"]]

    def refund(self, charge_id: str, amount_minor: int) -> None:
        self.tell(f"payments/{charge_id}/refund", amount=amount_minor)

    def given(self) -> list[str]:
        return [each["id"] for each in self.objects("refund") if each["status"] == "processed"]

    def dispute(self, charge_id: str, *, inquiry: bool, amount_minor: int | None) -> None:
        amount = {} if amount_minor is None else {"amount": amount_minor}
        self.tell(f"payments/{charge_id}/dispute", phase="retrieval" if inquiry else "chargeback", **amount)

    def decide(self, dispute_id: str, verb: str, amount_minor: int | None) -> None:
        path, state = f"disputes/{dispute_id}", self.view(dispute_id).state.value
        if state == "inquiry_closed":
            return
        if verb in ("win", "lose"):
            self.tell(f"{path}/decide", won=verb == "win")
        elif verb == "next phase":
            self.tell(f"{path}/require", phase="pre_arbitration")
        elif state in OPEN:
            self.tell(f"{path}/{verb}")

    def moves(self, which: int, verb: str, *, succeeds: bool) -> None:
        if found := self.objects("refund"):
            self.tell(f"refunds/{found[which % len(found)]['id']}/{'process' if succeeds else 'fail'}")

    def decide_all(self) -> None:
        for refund in self.objects("refund"):
            if refund["status"] == "pending":
                self.tell(f"refunds/{refund['id']}/process")
        for number, dispute in enumerate(self.objects("dispute")):
            if self.view(dispute["id"]).state.value in OPEN:
                self.tell(f"disputes/{dispute['id']}/decide", won=bool(number % 2))

    def away(self, dispute_id: str) -> int:
        (found,) = (each for each in self.objects("dispute") if each["id"] == dispute_id)
        return int(found["amount_deducted"])

    def fees(self) -> int:
        return 0

    def proves(self, payment: Payment) -> None:
        charges = [each for each in self.objects("payment") if each["order_id"] == payment.gateway_payment_id]
        assert payment.captured_minor == sum(each["amount"] for each in charges if each["captured"])
        made = [each for each in self.objects("refund") if each["payment_id"] in {charge["id"] for charge in charges}]
        assert payment.refunded_minor == sum(each["amount"] for each in made if each["status"] == "processed")
        receipts = [each["receipt"] for each in made if each["receipt"]]
        assert len(receipts) == len(set(receipts)), "one refund of ours was made twice"
