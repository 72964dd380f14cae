"""Named places where a process may die; nothing happens at them unless a test has armed a hook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Point → what has just happened when it is reached. After each commit, and before and after each outside call, there
# is one, so that tests which crash at every point have crashed everywhere that matters.
POINTS: dict[str, str] = {
    "checkout.attempted": "the attempt before is closed, the key of the next is committed, nothing is intended",
    "checkout.placed": "the order, its stock and the key of the request are committed, no payment is intended",
    "payment.create.intended": "the payment and the intent to make its object are committed, nothing is sent",
    "payment.create.answered": "the gateway has answered, nothing of it is recorded",
    "payment.create.recorded": "the outcome is committed, the customer was told nothing",
    "payment.create.resending": "one more sending is counted, nothing is sent",
    "payment.create.asked": "a question about a lost answer is answered, nothing of it is recorded",
    "payment.create.looked": "a payment whose answer was lost was looked for, nothing of it is recorded",
    "payment.capture.intended": "the intent to capture is committed, nothing is sent",
    "payment.capture.answered": "the gateway has answered, nothing of it is recorded",
    "payment.capture.recorded": "the outcome is committed",
    "payment.cancel.intended": "the intent to close the object is committed, nothing is sent",
    "payment.cancel.answered": "the gateway has answered, nothing of it is recorded",
    "payment.cancel.recorded": "the outcome is committed, the order still stands",
    "reservation.expired": "the order has ended and its stock is free, the sweep has not gone on",
    "order.cancelled": "the unpaid order has ended and its stock is free, nobody was told",
    "payment.reread": "the payment was read for its customer, nothing of it is recorded",
    "payment.confirm.intended": "the intent to charge a saved method is committed, nothing is sent",
    "payment.confirm.answered": "the gateway has answered, nothing of it is recorded",
    "payment.confirm.recorded": "the outcome is committed, whoever charged was told nothing",
    "payment.confirm.asked": "the payment was read because a charge is unknown, nothing of it is recorded",
    "customer.create.intended": "the intent to make a customer is committed, nothing is sent",
    "customer.create.answered": "the gateway has answered, nothing of it is recorded",
    "customer.create.recorded": "the outcome is committed, no setup is begun",
    "method.setup.intended": "the setup and the intent to make it are committed, nothing is sent",
    "method.setup.answered": "the gateway has answered, nothing of it is recorded",
    "method.setup.recorded": "the outcome is committed, the person was told nothing",
    "method.resending": "one more sending of a customer or setup is counted, nothing is sent",
    "method.asked": "a customer or setup was sent again to the letter, nothing of it is recorded",
    "method.leaving": "a method is charged no more, the gateway was told nothing",
    "method.detach.intended": "the intent to have a method forgotten is committed, nothing is sent",
    "method.detach.answered": "the gateway has answered, nothing of it is recorded",
    "method.detach.recorded": "the outcome is committed, the job that sent it is not stamped",
    "method.detach.asked": "the method was read because its detaching is unknown, nothing of it is recorded",
    "payment.object.asked": "the object was read because a capture or cancel is unknown, nothing of it is recorded",
    "fulfilment.delivered": "the part is delivered and its release delay runs, nobody was told",
    "fulfilment.cancelled": "a person cancelled the part, its refund is owed, nobody was told",
    "escrow.timed_out": "the part is cancelled and its refund is owed, the sweep has not gone on",
    "escrow.released": "the hold is the seller's, nobody was told",
    "refund.requested": "a person's refund is written down, and frozen or owed, nobody was told",
    "refund.decided": "a second person's decision is committed, nobody was told",
    "refund.made_anew": "a failed refund is let go and its new making is ordered, nobody was told",
    "refund.ended": "a failed refund has ended without the gateway, nobody was told",
    "refund.create.intended": "the intent to refund is committed, nothing is sent",
    "refund.create.answered": "the gateway has answered, nothing of it is recorded",
    "refund.create.recorded": "the outcome is committed, the job that sent it is not stamped",
    "refund.create.looked": "the refund was looked for, nothing of it is recorded",
    "refund.create.resending": "one more sending of the refund is counted, nothing is sent",
    "refund.create.asked": "the refund was sent again to the letter, nothing of it is recorded",
    "refund.create.settled": "what became of a lost refund is committed",
    "transfer.create.intended": "the intent to offer tickets is committed, nothing is sent",
    "transfer.create.answered": "the provider has answered, nothing of it is recorded",
    "transfer.create.recorded": "the outcome is committed, the job that sent it is not stamped",
    "transfer.create.asked": "a transfer whose answer was lost was looked for, nothing of it is recorded",
    "transfer.cancel.intended": "the intent to take tickets back is committed, nothing is sent",
    "transfer.cancel.answered": "the provider has answered, nothing of it is recorded",
    "transfer.cancel.recorded": "the outcome is committed, the job that sent it is not stamped",
    "transfer.cancel.asked": "the transfer was read because a cancellation is unknown, nothing of it is recorded",
    "transfer.called_back": "we want the tickets of a cancelled part back, the provider was not asked",
    "transfer.said": "what seller or buyer say of a hand-over is committed, nobody was told",
    "transfer.followed": "what changed at a provider is committed, with how far its list was read",
    "transfer.looked": "a silent transfer was read, nothing of it is recorded",
    "transfer.asked": "what a silent transfer says is committed, nobody was called yet",
    "dispute.answer.intended": "the intent to answer a dispute is committed, nothing is sent",
    "dispute.answer.answered": "the gateway has answered, nothing of it is recorded",
    "dispute.answer.recorded": "the outcome is committed, who answered was told nothing",
    "dispute.answer.asked": "the dispute was read because an answer was lost, nothing of it is recorded",
    "call.marked": "a call whose answer is overdue is committed as unknown, nobody was asked",
    "call.asked": "what became of a call is committed, its queue row is not stamped",
    "inbox.claimed": "an event is leased and counted, nothing of it is handled",
    "inbox.fetching": "the handler was rolled back because it needs the gateway, nobody was asked",
    "inbox.fetched": "the gateway has answered, the handler did not run again",
    "inbox.handled": "the handler's effects and the stamp are written and not committed",
    "inbox.parked": "the event waits for its object and keeps its lease, nobody looked a second time",
    "inbox.failed": "the event's failure and its next try are stamped",
    "inbox.committed": "the effects and the stamp are committed",
    "outbox.claimed": "a job is leased and counted, nothing of it is done",
    "outbox.ran": "the job is done, its row is not stamped",
    "outbox.failed": "the job's failure and its next try are stamped",
    "outbox.stamped": "the jobs' rows are stamped",
}

# The same of money out, died at in tests of its own.
PAYOUT_POINTS: dict[str, str] = {
    "payee.create.intended": "the intent to make a payee known to a rail is committed, nothing is sent",
    "payee.create.answered": "the rail has answered, nothing of it is recorded",
    "payee.create.recorded": "the outcome is committed, their destination is not known there",
    "payout.frozen": "a payee's balance is frozen for a payout, nobody was asked for anything",
    "payout.looked": "a payee whose time had come was looked at, the run has not gone on",
    "payout.decided": "a person's decision about a payout is committed, nobody was told",
    "payout.recalled": "the payouts of a payee who owes us are cancelled, nobody was told",
    "payout.transfer.intended": "the intent to move a payout's money to the payee's account is committed",
    "payout.transfer.answered": "the rail has answered, nothing of it is recorded",
    "payout.transfer.recorded": "the transfer is booked, the payout itself is not intended",
    "payout.transfer.looked": "the transfer was looked for, nothing of it is recorded",
    "payout.transfer.resending": "one more sending of the transfer is counted, nothing is sent",
    "payout.transfer.asked": "the transfer was sent again to the letter, nothing of it is recorded",
    "payout.create.intended": "the intent to pay out is committed, nothing is sent",
    "payout.create.answered": "the rail has answered, nothing of it is recorded",
    "payout.create.recorded": "the outcome is committed, the job that sent it is not stamped",
    "payout.create.looked": "the payout was looked for, nothing of it is recorded",
    "payout.create.resending": "one more sending of the payout is counted, nothing is sent",
    "payout.create.asked": "the payout was sent again to the letter, nothing of it is recorded",
    "payout.settled": "it is committed that a lost call of a payout was never made",
    "payout.cancel.intended": "the intent to stop a payout is committed, nothing is sent",
    "payout.cancel.answered": "the rail has answered, nothing of it is recorded",
    "payout.cancel.recorded": "the outcome is committed, who asked for it was told nothing",
    "payout.cancel.looked": "the payout was read because a stop is unknown, nothing of it is recorded",
    "transfer.reverse.intended": "the intent to take a transfer back is committed, nothing is sent",
    "transfer.reverse.answered": "the rail has answered, nothing of it is recorded",
    "transfer.reverse.recorded": "what is back is booked, the job that asked for it is not stamped",
    "transfer.reverse.looked": "the reversal was looked for, nothing of it is recorded",
    "transfer.reverse.resending": "one more sending of the reversal is counted, nothing is sent",
    "transfer.reverse.asked": "the reversal was sent again to the letter, nothing of it is recorded",
    "transfer.reverse.settled": "it is committed that a lost reversal was never made",
    "destination.create.intended": "the intent to make a destination known is committed, nothing is sent",
    "destination.create.answered": "the rail has answered, nothing of it is recorded",
    "destination.create.recorded": "the outcome is committed, the job that told it is not stamped",
    "destination.asked": "a lost telling was sent again to the letter, nothing of it is recorded",
}

_hook: Callable[[str], None] | None = None


def reached(point: str) -> None:
    """Says that the process is at `point`. Costs one comparison where no test has armed anything."""
    if _hook is not None:
        _hook(point)


@contextmanager
def armed(hook: Callable[[str], None]) -> Iterator[None]:
    """Until the end of the block `hook` is called at every point, in whatever thread reaches it. For tests alone."""
    global _hook
    before, _hook = _hook, hook
    try:
        yield
    finally:
        _hook = before
