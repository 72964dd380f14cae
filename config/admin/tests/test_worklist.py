"""What needs a person is counted up to a bound, and shown by its first few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.panel import Tone, WorkItem
from config.admin.tests.operators import somebody
from config.admin.worklist import CAP, SHOWN, counted, work_list


def named(person: User) -> WorkItem:
    return WorkItem(person.email)


@pytest.mark.django_db
class TestWorkList:
    def test_counts_all_and_shows_the_first_few_in_their_order(self) -> None:
        people = [somebody(Role.BUYER) for _ in range(SHOWN + 2)]
        found = work_list("People", User.objects.order_by("pk"), named, url="/people/", tone=Tone.WARNING)
        assert (found.title, found.count, found.tone, found.url) == ("People", "12", Tone.WARNING, "/people/")
        assert [item.label for item in found.items] == [person.email for person in people[:SHOWN]]

    def test_without_any_it_is_good_and_leads_on_all_the_same(self) -> None:
        found = work_list("People", User.objects.all(), named, url="/people/")
        assert (found.count, found.items, found.tone, found.url) == ("0", (), Tone.GOOD, "/people/")

    def test_what_is_there_is_bad_unless_it_is_said_otherwise(self) -> None:
        somebody(Role.BUYER)
        assert work_list("People", User.objects.all(), named).tone == Tone.BAD

    def test_neither_counts_nor_reads_more_than_its_bound(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            work_list("People", User.objects.order_by("pk"), named)
        count, read = (query["sql"] for query in queries.captured_queries)
        assert f"LIMIT {CAP}" in count
        assert f"LIMIT {SHOWN}" in read


class TestCounted:
    def test_shows_what_it_was_given_and_stops_counting_at_its_bound(self) -> None:
        found = counted("Floats", CAP, [WorkItem("one"), WorkItem("two")])
        assert (found.count, [item.label for item in found.items], found.tone) == ("1,000+", ["one", "two"], Tone.BAD)

    def test_nothing_is_good(self) -> None:
        assert counted("Floats", 0, []).tone == Tone.GOOD
