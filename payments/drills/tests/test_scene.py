"""A scene counts what really broke."""

from __future__ import annotations

import random
from typing import Any

import pytest

from config.kernel import clock
from orders.catalog.models import Product
from payments.drills.hands import InlineHands
from payments.drills.scene import Stalled
from payments.drills.site import Site
from payments.drills.stage import Stage
from payments.drills.workers import OwnWorkers
from payments.sandbox.testing import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    hands = InlineHands(sandbox.control, within_s=60)
    given: dict[str, Any] = {"scenario": "s", "run": "r", "orders": 2, "account": "stripe", "say": lambda _: None}
    return Stage(
        site=Site("http://127.0.0.1:1", hands), control=sandbox.control, hands=hands, workers=OwnWorkers(),
        product=Product(), chance=random.Random(1), began=clock.now(), **given,
    )  # fmt: skip


class TestFault:
    def test_is_in_force_within_the_block_alone_and_counted_under_its_name(self, stage: Stage) -> None:
        for _ in range(2):
            with stage.fault("webhook_drop", told="dropped", count=None) as fault:
                assert [each["id"] for each in stage.control.get("faults")["faults"]] == [fault]
                stage.control.stripe("webhook", url="http://127.0.0.1:1/", secrets=["s"])
                stage.control.stripe("events", type="charge.updated", object={"id": "ch_1", "object": "charge"})
                assert stage.strikes(fault) == 1
            assert stage.control.get("faults")["faults"] == []
        assert stage.injected == {"dropped": 2}

    def test_is_taken_back_when_the_scenario_breaks_off(self, stage: Stage) -> None:
        with pytest.raises(Stalled), stage.fault("refuse", told="refused", path="/nowhere"):
            stage.wait(lambda: False, "a wonder")
        assert stage.control.get("faults")["faults"] == []
        assert stage.injected == {"refused": 0}

    def test_says_since_when_something_was_broken(self, stage: Stage) -> None:
        assert stage.broke_at is None
        stage.inject("first")
        first = stage.broke_at
        stage.hands.rest(60)
        stage.inject("second", 3)
        assert (stage.broke_at, stage.injected) == (first, {"first": 1, "second": 3})


class TestWait:
    def test_says_what_did_not_come(self, stage: Stage) -> None:
        stage.wait(lambda: True, "anything")
        with pytest.raises(Stalled, match="a wonder: did not happen"):
            stage.wait(lambda: False, "a wonder")


class TestNote:
    def test_is_told_once(self, stage: Stage) -> None:
        stage.note("healed")
        stage.note("healed")
        stage.problem("lost")
        assert (stage.notes, stage.problems) == (["healed"], ["lost"])
