"""Breaks things on the sandbox of a running installation on purpose, and proves that nothing came of it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel import clock
from payments.drills.hands import PATIENT_WITHIN_S, RUNNING_WITHIN_S, Hands, InlineHands, RunningHands
from payments.drills.refusals import DrillRefused, check_webhooks, target
from payments.drills.report import as_json, as_text
from payments.drills.runner import Drill, calm, new_run, play
from payments.drills.scenarios import SCENARIOS
from payments.drills.site import Site, SiteSilent
from payments.drills.workers import InstalledWorkers, OwnWorkers, Workers, anybody_works
from payments.ledger.checks import prove
from payments.sandbox.control_client import Control

ACCOUNT = "stripe"
ALL = "all"


class Command(BaseCommand):
    help = (
        "Play scripted faults on the sandbox of this installation while orders go their way, and prove at the end that"
        " nothing was lost, doubled or left unexplained; exit code 1 otherwise. Live accounts are refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=[*SCENARIOS, ALL], help="a scenario, or all of them")
        parser.add_argument("--orders", type=int, default=6, help="of each scenario (6)")
        parser.add_argument("--seed", type=int, help="what is bought: the same number, the same carts")
        parser.add_argument("--json", action="store_true", help="the report for machines")
        parser.add_argument(
            "--inline", action="store_true", help="no worker runs: the queues are worked off here, and time is moved on"
        )
        parser.add_argument(
            "--patient", action="store_true", help="wait for leases to run out by themselves: half an hour in all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One report on the standard output; what happens meanwhile on the other one."""
        if not 2 <= options["orders"] <= 500:
            raise CommandError("--orders is a number from 2 to 500")
        try:
            drill = self._prepare(options)
        except DrillRefused as refused:
            raise CommandError(f"nothing is drilled: {refused}") from refused
        names = list(SCENARIOS) if options["name"] == ALL else [options["name"]]
        try:
            results = [play(drill, name) for name in names]
        finally:
            calm(drill.control)
        tell = as_json if options["json"] else as_text
        self.stdout.write(tell(results, run=drill.run, seed=drill.seed, inline=options["inline"]))
        if not all(result.is_well for result in results):
            raise CommandError("something was lost, doubled or left unexplained", returncode=1)

    def _prepare(self, options: dict[str, Any]) -> Drill:
        """Raises DrillRefused where this installation is not to be drilled, or not fit for it."""
        accounts = settings.GATEWAY_ACCOUNTS
        control = target(debug=settings.DEBUG, accounts=accounts, code=ACCOUNT)
        check_webhooks(control, public_url=settings.PUBLIC_URL, secrets=accounts[ACCOUNT].webhook_secrets)
        hands, workers = self._hands(control, inline=options["inline"], patient=options["patient"])
        base = settings.PUBLIC_URL.rstrip("/").replace("//localhost:", "//127.0.0.1:")
        try:
            status, _ = Site(base, hands).get("/readyz")
        except SiteSilent as silent:
            raise DrillRefused(str(silent)) from silent
        if status != 200:
            raise DrillRefused(f"{base}/readyz answers {status}")
        if broken := [truth.name for truth in prove(full=True) if truth.broken]:
            raise DrillRefused(f"the books are broken before anything happened: {'; '.join(broken)}")
        seed = options["seed"]
        return Drill(
            control=control,
            hands=hands,
            workers=workers,
            base=base,
            run=new_run(at=clock.now()),
            seed=secrets.randbelow(10**6) if seed is None else seed,
            orders=options["orders"],
            account=ACCOUNT,
            say=self.stderr.write,
            patient=options["patient"],
        )

    def _hands(self, control: Control, *, inline: bool, patient: bool) -> tuple[Hands, Workers]:
        if inline:
            return InlineHands(control), OwnWorkers()
        if not anybody_works():
            raise DrillRefused("no worker answers: start the installation, or have the queues worked off --inline")
        return RunningHands(PATIENT_WITHIN_S if patient else RUNNING_WITHIN_S), InstalledWorkers()
