"""What is bound labels the work at hand, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from config.audit import services as audit
from config.ops import context


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    context.start("")
    yield
    context.start("")


class TestBind:
    def test_adds_to_what_is_bound(self) -> None:
        context.bind(order_id="ord_1")
        context.bind(payment_id="pay_1")
        assert context.facts() == {"order_id": "ord_1", "payment_id": "pay_1"}

    def test_the_last_one_stands(self) -> None:
        context.bind(order_id="ord_1")
        context.bind(order_id="ord_2")
        assert context.facts() == {"order_id": "ord_2"}

    def test_another_thread_does_not_see_it(self) -> None:
        context.bind(order_id="ord_1")
        seen: list[dict[str, str]] = []
        thread = threading.Thread(target=lambda: seen.append(dict(context.facts())))
        thread.start()
        thread.join()
        assert seen == [{}]


class TestBound:
    def test_ends_with_its_block(self) -> None:
        context.bind(order_id="ord_1")
        with context.bound(job_id="7"):
            assert context.facts() == {"order_id": "ord_1", "job_id": "7"}
        assert context.facts() == {"order_id": "ord_1"}

    def test_ends_also_when_the_block_fails(self) -> None:
        with pytest.raises(RuntimeError), context.bound(job_id="7"):
            raise RuntimeError
        assert context.facts() == {}


class TestStart:
    def test_forgets_what_the_thread_did_before(self) -> None:
        context.bind(order_id="ord_1")
        context.start("req-2")
        assert context.facts() == {"request_id": "req-2"}

    def test_audit_entries_carry_the_same_id(self) -> None:
        context.start("req-3")
        assert audit.request_id.get() == "req-3"
