"""A block stands until it is over or a person lifts it."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.models import AuditEntry
from payments.abuse.models import Block
from payments.abuse.rules import BLOCK_FOR, Kind
from payments.abuse.services.block import block, lift_block
from payments.abuse.services.screen import (
    Blocked,
    digest_of,
    screen,
)
from payments.abuse.services.tests.test_screen import ANN
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestBlock:
    def test_told_again_it_changes_nothing_and_over_it_begins_anew(self, world: World) -> None:
        def again(at: Any) -> Block:
            return block(
                kind=Kind.EMAIL, subject=b"x" * 32, shown="an…", why="because", until=at + BLOCK_FOR, actor="m", at=at
            )

        first = again(world.at)
        assert again(world.later(hours=1)).until == first.until
        assert AuditEntry.objects.filter(act="blocked").count() == 1
        again(world.later(hours=24))
        assert Block.objects.get().until == world.at + BLOCK_FOR
        assert AuditEntry.objects.filter(act="blocked").count() == 2

    def test_is_lifted_by_a_person(self, world: World) -> None:
        subject = digest_of(Kind.EMAIL, ANN.email)
        row = block(
            kind=Kind.EMAIL, subject=subject, shown="an…", why="", until=world.at + BLOCK_FOR, actor="m", at=world.at
        )
        with pytest.raises(Blocked):
            screen(origin=ANN, token="", at=world.at)
        assert lift_block(block_pk=row.pk, actor="user:op", reason="she called", at=world.at)
        assert not lift_block(block_pk=row.pk, actor="user:op", reason="again", at=world.at)
        screen(origin=ANN, token="", at=world.at)
        assert AuditEntry.objects.get(act="lifted").reason == "she called"
