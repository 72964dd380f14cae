"""Which destinations need a person: until somebody decided, or the payee named another one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.admin import worklist
from config.admin.panel import Tone
from config.admin.tests.operators import page_of
from orders.tests.factories import AT
from payouts.payees.models import Destination
from payouts.payees.panels import destinations_refused, destinations_to_approve
from payouts.payees.services.decide import reject_destination
from payouts.payees.tests.paying import FINANCE, GERMAN, OTHER_INDIAN, make_payee, propose

pytestmark = pytest.mark.django_db


def waiting() -> Destination:
    """A change that waits for a second person: nobody else has these accounts."""
    payee = make_payee()
    propose(payee, {**OTHER_INDIAN, "account_number": f"0007014{payee.pk:05}"})
    return propose(payee, {**OTHER_INDIAN, "account_number": f"0007015{payee.pk:05}"})


def rejected() -> Destination:
    destination = waiting()
    reject_destination(destination=destination, actor=FINANCE, reason="wrong name", at=AT)
    return destination


class TestDestinations:
    def test_what_waits_for_a_second_person(self) -> None:
        assert destinations_to_approve(AT).count == "0"
        payee = make_payee()
        propose(payee)
        propose(payee, OTHER_INDIAN)
        found = destinations_to_approve(AT)
        assert (found.count, found.items[0].label) == ("1", "ICIC •••• 5555 for INR")
        assert found.items[0].detail == "it takes the place of another one"

    def test_what_was_refused_until_the_payee_names_another_one_or_two_weeks_are_over(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, at=AT)
        reject_destination(destination=waiting, actor=FINANCE, reason="wrong name", at=AT)
        found = destinations_refused(AT)
        assert [(item.label, item.detail) for item in found.items] == [("ICIC •••• 5555 is rejected", "wrong name")]
        assert destinations_refused(AT + timedelta(days=15)).count == "0"
        propose(payee, {**OTHER_INDIAN, "account_number": "000701999999"})
        assert destinations_refused(AT).count == "0"

    def test_the_oldest_is_decided_first_and_no_more_are_shown_than_fit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        first, second, _ = waiting(), waiting(), waiting()
        found = destinations_to_approve(AT)
        assert (found.count, found.tone) == ("3", Tone.WARNING)
        assert [item.url for item in found.items] == [page_of(first), page_of(second)]

    def test_the_newest_refusal_comes_first_and_no_more_are_shown_than_fit(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worklist, "SHOWN", 2)
        _, second, third = rejected(), rejected(), rejected()
        found = destinations_refused(AT)
        assert (found.count, found.tone) == ("3", Tone.WARNING)
        assert [item.url for item in found.items] == [page_of(third), page_of(second)]

    def test_where_nothing_is_to_be_done_all_is_well(self) -> None:
        propose(make_payee())
        assert (destinations_to_approve(AT).tone, destinations_refused(AT).tone) == (Tone.GOOD, Tone.GOOD)

    def test_one_that_the_rail_suspended_stays_however_long_that_lasts(self) -> None:
        destination = propose(make_payee())
        Destination.objects.filter(pk=destination.pk).update(status="suspended", why="the bank closed it")
        (item,) = destinations_refused(AT + timedelta(days=365)).items
        assert (item.label, item.detail) == ("HDFC •••• 6789 is suspended", "the bank closed it")

    def test_only_another_one_of_the_same_payee_and_currency_ends_it(self) -> None:
        destination = rejected()
        propose(destination.payee, GERMAN, currency="EUR")
        propose(make_payee())
        assert [item.url for item in destinations_refused(AT).items] == [page_of(destination)]
