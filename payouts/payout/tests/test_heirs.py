"""A payout that ended unpaid says which one has its money now, and that it is payable only while nothing took it."""

from __future__ import annotations

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, page_of, text_of
from payouts.payout.acts import RETRY
from payouts.payout.heirs import heir_of
from payouts.payout.models import Payout
from payouts.payout.services.decide import cancel_payout
from payouts.payout.services.due import retry_payout
from payouts.payout.services.observe import observe_payout
from payouts.rails.contract import RailState
from payouts.tests.payout_world import FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db


def retried(world: PayoutWorld, payout: Payout) -> Payout:
    return retry_payout(payout_pk=payout.pk, actor="user:ops", reason="they opened it", at=world.at)


def retried_by_hand(world: PayoutWorld, payout: Payout) -> Payout:
    """What is payable is asked for outside of the failed one's row, once its account takes money again."""
    type(payout).objects.filter(pk=payout.pk).update(advice="retry")
    return world.freeze(payout.payee)


def cancelled(world: PayoutWorld, payout: Payout) -> Payout:
    cancel_payout(payout_pk=payout.pk, actor=FINANCE, reason="not now", at=world.at)
    return world.again(payout)


def page(world: PayoutWorld, payout: Payout) -> str:
    return text_of(as_role(Role.FINANCE).get(page_of(world.again(payout))))


class TestHeir:
    def test_nobody_has_it_while_it_is_payable_or_on_its_way(self, payouts: PayoutWorld) -> None:
        assert heir_of(payouts.sent()) is None
        assert heir_of(payouts.sent(says="declined")) is None
        assert heir_of(payouts.sent(says=RailState.PAID)) is None

    def test_is_the_retry_and_after_that_whatever_goes_on(self, payouts: PayoutWorld) -> None:
        failed = payouts.sent(says="declined")
        second = retried(payouts, failed)
        assert heir_of(failed) == second
        second = cancelled(payouts, second)
        assert (heir_of(failed), heir_of(second)) == (None, None)
        payouts.earn(failed.payee, 500)
        third = retried_by_hand(payouts, failed)
        assert (heir_of(failed), heir_of(second)) == (third, third)

    def test_is_not_one_that_was_frozen_before_it_failed(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        payouts.earn(payout.payee, 500)
        other = payouts.freeze(payout.payee)
        failed = payouts.rail.become(RailState.FAILED)
        observe_payout(payout=payout, view=failed, actor="system:test", at=payouts.at)
        assert heir_of(payouts.again(payout)) is None
        third = payouts.freeze(payout.payee)
        assert heir_of(payouts.again(payout)) == third
        assert heir_of(cancelled(payouts, other)) is None

    def test_of_what_came_back_it_is_the_one_after_that(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        back = payouts.rail.become(RailState.RETURNED)
        observe_payout(payout=payout, view=back, actor="system:test", at=payouts.at)
        assert heir_of(payouts.again(payout)) is None
        later = payouts.freeze(payout.payee)
        assert heir_of(payouts.again(payout)) == later


class TestPage:
    def test_is_payable_again_only_while_nothing_took_it(self, payouts: PayoutWorld) -> None:
        failed = payouts.sent(says="declined")
        before = page(payouts, failed)
        assert "Given back to their balance" in before
        assert "Try it again…" in before
        second = retried(payouts, failed)
        after = page(payouts, failed)
        assert "Given back to their balance" not in after
        assert "In a later payout" in after
        assert "its money went on with a later payout" in after
        assert second.public_id in after
        assert page_of(second) in as_role(Role.FINANCE).get(page_of(failed)).content.decode()
        assert not RETRY.fits(failed)

    def test_what_another_than_its_retry_took_is_not_tried_again(self, payouts: PayoutWorld) -> None:
        failed = payouts.sent(says="declined")
        assert RETRY.fits(failed)
        retried_by_hand(payouts, failed)
        assert not RETRY.fits(failed)
        assert "Try it again…" not in page(payouts, failed)

    def test_one_that_was_paid_late_is_with_the_payee(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        for state in (RailState.FAILED, RailState.PAID):
            told = payouts.rail.become(state)
            observe_payout(payout=payout, view=told, actor="system:test", at=payouts.at)
        assert payouts.again(payout).status == "paid_late"
        text = page(payouts, payout)
        assert "With the payee" in text
        assert "Given back to their balance" not in text
