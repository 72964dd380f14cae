"""The conformance suite's harness on the sandbox's RazorpayX, over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from payments.gateways.razorpay.client import RazorpayClient
from payments.gateways.tests.conformance.sandboxed import PATIENCE_S, Sandboxed
from payments.gateways.tests.scripted import closed_port
from payments.sandbox.razorpay.x.outcomes import account_number, address
from payments.sandbox.testing import RAZORPAYX, Sandbox
from payouts.rails.contract import NewDestination, PayoutView, Rail
from payouts.rails.guard import GuardedRail
from payouts.rails.razorpayx.adapter import RazorpayXRail
from payouts.rails.tests.conformance.base import FUNDS_MINOR

# A validation is looked for before it is asked for, so that of the reads those of payouts alone are struck.
STRUCK = (("POST", "/v1/contacts*"), ("POST", "/v1/fund_accounts*"), ("POST", "/v1/payouts*"))
_numbers = count(1)


def unobserved(*, gateway: str, operation: str, outcome: str, seconds: float) -> None:
    del gateway, operation, outcome, seconds


class RazorpayXHarness(Sandboxed):
    """Our float, the payee's bank, network and truth, played by the sandbox's control endpoint."""

    name = "razorpay"
    struck: Sequence[tuple[str, str]] = STRUCK
    mark = "payout={}"
    currency = "INR"
    kinds: tuple[str, ...] = ("bank_account", "upi")
    refuses_minor: int | None = 99
    queued_minor = FUNDS_MINOR + 1  # more than there is

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._client = self._client_at(sandbox.razorpay_base)
        self.rail: Rail = self._rail(self._client)

    def _client_at(self, base: str, secret: str = RAZORPAYX["RAZORPAYX_KEY_SECRET"]) -> RazorpayClient:
        key_id = RAZORPAYX["RAZORPAYX_KEY_ID"]
        return RazorpayClient(key_id=key_id, key_secret=secret, api_base=base, read_timeout_s=PATIENCE_S)

    def _rail(self, client: RazorpayClient) -> Rail:
        number = RAZORPAYX["RAZORPAYX_ACCOUNT_NUMBER"]
        adapter = RazorpayXRail(client, account_number=number, livemode=False, is_validated=True)
        return GuardedRail(adapter, observe=unobserved)

    def misconfigured(self) -> Rail:
        return self._rail(self._client_at(self._sandbox.razorpay_base, "of nobody"))

    def unreachable(self) -> Rail:
        return self._rail(self._client_at(f"http://127.0.0.1:{closed_port()}/razorpay"))

    def fund(self, amount_minor: int) -> None:
        self._control.razorpay("fund", amount=amount_minor)

    def float_minor(self) -> int:
        found = self.rail.get_float(currency="INR")
        assert found is not None
        return found.amount_minor

    def _destination(self, kind: str, number: str, vpa: str) -> NewDestination:
        account = {"holder": "Asha Rao", "ifsc": "HDFC0000053", "account_number": number}
        details = account if kind == "bank_account" else {"holder": "Asha Rao", "address": vpa}
        serial = next(_numbers)
        return NewDestination(
            our_id=f"dst_{serial}", payee_id=f"pye_{serial}", kind=kind, currency="INR", holder="Asha Rao",
            legal_form="person", country="IN", details=details,
        )  # fmt: skip

    def new_destination(self, kind: str) -> NewDestination:
        return self._destination(kind, "765432123456789", "asha.rao@okbank")

    def bad_destination(self, kind: str) -> NewDestination | None:
        return self._destination(kind, "99981000000", "invalid@sandbox")

    def failing_destination(self, kind: str) -> NewDestination:
        fate = ("failed", "bank_account_closed")
        return self._destination(kind, account_number(*fate), address(*fate))

    def undecided_destination(self, kind: str) -> NewDestination:
        fate = ("processing", "bank_window_closed")
        return self._destination(kind, account_number(*fate), address(*fate))

    def settle_destination(self, recipient_id: str, account_id: str) -> None:
        """The bank answers by itself, before the next request."""

    def bank_decides(self, payout: PayoutView) -> None:
        """The same."""

    def bank_returns(self, payout: PayoutView) -> None:
        self._control.razorpay(f"payouts/{payout.payout_id}/reverse")

    def paid_minor(self, our_id: str) -> int:
        self.rail.get_float(currency="INR")  # whatever is due by then is done before a request is answered
        return self._moved_minor(our_id, "paid_out") - self._moved_minor(our_id, "payout_returned")

    def payouts_made(self, our_id: str) -> int:
        return self._control.moved(self.mark.format(our_id), "payout_debited")[0]
