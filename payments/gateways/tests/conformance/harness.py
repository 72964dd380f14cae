"""What a gateway's sandbox must be able to do, so that the conformance suite can prove its adapter."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from config.settings.gateways import GatewayCredentials
from payments.gateways.contract import Gateway
from payments.gateways.payment_views import PaymentView


class Harness(Protocol):
    """The other side of an adapter: customer, bank, network, and the truth about the money.

    Views are those that the adapter gave. Every test has a fresh harness; ids are never used twice.
    """

    gateway: Gateway
    """The adapter under test, guarded as the registry does it, with a read timeout of a second or less."""

    currency: str
    """A currency that this gateway settles without exchanging it, with two decimals."""

    currencies: tuple[str, ...]
    """Currencies that it charges, `currency` among them; one of each number of decimals that it knows."""

    refuses_amount_minor: int
    """An amount of `currency` that is too small to be charged."""

    account: GatewayCredentials
    """The account as the settings have it, but for its webhook secrets."""

    webhook_secrets: tuple[str, str]
    """Two secrets that are in force at once, as the settings hold them, the newer one first."""

    # Other gateways in its place

    def misconfigured(self) -> Gateway:
        """The same gateway with credentials that it refuses."""

    def unreachable(self) -> Gateway:
        """The same gateway at an address where nobody answers."""

    # The customer and the bank

    def pay(self, payment: PaymentView) -> None:
        """The customer pays; where the payment takes no money any more, nothing happens."""

    def be_declined(self, payment: PaymentView) -> None:
        """The customer tries, and the bank says no."""

    def pay_slowly(self, payment: PaymentView) -> None:
        """The customer does their part of a payment whose result comes later."""

    def bank_decides(self, payment: PaymentView, *, succeeds: bool) -> None:
        """The result of a slow payment comes."""

    def begin_authentication(self, payment: PaymentView) -> None:
        """The customer pays in a way that needs their bank's page."""

    def end_authentication(self, payment: PaymentView, *, succeeds: bool) -> None:
        """The customer comes back from it."""

    def proof_of(self, payment: PaymentView) -> dict[str, str]:
        """What the gateway's page hands to the shop's when the customer has paid, where it signs that."""

    # Refunds

    def next_refund_waits(self) -> None:
        """The next refund begins as pending."""

    def bank_takes_refund(self, refund_id: str) -> None:
        """A pending refund goes out."""

    def bank_returns_refund(self, refund_id: str) -> None:
        """A refund fails, also after it had succeeded."""

    def refund_elsewhere(self, payment: PaymentView, amount_minor: int) -> None:
        """Somebody refunds in the gateway's own dashboard: no id of ours travels with it."""

    # Disputes

    def cardholder_disputes(self, payment: PaymentView, amount_minor: int) -> str:
        """The cardholder charges a captured payment back, all or part. Returns the gateway's id of the dispute."""

    def bank_decides_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The bank's decision, with its movement of money."""

    # The gateway's books and bells

    def tell(self, url: str, secret: str) -> None:
        """Webhooks go there from now on, signed with this secret."""

    def book_fees(self) -> None:
        """What the gateway books late, it books now."""

    def make_events(self, count: int) -> None:
        """That many events of any kind happen, one after the other."""

    # The network

    def answers_lost(self) -> AbstractContextManager[None]:
        """Requests are executed and their answers are lost, every attempt of them."""

    def broken_after(self) -> AbstractContextManager[None]:
        """Requests are executed and answered with an error of the gateway's own."""

    def broken_before(self) -> AbstractContextManager[None]:
        """Requests are answered with an error of the gateway's own and not executed."""

    def limited(self) -> AbstractContextManager[None]:
        """Requests are refused for being too many, and not executed."""

    def slow(self) -> AbstractContextManager[None]:
        """Requests are executed, and answered later than anybody waits."""

    # The truth

    def now(self) -> datetime:
        """The gateway's clock."""

    def objects_made(self, our_id: str) -> int:
        """How many payment objects carry this id of ours."""

    def taken_minor(self, our_id: str) -> int:
        """How much was really captured for this id of ours, refunds not subtracted."""

    def given_back_minor(self, our_id: str) -> int:
        """How much really went back, less what came back from the bank."""

    def refunds_made(self, our_id: str) -> int:
        """How many times money really went back."""
