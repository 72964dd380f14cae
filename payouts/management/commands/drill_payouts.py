"""Breaks things at the sandbox's RazorpayX while payouts go their way, and proves that nothing came of it."""

from __future__ import annotations

import random
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel import clock
from config.kernel.errors import Refused
from payments.drills.figures import mark
from payments.drills.hands import PATIENT_WITHIN_S, RUNNING_WITHIN_S, Hands, InlineHands, RunningHands
from payments.drills.proof import is_quiet
from payments.drills.refusals import DrillRefused, target
from payments.drills.runner import calm, new_run
from payments.drills.scene import Stalled
from payments.drills.workers import InstalledWorkers, NoWorker, OwnWorkers, Workers, anybody_works
from payments.ledger.checks import prove as prove_books
from payments.sandbox.control_client import Control, ControlFailed
from payouts.drills.cast import RAIL_ACCOUNT
from payouts.drills.playing import play
from payouts.drills.proof import float_now, prove
from payouts.drills.stage import Stage


class Command(BaseCommand):
    help = (
        "Lose answers, kill a worker and repeat webhooks while payouts go over the sandbox's RazorpayX, and prove that"
        " everybody was paid once or not at all, as was due; exit code 1 otherwise. Live accounts are refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--payouts", type=int, default=8, help="how many (8)")
        parser.add_argument("--seed", type=int, help="amounts and accounts: the same number, the same payouts")
        parser.add_argument("--inline", action="store_true", help="no worker runs: the queues are worked off here")
        parser.add_argument("--patient", action="store_true", help="wait for leases to run out by themselves")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 4 <= options["payouts"] <= 200:
            raise CommandError("--payouts is a number from 4 to 200")
        try:
            stage = self._stage(options)
        except DrillRefused as refused:
            raise CommandError(f"nothing is drilled: {refused}") from refused
        calm(stage.control)
        since, before = mark(at=stage.hands.now()), float_now()
        try:
            _carefully(stage)
            calm(stage.control)
            stage.control.settle_deliveries(timeout_s=20)
            if not stage.problems:
                stage.hands.until(lambda: is_quiet(since))
        finally:
            stage.workers.end()
            calm(stage.control)
        problems = [*stage.problems, *prove(stage, since, before)]
        self.stdout.write(_report(stage, problems))
        if problems:
            raise CommandError("somebody was paid twice, or not at all, or something is unexplained", returncode=1)

    def _stage(self, options: dict[str, Any]) -> Stage:
        """Raises DrillRefused where this installation is not to be drilled, or not fit for it."""
        called = {code: account for code, account in settings.RAIL_ACCOUNTS.items() if account.api_base}
        accounts = {**settings.GATEWAY_ACCOUNTS, **called}
        control = target(debug=settings.DEBUG, accounts=accounts, code=RAIL_ACCOUNT)
        _check_webhooks(control)
        if broken := [truth.name for truth in prove_books(full=True) if truth.broken]:
            raise DrillRefused(f"the books are broken before anything happened: {'; '.join(broken)}")
        hands, workers = _hands(control, inline=options["inline"], patient=options["patient"])
        seed = secrets.randbelow(10**6) if options["seed"] is None else options["seed"]
        return Stage(
            control=control,
            hands=hands,
            workers=workers,
            chance=random.Random(seed),  # noqa: S311 - amounts and account numbers
            run=new_run(at=clock.now()),
            number=options["payouts"],
            say=self.stderr.write,
            patient=options["patient"],
        )


def _carefully(stage: Stage) -> None:
    try:
        play(stage)
    except (Stalled, NoWorker, ControlFailed) as problem:
        stage.problems.append(str(problem))
    except Refused as refusal:
        stage.problems.append(f"{refusal.code}: {refusal.detail}")


def _check_webhooks(control: Control) -> None:
    endpoint = control.get("razorpay/banking_webhook")
    told = settings.PUBLIC_URL.rstrip("/") + "/webhooks/razorpay/"
    if endpoint["url"] != told:
        raise DrillRefused(
            f"the sandbox sends RazorpayX's webhooks to {endpoint['url'] or 'nobody'}, and not to {told}"
        )
    if not set(endpoint["secrets"][:1]) & set(settings.LISTENING_ACCOUNTS[RAIL_ACCOUNT].webhook_secrets):
        raise DrillRefused("the sandbox signs RazorpayX's webhooks with a secret that is not known here")


def _hands(control: Control, *, inline: bool, patient: bool) -> tuple[Hands, Workers]:
    if inline:
        return InlineHands(control), OwnWorkers()
    if not anybody_works():
        raise DrillRefused("no worker answers: start the installation, or have the queues worked off --inline")
    return RunningHands(PATIENT_WITHIN_S if patient else RUNNING_WITHIN_S), InstalledWorkers()


def _report(stage: Stage, problems: list[str]) -> str:
    lines = [f"Drill of payouts {stage.run}"]
    lines += [f"  injected  {told} (×{times})" for told, times in stage.injected.items()]
    lines += [f"  healed    {note}" for note in stage.notes] if not problems else []
    lines += [f"  PROBLEM   {problem}" for problem in problems]
    held = "FAILED." if problems else "nobody paid twice, nobody forgotten, nothing unexplained."
    return "\n".join([*lines, f"{len(stage.dues)} payouts: {held}"])
