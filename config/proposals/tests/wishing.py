"""A kind of proposal of its own, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.test.utils import isolate_apps

from config.proposals.models import Proposal, one_waits, two_people, waiting_index

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST, SECOND = "user:first", "user:second"

with isolate_apps("config"):

    class Wish(Proposal):
        """What somebody wants of somebody."""

        public_id = models.CharField(max_length=36)
        of = models.CharField(max_length=10)

        class Meta:
            app_label = "config"
            constraints = [
                one_waits("of", name="one_wish_at_a_time"),
                *two_people(name="nobody_grants_their_own_wish", known_status="a_wish_has_a_known_status"),
            ]
            indexes = [waiting_index("wish_waiting")]

        def __str__(self) -> str:
            return self.public_id


def a_wish(**changes: Any) -> Wish:
    given = {"public_id": "wsh_1", "of": "ann", "reason": "because", "proposed_by": FIRST, "proposed_at": AT, **changes}
    return Wish._base_manager.create(**given)
