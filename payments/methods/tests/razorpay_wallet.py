"""A person with methods saved at Razorpay in a test: their customer, their bank, and Checkout are the sandbox's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.services.save import StartedSetup
from payments.methods.tests.wallet import Wallet
from payments.tests.razorpay_world import VISA
from payments.watching.services import ask_watched

ABROAD, EMPTY, ASKS, REVOKED = "card_abroad", "card_saved_empty", "card_saved_asks", "card_saved_revoked"


@dataclass
class RazorpayWallet(Wallet):
    """Everything that the other wallet does, at Razorpay."""

    def start(
        self, *, consents: bool = True, terms: str = "2026-01", replaces: str = "", account: str = "razorpay"
    ) -> StartedSetup:
        return super().start(consents=consents, terms=terms, replaces=replaces, account=account)

    def confirm(self, setup: MethodSetup, card: str = VISA) -> dict[str, Any]:
        """The person authorises in Checkout; `checkout` of the answer is what it hands to the shop's page."""
        return self.control(f"orders/{setup.gateway_setup_id}/pay", method=card)

    def save(self, card: str = VISA, *, replaces: str = "") -> SavedMethod:
        setup = self.start(replaces=replaces).setup
        self.confirm(setup, card)
        self.world.hear()
        return SavedMethod.objects.select_related("gateway_account", "customer").get(setup=setup)

    def control(self, path: str, **order: Any) -> dict[str, Any]:
        return self.world.sandbox.control.razorpay(path, **order)

    def mandate(self, method: SavedMethod, verb: str) -> None:
        """The bank or the customer does something to the mandate; we hear of it."""
        self.control(f"tokens/{self.token_id(method)}/{verb}")
        self.world.hear()

    def poll(self) -> None:
        """What is due to be asked about is asked about; no event comes."""
        ask_watched(now=self.world.now)
        self.world.work()

    def token_id(self, method: SavedMethod) -> str:
        return method.gateway_method_id.partition("/")[0]

    def tokens(self) -> list[dict[str, Any]]:
        found = self.world.sandbox.control.get("objects", gateway="razorpay", kind="token", limit=1_000)["objects"]
        return [each["body"] for each in found]
