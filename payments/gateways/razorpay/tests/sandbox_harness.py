"""The conformance suite's harness on the sandbox's Razorpay, over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from config.settings.gateways import GatewayCredentials
from payments.gateways.contract import Gateway
from payments.gateways.method_views import SetupView
from payments.gateways.payment_views import PaymentView
from payments.gateways.razorpay.adapter import RazorpayGateway
from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.tests.conformance.sandboxed import PATIENCE_S, Sandboxed, guarded
from payments.gateways.tests.conformance.saving import Card
from payments.gateways.tests.scripted import closed_port
from payments.sandbox.testing import RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, Sandbox

# A capture looks first which attempt it is of (GET /orders/{id}/payments), the start of a setup whether it was made
# before (GET /orders?receipt=), a charge of a token at the order. Where methods are saved those looks come through when
# answers are lost: that what could not look was not executed is shown in test_adapter, test_saved and test_recurring.
STRUCK = (
    ("*", "/v1/payments*"),
    ("*", "/v1/refunds*"),
    ("*", "/v1/disputes*"),
    ("*", "/v1/documents*"),
    ("POST", "/v1/customers*"),
    ("DELETE", "/v1/customers*"),
    ("POST", "/v1/orders"),
)
READS = (("GET", "/v1/orders"), ("GET", "/v1/orders/order_??????????????"))
CARDS = {
    Card.GOOD: "card_abroad",
    Card.ASKS: "card_saved_asks",
    Card.EMPTY: "card_saved_empty",
    Card.INDIAN: "4100280000001007",
    Card.REFUSED: "4100280000060003",
}


class RazorpayHarness(Sandboxed):
    """Customer, bank, network and truth, played by the sandbox's control endpoint."""

    name = "razorpay"
    struck = (*STRUCK, *READS)
    currency = "INR"
    currencies: tuple[str, ...] = ("INR", "JPY", "KWD")
    refuses_amount_minor = 99
    zone = ZoneInfo("Asia/Kolkata")

    account = GatewayCredentials(
        code="razorpay", gateway="razorpay", api_base="", livemode=False, secret_key="", webhook_secrets=()
    )
    webhook_secrets: tuple[str, str] = ("secret_of_the_suite_newer", "secret_of_the_suite_older")

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._client = self._client_at(api_base=sandbox.razorpay_base)
        self._client.read_timeout_s = PATIENCE_S
        self.gateway: Gateway = self._gateway(self._client)

    def _client_at(self, *, api_base: str, key_secret: str = RAZORPAY_KEY_SECRET) -> RazorpayClient:
        return RazorpayClient(key_id=RAZORPAY_KEY_ID, key_secret=key_secret, api_base=api_base)

    def _gateway(self, client: RazorpayClient) -> Gateway:
        return guarded(RazorpayGateway(client, key_id=RAZORPAY_KEY_ID, key_secret=RAZORPAY_KEY_SECRET))

    def misconfigured(self) -> Gateway:
        return self._gateway(self._client_at(api_base=self._sandbox.razorpay_base, key_secret="of nobody"))

    def unreachable(self) -> Gateway:
        return self._gateway(self._client_at(api_base=f"http://127.0.0.1:{closed_port()}/razorpay"))

    def _order(self, payment: PaymentView, verb: str, **order: object) -> dict[str, Any]:
        """A verb on the order; what Razorpay refuses (it takes no money any more) is answered, not raised."""
        return self._control.razorpay(f"orders/{payment.gateway_payment_id}/{verb}", **order)

    def pay(self, payment: PaymentView) -> None:
        self._order(payment, "pay", method="4100280000001007")

    def be_declined(self, payment: PaymentView) -> None:
        self._order(payment, "pay", method="4100280000080001")

    def pay_slowly(self, payment: PaymentView) -> None:
        self._order(payment, "pay", method="netbanking")

    def bank_decides(self, payment: PaymentView, *, succeeds: bool) -> None:
        self._order(payment, "authorize" if succeeds else "fail")

    def begin_authentication(self, payment: PaymentView) -> None:
        self._order(payment, "pay", method="card_otp")

    def end_authentication(self, payment: PaymentView, *, succeeds: bool) -> None:
        self._order(payment, "authorize" if succeeds else "fail")

    def proof_of(self, payment: PaymentView) -> dict[str, str]:
        [capture] = payment.captures
        proof: dict[str, str] = self._control.razorpay(f"payments/{capture.charge_id}/prove")["checkout"]
        return proof

    def next_refund_waits(self) -> None:
        self._control.razorpay("rules", refund_status="pending", refund_count=1)

    def bank_takes_refund(self, refund_id: str) -> None:
        self._control.razorpay(f"refunds/{refund_id}/process")

    def bank_returns_refund(self, refund_id: str) -> None:
        self._control.razorpay(f"refunds/{refund_id}/fail")

    def refund_elsewhere(self, payment: PaymentView, amount_minor: int) -> None:
        [capture] = payment.captures
        self._control.razorpay(f"payments/{capture.charge_id}/refund", amount=amount_minor)

    def cardholder_disputes(self, payment: PaymentView, amount_minor: int) -> str:
        [capture] = payment.captures
        made = self._control.razorpay(f"payments/{capture.charge_id}/dispute", amount=amount_minor)
        return str(made["object"]["id"])

    def bank_decides_dispute(self, dispute_id: str, *, won: bool) -> None:
        self._control.razorpay(f"disputes/{dispute_id}/decide", won=won)

    def save(self, setup: SetupView, card: Card) -> None:
        self._control.razorpay(f"orders/{setup.setup_id}/pay", method=CARDS[card])
        # Who saves a method has given Razorpay their address and phone number.
        self._client.customer.edit(setup.customer_id, {"email": "buyer@example.com", "contact": "+919000090000"})

    def settle(self) -> None:
        self._control.razorpay("settle")

    def forget_elsewhere(self, method_id: str) -> None:
        token_id, _, _ = method_id.partition("/")
        self._control.razorpay(f"tokens/{token_id}/cancel")

    def tell(self, url: str, secret: str) -> None:
        self._control.razorpay("webhook", url=url, secrets=[secret])

    def book_fees(self) -> None:
        """Razorpay knows the fee when it captures."""

    def make_events(self, count: int) -> None:
        raise AssertionError("Razorpay lists no events")

    def _wait_at_most(self, seconds: float) -> None:
        self._client.read_timeout_s = seconds

    def _strikes(self, kind: str) -> Sequence[tuple[str, str]]:
        saves = kind == "lost_answer" and self._control.get("objects", gateway="razorpay", kind="customer")["objects"]
        return STRUCK if saves else self.struck

    def objects_made(self, our_id: str) -> int:
        found = self._control.get("objects", gateway="razorpay", kind="order", limit=1_000)["objects"]
        notes = [each["body"]["notes"] for each in found]
        return sum(isinstance(each, dict) and each.get("payment") == our_id for each in notes)
