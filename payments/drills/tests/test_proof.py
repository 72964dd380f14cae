"""What is proved of one order: rows, books and the gateway's own list say the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.outbox.models import OutboxJob
from payments.drills import buying
from payments.drills.figures import mark
from payments.drills.proof import booked_of, effects_of, is_quiet
from payments.drills.report import Result
from payments.drills.scenarios import SCENARIOS, Scenario
from payments.drills.stage import Stage
from payments.ledger.models import LedgerLine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def looked(
    monkeypatch: pytest.MonkeyPatch, played: Callable[..., Result]
) -> Callable[[Callable[[Stage], None]], Result]:
    def run(play: Callable[[Stage], None]) -> Result:
        monkeypatch.setitem(SCENARIOS, "storms", Scenario("a test's own", play))
        return played("storms")

    return run


class TestEffectsAndBooks:
    def test_follow_an_order_from_nothing_to_its_refund(self, looked: Callable[..., Result]) -> None:
        seen: list[tuple[dict[str, tuple[int, int]], int]] = []

        def look(stage: Stage, purchase: buying.Purchase) -> None:
            seen.append((effects_of(stage, purchase), booked_of(purchase)))

        def play(stage: Stage) -> None:
            (purchase,) = buying.begin(stage, [buying.Fate.CANCELLED])
            look(stage, purchase)
            buying.pay(stage, purchase)
            buying.wait_until_paid(stage, [purchase])
            look(stage, purchase)
            buying.finish(stage, [purchase])
            look(stage, purchase)
            stage.inject("nothing")

        assert list(looked(play).problems) == []
        (before, nothing), (paid, booked), (after, rest) = seen
        amount = booked
        assert (before, nothing, rest) == ({}, 0, 0)
        assert paid["captured"] == (1, amount)
        assert (after["captured"], after["refunded"]) == ((1, amount), (1, amount))

    def test_books_are_read_before_the_gateways_fees(self, looked: Callable[..., Result]) -> None:
        found: list[tuple[int, int]] = []

        def play(stage: Stage) -> None:
            (purchase,) = buying.begin(stage, [buying.Fate.COMPLETED])
            buying.pay(stage, purchase)
            buying.wait_until_paid(stage, [purchase])
            stage.control.stripe("settle")
            buying.finish(stage, [purchase])
            fees = LedgerLine.objects.filter(account="gateway_fees", amount_minor__gt=0).count()
            found.append((fees, booked_of(purchase) - purchase.order.total_minor))
            stage.inject("nothing")

        assert list(looked(play).problems) == []
        assert found == [(1, 0)]


class TestIsQuiet:
    def test_is_about_what_came_since(self, looked: Callable[..., Result]) -> None:
        del looked
        job = {"topic": "t", "payload": {}, "lane": "mail"}
        OutboxJob.objects.create(listener="before", fact_key="1", **job)
        since = mark(at=OutboxJob.objects.get().created_at)
        assert is_quiet(since)
        OutboxJob.objects.create(listener="after", fact_key="2", **job)
        assert not is_quiet(since)
