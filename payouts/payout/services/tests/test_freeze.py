"""Everything payable is frozen once, for one payout, and says who must let it go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.outbox.models import OutboxJob
from payouts.payees.models import Payee
from payouts.payout.models import Payout
from payouts.payout.queries import frozen_lines
from payouts.payout.services.decide import cancel_payout
from payouts.payout.services.freeze import NotRetriable, PayoutNotPossible
from payouts.rails.contract import RailState
from payouts.tests.payout_world import ASKER, FINANCE, PayoutWorld, a_destination, lines_of

pytestmark = pytest.mark.django_db


def known_payee(world: PayoutWorld, minor: int = 0) -> Payee:
    """Somebody who was paid to this account before."""
    payee = world.payee(1_000)
    world.fund(1_000)
    world.rail.says.append(RailState.PAID)
    world.approve(world.freeze(payee))
    world.work()
    if minor:
        world.earn(payee, minor)
    return payee


class TestFreeze:
    def test_takes_all_that_is_payable(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.earn(payee, 850)
        payout = payouts.freeze(payee)
        assert (payout.gross_minor, payout.fee_minor, payout.net_minor) == (8_850, 0, 8_850)
        assert (payout.rail, payout.rail_account, payout.drawn_on) == ("paper", "paper", "float")
        assert payouts.balance(payee) == (0, 0, 0)
        assert lines_of(payout.public_id) == [
            ("payout_frozen", "payable", payee.owner, 8_850),
            ("payout_frozen", "in_transit", payee.owner, -8_850),
        ]

    def test_is_made_of_the_lines_since_the_one_before(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        first = payouts.freeze(payee)
        payouts.earn(payee, 500)
        payouts.earn(payee, 300)
        second = payouts.freeze(payee)
        assert [line.amount_minor for line in frozen_lines(first)] == [-8_000, 8_000]
        assert [line.amount_minor for line in frozen_lines(second)] == [-500, -300, 800]
        assert (first.after_line_id, second.after_line_id) == (0, first.upto_line_id)

    def test_the_payee_bears_the_fee(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        payout = payouts.freeze(payouts.payee(8_000))
        assert (payout.gross_minor, payout.fee_minor, payout.net_minor) == (8_000, 50, 7_950)
        assert ("payout_frozen", "fees_recovered", "", -50) in lines_of(payout.public_id)

    def test_another_currency_is_another_payout(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payouts.earn(payee, 700, "USD")
        payouts.freeze(payee)
        assert payouts.balance(payee, "USD") == (700, 0, 0)
        with pytest.raises(PayoutNotPossible) as refused:
            payouts.freeze(payee, currency="USD")
        assert refused.value.facts["reason"] == "no_destination"

    def test_every_refusal_leaves_everything_as_it_was(self, payouts: PayoutWorld, settings: Any) -> None:
        payee = payouts.payee(8_000)
        destination = payee.destinations.get()

        def refused() -> str:
            with pytest.raises(PayoutNotPossible) as error:
                payouts.freeze(payee)
            assert not Payout.objects.exists()
            assert payouts.balance(payee)[0] == 8_000
            assert not OutboxJob.objects.filter(topic="payout.approved").exists()
            return str(error.value.facts["reason"])

        policy = django_settings.POLICY
        settings.POLICY = replace(policy, payout_minimum_minor={"INR": 8_001})
        assert refused() == "below_minimum"
        settings.POLICY = replace(policy, payout_fee_minor={"INR": 8_000})
        assert refused() == "below_fee"
        settings.POLICY = policy
        payouts.rail.limit_minor = 7_999
        assert refused() == "rail_refuses"
        payouts.rail.limit_minor = 10**9
        payouts.rail.currencies = frozenset({"USD"})
        settings.RAIL_ACCOUNTS = {
            **django_settings.RAIL_ACCOUNTS, "paper": replace(django_settings.RAIL_ACCOUNTS["paper"], key_id="dollars"),
        }  # fmt: skip
        assert refused() == "rail_not_offered"
        payee.destinations.update(cools_until=payouts.at + timedelta(hours=1))
        assert refused() == "destination_cooling"
        payee.destinations.update(status="suspended", why="the bank wants a paper")
        assert refused() == "destination_suspended"
        payee.destinations.update(status="retired")
        assert refused() == "no_destination"
        a_destination(payee, status="proposed")
        assert refused() == "destination_to_approve"
        type(payee).objects.update(held_at=payouts.at, held_by="user:ops", held_reason="looks odd")
        assert refused() == "payee_held"
        assert destination.status == "active"

    def test_who_owes_us_is_not_paid(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        payouts.take_back(payee, 300)
        with pytest.raises(PayoutNotPossible) as refused:
            payouts.freeze(payee)
        assert refused.value.facts["reason"] == "payee_owes"

    def test_the_schedule_does_not_bind_who_asks_for_it(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(8_000)
        payee.accounts.update(due_at=payouts.at + timedelta(days=5))
        assert payouts.freeze(payee).gross_minor == 8_000


class TestNextStep:
    def test_the_first_payout_needs_a_second_person(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        assert (payout.status, payout.why_approval) == ("awaiting_approval", "first_payout")
        assert not OutboxJob.objects.filter(topic="payout.approved").exists()

    def test_a_later_one_below_the_threshold_goes_alone(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(known_payee(payouts, 50_000))
        assert (payout.status, payout.why_approval, payout.approved_by) == ("approved", "", "")
        assert OutboxJob.objects.filter(topic="payout.approved", fact_key__endswith=payout.public_id).count() == 1

    def test_above_it_never(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(known_payee(payouts, 50_001))
        assert (payout.status, payout.why_approval) == ("awaiting_approval", "above_threshold")

    def test_many_small_ones_of_a_day_are_a_large_one(self, payouts: PayoutWorld) -> None:
        """A thief with the payee's password asks for it piece by piece."""
        payee = known_payee(payouts, 30_000)
        alone = payouts.freeze(payee)
        payouts.earn(payee, 20_000)
        assert payouts.freeze(payee).status == "approved"
        payouts.earn(payee, 1)
        waits = payouts.freeze(payee)
        assert (waits.status, waits.why_approval) == ("awaiting_approval", "above_threshold_of_day")
        payouts.approve(waits)
        cancel_payout(payout_pk=alone.pk, actor=FINANCE, reason="not yet", at=payouts.at)
        assert payouts.freeze(payee).status == "approved"  # neither what a person let go counts, nor what is over
        payouts.earn(payee, 40_000)
        assert payouts.freeze(payee).why_approval == "above_threshold_of_day"
        payouts.earn(payee, 40_000)
        payouts.later(days=1)
        assert payouts.freeze(payee).status == "approved"

    def test_a_currency_without_a_threshold_never(self, payouts: PayoutWorld, settings: Any) -> None:
        payee = known_payee(payouts, 1)
        settings.POLICY = replace(django_settings.POLICY, payout_approval_threshold_minor={})
        assert payouts.freeze(payee).why_approval == "no_threshold"

    def test_the_first_one_to_another_account_never(self, payouts: PayoutWorld) -> None:
        payee = known_payee(payouts, 1)
        payee.destinations.update(status="retired")
        a_destination(payee)
        assert payouts.freeze(payee).why_approval == "first_to_destination"

    def test_one_that_was_cancelled_was_never_the_first(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        cancel_payout(payout_pk=payouts.freeze(payee).pk, actor=FINANCE, reason="not yet", at=payouts.at)
        assert payouts.freeze(payee).why_approval == "first_payout"


class TestRetry:
    def test_is_a_new_payout_of_all_that_is_payable_now(self, payouts: PayoutWorld) -> None:
        failed = payouts.sent(says="declined")
        payouts.earn(failed.payee, 500)
        retry = payouts.freeze(failed.payee, retry_of=failed)
        assert (retry.gross_minor, retry.retry_of_id) == (10_500, failed.pk)
        assert retry.after_line_id == failed.upto_line_id

    def test_only_of_one_that_failed_and_only_once(self, payouts: PayoutWorld) -> None:
        paid = payouts.sent(says=RailState.PAID)
        with pytest.raises(NotRetriable):
            payouts.freeze(paid.payee, retry_of=paid)
        failed = payouts.sent(says="declined")
        payouts.freeze(failed.payee, retry_of=failed)
        payouts.earn(failed.payee, 100)
        with pytest.raises(NotRetriable, match="tried again already"):
            payouts.freeze(failed.payee, retry_of=failed)
        assert payouts.balance(failed.payee)[0] == 100

    @pytest.mark.parametrize("says", ["lost", "refused", RailState.PROCESSING])
    def test_never_while_nobody_knows_or_it_is_on_its_way(self, payouts: PayoutWorld, says: Any) -> None:
        payout = payouts.sent(says=says)
        payouts.earn(payout.payee, 100)
        with pytest.raises(NotRetriable):
            payouts.freeze(payout.payee, retry_of=payout, requested_by=ASKER)
        assert payouts.balance(payout.payee)[0] == 100
