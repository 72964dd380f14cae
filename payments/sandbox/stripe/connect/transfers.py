"""Transfers from the platform's balance to connected accounts, and their reversals."""

from __future__ import annotations

from typing import Any, Final

from payments.sandbox.effects import names_of_metadata
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.stripe import balance
from payments.sandbox.stripe.amounts import known_currency, shown
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import accounts
from payments.sandbox.stripe.errors import StripeError, missing_parameter, resource_missing, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects, short_list
from payments.sandbox.stripe.params import merge_metadata

KIND: Final = "transfer"
REVERSAL: Final = "transfer_reversal"


def create(call: Call) -> dict[str, Any]:
    """POST: the amount leaves the platform's available balance at once, and is the account's. It has no status."""
    params = call.params
    params.only("amount", "currency", "destination", "transfer_group", "metadata", "description")
    amount, currency = params.positive("amount"), known_currency(params.required_text("currency"))
    if amount is None:
        raise missing_parameter("amount")
    account = _destination(call, params.required_text("destination"))
    if account.body["capabilities"].get("transfers") != "active":
        raise wrong_state(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers",
            code="insufficient_capabilities_for_transfer",
        )
    if balance.available_minor(call, currency=currency) < amount:
        raise wrong_state(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance.",
            code="balance_insufficient",
        )
    transfer = _made(call, account, amount=amount, currency=currency)
    transfer.body["balance_transaction"] = balance.book(
        call, type="transfer", category="transfer", amount=-amount, currency=currency, source=transfer.id
    ).id
    balance.book(
        call,
        type="payment",
        category="charge",
        amount=amount,
        currency=currency,
        source=transfer.body["destination_payment"],
        account=account.id,
    )
    call.save(transfer)
    _moved(call, "transferred", transfer, amount=amount)
    emit(call, "transfer.created", transfer)
    return transfer.body


def retrieve(call: Call, transfer_id: str) -> dict[str, Any]:
    """GET of one transfer."""
    call.params.only()
    return call.load(KIND, transfer_id).body


def list_transfers(call: Call) -> dict[str, Any]:
    """Filters: `destination`, `transfer_group`, `created`."""
    names = ("destination", "transfer_group")
    call.params.only(*PAGING, *names)
    return list_objects(call, kind=KIND, url="/v1/transfers", filters=label_filters(call.params, *names))


def reverse(call: Call, transfer_id: str) -> dict[str, Any]:
    """POST: takes all or part of it back, as far as the account still has so much available."""
    params = call.params
    params.only("amount", "metadata", "description", "refund_application_fee")
    given = params.positive("amount")
    metadata = merge_metadata({}, params)
    transfer = call.load(KIND, transfer_id)
    amount = _reversible(call, transfer, given)
    account, currency = transfer.body["destination"], transfer.body["currency"]
    reversal = Stored(kind=REVERSAL, id=new_id(prefix="trr"), created_s=call.now_s, body={}, hidden={})
    reversal.body = {
        "id": reversal.id,
        "object": REVERSAL,
        "amount": amount,
        "balance_transaction": None,
        "created": call.now_s,
        "currency": currency,
        "destination_payment_refund": new_id(prefix="pyr"),
        "metadata": metadata,
        "source_refund": None,
        "transfer": transfer.id,
    }
    reversal.body["balance_transaction"] = balance.book(
        call, type="transfer_refund", category="transfer_reversal", amount=amount, currency=currency, source=reversal.id
    ).id
    refund = reversal.body["destination_payment_refund"]
    balance.book(
        call, type="payment_refund", category="refund", amount=-amount, currency=currency, source=refund,
        account=account,
    )  # fmt: skip
    call.objects.add(reversal, labels={"transfer": transfer.id})
    _count(call, transfer, reversal)
    return reversal.body


def list_reversals(call: Call, transfer_id: str) -> dict[str, Any]:
    """GET of a transfer's reversals."""
    call.params.only(*PAGING)
    transfer = call.load(KIND, transfer_id)
    return list_objects(
        call,
        kind=REVERSAL,
        url=f"/v1/transfers/{transfer.id}/reversals",
        filters=[Filter("transfer", (transfer.id,))],
    )


def _destination(call: Call, account_id: str) -> Stored:
    account = call.find(accounts.KIND, account_id)
    if account is None or account.hidden.get("left"):
        raise resource_missing(kind="destination", object_id=account_id, param="destination", in_path=False)
    return account


def _made(call: Call, account: Stored, *, amount: int, currency: str) -> Stored:
    transfer = Stored(kind=KIND, id=new_id(prefix="tr"), created_s=call.now_s, body={}, hidden={})
    group = call.params.text("transfer_group")
    transfer.body = {
        "id": transfer.id,
        "object": KIND,
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": call.now_s,
        "currency": currency,
        "description": call.params.text("description"),
        "destination": account.id,
        "destination_payment": new_id(prefix="py"),
        "livemode": False,
        "metadata": merge_metadata({}, call.params),
        "reversals": _reversals(transfer.id, []),
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": group,
    }
    return call.objects.add(transfer, labels={"destination": account.id, "transfer_group": group})


def _reversible(call: Call, transfer: Stored, given: int | None) -> int:
    """What will be reversed; raises 400 for more than is left of the transfer, or than the account has."""
    body = transfer.body
    left = body["amount"] - body["amount_reversed"]
    amount = left if given is None else given
    if amount > left or not amount:
        # The endpoint had begun: the answer is kept under the key.
        raise StripeError(
            status=400,
            type="invalid_request_error",
            message=f"Reversal amount ({shown(amount, body['currency'])}) is greater than unreversed amount on "
            f"transfer ({shown(left, body['currency'])})",
            param="amount",
            executed=True,
        )
    if balance.available_minor(call, currency=body["currency"], account=body["destination"]) < amount:
        raise wrong_state(
            f"The destination account {body['destination']} has insufficient available funds to reverse this transfer.",
            code="balance_insufficient",
        )
    return amount


def _count(call: Call, transfer: Stored, reversal: Stored) -> None:
    body = transfer.body
    previous: dict[str, Any] = {"amount_reversed": body["amount_reversed"], "reversals": body["reversals"]}
    body["amount_reversed"] += reversal.body["amount"]
    body["reversals"] = _reversals(transfer.id, [reversal.body, *body["reversals"]["data"]])
    if body["amount_reversed"] == body["amount"]:
        body["reversed"] = True
        previous["reversed"] = False
    call.save(transfer)
    _moved(call, "transfer_reversed", transfer, amount=reversal.body["amount"], also=(reversal.id,))
    emit(call, "transfer.reversed", transfer, previous=previous)


def _reversals(transfer_id: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    found = short_list(items[:10], url=f"/v1/transfers/{transfer_id}/reversals")
    return {**found, "has_more": len(items) > 10, "total_count": len(items)}


def _moved(call: Call, effect: str, transfer: Stored, *, amount: int, also: tuple[str, ...] = ()) -> None:
    body = transfer.body
    subjects = (transfer.id, body["destination"], *also, *names_of_metadata(body["metadata"]))
    call.note_money(effect, amount=amount, currency=body["currency"], object_id=transfer.id, subjects=subjects)
