"""A payout's life at RazorpayX: queued, processing, processed, failed, reversed, and the money that moves with it."""

from __future__ import annotations

from payments.sandbox.effects import names_of_metadata
from payments.sandbox.ids import new_id
from payments.sandbox.objects import Filter, Stored
from payments.sandbox.razorpay.amounts import TAX_BPS
from payments.sandbox.razorpay.call import ID_LENGTH, Call
from payments.sandbox.razorpay.errors import RazorpayError
from payments.sandbox.razorpay.x import contacts
from payments.sandbox.razorpay.x.balance import balance_of, move
from payments.sandbox.razorpay.x.events import tell
from payments.sandbox.razorpay.x.outcomes import Fate, fate_of, source_of

KIND = "payout"
DECIDES_TIMER = "x_payout"
COMES_BACK_TIMER = "x_payout_back"
TERMINAL = ("processed", "reversed", "failed", "cancelled", "rejected")


def fate(call: Call, payout: Stored) -> Fate:
    """What becomes of it, by the account that it goes to."""
    fund_account = call.load(contacts.FUND_ACCOUNT, payout.body["fund_account_id"])
    return fate_of(contacts.destination_of(fund_account))


def fees(call: Call) -> tuple[int, int]:
    """What a payout costs, with the tax in it, and that tax."""
    tax = call.rules.payout_fee_minor * TAX_BPS // 10_000
    return call.rules.payout_fee_minor + tax, tax


def begin(call: Call, payout: Stored) -> bool:
    """Debits it with its fees and hands it to the bank; False where the balance does not suffice."""
    fee, tax = fees(call)
    if payout.body["amount"] + fee > balance_of(call.transaction):
        return False
    present = fate(call, payout)
    payout.body |= {"fees": fee, "tax": tax, "debit_account_number": call.account_number}
    _put(call, payout, "processing", present.reason if present.word == "processing" else "payout_bank_processing")
    move(call, -(payout.body["amount"] + fee), source=_as_source(payout))
    _effect(call, payout, "payout_debited")
    tell(call, "payout.initiated", payout)
    if present.word != "processing" and call.rules.payouts_after_s is not None:
        call.set_timer(DECIDES_TIMER, payout.id, due_at=call.now + call.rules.payouts_after_s)
    return True


def queue(call: Call, payout: Stored, *, reason: str) -> None:
    """It waits: for money, or for a bank."""
    _put(call, payout, "queued", reason)
    tell(call, "payout.queued", payout)


def ask_approval(call: Call, payout: Stored) -> None:
    """It waits for a person of ours in the dashboard."""
    _put(call, payout, "pending", "pending_approval")
    tell(call, "payout.pending", payout)


def go_on(call: Call, payout: Stored) -> None:
    """What waited goes on, for want of money into the queue."""
    _only(payout, "queued", "pending", "scheduled")
    if not begin(call, payout) and payout.body["status"] != "queued":
        queue(call, payout, reason="low_balance")


def wake_queue(call: Call) -> None:
    """Money came: what is queued for the want of it goes on, the oldest first."""
    waiting = call.objects.all(kind=KIND, filters=[Filter("status", ("queued",))])
    for payout in sorted(waiting, key=lambda each: each.seq):
        if payout.body["status_details"]["reason"] == "low_balance" and not begin(call, payout):
            return


def decide(call: Call, payout: Stored) -> None:
    """The bank's answer, by the test value."""
    _only(payout, "processing")
    present = fate(call, payout)
    if present.word in ("failed", "credited"):
        fail(call, payout, reason=present.reason, credited=present.word == "failed")
    elif present.word == "reversed":
        reverse(call, payout, reason=present.reason)
    else:
        process(call, payout)
    if present.word in ("returned", "credited"):
        call.set_timer(COMES_BACK_TIMER, payout.id, due_at=call.now + call.rules.payouts_return_after_s)


def process(call: Call, payout: Stored) -> None:
    """It arrived."""
    _only(payout, "processing")
    payout.body["utr"] = f"{call.now_s:010d}{payout.seq % 100:02d}"
    _put(call, payout, "processed", "payout_processed")
    _effect(call, payout, "paid_out")
    tell(call, "payout.processed", payout)
    tell(call, "payout.updated", payout)


def fail(call: Call, payout: Stored, *, reason: str, credited: bool = True) -> None:
    """It did not arrive. Without `credited` the money comes back later, and then it is `reversed`."""
    _only(payout, "queued", "scheduled", "processing", "reversed")
    was_debited = payout.body["status"] == "processing"
    _put(call, payout, "failed", reason)
    tell(call, "payout.failed", payout)
    if was_debited and credited:
        _credit(call, payout)


def reject(call: Call, payout: Stored) -> None:
    """A person of ours says no in the dashboard."""
    _only(payout, "pending")
    _put(call, payout, "rejected", "beneficiary_bank_rejected")
    tell(call, "payout.rejected", payout)


def reverse(call: Call, payout: Stored, *, reason: str) -> None:
    """It came back with its fees: from on the way, from where it was paid to, or after it had failed."""
    _only(payout, "processing", "processed", "failed")
    if payout.body["status"] == "failed" and payout.hidden.get("credited"):
        raise RazorpayError("The money of this payout is back already.")
    was_paid = payout.body["status"] == "processed"
    _put(call, payout, "reversed", reason)
    _credit(call, payout)
    if was_paid:
        _effect(call, payout, "payout_returned")
    tell(call, "payout.reversed", payout)


def cancel(call: Call, payout: Stored) -> None:
    """Only what is queued can be stopped."""
    if payout.body["status"] != "queued":
        raise RazorpayError("Payout cannot be cancelled as it is not in queued state", field="status")
    _put(call, payout, "cancelled", "payout_cancelled")


def ring(call: Call, kind: str, payout: Stored) -> None:
    """A timer of a payout."""
    present = fate(call, payout)
    if kind == DECIDES_TIMER and payout.body["status"] == "processing":
        decide(call, payout)
    elif kind == COMES_BACK_TIMER and payout.body["status"] in ("processed", "failed"):
        reverse(call, payout, reason=present.reason)


def _only(payout: Stored, *states: str) -> None:
    if payout.body["status"] not in states:
        raise RazorpayError(f"The payout is {payout.body['status']}.")


def _put(call: Call, payout: Stored, status: str, reason: str) -> None:
    payout.body["status"] = status
    payout.body["status_details"] = {
        "description": f"The payout is {status}: {reason.replace('_', ' ')}.",
        "source": source_of(reason),
        "reason": reason,
    }
    call.save(payout)
    call.objects.relabel(payout, name="status", value=status)


def _credit(call: Call, payout: Stored) -> None:
    """The whole debit comes back, with the fees."""
    amount, back = payout.body["amount"], payout.body["amount"] + payout.body["fees"]
    payout.hidden["credited"] = True
    call.save(payout)
    source = {
        "id": new_id(prefix="rvrsl", length=ID_LENGTH),
        "entity": "reversal",
        "payout_id": payout.id,
        "amount": amount,
        "fee": payout.body["fees"],
        "tax": payout.body["tax"],
        "currency": "INR",
        "notes": payout.body["notes"],
        "utr": payout.body["utr"],
        "created_at": call.now_s,
    }
    move(call, back, source=source)
    _effect(call, payout, "payout_credited")


def _as_source(payout: Stored) -> dict[str, object]:
    names = ("id", "entity", "fund_account_id", "amount", "notes", "fees", "tax", "status", "utr", "mode", "created_at")
    return {name: payout.body[name] for name in names}


def _effect(call: Call, payout: Stored, effect: str) -> None:
    notes = payout.body["notes"] if isinstance(payout.body["notes"], dict) else {}
    names = [payout.body["fund_account_id"], *names_of_metadata(notes)]
    if payout.body["reference_id"]:
        names.append(payout.body["reference_id"])
    call.note_money(effect, amount=payout.body["amount"], currency="inr", object_id=payout.id, subjects=tuple(names))
