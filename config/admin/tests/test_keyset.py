"""Lists open at once however long they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.roles import Role
from config.admin.keyset import choice_filter, estimated_rows
from config.admin.tests.operators import as_role, ids, link, list_of, text_of
from config.outbox.models import OutboxJob
from config.tests.owner import owner_connection

pytestmark = pytest.mark.django_db


def analyze() -> None:
    """Only the table's owner can, and only of what is committed."""
    with owner_connection() as owner:
        owner.execute("ANALYZE config_outboxjob")


AT = datetime(2026, 11, 21, tzinfo=UTC)
SIZE = 50


def fill(number: int, **columns: Any) -> list[int]:
    """Rows of a table that is listed; their ids, ascending."""
    made = OutboxJob.objects.bulk_create(
        OutboxJob(
            topic=f"t{n}", listener="l", fact_key=f"f{n}", due_at=AT + timedelta(days=9), created_at=AT, **columns
        )
        for n in range(number)
    )
    return [row.pk for row in made]


def walk(client: Client, start: str, rel: str) -> Iterator[list[int]]:
    url, query = list_of(OutboxJob), start
    while True:
        response = client.get(url + query)
        yield ids(response, OutboxJob)
        query = link(response, rel)
        if not query:
            return


@pytest.fixture
def operator() -> Client:
    return as_role(Role.OPERATIONS)


class TestPaging:
    def test_walks_from_the_newest_to_the_oldest_and_back_without_loss(self, operator: Client) -> None:
        rows = fill(SIZE * 2 + 7)
        forth = list(walk(operator, "", "next"))
        assert [len(page) for page in forth] == [SIZE, SIZE, 7]
        assert [key for page in forth for key in page] == rows[::-1]
        back = list(walk(operator, f"?newer={rows[0]}", "prev"))
        assert [key for page in reversed(back) for key in page] == rows[:0:-1]

    def test_a_full_last_page_has_no_older_one(self, operator: Client) -> None:
        fill(SIZE)
        response = operator.get(list_of(OutboxJob))
        assert link(response, "next") == link(response, "prev") == ""

    def test_new_rows_do_not_shift_the_page_that_is_read(self, operator: Client) -> None:
        rows = fill(SIZE + 10)
        older = link(operator.get(list_of(OutboxJob)), "next")
        OutboxJob.objects.create(topic="new", listener="l", fact_key="new", due_at=AT, created_at=AT)
        assert ids(operator.get(list_of(OutboxJob) + older), OutboxJob) == rows[9::-1]

    def test_keeps_the_filter_while_paging_and_drops_the_page_with_the_filter(self, operator: Client) -> None:
        fill(SIZE + 1, state="done")
        response = operator.get(f"{list_of(OutboxJob)}?state__exact=done")
        assert re.fullmatch(r"\?state__exact=done&older=\d+", link(response, "next"))
        page = operator.get(list_of(OutboxJob) + link(response, "next")).content.decode()
        assert 'href="?state__exact=dead"' in page
        assert "older=" not in re.search(r'href="(\?state__exact=dead[^"]*)"', page)[1]  # type: ignore[index]

    @pytest.mark.parametrize(
        "broken", ["?older=x", "?older=-1", "?newer=", "?older=99999999999999999999", "?p=7", "?o=1", "?all="]
    )
    def test_a_broken_link_opens_the_first_page(self, operator: Client, broken: str) -> None:
        rows = fill(3)
        assert ids(operator.get(list_of(OutboxJob) + broken), OutboxJob) == rows[::-1]

    def test_past_either_end_there_is_nothing_and_a_way_back(self, operator: Client) -> None:
        rows = fill(3)
        page = operator.get(f"{list_of(OutboxJob)}?older={rows[0]}")
        assert ids(page, OutboxJob) == []
        assert "Newest" in text_of(page)


class TestCost:
    def test_ten_thousand_rows_open_with_a_fixed_number_of_cheap_queries(self, operator: Client) -> None:
        def cost(query: str = "") -> list[str]:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert operator.get(list_of(OutboxJob) + query).status_code == 200
            return [found["sql"] for found in captured.captured_queries]

        rows = fill(60)
        few = cost()
        fill_more = OutboxJob.objects.bulk_create(
            (
                OutboxJob(topic="t", listener="l", fact_key=f"more{n}", due_at=AT, created_at=AT, state="done")
                for n in range(10_000)
            ),
            batch_size=2_000,
        )
        many, deep = cost(), cost(f"?older={fill_more[5_000].pk}")
        assert len(few) == len(many) == len(deep)
        assert len(many) <= 12
        for statement in [*many, *deep, *cost("?state__exact=dead"), *cost("?state__exact=done")]:
            assert "OFFSET" not in statement
            assert "COUNT(" not in statement.upper()
        assert rows

    @pytest.mark.django_db(transaction=True)
    def test_deep_pages_are_read_from_an_index(self, operator: Client) -> None:
        OutboxJob.objects.bulk_create(
            (
                OutboxJob(topic="t", listener="l", fact_key=f"more{n}", due_at=AT, created_at=AT, state="done")
                for n in range(20_000)
            ),
            batch_size=5_000,
        )
        analyze()
        middle = OutboxJob.objects.order_by("pk")[10_000].pk
        for rows in (
            OutboxJob.objects.filter(pk__lt=middle).order_by("-pk")[:51],
            OutboxJob.objects.filter(state="dead").order_by("-pk")[:51],
            OutboxJob.objects.filter(state="skipped").order_by("-pk")[:51],
        ):
            assert "Seq Scan" not in rows.explain()

    @pytest.mark.django_db(transaction=True)
    def test_says_how_many_there_are_without_counting(self, operator: Client) -> None:
        fill(SIZE * 4)
        analyze()
        assert estimated_rows(OutboxJob) == SIZE * 4
        assert "about 200 jobs" in text_of(operator.get(list_of(OutboxJob)))
        assert "50 jobs on this page" in text_of(operator.get(f"{list_of(OutboxJob)}?state__exact=due"))

    def test_says_exactly_how_many_where_they_are_all_here(self, operator: Client) -> None:
        fill(1)
        assert "1 job " in text_of(operator.get(list_of(OutboxJob))) + " "

    def test_a_table_that_was_never_analyzed_is_not_estimated(self) -> None:
        assert estimated_rows(OutboxJob) >= 0

    def test_stops_a_list_that_takes_too_long_and_says_so(
        self, operator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(1)
        monkeypatch.setattr("config.admin.keyset.LIST_S", 0.05)
        monkeypatch.setattr("config.outbox.admin.OutboxJobAdmin.get_queryset", _slow)
        assert "took too long" in text_of(operator.get(list_of(OutboxJob)))


def _slow(self: Any, request: Any) -> Any:
    return OutboxJob.objects.extra(where=["pg_sleep(1) IS NOT NULL"])


class TestFilters:
    def test_offer_what_is_given_and_never_look_values_up(self, operator: Client) -> None:
        page = operator.get(list_of(OutboxJob)).content.decode()
        for state in ("due", "done", "dead", "skipped"):
            assert f'href="?state__exact={state}"' in page

    def test_narrow_the_list(self, operator: Client) -> None:
        dead = fill(1, state="dead")
        OutboxJob.objects.create(topic="t", listener="m", fact_key="f", due_at=AT, created_at=AT)
        assert ids(operator.get(f"{list_of(OutboxJob)}?state__exact=dead"), OutboxJob) == dead

    def test_a_value_that_is_not_offered_filters_nothing(self, operator: Client) -> None:
        rows = fill(2)
        assert ids(operator.get(f"{list_of(OutboxJob)}?state__exact=nonsense"), OutboxJob) == rows[::-1]

    @pytest.mark.parametrize("query", ["last_error__contains=x", "payload__a=1", "attempts__gt=1", "pk__in=1,2"])
    def test_no_other_column_can_be_filtered_by(self, operator: Client, query: str) -> None:
        assert operator.get(f"{list_of(OutboxJob)}?{query}").status_code == 400

    def test_of_a_column_with_several_values(self) -> None:
        several = choice_filter("role", "roles", ["a_b"], lookup="contains")
        spec = several(None, {"roles__exact": ["a_b"]}, None, None)  # type: ignore[arg-type]
        recorder = _Recorder()
        spec.queryset(None, recorder)  # type: ignore[arg-type]
        assert recorder.filtered == {"roles__contains": ["a_b"]}


class _Recorder:
    def __init__(self) -> None:
        self.filtered: dict[str, Any] = {}

    def filter(self, **where: Any) -> _Recorder:
        self.filtered = where
        return self
