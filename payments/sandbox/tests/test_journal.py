"""The record of the requests."""

from __future__ import annotations

import pytest

from payments.sandbox import journal
from payments.sandbox.store import Store


def _request(path: str, key: str = "") -> journal.SeenRequest:
    return journal.SeenRequest(
        at=1.0,
        gateway="stripe",
        method="POST",
        path=path,
        params={"a": "1"},
        idempotency_key=key,
        request_id="req_1",
        status=200,
        replayed=False,
        faults=(3,),
    )


class TestJournal:
    def test_counts_by_path_and_key(self, store: Store) -> None:
        with store.write() as transaction:
            for path, key in (("/v1/refunds", "k1"), ("/v1/refunds", "k2"), ("/v1/charges", "k1")):
                journal.record(transaction, request=_request(path, key))

            def count(**query: str) -> int:
                usual = {"gateway": "", "method": "", "path": "", "key": ""}
                return journal.seen(transaction, **{**usual, **query}, limit=10)[0]

            assert (count(), count(path="/v1/refunds"), count(key="k1"), count(key="k*")) == (3, 2, 2, 3)
            assert (count(method="post"), count(method="GET"), count(gateway="razorpay")) == (3, 0, 0)
            newest = journal.seen(transaction, gateway="", method="", path="", key="", limit=1)[1]
        assert [(each["path"], each["params"], each["faults"]) for each in newest] == [("/v1/charges", {"a": "1"}, [3])]

    def test_forgets_the_oldest(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "KEPT", 500)
        with store.write() as transaction:
            for _ in range(2_000):
                journal.record(transaction, request=_request("/v1/refunds"))
            assert journal.seen(transaction, gateway="", method="", path="", key="", limit=1)[0] == 500
