"""What every test of the suite begins with: a transfer that nobody has made before."""

from __future__ import annotations

from datetime import timedelta

from config.calls.outcomes import Outcome
from config.kernel.ids import new_id
from orders.tickets.providers.contract import NewTransfer, Recipient, TicketRef, TransferAnswer, TransferView
from orders.tickets.providers.tests.conformance.harness import Harness

EMAIL = "ann.buyer@example.com"
LIFE = timedelta(hours=2)


def new(harness: Harness, *, tickets: int = 2) -> NewTransfer:
    """A transfer with ids that were never used."""
    return NewTransfer(
        reference=new_id("tt"),
        tickets=tuple(TicketRef(new_id("tkt"), barcode=new_id("bar")) for _ in range(tickets)),
        recipient=Recipient(EMAIL),
        expires_at=harness.now().replace(microsecond=0) + LIFE,
    )


def made(harness: Harness, given: NewTransfer | None = None) -> TransferView:
    """A transfer that waits for its recipient."""
    return view_of(harness.provider.initiate(given or new(harness)))


def view_of(answer: TransferAnswer) -> TransferView:
    """The transfer in an answer to a call that succeeded."""
    assert answer.outcome is Outcome.SUCCEEDED, answer
    assert answer.transfer is not None
    return answer.transfer


def seen(harness: Harness, view: TransferView) -> TransferView:
    """The transfer as the provider has it now."""
    found = harness.provider.get(provider_id=view.provider_id)
    assert found is not None
    return found
