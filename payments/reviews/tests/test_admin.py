"""Suspicions on the operator site: what stands still, and letting it go on."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from payments.reviews.models import Review
from payments.reviews.panels import open_reviews
from payments.reviews.services.suspect import Suspicion, observe_suspicion
from payments.reviews.states import REVIEW_STATES, ReviewKind, ReviewStatus
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def review(world: World) -> Review:
    payment = world.payment(world.paid_order(12_345))
    said = Suspicion("issfr_1", ReviewKind.EARLY_FRAUD_WARNING, "made_with_stolen_card", True, "", timezone.now())
    observe_suspicion(payment=payment, said=said, actor="gateway:stripe", at=world.at)
    return Review.objects.get()


class TestPage:
    def test_says_what_is_suspected_and_what_stands_still(self, review: Review) -> None:
        text = text_of(as_role(Role.SUPPORT).get(page_of(review)))
        for shown in ("early fraud warning of $123.45", "made with stolen card", "frozen", "Refund the order"):
            assert shown in text

    def test_is_listed_and_found(self, review: Review) -> None:
        client = as_role(Role.AUDITOR)
        for query in ({"status__exact": "open"}, {"q": review.public_id}):
            assert review.public_id in client.get(list_of(Review), query).content.decode()

    def test_waits_on_the_overview(self, review: Review) -> None:
        found = open_reviews(timezone.now())
        assert (found.count, [item.detail for item in found.items]) == ("1", ["made with stolen card"])


class TestSettle:
    def test_shows_its_effect_and_does_it(self, review: Review) -> None:
        client = as_role(Role.FINANCE)
        assert "At the gateway nothing changes." in text_of(client.get(act_of(review, "settle")))
        assert "The money goes on." in text_of(confirm(client, review, "settle", reason="called the buyer"))
        review.refresh_from_db()
        assert (review.status, review.outcome) == ("closed", "settled by a person")

    def test_is_for_those_who_may_freeze(self, review: Review) -> None:
        assert as_role(Role.SUPPORT).get(act_of(review, "settle")).status_code == 403


def test_a_review_only_closes() -> None:
    assert REVIEW_STATES.allows(ReviewStatus.OPEN, ReviewStatus.CLOSED)
    assert not REVIEW_STATES.allows(ReviewStatus.CLOSED, ReviewStatus.OPEN)
