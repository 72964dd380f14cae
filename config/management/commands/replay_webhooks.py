"""Handles events again that were received in a period, in bounded batches; or only tells what that would do."""

from __future__ import annotations

import getpass
from collections import Counter
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.inbox import bulk
from config.inbox.models import WebhookEvent
from config.inbox.replay import OUTCOMES, Difference, dry_run
from config.inbox.states import REPLAYABLE
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.money import Money
from config.management.options import instant


class Command(BaseCommand):
    help = (
        "Replay events of one gateway that were received in a period. Every effect has its own key, so that nothing is"
        " done twice. On the operator site a bulk replay needs a second person; whoever has a shell here is trusted,"
        " and is named in the audit trail."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--gateway", required=True, help="the door they came through: stripe, …")
        parser.add_argument("--type", default="", help="only this type, e.g. charge.refunded")
        parser.add_argument(
            "--since", required=True, help="received from then on: 2026-11-20 or 2026-11-20T09:30Z (UTC)"
        )
        parser.add_argument("--until", default="", help="received before then; now where it is not given")
        parser.add_argument(
            "--state", action="append", choices=sorted(REPLAYABLE), help="only those that are in it now"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would change, and change nothing")
        parser.add_argument("--limit", type=int, default=0, help="so many at most")
        parser.add_argument("--rate", type=int, default=50, help="events a second at most (default: 50)")
        parser.add_argument("--actor", default="", help="who replays, for the audit trail")
        parser.add_argument("--reason", default="replayed by command", help="why, for the audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        if options["gateway"] not in settings.WEBHOOK_SOURCES:
            raise CommandError(f"there is no gateway {options['gateway']}")
        if options["rate"] < 1 or options["limit"] < 0:
            raise CommandError("--rate is 1 or more, --limit is 0 or more")
        selection = bulk.Selection(
            source=options["gateway"],
            since=instant(options["since"], "--since"),
            until=instant(options["until"], "--until") if options["until"] else at,
            type=options["type"],
            states=tuple(options["state"] or sorted(REPLAYABLE)),
        )
        try:
            selection.check()
        except Refused as refused:
            raise CommandError(refused.detail) from refused
        if options["dry_run"]:
            self._show(selection, limit=options["limit"], at=at)
        else:
            self._replay(selection, options)

    def _show(self, selection: bulk.Selection, *, limit: int, at: datetime) -> None:
        """Each event by itself: none sees what another would have done."""
        found: Counter[str] = Counter()
        changing = 0
        for events in bulk.batches(selection):
            for event in events[: limit - found.total()] if limit else events:
                difference = dry_run(event_pk=event.pk, at=at)
                found[difference.outcome] += 1
                changing += not difference.changes_nothing
                self._tell(event, difference)
            if limit and found.total() >= limit:
                break
        for outcome, number in sorted(found.items()):
            self.stdout.write(f"{number:>7}  {OUTCOMES[outcome]}")
        self.stdout.write(f"{found.total()} events looked at, {changing} would change something. Nothing was changed.")

    def _tell(self, event: WebhookEvent, difference: Difference) -> None:
        note = f": {difference.note}" if difference.note else ""
        self.stdout.write(f"{event.event_id} {event.type} {OUTCOMES[difference.outcome]}{note}")
        for move in difference.moves:
            step = f"{move.origin or '(new)'} → {move.target}" if move.target else move.act
            self.stdout.write(f"    {move.subject} {move.subject_id}: {step}")
        for line in difference.lines:
            side = "Dr" if line.amount.amount_minor > 0 else "Cr"
            amount = Money(abs(line.amount.amount_minor), line.amount.currency)
            self.stdout.write(f"    {line.event}: {side} {line.account} {line.owner} {line.ref} {amount}")
        for job in difference.jobs:
            self.stdout.write(f"    then {job}")

    def _replay(self, selection: bulk.Selection, options: dict[str, Any]) -> None:
        actor = options["actor"] or f"command:{getpass.getuser()}"
        counts = bulk.Counts()
        size = min(options["rate"], bulk.BATCH)
        for events in bulk.batches(selection, size=size):
            started = monotonic()
            left = options["limit"] - counts.replayed - counts.skipped
            chosen = events[:left] if options["limit"] else events
            counts.add(bulk.replay_all(chosen, actor=actor, reason=options["reason"], at=clock.now()))
            self.stdout.write(f"{counts.replayed} due again, {counts.skipped} skipped")
            if options["limit"] and counts.replayed + counts.skipped >= options["limit"]:
                break
            sleep(max(0.0, len(chosen) / options["rate"] - (monotonic() - started)))
        self.stdout.write(f"Done: {counts.replayed} events are due again, {counts.skipped} were skipped.")
        horizon = settings.WEBHOOK_BODY_RETENTION_DAYS
        self.stdout.write(
            f"Bodies are purged after {horizon} days; purged events cannot be replayed and were left out."
        )
