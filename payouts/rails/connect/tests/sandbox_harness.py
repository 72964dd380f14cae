"""The conformance suite's harness on the sandbox's Stripe Connect, over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from payments.gateways.stripe.client import connect
from payments.gateways.tests.conformance.sandboxed import PATIENCE_S, Sandboxed
from payments.gateways.tests.scripted import closed_port
from payments.sandbox.testing import API_KEY, Sandbox
from payouts.rails.connect.adapter import ConnectRail
from payouts.rails.contract import NewDestination, PayoutView, Rail, RailState
from payouts.rails.guard import GuardedRail
from payouts.rails.tests.conformance.base import AMOUNT_MINOR

# Of the reads none is struck: an account is looked at before it is paid to.
STRUCK = (("POST", "/v1/accounts*"), ("POST", "/v1/transfers*"), ("POST", "/v1/payouts*"))
_numbers = count(1)


def unobserved(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    del gateway, operation, outcome, seconds


class ConnectHarness(Sandboxed):
    """Our balance, the payee, their bank, network and truth, played by the sandbox's control endpoint."""

    name = "stripe"
    struck: Sequence[tuple[str, str]] = STRUCK
    mark = "payout={}"
    currency = "USD"
    kinds: tuple[str, ...] = ("connected_account",)
    refuses_minor: int | None = 0
    queued_minor = AMOUNT_MINOR  # until the bank takes it, each waits

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._bank_refuses = False
        self.rail: Rail = self._at(API_KEY, sandbox.stripe_base)

    def _at(self, secret_key: str, base: str) -> Rail:
        connection = connect(secret_key=secret_key, api_base=base, read_timeout_s=PATIENCE_S)
        return GuardedRail(ConnectRail(connection), observe=unobserved)

    def misconfigured(self) -> Rail:
        return self._at("sk_test_", self._sandbox.stripe_base)

    def unreachable(self) -> Rail:
        return self._at(API_KEY, f"http://127.0.0.1:{closed_port()}/stripe")

    def fund(self, amount_minor: int) -> None:
        self._control.stripe("topup", amount=amount_minor, currency="usd")

    def float_minor(self) -> int:
        found = self.rail.get_float(currency="USD")
        assert found is not None
        return found.amount_minor

    def new_destination(self, kind: str) -> NewDestination:
        serial = next(_numbers)
        return NewDestination(
            our_id=f"dst_{serial}", payee_id=f"pye_{serial}", kind=kind, currency="USD", holder="Ada",
            legal_form="person", country="US", details={},
        )  # fmt: skip

    def bad_destination(self, kind: str) -> NewDestination | None:
        """What Stripe wants of an account is shown in the adapter's own tests."""

    def failing_destination(self, kind: str) -> NewDestination:
        self._bank_refuses = True
        return self.new_destination(kind)

    def undecided_destination(self, kind: str) -> NewDestination:
        return self.new_destination(kind)

    def settle_destination(self, recipient_id: str, account_id: str) -> None:
        self._control.stripe(f"accounts/{account_id}/complete")

    def bank_decides(self, payout: PayoutView) -> None:
        if self._bank_refuses:
            self._control.stripe(f"payouts/{payout.payout_id}/fail", code="account_closed")
            return
        seen: PayoutView | None = payout
        while seen is not None and seen.state is not RailState.PAID:
            self._control.stripe(f"payouts/{payout.payout_id}/advance")
            seen = self.rail.get_payout(payout_id=payout.payout_id, account_id=payout.account_id)

    def bank_returns(self, payout: PayoutView) -> None:
        self._control.stripe(f"payouts/{payout.payout_id}/fail", code="account_closed")

    def paid_minor(self, our_id: str) -> int:
        """Stripe takes it from the payee's account when it is asked for; it has arrived once it is paid."""
        gone = self._moved_minor(our_id, "paid_out") - self._moved_minor(our_id, "payout_returned")
        return gone if self._has_arrived(our_id) else 0

    def _has_arrived(self, our_id: str) -> bool:
        found = self._control.get("objects", gateway="stripe", kind="payout", limit=100)["objects"]
        mine = [each["body"] for each in found if each["body"]["metadata"].get("payout") == our_id]
        return any(body["status"] == "paid" for body in mine)

    def payouts_made(self, our_id: str) -> int:
        return self._control.moved(self.mark.format(our_id), "paid_out")[0]
