"""A rail that notes what reaches it and answers as it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from config.kernel.money import Money
from payments.gateways.contract import Absence, Outcome
from payouts.rails.contract import NewDestination, NewPayout, Rail, RailAnswer, RailCapability

AT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
RUPEE = Money(100, "INR")
PAYOUT = NewPayout(our_id="po_one", call_id="call_one", amount=RUPEE, account_id="fa_one", kind="bank_account")
DESTINATION = NewDestination(
    our_id="dst_one", payee_id="pye_one", kind="upi", currency="INR", holder="A Person", legal_form="person",
    country="IN", details={"address": "a@b"},
)  # fmt: skip
LISTS = ("list_payouts",)
CHANGES = (
    "create_recipient", "create_destination", "create_transfer", "reverse_transfer", "create_payout", "cancel_payout",
)  # fmt: skip


class Recorder:
    """Every method of the contract, by its name."""

    def __init__(self) -> None:
        self.name = "recorder"
        self.capabilities = frozenset({RailCapability.CANCELS})
        self.currencies = frozenset({"INR"})
        self.absent_payout = Absence(after=timedelta(minutes=15), times=2)
        self.absent_transfer = Absence(after=timedelta(minutes=10), times=2)
        self.reached: list[tuple[str, dict[str, Any]]] = []
        self.raises: Exception | None = None

    def why_not_pay(self, amount: Money, *, kind: str) -> None:
        return None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def method(**given: Any) -> Any:
            self.reached.append((name, given))
            if self.raises is not None:
                raise self.raises
            if name in LISTS:
                return iter(())
            return RailAnswer(Outcome.PENDING) if name in CHANGES else None

        return method


def as_rail(recorder: Recorder) -> Rail:
    return cast(Rail, recorder)


CALLS: dict[str, Callable[[Rail], Any]] = {
    "create_recipient": lambda r: r.create_recipient(key="k", new=DESTINATION),
    "create_destination": lambda r: r.create_destination(key="k", new=DESTINATION),
    "get_destination": lambda r: r.get_destination(recipient_id="cont", account_id="fa"),
    "create_transfer": lambda r: r.create_transfer(key="k", new=PAYOUT),
    "find_transfer": lambda r: r.find_transfer(our_id="po", call_id="call", since=AT),
    "get_transfer": lambda r: r.get_transfer(transfer_id="tr"),
    "reverse_transfer": lambda r: r.reverse_transfer(key="k", our_id="po", transfer_id="tr", amount=RUPEE),
    "find_reversal": lambda r: r.find_reversal(call_id="call", transfer_id="tr"),
    "create_payout": lambda r: r.create_payout(key="k", new=PAYOUT),
    "find_payout": lambda r: r.find_payout(our_id="po", call_id="call", account_id="fa", since=AT),
    "get_payout": lambda r: r.get_payout(payout_id="pout", account_id="fa"),
    "cancel_payout": lambda r: r.cancel_payout(key="k", payout_id="pout", account_id="fa"),
    "list_payouts": lambda r: list(r.list_payouts(since=AT)),
    "get_float": lambda r: r.get_float(currency="INR"),
}
# What each of them was given: the names of the contract's own parameters.
GIVEN: dict[str, dict[str, Any]] = {
    "create_recipient": {"key": "k", "new": DESTINATION},
    "create_destination": {"key": "k", "new": DESTINATION},
    "get_destination": {"recipient_id": "cont", "account_id": "fa"},
    "create_transfer": {"key": "k", "new": PAYOUT},
    "find_transfer": {"our_id": "po", "call_id": "call", "since": AT},
    "get_transfer": {"transfer_id": "tr"},
    "reverse_transfer": {"key": "k", "our_id": "po", "transfer_id": "tr", "amount": RUPEE},
    "find_reversal": {"call_id": "call", "transfer_id": "tr"},
    "create_payout": {"key": "k", "new": PAYOUT},
    "find_payout": {"our_id": "po", "call_id": "call", "account_id": "fa", "since": AT},
    "get_payout": {"payout_id": "pout", "account_id": "fa"},
    "cancel_payout": {"key": "k", "payout_id": "pout", "account_id": "fa"},
    "list_payouts": {"since": AT},
    "get_float": {"currency": "INR"},
}
