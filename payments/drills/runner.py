"""Plays scenarios one after the other, and proves after each that everything stands as it should."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.kernel.errors import Refused
from payments.drills import cast
from payments.drills.figures import Figures, Mark, figures_since, mark
from payments.drills.hands import Hands
from payments.drills.proof import is_quiet, prove
from payments.drills.report import Result
from payments.drills.scenarios import SCENARIOS
from payments.drills.scene import Say, Stalled
from payments.drills.site import DoorRefused, Site, SiteSilent
from payments.drills.stage import Stage
from payments.drills.workers import NoWorker, Workers
from payments.sandbox.control_client import Control, ControlFailed

SETTLE_S = 20.0


@dataclass(frozen=True)
class Drill:
    """What all scenarios of one run share."""

    control: Control
    hands: Hands
    workers: Workers
    base: str
    run: str
    seed: int
    orders: int
    account: str
    say: Say
    patient: bool = False


def play(drill: Drill, name: str) -> Result:
    """One scenario, from its faults to the proof. What goes wrong in it is its result, never an exception."""
    scenario = SCENARIOS[name]
    calm(drill.control)
    since = mark(at=drill.hands.now())
    stage = _stage(drill, name, since)
    drill.say(f"{name}: {scenario.title}")
    try:
        _carefully(stage, lambda: scenario.play(stage))
        calm(drill.control)
        _settle(stage, since)
    finally:
        drill.workers.end()
        calm(drill.control)
        cast.withdraw(stage.product, at=drill.hands.now())
    healed_at = drill.hands.now()
    problems = [*stage.problems, *prove(stage, since)]
    figures = figures_since(
        since,
        orders=len(stage.purchases),
        requests_repeated=stage.site.repeated,
        seconds_to_heal=(healed_at - (stage.broke_at or since.at)).total_seconds(),
    )
    return Result(
        name=name,
        title=scenario.title,
        injected=dict(stage.injected),
        healed=tuple(_healed(stage, figures, problems)),
        figures=figures,
        problems=tuple(problems),
    )


def calm(control: Control) -> None:
    """Takes all faults back, lets webhooks flow and sets the sandbox's clock right."""
    control.clear_faults()
    control.post("clock", offset_s=0, signatures="wall")
    control.resume()


def _stage(drill: Drill, name: str, since: Mark) -> Stage:
    chance = random.Random(f"{drill.seed}:{name}")  # noqa: S311 - what is bought, and how much of it
    return Stage(
        scenario=name,
        site=Site(drill.base, drill.hands),
        control=drill.control,
        hands=drill.hands,
        workers=drill.workers,
        product=cast.offer(run=drill.run, scenario=name, chance=chance, at=since.at),
        chance=chance,
        run=drill.run,
        orders=drill.orders,
        account=drill.account,
        began=since.at,
        say=drill.say,
        patient=drill.patient,
    )


def _carefully(stage: Stage, act: Callable[[], None]) -> None:
    try:
        act()
    except (Stalled, DoorRefused, SiteSilent, NoWorker, ControlFailed) as problem:
        stage.problem(str(problem))
    except Refused as refusal:
        stage.problem(f"{refusal.code}: {refusal.detail}")


def _settle(stage: Stage, since: Mark) -> None:
    """Late fees and references come, and everything that follows is done. Where it is not, the proof says what."""
    stage.control.settle_deliveries(timeout_s=SETTLE_S)
    stage.control.stripe("settle")
    stage.control.settle_deliveries(timeout_s=SETTLE_S)
    if not stage.problems:
        stage.hands.until(lambda: is_quiet(since))


def _healed(stage: Stage, figures: Figures, problems: list[str]) -> list[str]:
    if problems:
        return list(stage.notes)
    lines = list(stage.notes)
    paused = stage.site.refusals.get("gateway_paused", 0)
    if paused:
        lines.append(f"the gateway's breaker was open: {paused} checkouts were told to come again, and came again")
    if figures.calls_asked:
        lines.append(f"{figures.calls_asked} calls had no answer: the gateway was asked, and nothing was sent twice")
    if figures.duplicates:
        lines.append(f"{figures.duplicates} deliveries were repetitions: counted, answered 200, and nothing done again")
    if figures.fetched:
        lines.append(f"{figures.fetched} events never came: they were fetched into the same inbox")
    return lines


def new_run(*, at: datetime) -> str:
    """By what the orders of one drill are known."""
    return f"{at:%Y%m%d%H%M%S}{random.SystemRandom().randrange(16**4):04x}"
