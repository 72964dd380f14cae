"""A process dies at every named place of a transfer: another takes over, and the end is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from config.calls.models import GatewayCall
from config.calls.services import ask_due
from config.kernel.errors import Refused
from config.kernel.faultpoints import POINTS, armed
from config.outbox.models import OutboxJob
from config.outbox.runner import run_outbox
from config.papers.tests.test_papers import PDF
from orders.tickets.conftest import Hands
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.manual.models import HandOver
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.by_hand import confirm_receipt, hand_in_proof
from orders.tickets.transfers.services.cancel import follow_called_back
from orders.tickets.transfers.services.sweeps import ask_silent, follow_changes
from orders.tickets.transfers.tests.played import AT, Played, make_transfer

OURS = {point for point in POINTS if point.startswith("transfer.")}


class Died(BaseException):
    """The process is gone: nothing of ours may catch this."""


class Life:
    """One transfer, and the steps by which others go on with it; every one can be done twice."""

    def __init__(self, played: Played, hands: Hands, provider: str) -> None:
        self.played, self.hands = played, hands
        self.row = make_transfer(provider=provider)
        self.at: datetime = AT

    def wait(self) -> None:
        self.at += timedelta(minutes=6)
        self.hands.at = self.at

    def wait_long(self) -> None:
        self.at += timedelta(hours=2)
        self.hands.at = self.at

    def work(self) -> None:
        run_outbox(lane="money", now=lambda: self.at)

    def ask(self) -> None:
        ask_due(once=True, now=lambda: self.at)

    def sweep(self) -> None:
        follow_changes(at=self.at)
        ask_silent(at=self.at)

    def call_back(self) -> None:
        follow_called_back({"fulfilment": self.row.fulfilment.public_id}, self.at)

    def become(self, state: TransferState) -> Callable[[], None]:
        def act() -> None:
            if self.row.public_id in self.played.transfers:
                self.played.become(self.row, state)

        return act

    def set(self, **moods: bool) -> Callable[[], None]:
        def act() -> None:
            for name, value in moods.items():
                setattr(self.played, name, value)

        return act

    def prove(self) -> None:
        with suppress(Refused):
            hand_in_proof(transfer_pk=self.row.pk, name="a.pdf", content=PDF, actor="user:seller", at=self.at)

    def confirm(self) -> None:
        with suppress(Refused):
            confirm_receipt(transfer_pk=self.row.pk, actor="user:buyer", at=self.at)


Step = Callable[[], Any]


def accepted(life: Life) -> Sequence[Step]:
    """Sent, accepted, and heard of by the list of changes."""
    settled = (life.wait, life.ask, life.wait, life.ask, life.work)
    return life.work, *settled, life.become(TransferState.ACCEPTED), life.sweep, life.wait, life.work


def taken_back(life: Life) -> Sequence[Step]:
    """Called back while it is open."""
    return life.work, life.wait, life.call_back, life.work, life.wait, life.work, life.wait, life.ask, life.work


def with_lost_answers(life: Life) -> Sequence[Step]:
    """No answer to any of it: all is asked about, and it is taken back once."""
    lost, heard = life.set(loses=True), life.set(loses=False)
    return (
        lost, life.work, heard, life.wait, life.ask, life.wait, life.ask, life.call_back,
        lost, life.work, life.work, heard, life.wait, life.ask, life.wait, life.ask, life.work,
    )  # fmt: skip


def silent(life: Life) -> Sequence[Step]:
    """Accepted, and told by nothing but a question."""

    def ask() -> None:
        ask_silent(at=life.at)

    accepted = life.become(TransferState.ACCEPTED)
    return life.work, life.wait, life.ask, accepted, life.wait_long, ask, life.wait, life.work


def by_hand(life: Life) -> Sequence[Step]:
    """A proof, and the buyer's word."""
    return life.work, life.wait, life.ask, life.prove, life.confirm, life.wait, life.work, life.sweep


COURSES: dict[str, Callable[[Life], Sequence[Step]]] = {
    course.__name__: course for course in (accepted, taken_back, with_lost_answers, silent, by_hand)
}
DEATHS: list[tuple[str, str]] = [
    *((f"transfer.create.{beat}", "accepted") for beat in ("intended", "answered", "recorded")),
    *((f"transfer.cancel.{beat}", "taken_back") for beat in ("intended", "answered", "recorded")),
    ("transfer.called_back", "taken_back"),
    ("transfer.create.answered", "with_lost_answers"),
    ("transfer.create.asked", "with_lost_answers"),
    ("transfer.cancel.answered", "with_lost_answers"),
    ("transfer.cancel.asked", "with_lost_answers"),
    ("transfer.followed", "accepted"),
    ("transfer.looked", "silent"),
    ("transfer.asked", "silent"),
    ("transfer.said", "by_hand"),
]


def forget_leases() -> None:
    """What a dead process had leased is free again."""
    with connection.cursor() as cursor:
        for table in (GatewayCall, OutboxJob):
            cursor.execute(
                f"UPDATE {table._meta.db_table} SET lease_until = now() - interval '1 second'"
                " WHERE lease_until IS NOT NULL"
            )


def live(life: Life, course: str, point: str = "", *, healed: bool = True) -> int:
    """Does every step; where the process dies in one, another process does it again. Returns how often it died."""
    deaths = 0

    def hook(reached: str) -> None:
        nonlocal deaths
        if reached == point and not deaths:
            deaths += 1
            raise Died(point)

    with armed(hook):
        for step in COURSES[course](life):
            try:
                step()
            except Died:
                if not healed:
                    return deaths
                forget_leases()
                step()
        if deaths:  # what was begun and not recorded is asked about in its time
            for step in (
                life.wait,
                life.work,
                life.ask,
                life.wait,
                life.ask,
                life.work,
                life.wait_long,
                life.sweep,
                life.work,
            ):
                step()
    return deaths


def ending(life: Life) -> dict[str, Any]:
    """All that anybody could care about, without instants and ids."""
    row = TicketTransfer.objects.get()
    waiting = OutboxJob.objects.filter(state="due", topic__startswith="ticket")
    return {
        "transfer": (row.status, row.told, row.ended_at is not None, row.provider_id is not None),
        "part": row.fulfilment.status,
        "there": sorted(view.state for view in life.played.transfers.values()),
        "by hand": list(HandOver.objects.values_list("status", flat=True)),
        "calls": sorted(GatewayCall.objects.values_list("operation", "status")),
        "waiting jobs": sorted(waiting.values_list("topic", flat=True)),
    }


@pytest.fixture
def lives(played: Played, hands: Hands) -> Callable[[str], Life]:
    return lambda course: Life(played, hands, "manual" if course == "by_hand" else "played")


ENDS: dict[str, tuple[str, str]] = {
    "accepted": ("accepted", "delivered"),
    "taken_back": ("cancelled", "cancelled"),
    "with_lost_answers": ("cancelled", "cancelled"),
    "silent": ("accepted", "delivered"),
    "by_hand": ("accepted", "delivered"),
}


class TestRegistry:
    def test_every_point_is_died_at(self) -> None:
        assert {point for point, _ in DEATHS} == OURS

    def test_every_point_stands_in_the_code_and_no_other(self) -> None:
        folder = Path(settings.BASE_DIR) / "orders" / "tickets"
        found = {
            point
            for path in folder.rglob("*.py")
            if "tests" not in path.parts
            for point in re.findall(r'reached\("([^"]+)"\)', path.read_text(encoding="utf-8"))
        }
        assert {point for point in found if point.startswith("transfer.")} == OURS


@pytest.mark.django_db
class TestNobodyDies:
    @pytest.mark.parametrize("course", COURSES)
    def test_a_course_ends_as_it_should(self, lives: Callable[[str], Life], course: str) -> None:
        life = lives(course)
        live(life, course)
        end = ending(life)
        assert (end["transfer"][0], end["part"]) == ENDS[course]
        assert end["waiting jobs"] == []


@pytest.mark.django_db
class TestSomebodyDies:
    @pytest.mark.parametrize(("point", "course"), DEATHS)
    def test_and_the_end_is_the_same(self, lives: Callable[[str], Life], point: str, course: str) -> None:
        life = lives(course)
        assert live(life, course, point) == 1
        end = ending(life)
        assert (end["transfer"][0], end["part"]) == ENDS[course]
        assert {status for _, status in end["calls"]} <= {"succeeded"}
        assert len(life.played.transfers) == (0 if course == "by_hand" else 1)
        assert end["waiting jobs"] == []

    @pytest.mark.parametrize("point", ["transfer.create.answered", "transfer.cancel.answered"])
    def test_negative_control_without_another_process_it_is_not(self, lives: Callable[[str], Life], point: str) -> None:
        course = "accepted" if "create" in point else "taken_back"
        life = lives(course)
        live(life, course, point, healed=False)
        end = ending(life)
        assert (end["transfer"][0], end["part"]) != ENDS[course]
