"""The conformance suite's harness on the sandbox's Stripe, over real HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from config.settings.gateways import GatewayCredentials
from payments.gateways.contract import Gateway
from payments.gateways.method_views import SetupView
from payments.gateways.payment_views import PaymentView
from payments.gateways.stripe.adapter import StripeGateway
from payments.gateways.stripe.client import connect
from payments.gateways.tests.conformance.sandboxed import PATIENCE_S, Sandboxed, guarded
from payments.gateways.tests.conformance.saving import Card
from payments.gateways.tests.scripted import closed_port
from payments.sandbox.testing import API_KEY, ControlFailed, Sandbox

# How many units on the wire are one of our minor units, where that is not one: said here again, on purpose.
WIRE_UNITS = {"ugx": 100}


CARDS = {
    Card.GOOD: "pm_card_visa",
    Card.ASKS: "pm_card_authenticationRequired",
    Card.EMPTY: "pm_card_chargeCustomerFail",
    Card.INDIAN: "pm_card_in",
    Card.REFUSED: "pm_card_chargeDeclinedInsufficientFunds",
}


class StripeHarness(Sandboxed):
    """Customer, bank, network and truth, played by the sandbox's control endpoint."""

    name = "stripe"
    struck = (("*", "/v1/*"),)
    currency = "INR"
    currencies: tuple[str, ...] = ("INR", "JPY", "KWD", "UGX")
    refuses_amount_minor = 49

    account = GatewayCredentials(
        code="stripe", gateway="stripe", api_base="", livemode=False, secret_key="", webhook_secrets=()
    )
    webhook_secrets: tuple[str, str] = ("whsec_of_the_suite_newer", "whsec_of_the_suite_older")

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._control.stripe("rules", rates={"ugx": "0.00027"})
        self._connection = connect(secret_key=API_KEY, api_base=sandbox.stripe_base, read_timeout_s=PATIENCE_S)
        self.gateway: Gateway = guarded(StripeGateway(self._connection))

    def _at(self, *, secret_key: str, api_base: str) -> Gateway:
        return guarded(StripeGateway(connect(secret_key=secret_key, api_base=api_base)))

    def misconfigured(self) -> Gateway:
        return self._at(secret_key="sk_test_", api_base=self._sandbox.stripe_base)

    def unreachable(self) -> Gateway:
        return self._at(secret_key=API_KEY, api_base=f"http://127.0.0.1:{closed_port()}/stripe")

    def _try(self, payment: PaymentView, method: str) -> None:
        if payment.session_id:
            self._control.stripe(f"sessions/{payment.session_id}/pay", payment_method=method)
        else:
            self._control.stripe(f"payment_intents/{payment.gateway_payment_id}/confirm", payment_method=method)

    def pay(self, payment: PaymentView) -> None:
        with suppress(ControlFailed):  # it takes no money any more
            self._try(payment, "pm_card_visa")

    def be_declined(self, payment: PaymentView) -> None:
        self._try(payment, "pm_card_chargeDeclinedInsufficientFunds")

    def pay_slowly(self, payment: PaymentView) -> None:
        self._try(payment, "pm_usBankAccount")

    def bank_decides(self, payment: PaymentView, *, succeeds: bool) -> None:
        self._control.stripe(f"payment_intents/{payment.gateway_payment_id}/finish", succeeds=succeeds)

    def begin_authentication(self, payment: PaymentView) -> None:
        self._try(payment, "pm_card_threeDSecureRequired")

    def end_authentication(self, payment: PaymentView, *, succeeds: bool) -> None:
        self._control.stripe(f"payment_intents/{payment.gateway_payment_id}/authenticate", succeeds=succeeds)

    def proof_of(self, payment: PaymentView) -> dict[str, str]:
        raise AssertionError("Stripe's page signs nothing for the shop's")

    def next_refund_waits(self) -> None:
        self._control.stripe("rules", refund_status="pending", refund_count=1)

    def bank_takes_refund(self, refund_id: str) -> None:
        self._control.stripe(f"refunds/{refund_id}/succeed")

    def bank_returns_refund(self, refund_id: str) -> None:
        self._control.stripe(f"refunds/{refund_id}/fail")

    def refund_elsewhere(self, payment: PaymentView, amount_minor: int) -> None:
        [capture] = payment.captures
        self._control.stripe(f"charges/{capture.charge_id}/refund", amount=amount_minor)

    def cardholder_disputes(self, payment: PaymentView, amount_minor: int) -> str:
        [capture] = payment.captures
        made = self._control.stripe(f"charges/{capture.charge_id}/dispute", amount=amount_minor)
        return str(made["object"]["id"])

    def bank_decides_dispute(self, dispute_id: str, *, won: bool) -> None:
        self._control.stripe(f"disputes/{dispute_id}/{'win' if won else 'lose'}")

    def save(self, setup: SetupView, card: Card) -> None:
        place = f"setup_intents/{setup.setup_id}"
        after = self._control.stripe(f"{place}/confirm", payment_method=CARDS[card])["object"]
        if after["status"] == "requires_action":
            self._control.stripe(f"{place}/authenticate")

    def forget_elsewhere(self, method_id: str) -> None:
        self._control.stripe(f"payment_methods/{method_id}/detach")

    def tell(self, url: str, secret: str) -> None:
        self._control.stripe("webhook", url=url, secrets=[secret])

    def book_fees(self) -> None:
        self._control.stripe("settle")

    def make_events(self, count: int) -> None:
        for number in range(count):
            self._control.stripe(
                "events", type="customer.updated", object={"id": f"cus_{number}", "object": "customer"}
            )

    def _wait_at_most(self, seconds: float) -> None:
        self._connection.http._timeout = (PATIENCE_S, seconds)

    def objects_made(self, our_id: str) -> int:
        return len(self._marked("payment_intent", our_id)) + len(self._marked("checkout.session", our_id))

    def _marked(self, kind: str, our_id: str) -> list[dict[str, Any]]:
        """The objects that carry our id; a payment that a session made is counted as its session."""
        found = self._control.get("objects", kind=kind, limit=1_000)["objects"]
        return [
            each
            for each in found
            if each["body"]["metadata"].get("payment") == our_id and not each["hidden"].get("session")
        ]

    def _moved_minor(self, our_id: str, effect: str) -> int:
        totals = self._control.effects(f"payment={our_id}", effect=effect)["totals"]
        return sum(total["amount_minor"] // WIRE_UNITS.get(total["currency"], 1) for total in totals)
