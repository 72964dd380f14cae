"""A process dies at every named place, once at each: another takes over, and the end is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import TransactionTestCase

from config.kernel.faultpoints import POINTS, reached
from payments.tests.lives import (
    LIVES,
    Died,
    Life,
    Step,
    cancelled_unpaid,
    dying_at,
    ending,
    expired,
    live,
    live_and_die,
    never_made,
    refunded_in_part,
)
from payments.tests.lives_more import MORE_LIVES
from payments.tests.world import World

Course = Callable[[Life], Sequence[Step]]
ENDS = LIVES | MORE_LIVES
# Point → the course that reaches it, and for which time the process dies there.
DEATHS: list[tuple[str, str, int]] = [
    ("checkout.placed", "checked_out_and_released", 1),
    ("payment.create.intended", "paid_and_timed_out", 1),
    ("payment.create.intended", "checked_out_and_released", 1),
    ("payment.create.recorded", "checked_out_and_released", 1),
    ("payment.create.answered", "paid_and_timed_out", 1),
    ("payment.create.recorded", "paid_and_timed_out", 1),
    ("payment.create.answered", "on_the_gateways_page", 1),
    ("payment.create.asked", "with_lost_answers", 1),
    ("payment.create.asked", "with_refused_requests", 1),
    ("payment.create.looked", "never_made", 1),
    ("payment.create.looked", "never_made", 2),
    ("payment.capture.intended", "captured_at_once", 1),
    ("payment.capture.answered", "captured_at_once", 1),
    ("payment.capture.recorded", "captured_at_once", 1),
    ("payment.object.asked", "captured_later", 1),
    ("payment.cancel.intended", "expired", 1),
    ("payment.cancel.answered", "expired", 1),
    ("payment.cancel.recorded", "expired", 1),
    ("reservation.expired", "expired", 1),
    ("order.cancelled", "cancelled_unpaid", 1),
    ("payment.cancel.recorded", "cancelled_unpaid", 1),
    ("fulfilment.delivered", "checked_out_and_released", 1),
    ("fulfilment.cancelled", "paid_and_cancelled", 1),
    ("escrow.timed_out", "paid_and_timed_out", 1),
    ("escrow.released", "checked_out_and_released", 1),
    ("refund.requested", "refunded_in_part", 1),
    ("refund.decided", "refunded_in_part", 1),
    ("refund.made_anew", "refunded_in_part", 1),
    ("refund.ended", "refunded_in_part", 1),
    ("refund.create.intended", "refunded_in_part", 2),
    ("refund.create.answered", "refunded_in_part", 2),
    ("refund.create.recorded", "refunded_in_part", 2),
    ("outbox.ran", "refunded_in_part", 3),
    ("refund.create.intended", "paid_and_timed_out", 1),
    ("refund.create.answered", "paid_and_timed_out", 1),
    ("refund.create.recorded", "paid_and_timed_out", 1),
    ("refund.create.looked", "with_lost_answers", 1),
    ("refund.create.asked", "with_refused_requests", 1),
    ("refund.create.resending", "with_refused_requests", 1),
    ("refund.create.settled", "refund_never_made", 1),
    ("dispute.answer.intended", "disputed_and_answered", 1),
    ("dispute.answer.intended", "disputed_and_conceded", 1),
    ("dispute.answer.answered", "disputed_and_answered", 1),
    ("dispute.answer.answered", "disputed_and_conceded", 1),
    ("dispute.answer.recorded", "disputed_and_answered", 1),
    ("dispute.answer.asked", "answered_into_the_void", 1),
    ("call.marked", "with_lost_answers", 1),
    ("call.marked", "with_lost_answers", 2),
    ("call.asked", "with_lost_answers", 1),
    ("call.asked", "with_lost_answers", 2),
    ("payment.create.resending", "with_lost_answers", 1),
    ("checkout.attempted", "attempted_twice", 1),
    ("payment.reread", "attempted_twice", 1),
    *[
        (f"{call}.{beat}", "saved_and_charged", 1)
        for call in ("customer.create", "method.setup", "payment.confirm", "method.detach")
        for beat in ("intended", "answered", "recorded")
    ],
    ("method.leaving", "saved_and_charged", 1),
    *[
        (point, "charged_with_lost_answers", at_hit)
        for point in ("method.resending", "method.asked")
        for at_hit in (1, 2)
    ],
    *[(point, "charged_with_lost_answers", 1) for point in ("payment.confirm.asked", "method.detach.asked")],
    ("inbox.failed", "asked_in_vain", 1),
    ("outbox.failed", "asked_in_vain", 1),
    ("inbox.parked", "told_too_early", 1),
    ("inbox.claimed", "paid_and_timed_out", 1),
    ("inbox.claimed", "paid_and_timed_out", 4),
    ("inbox.fetching", "on_the_gateways_page", 1),
    ("inbox.fetched", "on_the_gateways_page", 1),
    ("inbox.handled", "paid_and_timed_out", 2),
    ("inbox.handled", "paid_and_timed_out", 3),
    ("inbox.handled", "on_the_gateways_page", 4),
    ("inbox.committed", "paid_and_timed_out", 2),
    ("inbox.committed", "paid_and_timed_out", 3),
    ("outbox.claimed", "paid_and_timed_out", 1),
    ("outbox.claimed", "paid_and_timed_out", 2),
    ("outbox.ran", "paid_and_timed_out", 1),
    ("outbox.ran", "paid_and_timed_out", 2),
    ("outbox.stamped", "paid_and_timed_out", 1),
]
# Those of money out and of transfers are died at beside them.
BESIDE = ("payout.", "destination.", "transfer.")
OURS = {point for point in POINTS if not point.startswith(BESIDE)}
COURSES: dict[str, Course] = {course.__name__: course for course in ENDS}


class TestRegistry:
    def test_every_point_is_died_at(self) -> None:
        assert {point for point, _, _ in DEATHS} == OURS

    def test_every_point_stands_in_the_code_and_no_other(self) -> None:
        root = Path(settings.BASE_DIR)
        found = {
            point
            for folder in ("config", "orders", "payments")
            for path in (root / folder).rglob("*.py")
            if "tests" not in path.parts and path.name != "faultpoints.py"
            for point in re.findall(r'reached\("([^"]+)"\)', path.read_text(encoding="utf-8"))
        }
        assert {point for point in found if not point.startswith(BESIDE)} == OURS

    def test_a_hook_is_gone_at_the_end_of_its_block_whatever_happens(self) -> None:
        def die() -> None:
            with dying_at("inbox.claimed"):
                reached("outbox.claimed")
                reached("inbox.claimed")

        with pytest.raises(Died):
            die()
        reached("inbox.claimed")


_ENDS: dict[str, dict[str, Any]] = {}


def end_of(world: World, name: str) -> dict[str, Any]:
    """How a course ends when nobody dies; lived once."""
    if name not in _ENDS:
        _ENDS[name] = ending(live(world, COURSES[name]))
        # The next life begins where this one did.
        TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]
        world.sandbox.control.reset()
        world.delivered.clear()
    return _ENDS[name]


@pytest.mark.django_db(transaction=True)
class TestNobodyDies:
    @pytest.mark.parametrize("name", list(COURSES))
    def test_a_course_ends_as_it_should_with_nothing_left_to_do(self, world: World, name: str) -> None:
        course, end = COURSES[name], end_of(world, name)
        assert end["order"][0] == ENDS[course]
        is_paid = course not in (never_made, expired, cancelled_unpaid)
        captured = (1, 10_000) if is_paid else (0, 0)
        refunded = (1, 10_000) if is_paid and ENDS[course] == "cancelled" else (0, 0)
        returned = (0, 0)
        if course is refunded_in_part:
            refunded = returned = (2, 8_000)
        assert end["gateway"] == {"captured": captured, "refunded": refunded, "refund_returned": returned}
        assert (end["open calls"], end["inbox"], end["outbox"]) == ([], {}, {})
        assert end["stock"] == (9 if ENDS[course] in ("paid", "completed", "refunded") else 10)


@pytest.mark.django_db(transaction=True)
class TestSomebodyDies:
    @pytest.mark.parametrize(("point", "name", "at_hit"), DEATHS)
    def test_and_the_end_is_the_same(self, world: World, point: str, name: str, at_hit: int) -> None:
        expected = end_of(world, name)
        assert ending(live_and_die(world, COURSES[name], point, at_hit=at_hit)) == expected

    @pytest.mark.parametrize("point", ["payment.create.answered", "inbox.handled", "refund.create.answered"])
    def test_negative_control_without_another_process_it_is_not(self, world: World, point: str) -> None:
        expected = end_of(world, "paid_and_timed_out")
        life = live_and_die(world, COURSES["paid_and_timed_out"], point, at_hit=1, healed=False)
        assert ending(life) != expected
