"""A drill over a system that is broken on purpose must say so: one that never fails proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from config.inbox.contract import Handled
from config.inbox.models import WebhookEvent
from config.kernel.ids import new_id
from payments.charges.services import ask
from payments.charges.services.start import new_payment
from payments.drills import buying
from payments.drills.report import Result
from payments.drills.scenarios import SCENARIOS, Scenario, dropped_webhooks
from payments.drills.stage import Stage
from payments.gateways.contract import NewPayment
from payments.ledger.models import PayeeBalance
from payments.webhooks import stripe as translations

pytestmark = pytest.mark.django_db(transaction=True)


def found(result: Result, *words: str) -> bool:
    """Whether one of the problems says all of this."""
    return any(all(word in problem for word in words) for problem in result.problems)


def quiet_life(stage: Stage) -> list[buying.Purchase]:
    """Orders that come to their ends with nothing broken but one delay."""
    with stage.fault("delay", told="a delay", delay_s=0.01, count=None):
        purchases = buying.begin(stage, buying.fates(stage))
        buying.pay_all(stage, purchases)
        buying.wait_until_paid(stage, purchases)
        buying.finish(stage, purchases)
    return purchases


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch, played: Callable[..., Result]) -> Callable[..., Result]:
    """Plays `play` in place of a scenario."""

    def run(play: Callable[[Stage], None]) -> Result:
        monkeypatch.setitem(SCENARIOS, "duplicates", Scenario("a test's own", play))
        return played("duplicates")

    return run


class TestASystemThatIsWell:
    def test_has_no_problem(self, instead: Callable[..., Result]) -> None:
        result = instead(lambda stage: quiet_life(stage) and None)
        assert list(result.problems) == []


class TestWhatIsLost:
    def test_events_that_nobody_fetches(self, played: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dropped_webhooks, "fetch_missed", lambda **_: None)
        result = played("dropped_webhooks")
        assert found(result, "its money was captured, and paid", "did not happen")
        assert found(result, "is pending_payment and", "not completed and paid")
        assert found(result, "the gateway captured", "our payments say 0")
        assert found(result, "of its money is at the gateway, the books say 0")

    def test_events_that_are_taken_and_not_acted_upon(
        self, played: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for kind in translations.TRANSLATIONS:
            monkeypatch.setitem(translations.TRANSLATIONS, kind, lambda _: Handled.ignored("lost"))
        assert found(played("duplicates"), "is pending_payment")

    def test_a_cart_that_is_never_answered(self, instead: Callable[..., Result]) -> None:
        def play(stage: Stage) -> None:
            quiet_life(stage)
            buying.intend(stage, buying.Fate.COMPLETED)

        assert found(instead(play), "was never answered")


class TestWhatIsDoubled:
    def test_a_question_that_makes_the_payment_anew(
        self, played: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The key is what keeps a repeated request from being a second one; here it is another each time."""

        def forgetful(*given: Any) -> NewPayment:
            return replace(new_payment(*given), call_id=new_id("call"))

        monkeypatch.setattr(ask, "new_payment", forgetful)
        assert found(played("lost_answers"), "is a payment of it that we do not know")

    def test_a_refund_more_than_was_due(self, instead: Callable[..., Result]) -> None:
        def play(stage: Stage) -> None:
            kept = quiet_life(stage)[0]
            (intent,) = stage.control.get("objects", kind="payment_intent", id=kept.gateway_payment_id)["objects"]
            stage.control.stripe(f"charges/{intent['body']['latest_charge']}/refund", amount=100)

        result = instead(play)
        assert found(result, "was refunded 1 times, and 0 were due")
        assert found(result, "is completed and partially_refunded, and not completed and paid")

    def test_pieces_that_are_given_back_to_the_shelf_twice(self, instead: Callable[..., Result]) -> None:
        def play(stage: Stage) -> None:
            quiet_life(stage)
            type(stage.product).objects.filter(pk=stage.product.pk).update(stock=10_000)

        assert found(instead(play), "10000 pieces are left of 10000")


class TestWhatIsUnexplained:
    def test_a_dead_event(self, instead: Callable[..., Result]) -> None:
        def play(stage: Stage) -> None:
            quiet_life(stage)
            row = WebhookEvent.objects.latest("pk")
            WebhookEvent.objects.filter(pk=row.pk).update(state="dead", last_error="poison")

        assert found(instead(play), "is dead: poison")

    @pytest.mark.broken_books
    def test_books_that_are_broken(self, instead: Callable[..., Result]) -> None:
        def play(stage: Stage) -> None:
            quiet_life(stage)
            PayeeBalance.objects.create(owner="usr_nobody", currency="USD", payable_minor=5)

        assert found(instead(play), "the books: payee balances are their lines")


class TestADrillThatBrokeNothing:
    def test_is_none(self, instead: Callable[..., Result]) -> None:
        assert found(instead(lambda stage: None), "nothing was broken")

    def test_has_a_fault_that_never_struck(self, instead: Callable[..., Result]) -> None:
        def play(stage: Stage) -> None:
            with stage.fault("refuse", told="a refusal", path="/v1/nowhere"):
                quiet_life(stage)

        assert found(instead(play), "a refusal: never struck")
