"""The conformance suite's harness on the sandbox's PhonePe, over real HTTP."""

from __future__ import annotations

from contextlib import suppress

from payments.gateways.contract import Gateway
from payments.gateways.payment_views import PaymentView
from payments.gateways.phonepe.adapter import PhonePeGateway
from payments.gateways.phonepe.client import Login, PhonePeConnection
from payments.gateways.tests.conformance.sandboxed import PATIENCE_S, Sandboxed, guarded
from payments.gateways.tests.scripted import closed_port
from payments.sandbox.testing import PHONEPE, ControlFailed, Sandbox
from payments.tests.phonepe_world import ACCOUNT

# Everything but the token, which is fetched before the weather changes, as it mostly is.
STRUCK = (("*", "/apis/pg-sandbox/checkout/*"), ("*", "/apis/pg-sandbox/payments/*"))


class PhonePeHarness(Sandboxed):
    """Customer, bank, network and truth, played by the sandbox's control endpoint."""

    name = "phonepe"
    struck = STRUCK
    mark = "{}"
    currency = "INR"
    currencies: tuple[str, ...] = ("INR",)
    refuses_amount_minor = 99

    account = ACCOUNT
    webhook_secrets: tuple[str, str] = ("hookuser:newer-pass", "hookuser:older-pass")

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._connection = self._connect(sandbox.phonepe_base)
        self._connection.tokens.forget()
        self._connection.tokens.current()
        self.gateway: Gateway = guarded(PhonePeGateway(self._connection))

    def _connect(self, api_base: str, **changes: str) -> PhonePeConnection:
        login = {
            "client_id": PHONEPE["PHONEPE_CLIENT_ID"],
            "client_secret": PHONEPE["PHONEPE_CLIENT_SECRET"],
            "client_version": "1",
        }
        return PhonePeConnection(login=Login(**{**login, **changes}), api_base=api_base, read_timeout_s=PATIENCE_S)

    def misconfigured(self) -> Gateway:
        connection = self._connect(self._sandbox.phonepe_base, client_secret="of somebody else")
        return guarded(PhonePeGateway(connection))

    def unreachable(self) -> Gateway:
        connection = self._connect(f"http://127.0.0.1:{closed_port()}/phonepe/apis/pg-sandbox")
        return guarded(PhonePeGateway(connection))

    def _order(self, payment: PaymentView, verb: str, **order: object) -> None:
        self._control.phonepe(f"orders/{payment.gateway_payment_id}/{verb}", **order)

    def pay(self, payment: PaymentView) -> None:
        with suppress(ControlFailed):  # it takes no money any more
            self._order(payment, "pay")

    def be_declined(self, payment: PaymentView) -> None:
        self._order(payment, "decline")

    def pay_slowly(self, payment: PaymentView) -> None:
        self._order(payment, "wait")

    def bank_decides(self, payment: PaymentView, *, succeeds: bool) -> None:
        self._order(payment, "decide", succeeds=succeeds)

    def begin_authentication(self, payment: PaymentView) -> None:
        self._order(payment, "begin")

    def end_authentication(self, payment: PaymentView, *, succeeds: bool) -> None:
        self._order(payment, "authenticate", succeeds=succeeds)

    def proof_of(self, payment: PaymentView) -> dict[str, str]:
        raise AssertionError("PhonePe's page signs nothing for the shop's")

    def next_refund_waits(self) -> None:
        self._control.phonepe("rules", refunds_wait=1)

    def bank_takes_refund(self, refund_id: str) -> None:
        self._control.phonepe(f"refunds/{refund_id}/succeed")

    def bank_returns_refund(self, refund_id: str) -> None:
        self._control.phonepe(f"refunds/{refund_id}/fail")

    def refund_elsewhere(self, payment: PaymentView, amount_minor: int) -> None:
        self._order(payment, "refund", amount=amount_minor)

    def cardholder_disputes(self, payment: PaymentView, amount_minor: int) -> str:
        raise NotImplementedError("PhonePe's API has no disputes")

    def bank_decides_dispute(self, dispute_id: str, *, won: bool) -> None:
        raise NotImplementedError("PhonePe's API has no disputes")

    def tell(self, url: str, secret: str) -> None:
        username, _, password = secret.partition(":")
        self._control.phonepe("webhook", url=url, username=username, password=password)

    def book_fees(self) -> None:
        """PhonePe shows no fees."""

    def make_events(self, count: int) -> None:
        for number in range(count):
            self._control.phonepe("forge", event="checkout.order.completed", payload={"merchantOrderId": f"MO{number}"})

    def _wait_at_most(self, seconds: float) -> None:
        self._connection.read_timeout_s = seconds

    def objects_made(self, our_id: str) -> int:
        return len(self._control.get("objects", gateway="phonepe", kind="order", id=our_id)["objects"])
