"""Who sees the details leaves a trace of it; what is gone leaves none."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from config.outbox.models import OutboxJob
from orders.tests.factories import AT
from payouts.payees.models import Destination
from payouts.payees.services import reveal
from payouts.payees.services.reveal import DetailsGone, reveal_destination
from payouts.payees.tests.paying import FINANCE, INDIAN, make_payee, propose, traces

pytestmark = pytest.mark.django_db


def show(destination: Destination) -> object:
    return reveal_destination(destination=destination, actor=FINANCE, reason="the bank asks", at=AT)


class TestReveal:
    def test_shows_them_and_keeps_who_saw_them_and_why_but_not_what(self) -> None:
        destination = propose(make_payee())
        assert show(destination) == INDIAN
        entry = AuditEntry.objects.get(act="revealed")
        assert (entry.subject_id, entry.actor, entry.reason, entry.at) == (
            destination.public_id, FINANCE, "the bank asks", AT,
        )  # fmt: skip
        kept = [*AuditEntry.objects.values(), *OutboxJob.objects.values()]
        assert INDIAN["account_number"] not in str(kept)

    def test_each_look_is_one_trace(self) -> None:
        destination = propose(make_payee())
        show(destination)
        show(destination)
        assert AuditEntry.objects.filter(act="revealed").count() == 2

    def test_shows_nothing_where_the_trace_cannot_be_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*args: object, **given: object) -> None:
            raise OSError("no room left")

        monkeypatch.setattr(reveal, "record", full)
        with pytest.raises(OSError, match="no room left"):
            show(propose(make_payee()))

    def test_what_was_erased_is_gone_and_leaves_no_trace_of_a_look(self) -> None:
        destination = propose(make_payee())
        destination.details = None
        destination.save(update_fields=["details"])
        before = traces()
        with pytest.raises(DetailsGone):
            show(destination)
        assert traces() == before
