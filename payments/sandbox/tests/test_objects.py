"""Objects, labels and pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.sandbox.objects import Filter, Objects, PageQuery, Stored
from payments.sandbox.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "state.sqlite3")
    yield store
    store.close()


def _add(objects: Objects, n: int, *, created_s: int, **labels: str) -> Stored:
    stored = Stored(kind="thing", id=f"th_{n}", created_s=created_s, body={"id": f"th_{n}"}, hidden={})
    return objects.add(stored, labels=labels)


class TestPage:
    def test_walks_both_ways_over_equal_times(self, store: Store) -> None:
        with store.write() as transaction:
            objects = Objects(transaction, "stripe")
            made = [_add(objects, n, created_s=100 + n // 3) for n in range(9)]
            forward: list[str] = []
            after = None
            while True:
                page = objects.page(PageQuery(kind="thing", limit=2, after=after))
                forward += [each.id for each in page.items]
                if not page.has_more:
                    break
                after = (page.items[-1].created_s, page.items[-1].seq)
            assert forward == [each.id for each in reversed(made)]
            oldest = made[0]
            page = objects.page(PageQuery(kind="thing", limit=3, before=(oldest.created_s, oldest.seq)))
            assert ([each.id for each in page.items], page.has_more) == (["th_3", "th_2", "th_1"], True)

    def test_filters_by_several_labels_and_patterns(self, store: Store) -> None:
        with store.write() as transaction:
            objects = Objects(transaction, "stripe")
            _add(objects, 1, created_s=1, type="a.b", owner="x")
            _add(objects, 2, created_s=2, type="a.c", owner="x")
            _add(objects, 3, created_s=3, type="d", owner="x")
            _add(objects, 4, created_s=4, type="a.b", owner="y")

            def found(*filters: Filter) -> list[str]:
                return [each.id for each in objects.page(PageQuery(kind="thing", limit=9, filters=filters)).items]

            assert found(Filter("owner", ("x",))) == ["th_3", "th_2", "th_1"]
            assert found(Filter("owner", ("x",)), Filter("type", ("a.b",))) == ["th_1"]
            assert found(Filter("type", ("a.*",), pattern=True)) == ["th_4", "th_2", "th_1"]
            assert found(Filter("type", ("d", "a.c"))) == ["th_3", "th_2"]
            assert found(Filter("type", ("none",))) == []

    @pytest.mark.parametrize("filters", [(), (Filter("owner", ("x",)),)])
    def test_reads_by_index_without_sorting(self, store: Store, filters: tuple[Filter, ...]) -> None:
        with store.read() as transaction:
            query = PageQuery(kind="thing", limit=10, filters=filters, after=(5, 5))
            statement, values = Objects(transaction, "stripe").statement(query)
            plan = " ".join(row["detail"] for row in transaction.rows(f"EXPLAIN QUERY PLAN {statement}", *values))
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan

    @given(times=st.lists(st.integers(0, 5), max_size=12), limit=st.integers(1, 5))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
    def test_pages_hold_everything_once_in_order(self, store: Store, times: list[int], limit: int) -> None:
        store.wipe()
        with store.write() as transaction:
            objects = Objects(transaction, "stripe")
            made = [_add(objects, n, created_s=at) for n, at in enumerate(times)]
            expected = [each.id for each in sorted(made, key=lambda each: (each.created_s, each.seq), reverse=True)]
            walked: list[str] = []
            after = None
            for _ in range(len(times) + 1):
                page = objects.page(PageQuery(kind="thing", limit=limit, after=after))
                walked += [each.id for each in page.items]
                if not page.has_more:
                    break
                after = (page.items[-1].created_s, page.items[-1].seq)
            assert walked == expected


class TestLabels:
    def test_can_be_changed_and_taken_away(self, store: Store) -> None:
        with store.write() as transaction:
            objects = Objects(transaction, "stripe")
            stored = _add(objects, 1, created_s=1, status="open")
            objects.relabel(stored, name="status", value="done")
            assert objects.all(kind="thing", filters=[Filter("status", ("open",))]) == []
            assert len(objects.all(kind="thing", filters=[Filter("status", ("done",))])) == 1
            objects.relabel(stored, name="status", value=None)
            assert objects.all(kind="thing", filters=[Filter("status", ("done",))]) == []

    def test_go_with_their_object(self, store: Store) -> None:
        with store.write() as transaction:
            objects = Objects(transaction, "stripe")
            objects.remove(_add(objects, 1, created_s=1, status="open"))
            assert objects.get(kind="thing", object_id="th_1") is None
            assert transaction.rows("SELECT * FROM labels") == []

    def test_gateways_do_not_see_each_other(self, store: Store) -> None:
        with store.write() as transaction:
            _add(Objects(transaction, "stripe"), 1, created_s=1)
            assert Objects(transaction, "razorpay").get(kind="thing", object_id="th_1") is None
            assert Objects(transaction, "razorpay").all(kind="thing") == []


class TestSave:
    def test_keeps_body_and_hidden_part(self, store: Store) -> None:
        with store.write() as transaction:
            objects = Objects(transaction, "stripe")
            stored = _add(objects, 1, created_s=1)
            stored.body["status"] = "open"
            stored.hidden["secret"] = "x"
            objects.save(stored)
            again = objects.get(kind="thing", object_id="th_1")
        assert again is not None
        assert (again.body, again.hidden) == ({"id": "th_1", "status": "open"}, {"secret": "x"})
