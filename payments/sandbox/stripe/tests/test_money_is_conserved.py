"""Random lives of payments: after every step the balance, the charges and the effects tell one story."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from payments.sandbox.objects import Stored
from payments.sandbox.tests.in_process import Bench, bench

METHODS = (
    "pm_card_visa",
    "pm_card_chargeDeclined",
    "pm_card_threeDSecureRequired",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
    "pm_usBankAccount",
)


class Life(RuleBasedStateMachine):
    """Everything that API, customer, bank, dashboard and time can do to payments, in any order."""

    payments: Bundle[str] = Bundle("payments")
    refunds: Bundle[str] = Bundle("refunds")
    disputes: Bundle[str] = Bundle("disputes")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        self.bench: Bench = self._stack.enter_context(bench(Path(folder) / "state.sqlite3"))

    def teardown(self) -> None:
        self._stack.close()

    @initialize(target=payments)
    def first(self) -> str:
        return str(self.bench.post("payment_intents", amount="2000", currency="usd")["id"])

    @rule(
        target=payments,
        amount=st.integers(50, 5_000),
        capture=st.sampled_from(["automatic", "automatic_async", "manual"]),
    )
    def create(self, amount: int, capture: str) -> str:
        made = self.bench.post("payment_intents", amount=str(amount), currency="usd", capture_method=capture)
        return str(made["id"])

    @rule(payment=payments, method=st.sampled_from(METHODS), by_customer=st.booleans())
    def confirm(self, payment: str, method: str, by_customer: bool) -> None:
        if by_customer:
            self.bench.order(f"payment_intents/{payment}/confirm", payment_method=method)
        else:
            self.bench.post(f"payment_intents/{payment}/confirm", payment_method=method)

    @rule(payment=payments, succeeds=st.booleans(), verb=st.sampled_from(["authenticate", "finish"]))
    def reply(self, payment: str, succeeds: bool, verb: str) -> None:
        self.bench.order(f"payment_intents/{payment}/{verb}", succeeds=succeeds)

    @rule(payment=payments, amount=st.integers(1, 6_000))
    def capture(self, payment: str, amount: int) -> None:
        self.bench.post(f"payment_intents/{payment}/capture", amount_to_capture=str(amount))

    @rule(payment=payments)
    def cancel(self, payment: str) -> None:
        self.bench.post(f"payment_intents/{payment}/cancel")

    @rule(target=refunds, payment=payments, amount=st.integers(1, 6_000), key=st.sampled_from(["", "k1", "k2"]))
    def refund(self, payment: str, amount: int, key: str) -> Any:
        answer = self.bench.post("refunds", key=key, payment_intent=payment, amount=str(amount))
        return answer["id"] if "id" in answer else multiple()

    @rule(refund=refunds, verb=st.sampled_from(["succeed", "fail"]))
    def refund_moves(self, refund: str, verb: str) -> None:
        self.bench.order(f"refunds/{refund}/{verb}")

    @rule(target=disputes, payment=payments, amount=st.integers(1, 6_000), inquiry=st.booleans())
    def dispute(self, payment: str, amount: int, inquiry: bool) -> Any:
        charge = self.bench.get(f"payment_intents/{payment}").get("latest_charge")
        if charge is None:
            return multiple()
        made = self.bench.order(f"charges/{charge}/dispute", amount=amount, inquiry=inquiry)
        return made["object"]["id"] if made and made.get("object", {}).get("object") == "dispute" else multiple()

    @rule(dispute=disputes, verb=st.sampled_from(["escalate", "win", "lose", "appeal", "prevent", "reinstate"]))
    def dispute_moves(self, dispute: str, verb: str) -> None:
        self.bench.order(f"disputes/{dispute}/{verb}")

    @rule()
    def settle(self) -> None:
        self.bench.order("settle")

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.bench.shift(days * 24 * 60 * 60)

    @invariant()
    def every_charge_agrees_with_the_effects(self) -> None:
        with self.bench.call() as call:
            for charge in call.objects.all(kind="charge"):
                body = charge.body
                moved = {
                    row["effect"]: row["amount"]
                    for row in call.transaction.rows(
                        "SELECT e.effect, SUM(e.amount_minor) AS amount FROM effect_subjects s"
                        " JOIN effects e ON e.seq = s.seq WHERE s.subject = ? GROUP BY e.effect",
                        charge.id,
                    )
                }
                captured = moved.get("captured", 0)
                assert captured == (body["amount_captured"] if body["status"] == "succeeded" else 0)
                assert 0 <= body["amount_refunded"] <= body["amount"]
                assert body["refunded"] is (body["amount_refunded"] == body["amount"])
                given_back = moved.get("refunded", 0) - moved.get("refund_returned", 0)
                assert 0 <= given_back <= captured
                assert moved.get("released", 0) + captured <= body["amount"]
                self._refunds_agree(call.objects.all(kind="refund"), charge, given_back)

    def _refunds_agree(self, refunds: list[Stored], charge: Stored, given_back: int) -> None:
        mine = [each.body for each in refunds if each.body["charge"] == charge.id]
        counted = sum(each["amount"] for each in mine if each["status"] not in ("failed", "canceled"))
        assert counted == charge.body["amount_refunded"]
        moved = [each for each in mine if each["status"] == "succeeded" and each["balance_transaction"]]
        assert sum(each["amount"] for each in moved) == given_back

    @invariant()
    def every_dispute_is_its_movements(self) -> None:
        with self.bench.call() as call:
            disputes = call.objects.all(kind="dispute")
        for dispute in disputes:
            moved = sum(each["amount"] for each in dispute.body["balance_transactions"])
            assert -moved == dispute.hidden.get("withdrawn", 0) >= 0
            if dispute.body["status"].startswith("warning_"):
                assert moved == 0

    @invariant()
    def each_payment_is_charged_at_most_once(self) -> None:
        with self.bench.call() as call:
            for intent in call.objects.all(kind="payment_intent"):
                row = call.transaction.one(
                    "SELECT COUNT(*) AS n FROM effect_subjects s JOIN effects e ON e.seq = s.seq"
                    " WHERE s.subject = ? AND e.effect = 'captured'",
                    intent.id,
                )
                assert row is not None
                assert row["n"] == (1 if intent.body["status"] == "succeeded" else 0)
                assert intent.body["amount_received"] <= intent.body["amount"]

    @invariant()
    def the_balance_is_the_sum_of_what_moved(self) -> None:
        with self.bench.call() as call:
            booked = [each.body for each in call.objects.all(kind="balance_transaction")]
            waiting = [each.body for each in call.objects.all(kind="charge") if each.hidden.get("awaits_fee")]
            rows = call.transaction.rows("SELECT effect, SUM(amount_minor) AS n FROM effects GROUP BY effect")
        moved = {row["effect"]: row["n"] for row in rows}
        gross = moved.get("captured", 0) - moved.get("refunded", 0) + moved.get("refund_returned", 0)
        gross += moved.get("dispute_reinstated", 0) - moved.get("dispute_withdrawn", 0)
        assert sum(each["amount"] for each in booked) == gross - sum(each["amount_captured"] for each in waiting)
        assert all(each["net"] == each["amount"] - each["fee"] for each in booked)
        shown = self.bench.get("balance")
        total = sum(each["amount"] for part in ("available", "pending") for each in shown[part])
        assert total == sum(each["net"] for each in booked)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
