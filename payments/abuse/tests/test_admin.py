"""Blocks on the operator site: whom they concern, whether they stand, and who may lift them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, ids, list_of, page_of, text_of
from config.audit.models import AuditEntry
from payments.abuse.admin import standing
from payments.abuse.models import Block
from payments.abuse.rules import Kind

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def a_block(**fields: Any) -> Block:
    at = timezone.now()
    given = {
        "kind": Kind.EMAIL, "subject": b"a" * 32, "shown": "an…@example.com", "why": "12 declines within an hour",
        "begun_by": "system:abuse", "begun_at": at, "until": at + HOUR, "refusals": 3, **fields,
    }  # fmt: skip
    return Block.objects.create(**given)


def over(**fields: Any) -> Block:
    at = timezone.now()
    return a_block(begun_at=at - 2 * HOUR, until=at - HOUR, **fields)


class TestStanding:
    def test_until_its_time_is_over_or_somebody_lifts_it(self) -> None:
        row = Block(until=timezone.now())
        assert (standing(row, row.until - HOUR), standing(row, row.until)) == ("stands", "over")
        row.lifted_at = row.until
        assert standing(row, row.until - HOUR) == "lifted"


class TestPage:
    def test_says_whom_it_concerns_and_why_and_what_it_did(self) -> None:
        text = text_of(as_role(Role.OPERATIONS).get(page_of(a_block())))
        for shown in (
            "email an…@example.com",
            "12 declines within an hour",
            "3 payments",
            "Lift it.",
            "Lift the block…",
            "stands",
        ):
            assert shown in text

    def test_over_it_offers_no_step(self) -> None:
        text = text_of(as_role(Role.OPERATIONS).get(page_of(over())))
        assert ("Lift it" in text, "Lift the block…" in text) == (False, False)

    def test_is_found_by_its_id_alone(self) -> None:
        row, other = a_block(), a_block(subject=b"b" * 32)
        client = as_role(Role.AUDITOR)
        assert ids(client.get(list_of(Block)), Block) == [other.pk, row.pk]
        assert ids(client.get(list_of(Block), {"q": row.public_id}), Block) == [row.pk]


class TestLift:
    def test_shows_its_effect_and_lets_them_pay_again(self) -> None:
        row, client = a_block(), as_role(Role.OPERATIONS)
        assert "can begin payments again at once" in text_of(client.get(act_of(row, "lift")))
        assert "The block is lifted." in text_of(confirm(client, row, "lift", reason="she called"))
        row.refresh_from_db()
        assert row.lifted_at is not None
        assert AuditEntry.objects.get(act="lifted").reason == "she called"

    def test_is_for_those_who_may(self) -> None:
        row = a_block()
        assert as_role(Role.AUDITOR).get(act_of(row, "lift")).status_code == 403
        row.refresh_from_db()
        assert row.lifted_at is None

    def test_of_one_that_is_over_is_not_offered(self) -> None:
        row = over()
        as_role(Role.OPERATIONS).post(act_of(row, "lift"), {"reason": "she called"})
        row.refresh_from_db()
        assert row.lifted_at is None
        assert not AuditEntry.objects.filter(act="lifted").exists()
