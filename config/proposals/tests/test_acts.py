"""The acts of who decides: offered while something waits, shown before they are done, each by its own permission."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.acts import PREVIEW, Act, Asked
from config.admin.panel import Tone
from config.admin.tests.operators import somebody
from config.audit.models import AuditEntry
from config.audit.services import record
from config.kernel.errors import FourEyes
from config.proposals.acts import Deciding
from config.proposals.tests.wishing import AT, Wish

WISH = Wish(public_id="wsh_1", reason="it rains")


def granted(row: User, asked: Asked) -> bool:
    """A verb that writes."""
    with transaction.atomic():
        record(row, act="granted", **asked.said)
    return True


def never(row: User, asked: Asked) -> bool:
    """A verb that refuses."""
    raise FourEyes("who proposed it cannot confirm it")


def acts(wish: Wish | None = WISH, **changes: Any) -> tuple[Act, Act]:
    given: dict[str, Any] = {
        "find": lambda row: wish, "says": lambda wish: f"{wish.public_id} is granted.", "confirm": granted,
        "decline": granted, "booked": "It is granted.", "left": "It is not.", "may_confirm": "payouts.approve",
        "may_decline": "payouts.pay",
    }  # fmt: skip
    return Deciding(**{**given, **changes}).acts()


class TestDeciding:
    def test_each_takes_its_own_permission_and_says_what_became(self) -> None:
        confirm, decline = acts(tone=Tone.GOOD, names=("confirm-wish", "decline-wish"), titles=("Grant…", "Deny…"))
        assert (confirm.name, confirm.title, confirm.code, confirm.done, confirm.tone) == (
            "confirm-wish", "Grant…", "payouts.approve", "It is granted.", Tone.GOOD,
        )  # fmt: skip
        assert (decline.name, decline.title, decline.code, decline.done) == (
            "decline-wish", "Deny…", "payouts.pay", "It is declined.",
        )  # fmt: skip

    def test_are_offered_while_something_waits(self) -> None:
        assert all(act.fits(None) for act in acts())
        assert not any(act.fits(None) for act in acts(None))

    def test_what_was_looked_at_is_the_same_of_both(self) -> None:
        assert [act.seen(None) for act in acts(seen=lambda row: "wsh_1")] == ["wsh_1", "wsh_1"]

    def test_declining_says_what_is_left(self) -> None:
        (_, decline) = acts()
        assert decline.effect(None, None, AT).summary == "It is not."


@pytest.mark.django_db(transaction=True)
class TestConfirm:
    def test_shows_what_it_would_write_and_why_it_was_proposed(self) -> None:
        person = somebody(Role.FINANCE)
        found = acts()[0].effect(person, person, AT)
        assert found.summary == "wsh_1 is granted. (proposed because: it rains)"
        assert [(moved.act, moved.reason) for moved in found.moves] == [("granted", PREVIEW)]
        assert not AuditEntry.objects.filter(act="granted").exists()

    def test_shows_that_it_would_be_refused(self) -> None:
        person = somebody(Role.FINANCE)
        found = acts(confirm=never)[0].effect(person, person, AT)
        assert (bool(found.refusal), found.refusal.code) == (False, "four_eyes")

    def test_of_what_was_decided_meanwhile_says_that_nothing_waits(self) -> None:
        person = somebody(Role.FINANCE)
        assert acts(None)[0].effect(person, person, AT).summary == "Nothing is proposed."

    def test_is_done_by_who_was_asked(self) -> None:
        person = somebody(Role.FINANCE)
        for act in acts():
            assert act.do(person, Asked(user=person, reason="seen", at=AT)) is True
        assert (
            list(AuditEntry.objects.filter(act="granted").values_list("actor", "reason", "at"))
            == [(person.actor, "seen", AT)] * 2
        )
