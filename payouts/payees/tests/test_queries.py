"""Reads of payees keep to one person, one payee and one currency, and say what decides whether they are paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Subquery

from config.accounts.roles import Role
from config.crypto import seal
from orders.tests.factories import AT, make_user, policy
from payments.ledger.accounts import Account
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Destination, Payee, PayeeAccount, PayeeKind
from payouts.payees.queries import (
    actor_of_owner,
    coming_destination,
    currencies_of_payee,
    current_destination,
    facts_of,
    legal_name,
    lock_destination,
    lock_payee,
    minimum_minor,
    opened,
    own_payees,
    payable_destination,
    said_of_owner,
    same_elsewhere,
)
from payouts.payees.services.terms import hold_payee
from payouts.payees.tests.paying import GERMAN, INDIAN, OTHER_INDIAN, give, make_payee, propose
from payouts.tests.payout_world import PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # payouts whose state is only written


def standing_in(payee: Payee, status: str, currency: str = "INR", **columns: Any) -> Destination:
    """A destination in some state, written without its past."""
    number = Destination.objects.count()
    return Destination.objects.create(
        payee=payee, currency=currency, rail="bank_file", kind="bank_account", status=status, masked=f"•••• {number}",
        details_digest=number.to_bytes(32, "big"), proposed_by="user:somebody", **columns,
    )  # fmt: skip


class TestOwn:
    def test_are_a_persons_own_alone(self) -> None:
        mine = make_payee()
        also_mine = make_payee(mine.user, PayeeKind.SCOUT)
        make_payee()
        assert set(own_payees(mine.user)) == {mine, also_mine}
        assert not own_payees(make_user(Role.BUYER)).exists()


class TestOwners:
    def test_whom_the_books_name_is_called_by_name_or_address_and_what_they_are_paid_as(self) -> None:
        seller = make_payee()
        scout = make_payee(seller.user, PayeeKind.SCOUT)
        named = make_payee()
        named.user.name = "Asha Rao"
        named.user.save(update_fields=["name"])
        for payee in (seller, scout, named):
            give(payee, 5)
        rows = PayeeBalance.objects.annotate(said=Subquery(said_of_owner().values("said")))
        assert dict(rows.values_list("owner", "said")) == {
            seller.owner: f"{seller.user.email} as a seller", scout.owner: f"{seller.user.email} as a scout",
            named.owner: "Asha Rao as a seller",
        }  # fmt: skip

    def test_who_acts_for_them_is_the_person(self) -> None:
        seller, other = make_payee(), make_payee()
        scout = make_payee(seller.user, PayeeKind.SCOUT)
        assert actor_of_owner(seller.owner) == actor_of_owner(scout.owner) == seller.user.actor
        assert actor_of_owner(other.owner) == other.user.actor
        assert actor_of_owner("usr_nobody") == ""


class TestLocks:
    def test_the_payee_is_locked_alone_and_without_its_key(self, django_assert_num_queries: Any) -> None:
        payee = make_payee()
        with django_assert_num_queries(1) as captured:
            assert lock_payee(payee.pk).user.email
        assert 'FOR NO KEY UPDATE OF "payouts_payee"' in captured[0]["sql"]

    def test_the_destination_is_locked_alone(self, django_assert_num_queries: Any) -> None:
        destination = propose(make_payee())
        with django_assert_num_queries(1) as captured:
            assert lock_destination(destination.pk).payee.user.email
        assert 'FOR UPDATE OF "payouts_destination"' in captured[0]["sql"]


class TestWhere:
    @pytest.mark.parametrize(
        ("status", "found"),
        [
            ("proposed", (False, True, False)),
            ("verifying", (False, True, False)),
            ("active", (True, False, True)),
            ("suspended", (True, False, False)),
            ("rejected", (False, False, False)),
            ("retired", (False, False, False)),
        ],
    )
    def test_one_is_current_coming_or_neither(self, status: str, found: tuple[bool, bool, bool]) -> None:
        payee = make_payee()
        standing_in(payee, status)
        looks = (current_destination, coming_destination, payable_destination)
        assert tuple(look(payee, "INR") is not None for look in looks) == found

    def test_that_of_another_payee_or_currency_is_none_of_theirs(self) -> None:
        payee = make_payee()
        for status in ("active", "proposed"):
            standing_in(make_payee(), status)
            standing_in(payee, status, "EUR")
        for look in (current_destination, coming_destination, payable_destination):
            assert look(payee, "INR") is None
            assert look(payee, "EUR") is not None


class TestSameElsewhere:
    def test_is_with_other_people_alone(self) -> None:
        mine = propose(make_payee())
        propose(make_payee(mine.payee.user, PayeeKind.SCOUT))
        other = propose(make_payee())
        propose(make_payee(), OTHER_INDIAN)
        assert list(same_elsewhere(mine)) == [other]
        assert mine in same_elsewhere(other)

    @pytest.mark.parametrize("gone", [{"status": "rejected"}, {"details": None}])
    def test_not_what_was_rejected_or_erased(self, gone: dict[str, Any]) -> None:
        mine, other = propose(make_payee()), propose(make_payee())
        Destination.objects.filter(pk=other.pk).update(**gone)
        assert not same_elsewhere(mine).exists()


class TestInClear:
    def test_details_are_opened_until_they_are_erased(self) -> None:
        destination = propose(make_payee())
        assert opened(destination) == INDIAN
        destination.details = None
        assert opened(destination) == {}

    def test_a_name_is_opened_where_one_is_kept(self) -> None:
        payee = make_payee()
        payee.legal_name = seal("Asha Rao ✿".encode())
        assert legal_name(payee) == "Asha Rao ✿"
        payee.legal_name = None
        assert legal_name(payee) == ""


class TestMinimum:
    def test_is_their_own_or_ours(self, settings: Any) -> None:
        settings.POLICY = policy(payout_minimum_minor={"INR": 10_000})
        assert minimum_minor(None, "INR") == 10_000
        assert minimum_minor(PayeeAccount(), "INR") == 10_000
        assert minimum_minor(PayeeAccount(minimum_minor=70_000), "INR") == 70_000
        assert minimum_minor(None, "EUR") == 0


class TestCurrencies:
    def test_are_those_with_money_a_schedule_or_a_destination_of_theirs(self) -> None:
        payee = make_payee()
        assert currencies_of_payee(payee) == []
        standing_in(payee, "rejected", "USD")
        PayeeAccount.objects.create(payee=payee, currency="INR", due_at=AT)
        give(payee, 5, currency="EUR")
        other = make_payee()
        give(other, 5, currency="GBP")
        PayeeAccount.objects.create(payee=other, currency="JPY", due_at=AT)
        standing_in(other, "active", "AUD")
        assert currencies_of_payee(payee) == ["EUR", "INR", "USD"]


class TestFacts:
    def test_of_somebody_of_whom_nothing_is_known(self, settings: Any) -> None:
        settings.POLICY = policy(payout_minimum_minor={})
        facts = facts_of(make_payee(), "INR", at=AT)
        assert (facts.at, facts.payable_minor, facts.receivable_minor, facts.reserve_minor) == (AT, 0, 0, 0)
        assert (facts.minimum_minor, facts.frozen_minor, facts.unapproved_minor, facts.waits_because) == (0, 0, 0, "")
        assert (facts.destination, facts.coming, facts.needs, facts.refused) == ("", "", "", "")
        assert (facts.is_held, facts.is_on_request, facts.due_at, facts.cools_until) == (False, False, None, None)
        assert facts.offers

    def test_money_is_theirs_and_of_that_currency(self) -> None:
        payee, other = make_payee(), make_payee()
        give(payee, 700)
        give(payee, 30, account=Account.RESERVE)
        for someone, currency in ((payee, "EUR"), (other, "INR")):
            give(someone, 9_999, currency=currency)
            give(someone, 9_999, currency=currency, account=Account.RESERVE)
        facts = facts_of(payee, "INR", at=AT)
        assert (facts.payable_minor, facts.reserve_minor, facts.receivable_minor) == (700, 30, 0)
        owing = make_payee()
        give(owing, 40, account=Account.RECEIVABLE)
        assert facts_of(owing, "INR", at=AT).receivable_minor == 40

    def test_terms_are_theirs_and_of_that_currency(self) -> None:
        payee = make_payee()
        due_at = AT + timedelta(days=3)
        PayeeAccount.objects.create(payee=make_payee(), currency="INR", schedule="on_request", minimum_minor=2)
        PayeeAccount.objects.create(payee=payee, currency="EUR", schedule="on_request", minimum_minor=1)
        PayeeAccount.objects.create(payee=payee, currency="INR", due_at=due_at, minimum_minor=70_000)
        facts = facts_of(payee, "INR", at=AT)
        assert (facts.due_at, facts.minimum_minor, facts.is_on_request) == (due_at, 70_000, False)
        assert facts_of(payee, "EUR", at=AT).is_on_request

    def test_a_hold_is_the_payees(self) -> None:
        payee = make_payee()
        hold_payee(payee=payee, actor="user:ops", reason="looking", at=AT)
        payee.refresh_from_db()
        assert facts_of(payee, "INR", at=AT).is_held

    def test_where_it_goes_now_and_next(self) -> None:
        payee = make_payee()
        cools = AT + timedelta(days=2)
        standing_in(payee, "suspended", why="the bank asks", cools_until=cools)
        standing_in(payee, "verifying", why="a name is missing")
        facts = facts_of(payee, "INR", at=AT)
        assert (facts.destination, facts.coming, facts.needs) == ("suspended", "verifying", "the bank asks")
        assert facts.cools_until == cools

    def test_what_is_to_come_says_what_it_needs_where_there_is_no_other(self) -> None:
        payee = make_payee()
        standing_in(payee, "verifying", why="a name is missing", cools_until=AT)
        facts = facts_of(payee, "INR", at=AT)
        assert (facts.destination, facts.coming, facts.needs) == ("", "verifying", "a name is missing")
        assert facts.cools_until is None

    def test_a_rail_that_no_account_is_configured_for_offers_nothing(self) -> None:
        payee = make_payee()
        destination = standing_in(payee, "active")
        assert facts_of(payee, "INR", at=AT).offers
        Destination.objects.filter(pk=destination.pk).update(rail="gone")
        assert not facts_of(payee, "INR", at=AT).offers

    def test_why_the_newest_was_rejected_where_there_is_no_other(self) -> None:
        payee = make_payee()
        standing_in(payee, "rejected", why="an older reason")
        standing_in(payee, "rejected", why="not their name")
        standing_in(payee, "rejected", "EUR", why="elsewhere")
        standing_in(make_payee(), "rejected", why="somebody else's")
        assert facts_of(payee, "INR", at=AT).refused == "not their name"
        standing_in(payee, "proposed")
        assert facts_of(payee, "INR", at=AT).refused == ""

    def test_nor_of_one_that_another_has_followed_since(self) -> None:
        payee = make_payee()
        standing_in(payee, "rejected", why="not their name")
        standing_in(payee, "retired", why="gone")
        assert facts_of(payee, "INR", at=AT).refused == ""

    def test_what_is_frozen_of_it_waits_for_a_person_or_for_something_else(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        first = payouts.freeze(payee)
        assert first.status == "awaiting_approval"
        payouts.approve(first)
        payouts.earn(payee, 7_000)
        second = payouts.freeze(payee)
        type(second).objects.filter(pk=second.pk).update(status="awaiting_approval", waits_because="the float is empty")
        payouts.freeze(payouts.payee(90_000))
        facts = facts_of(payee, "INR", at=payouts.at)
        assert (facts.frozen_minor, facts.unapproved_minor) == (17_000, 7_000)
        assert facts.waits_because == "the float is empty"
        assert facts_of(payee, "USD", at=payouts.at).frozen_minor == 0

    def test_the_payout_that_was_first_says_why_it_waits(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        for minor, because in ((0, "the first"), (7_000, "the second")):
            if minor:
                payouts.earn(payee, minor)
            payout = payouts.freeze(payee)
            type(payout).objects.filter(pk=payout.pk).update(waits_because=because)
        assert facts_of(payee, "INR", at=payouts.at).waits_because == "the first"

    @pytest.mark.parametrize("status", ["paid", "failed", "cancelled", "returned"])
    def test_what_is_over_is_frozen_no_more(self, payouts: PayoutWorld, status: str) -> None:
        payout = payouts.freeze(payouts.payee(10_000))
        type(payout).objects.filter(pk=payout.pk).update(
            status=status, waits_because="then", ended_at=payouts.at, sent_at=payouts.at,
            paid_at=payouts.at if status in ("paid", "returned") else None,
        )  # fmt: skip
        facts = facts_of(payout.payee, "INR", at=payouts.at)
        assert (facts.frozen_minor, facts.waits_because) == (0, "")

    def test_who_asks_says_more_than_is_known(self) -> None:
        payee = make_payee()
        PayeeAccount.objects.create(payee=payee, currency="INR", schedule="on_request")
        facts = facts_of(payee, "INR", at=AT, is_on_request=False, fee_minor=500, stranded_minor=9)
        assert (facts.is_on_request, facts.fee_minor, facts.stranded_minor) == (False, 500, 9)

    def test_german_accounts_are_paid_in_euros(self) -> None:
        payee = make_payee()
        propose(payee, GERMAN, currency="EUR")
        assert (facts_of(payee, "EUR", at=AT).destination, facts_of(payee, "INR", at=AT).destination) == ("active", "")
