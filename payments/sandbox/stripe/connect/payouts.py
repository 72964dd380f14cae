"""Payouts of a connected account to its bank: the API's calls."""

from __future__ import annotations

from typing import Any

from payments.sandbox.effects import names_of_metadata
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.stripe import balance
from payments.sandbox.stripe.amounts import known_currency
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.connect import accounts, banks, paying
from payments.sandbox.stripe.connect.paying import KIND
from payments.sandbox.stripe.errors import invalid, missing_parameter, resource_missing, wrong_state
from payments.sandbox.stripe.events import emit
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import merge_metadata

_DAY_S = 24 * 60 * 60


def create(call: Call) -> dict[str, Any]:
    """POST in a connected account: its available balance goes to its bank."""
    params = call.params
    params.only(
        "amount", "currency", "destination", "method", "source_type", "statement_descriptor", "description", "metadata"
    )
    _connected(call)
    amount, currency = params.positive("amount"), known_currency(params.required_text("currency"))
    if amount is None:
        raise missing_parameter("amount")
    account = accounts.accessible(call, call.account)
    if not account.body["payouts_enabled"]:
        raise wrong_state("Cannot create payouts: this account has payouts disabled.", code="payouts_not_allowed")
    bank = banks.bank_for(account.body["external_accounts"]["data"], currency)
    if balance.available_minor(call, currency=currency, account=account.id) < amount:
        raise wrong_state("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    payout = _made(call, bank, amount=amount, currency=currency)
    payout.body["balance_transaction"] = balance.book(
        call, type="payout", category="payout", amount=-amount, currency=currency, source=payout.id, account=account.id
    ).id
    call.save(payout)
    call.note_money(
        "paid_out",
        amount=amount,
        currency=currency,
        object_id=payout.id,
        subjects=(account.id, *names_of_metadata(payout.body["metadata"])),
    )
    emit(call, "payout.created", payout, account=account.id)
    paying.go_on(call, payout)
    return payout.body


def retrieve(call: Call, payout_id: str) -> dict[str, Any]:
    """GET of one payout of the account."""
    call.params.only()
    return _own(call, payout_id).body


def list_payouts(call: Call) -> dict[str, Any]:
    """Filters: `status`, `created`, of the account's own."""
    call.params.only(*PAGING, "status")
    filters = [Filter("account", (call.account,)), *label_filters(call.params, "status")]
    return list_objects(call, kind=KIND, url="/v1/payouts", filters=filters)


def cancel(call: Call, payout_id: str) -> dict[str, Any]:
    """POST: only one that is still pending."""
    call.params.only()
    payout = _own(call, payout_id)
    paying.cancel(call, payout)
    return payout.body


def _connected(call: Call) -> None:
    if not call.account:
        raise invalid("The sandbox pays out of connected accounts only: name one in the header Stripe-Account.")


def _own(call: Call, payout_id: str) -> Stored:
    payout = call.find(KIND, payout_id)
    if payout is None or payout.hidden["account"] != call.account:
        raise resource_missing(kind=KIND, object_id=payout_id, param="payout")
    return payout


def _made(call: Call, bank: dict[str, Any], *, amount: int, currency: str) -> Stored:
    params = call.params
    payout = Stored(
        kind=KIND,
        id=new_id(prefix="po"),
        created_s=call.now_s,
        body={},
        hidden={"account": call.account, "number": banks.number_of(bank)},
    )
    wanted = params.text("destination")
    if wanted is not None and wanted != bank["id"]:
        raise resource_missing(kind="external account", object_id=wanted, param="destination", in_path=False)
    payout.body = {
        "id": payout.id,
        "object": KIND,
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": -(-(call.now_s + 2 * _DAY_S) // _DAY_S) * _DAY_S,
        "automatic": False,
        "balance_transaction": None,
        "created": call.now_s,
        "currency": currency,
        "description": params.text("description"),
        "destination": bank["id"],
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merge_metadata({}, params),
        "method": params.choice("method", "standard", "instant") or "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": params.text("statement_descriptor", limit=22),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
    return call.objects.add(payout, labels={"account": call.account, "status": "pending"})
