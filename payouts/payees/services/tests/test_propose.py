"""Proposing where money goes: sealed, never twice the same, and a second person where one must look."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from config.audit.models import AuditEntry
from config.kernel.errors import FourEyes
from config.outbox.models import OutboxJob
from payouts.payees.details import DetailsInvalid
from payouts.payees.models import Destination, PayeeAccount, PayeeKind
from payouts.payees.queries import opened, payable_destination
from payouts.payees.routing import DestinationNotOffered
from payouts.payees.services.propose import DestinationUnchanged
from payouts.payees.tests.paying import FINANCE, GERMAN, INDIAN, OTHER_INDIAN, approve, make_payee, propose, traces

pytestmark = pytest.mark.django_db


class TestPropose:
    def test_the_very_first_one_needs_nobody_where_the_rail_looks_at_none(self) -> None:
        payee = make_payee()
        first = propose(payee)
        assert (first.status, first.why_approval, first.approved_by) == ("active", "", "")
        assert first.cools_until is None
        assert first.verified_at is not None
        assert payable_destination(payee, "INR") == first

    def test_is_kept_sealed_and_shown_masked(self) -> None:
        destination = propose(make_payee())
        assert opened(destination) == INDIAN
        assert destination.masked == "HDFC •••• 6789"
        with connection.cursor() as cursor:
            cursor.execute("SELECT payouts_destination::text FROM payouts_destination")
            (row,) = cursor.fetchone()
        assert INDIAN["account_number"] not in row
        assert INDIAN["account_number"].encode().hex() not in row
        told = [
            *AuditEntry.objects.values_list("facts", flat=True),
            *OutboxJob.objects.values_list("payload", flat=True),
        ]
        assert INDIAN["account_number"] not in str(told)

    def test_a_changed_one_waits_and_the_old_one_stays(self) -> None:
        payee = make_payee()
        first = propose(payee)
        second = propose(payee, OTHER_INDIAN)
        assert (second.status, second.why_approval) == ("proposed", "it takes the place of another one")
        assert payable_destination(payee, "INR") == first

    def test_one_of_another_currency_is_a_first_one_there(self) -> None:
        payee = make_payee()
        propose(payee)
        assert propose(payee, GERMAN, currency="EUR").status == "active"
        assert set(PayeeAccount.objects.filter(payee=payee).values_list("currency", flat=True)) == {"INR", "EUR"}

    def test_one_that_somebody_else_has_waits_though_it_is_the_first(self) -> None:
        propose(make_payee())
        copied = propose(make_payee())
        assert (copied.status, copied.why_approval) == ("proposed", "one other payee has the same")

    def test_ones_own_as_a_seller_and_as_a_scout_is_no_reason(self) -> None:
        seller = make_payee()
        propose(seller)
        assert propose(make_payee(seller.user, PayeeKind.SCOUT)).status == "active"

    def test_a_newer_proposal_retires_the_one_that_waits(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        newer = propose(payee, {**OTHER_INDIAN, "account_number": "000701999999"})
        waiting.refresh_from_db()
        assert (waiting.status, newer.status) == ("retired", "proposed")

    def test_the_same_again_is_the_one_that_waits(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        before = traces()
        assert propose(payee, {**OTHER_INDIAN, "holder": "A Rao"}) == waiting
        assert traces() == before

    def test_after_a_rejected_first_one_the_next_is_still_the_first(self) -> None:
        payee = make_payee()
        Destination.objects.filter(pk=propose(payee).pk).update(status="rejected", verified_at=None)
        assert propose(payee, OTHER_INDIAN).status == "active"

    def test_once_one_was_active_another_is_a_change_though_it_is_gone(self) -> None:
        payee = make_payee()
        Destination.objects.filter(pk=propose(payee).pk).update(status="retired")
        assert propose(payee, OTHER_INDIAN).status == "proposed"
        assert propose(payee, INDIAN).status == "proposed"

    def test_one_that_staff_propose_waits_for_a_second_person_though_it_is_the_first(self) -> None:
        destination = propose(make_payee(), actor=FINANCE)
        assert (destination.status, destination.why_approval) == ("proposed", "the payee did not propose it themselves")
        with pytest.raises(FourEyes):
            approve(destination, FINANCE)
        assert approve(destination, "user:other").status == "active"

    def test_tells_the_payee(self) -> None:
        destination = propose(make_payee())
        topics = OutboxJob.objects.order_by("pk").values_list("topic", "payload__destination")
        assert list(topics) == [
            ("destination.proposed", destination.public_id),
            ("destination.changed", destination.public_id),
        ]


class TestRefuses:
    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"details": {**INDIAN, "ifsc": "nonsense"}}, DetailsInvalid),
            ({"currency": "XXX"}, DetailsInvalid),
            ({"kind": "upi", "details": {"holder": "Asha Rao", "address": "asha@okbank"}}, DestinationNotOffered),
        ],
    )
    def test_what_cannot_be_paid(self, given: dict[str, Any], error: type[Exception]) -> None:
        payee = make_payee()
        before = traces()
        with pytest.raises(error):
            propose(payee, given.pop("details", INDIAN), **given)
        assert traces() == before

    def test_the_present_one_again(self) -> None:
        payee = make_payee()
        propose(payee)
        before = traces()
        with pytest.raises(DestinationUnchanged):
            propose(payee)
        assert traces() == before

    def test_the_present_one_again_while_another_one_waits(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        with pytest.raises(DestinationUnchanged):
            propose(payee)
        approve(waiting)
        assert payable_destination(payee, "INR") == waiting
