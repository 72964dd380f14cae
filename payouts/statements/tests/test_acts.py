"""Operators take a payee's statement out as the payee themself would get it, and nothing changes by it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from config.accounts.roles import Role, may_for_everyone
from config.admin.acts import Attachment
from config.admin.tests.operators import somebody
from payouts.statements.acts import STATEMENT, StatementForm
from payouts.statements.api import FORMATS, written
from payouts.statements.queries import Period, heading
from payouts.tests.acting import asked, shown, traces
from payouts.tests.payout_world import PayoutWorld

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {"currency": "INR", "first": "2026-11-01", "last": "2026-11-30", "file": "csv"}
DAYS = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}


class TestForm:
    @pytest.mark.parametrize(
        ("change", "wrong"),
        [
            ({}, set()),
            ({"last": "2026-11-01"}, set()),
            ({"last": "2026-10-31"}, {"last"}),
            ({"last": "9999-12-31"}, {"last"}),
            ({"first": "soon"}, {"first"}),
            ({"last": ""}, {"last"}),
            ({"currency": "XXX"}, {"currency"}),
            ({"file": "xls"}, {"file"}),
        ],
    )
    def test_says_what_is_wrong(self, change: dict[str, str], wrong: set[str]) -> None:
        assert set(StatementForm({**GIVEN, **change}).errors) == wrong


class TestTake:
    @pytest.mark.parametrize("chosen", FORMATS)
    def test_is_the_payees_own_to_the_byte(self, payouts: PayoutWorld, chosen: str) -> None:
        payout = payouts.sent(5_000, says="declined")
        before = traces()
        answer = STATEMENT.do(payout.payee, asked(somebody(Role.SUPPORT), payouts, currency="INR", file=chosen, **DAYS))
        assert isinstance(answer, Attachment)
        head = heading(payout.payee, "INR", Period(**DAYS))
        assert answer.body == b"".join(written(payout.payee, head, chosen))
        assert (answer.content_type, answer.name) == (
            FORMATS[chosen], f"statement-{payout.payee.public_id}-INR-2026-11-01-2026-11-30.{chosen}",
        )  # fmt: skip
        assert traces() == before

    def test_shows_that_nothing_changes(self, payouts: PayoutWorld) -> None:
        effect = shown(STATEMENT, payouts.payee(100), somebody(Role.SUPPORT), payouts)
        assert effect.summary.endswith("Nothing changes.")
        assert (effect.lines, effect.moves, effect.calls) == ((), (), ())

    @pytest.mark.parametrize("role", [*Role])
    def test_whoever_may_see_payouts_of_everybody(self, role: Role) -> None:
        is_staff = role in (Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR)
        assert may_for_everyone(somebody(role), STATEMENT.code) is is_staff
