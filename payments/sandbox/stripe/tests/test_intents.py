"""PaymentIntents as they are made."""

from __future__ import annotations

from payments.sandbox.stripe.intents import new_intent, store
from payments.sandbox.tests.in_process import Bench


class TestNewIntent:
    def test_is_stored_and_told_only_by_store(self, bench: Bench) -> None:
        with bench.call() as call:
            intent = new_intent(call, amount=500, currency="usd", capture_method="manual", automatic=None)
            assert call.find("payment_intent", intent.id) is None
            store(call, intent)
            assert call.find("payment_intent", intent.id) is not None
        assert [each["type"] for each in bench.get("events")["data"]] == ["payment_intent.created"]
        assert bench.get(f"payment_intents/{intent.id}")["client_secret"].startswith(f"{intent.id}_secret_")

    def test_has_no_secret_in_common_with_another(self, bench: Bench) -> None:
        with bench.call() as call:
            made = [
                new_intent(call, amount=500, currency="usd", capture_method="manual", automatic=None) for _ in range(50)
            ]
        assert len({each.body["client_secret"].rsplit("_", 1)[1] for each in made}) == 50
