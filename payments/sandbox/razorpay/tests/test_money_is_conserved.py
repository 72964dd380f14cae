"""Random lives of orders at the sandbox's Razorpay: after every step objects and movements tell one story."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from payments.sandbox import effects
from payments.sandbox.objects import Objects
from payments.sandbox.razorpay.tests.bench import Bench, bench
from payments.sandbox.razorpay.ways import WAYS

COUNTED = {"captured": 1, "refunded": -1, "refund_returned": 1, "dispute_withdrawn": -1, "dispute_reinstated": 1}


class Life(RuleBasedStateMachine):
    """Everything that API, customer, bank, dashboard and time can do, in any order."""

    orders: Bundle[str] = Bundle("orders")
    refunds: Bundle[str] = Bundle("refunds")
    disputes: Bundle[str] = Bundle("disputes")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        self.bench: Bench = self._stack.enter_context(bench(Path(folder) / "state.sqlite3"))

    def teardown(self) -> None:
        self._stack.close()

    def every(self, kind: str) -> list[dict[str, Any]]:
        with self.bench.engine.store.read() as transaction:
            return [each.body for each in Objects(transaction, "razorpay").all(kind=kind)]

    def newest(self, order: str) -> str:
        """The newest attempt to pay an order, or an id that is none."""
        found = self.bench.get(f"orders/{order}/payments")["items"]
        return str(found[0]["id"]) if found else "pay_None"

    @initialize(target=orders)
    def first(self) -> str:
        return str(self.bench.order(2_000)["id"])

    @rule(target=orders, amount=st.integers(100, 5_000), captures=st.booleans())
    def create(self, amount: int, captures: bool) -> str:
        return str(self.bench.order(amount, payment_capture=captures)["id"])

    @rule(order=orders, method=st.sampled_from(sorted(WAYS)))
    def pay(self, order: str, method: str) -> None:
        self.bench.control(f"orders/{order}/pay", method=method)

    @rule(order=orders, verb=st.sampled_from(["authorize", "fail", "capture", "release"]))
    def decide(self, order: str, verb: str) -> None:
        payment = self.newest(order)
        if payment != "pay_None":
            self.bench.control(f"payments/{payment}/{verb}")

    @rule(order=orders, amount=st.integers(1, 5_000))
    def capture(self, order: str, amount: int) -> None:
        self.bench.post(f"payments/{self.newest(order)}/capture", amount=amount, currency="INR")

    @rule(target=refunds, order=orders, amount=st.none() | st.integers(1, 3_000), waits=st.booleans())
    def refund(self, order: str, amount: int | None, waits: bool) -> Any:
        self.bench.control("rules", refund_status="pending", refund_count=int(waits))
        given: dict[str, Any] = {} if amount is None else {"amount": amount}
        made = self.bench.post(f"payments/{self.newest(order)}/refund", **given)
        return multiple(made["id"]) if "id" in made else multiple()

    @rule(refund=refunds, verb=st.sampled_from(["process", "fail"]))
    def end_refund(self, refund: str, verb: str) -> None:
        self.bench.control(f"refunds/{refund}/{verb}")

    @rule(target=disputes, order=orders, amount=st.integers(1, 2_000))
    def dispute(self, order: str, amount: int) -> Any:
        payment = self.newest(order)
        if payment == "pay_None":
            return multiple()
        made = self.bench.control(f"payments/{payment}/dispute", amount=amount)
        return multiple() if made["error"] else multiple(made["object"]["id"])

    @rule(dispute=disputes, won=st.booleans())
    def decide_dispute(self, dispute: str, won: bool) -> None:
        self.bench.control(f"disputes/{dispute}/decide", won=won)

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.bench.shift(hours * 3_600)

    @invariant()
    def an_order_is_paid_by_one_payment(self) -> None:
        taken: dict[str, list[int]] = {}
        for payment in self.every("payment"):
            if payment["captured"]:
                taken.setdefault(payment["order_id"], []).append(payment["amount"])
        for order in self.every("order"):
            paid = taken.get(order["id"], [])
            assert (order["status"] == "paid") == (len(paid) == 1)
            assert (order["amount_paid"], order["amount_paid"] + order["amount_due"]) == (sum(paid), order["amount"])

    @invariant()
    def a_payment_counts_its_refunds(self) -> None:
        alive: dict[str, int] = {}
        for refund in self.every("refund"):
            if refund["status"] != "failed":
                alive[refund["payment_id"]] = alive.get(refund["payment_id"], 0) + refund["amount"]
        for payment in self.every("payment"):
            refunded = alive.get(payment["id"], 0)
            assert payment["amount_refunded"] == refunded <= payment["amount"]
            full, part = refunded == payment["amount"], refunded > 0
            assert payment["refund_status"] == ("full" if full else "partial" if part else None)
            assert (payment["status"] == "refunded") == full

    @invariant()
    def what_moved_is_what_the_objects_say(self) -> None:
        with self.bench.engine.store.read() as transaction:
            totals = effects.summary(transaction, subject="", effect="", limit=0)["totals"]
        moved = sum(COUNTED.get(total["effect"], 0) * total["amount_minor"] for total in totals)
        taken = sum(each["amount"] for each in self.every("payment") if each["captured"])
        captured = {each["id"] for each in self.every("payment") if each["captured"]}
        given = sum(
            each["amount"]
            for each in self.every("refund")
            if each["status"] == "processed" and each["payment_id"] in captured
        )
        deducted = sum(each["amount_deducted"] for each in self.every("dispute"))
        assert moved == taken - given - deducted


Life.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLife = Life.TestCase
