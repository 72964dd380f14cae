"""The recipes of payouts: what is frozen of a payee's balance, where it leaves from, and how it comes back.

The numbers in brackets are the rows of the table of recipes in docs/ledger.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.kernel.money import Money
from payments.ledger.accounts import Account
from payments.ledger.recipes import Draft, Line, draft


@dataclass(frozen=True, slots=True)
class Pot:
    """What a payout is drawn on: the float at a rail account, our bank account, our balance at a gateway, or the
    payee's own account there."""

    account: Account
    owner: str


def payout_frozen(*, payout_id: str, owner: str, gross: Money, fee: Money) -> Draft:
    """[29] Frozen for a payout: all that was payable, less the fee that the payee bears."""
    return draft(
        f"payout:{payout_id}:frozen",
        event="payout_frozen",
        subject_id=payout_id,
        lines=[
            Line(Account.PAYABLE, gross, owner=owner),
            Line(Account.FEES_RECOVERED, -fee),
            Line(Account.IN_TRANSIT, -(gross - fee), owner=owner, ref=payout_id),
        ],
    )


def payout_unfrozen(*, payout_id: str, owner: str, gross: Money, fee: Money) -> Draft:
    """[34] Failed or cancelled before it was paid: it is payable again, with the fee, which nothing was done for."""
    return draft(
        f"payout:{payout_id}:unfrozen",
        event="payout_unfrozen",
        subject_id=payout_id,
        lines=[
            Line(Account.IN_TRANSIT, gross - fee, owner=owner, ref=payout_id),
            Line(Account.FEES_RECOVERED, fee),
            Line(Account.PAYABLE, -gross, owner=owner),
        ],
    )


def payout_transferred(*, payout_id: str, owner: str, gateway_account: str, net: Money, transfer_id: str) -> Draft:
    """[33] Moved from our balance to the payee's account at the gateway, from where it will be paid."""
    return draft(
        f"payout:{payout_id}:transferred",
        event="payout_transferred",
        subject_id=payout_id,
        lines=[
            Line(Account.CONNECTED, net, owner=owner, external_ref=transfer_id),
            Line(Account.CLEARING, -net, owner=gateway_account, external_ref=transfer_id),
        ],
    )


def transfer_reversed(
    *, payout_id: str, owner: str, gateway_account: str, amount: Money, total_minor: int, transfer_id: str
) -> Draft:
    """[36] `amount` more of a transfer came back from the payee's account, `total_minor` of it in all."""
    return draft(
        f"payout:{payout_id}:transfer_reversed:{total_minor}",
        event="transfer_reversed",
        subject_id=payout_id,
        lines=[
            Line(Account.CLEARING, amount, owner=gateway_account, external_ref=transfer_id),
            Line(Account.CONNECTED, -amount, owner=owner, external_ref=transfer_id),
        ],
    )


def transfer_repaid(
    *, payout_id: str, owner: str, gateway_account: str, amount: Money, total_minor: int, transfer_id: str
) -> Draft:
    """[36] The same, of a payout that the payee's bank has: they gave it back out of what their account holds of other
    earnings. It is theirs again, and what they owe is set off against it at once (30)."""
    return draft(
        f"payout:{payout_id}:transfer_repaid:{total_minor}",
        event="transfer_repaid",
        subject_id=payout_id,
        lines=[
            Line(Account.CLEARING, amount, owner=gateway_account, external_ref=transfer_id),
            Line(Account.PAYABLE, -amount, owner=owner),
        ],
    )


def payout_paid(*, payout_id: str, owner: str, pot: Pot, net: Money, external_ref: str) -> Draft:
    """[32, 33] The payee's bank has it: it left the pot that it was drawn on."""
    return draft(
        f"payout:{payout_id}:paid",
        event="payout_paid",
        subject_id=payout_id,
        lines=[
            Line(Account.IN_TRANSIT, net, owner=owner, ref=payout_id),
            Line(pot.account, -net, owner=pot.owner, external_ref=external_ref),
        ],
    )


def payout_returned(*, payout_id: str, owner: str, pot: Pot, net: Money, external_ref: str, number: int = 1) -> Draft:
    """[35] It came back after it was paid, the first or the `number`th time: it stands in its pot again, and is payable
    again."""
    return draft(
        f"payout:{payout_id}:returned{_again(number)}",
        event="payout_returned",
        subject_id=payout_id,
        lines=[
            Line(pot.account, net, owner=pot.owner, external_ref=external_ref),
            Line(Account.PAYABLE, -net, owner=owner),
        ],
    )


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is taken back from a payee, by where it is taken from."""

    payable: Money
    reserve: Money
    receivable: Money


def payout_paid_late(
    *, payout_id: str, owner: str, pot: Pot, taken: Recovered, external_ref: str, number: int = 1
) -> Draft:
    """[37] It was paid after we had booked that it was not, the first or the `number`th time: taken back from the
    payee, who has it twice else."""
    net = taken.payable + taken.reserve + taken.receivable
    return draft(
        f"payout:{payout_id}:paid_late{_again(number)}",
        event="payout_paid_late",
        subject_id=payout_id,
        lines=[
            Line(Account.PAYABLE, taken.payable, owner=owner),
            Line(Account.RESERVE, taken.reserve, owner=owner),
            Line(Account.RECEIVABLE, taken.receivable, owner=owner),
            Line(pot.account, -net, owner=pot.owner, external_ref=external_ref),
        ],
        takes_back=True,
    )


def transfer_replaced(*, payout_id: str, owner: str, amount: Money, transfer_id: str, number: int = 1) -> Draft:
    """[36] The payee's bank has the payout, though `amount` of its transfer had been taken back before: it was paid out
    of what their account holds of other earnings, so that we owe it to them."""
    return draft(
        f"payout:{payout_id}:transfer_replaced{_again(number)}",
        event="transfer_replaced",
        subject_id=payout_id,
        lines=[
            Line(Account.CONNECTED, amount, owner=owner, external_ref=transfer_id),
            Line(Account.PAYABLE, -amount, owner=owner),
        ],
    )


def _again(number: int) -> str:
    """A rail may change its mind more than once: each time is an entry of its own."""
    return f":{number}" if number > 1 else ""


def payout_fee(*, payout_id: str, pot: Pot, fee: Money, tax: Money, external_ref: str) -> Draft:
    """[31] What the rail took for a payout, with `tax` in it. What the payee bears of it was booked with 29."""
    return draft(
        f"payout:{payout_id}:fee",
        event="payout_fee",
        subject_id=payout_id,
        lines=[
            Line(Account.PAYOUT_FEES, fee - tax),
            Line(Account.INPUT_TAX, tax),
            Line(pot.account, -fee, owner=pot.owner, external_ref=external_ref),
        ],
    )


def payout_fee_returned(*, payout_id: str, pot: Pot, fee: Money, tax: Money, external_ref: str) -> Draft:
    """[31] The same the other way: the rail gave its fee back with a payout that came back."""
    return draft(
        f"payout:{payout_id}:fee_returned",
        event="payout_fee_returned",
        subject_id=payout_id,
        lines=[
            Line(pot.account, fee, owner=pot.owner, external_ref=external_ref),
            Line(Account.PAYOUT_FEES, -(fee - tax)),
            Line(Account.INPUT_TAX, -tax),
        ],
    )


def float_funded(*, move_id: str, rail_account: str, bank_account: str, amount: Money, reference: str) -> Draft:
    """[43] Sent from our bank account to the float that payouts are drawn on."""
    return draft(
        f"treasury:{move_id}:funded",
        event="float_funded",
        subject_id=move_id,
        lines=[
            Line(Account.FLOAT, amount, owner=rail_account, external_ref=reference),
            Line(Account.BANK, -amount, owner=bank_account, external_ref=reference),
        ],
    )
