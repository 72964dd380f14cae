"""The conformance suite's harness on the sandbox's PhonePe, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from payments.gateways.contract import Gateway
from payments.gateways.guard import Guarded
from payments.gateways.payment_views import PaymentView
from payments.gateways.phonepe.adapter import PhonePeGateway
from payments.gateways.phonepe.client import Login, PhonePeConnection
from payments.gateways.stripe.tests.sandbox_harness import unobserved
from payments.gateways.stripe.tests.scripted import closed_port
from payments.sandbox.testing import PHONEPE, ControlFailed, Sandbox
from payments.tests.phonepe_world import ACCOUNT

PATIENCE_S = 10.0  # longer than a busy machine needs
IMPATIENCE_S = 0.3
SLOWNESS_S = 0.9
# Everything but the token, which is fetched before the weather changes, as it mostly is.
PATHS = ("/apis/pg-sandbox/checkout/*", "/apis/pg-sandbox/payments/*")


class PhonePeHarness:
    """Customer, bank, network and truth, played by the sandbox's control endpoint."""

    currency = "INR"
    currencies: tuple[str, ...] = ("INR",)
    refuses_amount_minor = 99

    account = ACCOUNT
    webhook_secrets: tuple[str, str] = ("hookuser:newer-pass", "hookuser:older-pass")

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._control = sandbox.control
        self._control.reset()
        self._connection = self._connect(sandbox.phonepe_base)
        self._connection.tokens.forget()
        self._connection.tokens.current()
        self.gateway: Gateway = Guarded(PhonePeGateway(self._connection), observe=unobserved)

    def _connect(self, api_base: str, **changes: str) -> PhonePeConnection:
        login = {
            "client_id": PHONEPE["PHONEPE_CLIENT_ID"],
            "client_secret": PHONEPE["PHONEPE_CLIENT_SECRET"],
            "client_version": "1",
        }
        return PhonePeConnection(login=Login(**{**login, **changes}), api_base=api_base, read_timeout_s=PATIENCE_S)

    def misconfigured(self) -> Gateway:
        connection = self._connect(self._sandbox.phonepe_base, client_secret="of somebody else")
        return Guarded(PhonePeGateway(connection), observe=unobserved)

    def unreachable(self) -> Gateway:
        connection = self._connect(f"http://127.0.0.1:{closed_port()}/phonepe/apis/pg-sandbox")
        return Guarded(PhonePeGateway(connection), observe=unobserved)

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

    @contextmanager
    def _fault(self, kind: str, **rule: object) -> Iterator[None]:
        faults = [self._control.fault(kind, gateway="phonepe", path=path, count=None, **rule) for path in PATHS]
        try:
            yield
        finally:
            for fault in faults:
                self._control.delete(f"faults/{fault}")

    @contextmanager
    def answers_lost(self) -> Iterator[None]:
        with self._fault("lost_answer"):
            yield

    @contextmanager
    def broken_after(self) -> Iterator[None]:
        with self._fault("error", status=500, stage="after"):
            yield

    @contextmanager
    def broken_before(self) -> Iterator[None]:
        with self._fault("error", status=503, stage="before"):
            yield

    @contextmanager
    def limited(self) -> Iterator[None]:
        with self._fault("error", status=429, stage="before"):
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        with self._fault("delay", delay_s=SLOWNESS_S, stage="after"):
            self._connection.read_timeout_s = IMPATIENCE_S
            try:
                yield
            finally:
                self._connection.read_timeout_s = PATIENCE_S

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._control.get("clock")["now"], tz=UTC)

    def objects_made(self, our_id: str) -> int:
        return len(self._control.get("objects", gateway="phonepe", kind="order", id=our_id)["objects"])

    def _moved_minor(self, our_id: str, effect: str) -> int:
        return self._control.moved(our_id, effect)[1]

    def taken_minor(self, our_id: str) -> int:
        return self._moved_minor(our_id, "captured")

    def given_back_minor(self, our_id: str) -> int:
        return self._moved_minor(our_id, "refunded") - self._moved_minor(our_id, "refund_returned")

    def refunds_made(self, our_id: str) -> int:
        return self._control.moved(our_id, "refunded")[0]
