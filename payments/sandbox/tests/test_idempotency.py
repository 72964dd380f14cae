"""The idempotency store, without a process; over HTTP see the door's tests."""

from __future__ import annotations

import pytest

from payments.sandbox import idempotency
from payments.sandbox.idempotency import KeyInUse, KeysInUse, StoredAnswer
from payments.sandbox.store import Store, Transaction


def _keep(transaction: Transaction, *, now: float) -> None:
    idempotency.keep(
        transaction,
        gateway="stripe",
        scope="",
        key="k1",
        endpoint="POST /v1/refunds",
        params={"amount": "1", "charge": "ch_1"},
        status=200,
        body="{}",
        request_id="req_1",
        now=now,
    )


def _find(transaction: Transaction, **change: object) -> StoredAnswer | None:
    asked: dict[str, object] = {
        "gateway": "stripe",
        "scope": "",
        "key": "k1",
        "endpoint": "POST /v1/refunds",
        "params": {"charge": "ch_1", "amount": "1"},
        "now": 1_000.0,
    }
    return idempotency.find(transaction, **{**asked, **change})  # type: ignore[arg-type]


class TestFind:
    def test_the_order_of_parameters_does_not_matter(self, store: Store) -> None:
        with store.write() as transaction:
            _keep(transaction, now=1_000.0)
            found = _find(transaction)
        assert found is not None
        assert (found.same_endpoint, found.same_params, found.status, found.request_id) == (True, True, 200, "req_1")

    @pytest.mark.parametrize(
        ("change", "endpoint", "params"),
        [
            ({"endpoint": "POST /v1/customers"}, False, True),
            ({"params": {"charge": "ch_1", "amount": "2"}}, True, False),
            ({"params": {"charge": "ch_1"}}, True, False),
        ],
    )
    def test_another_request_is_seen_as_another(
        self, store: Store, change: dict[str, object], endpoint: bool, params: bool
    ) -> None:
        with store.write() as transaction:
            _keep(transaction, now=1_000.0)
            found = _find(transaction, **change)
        assert found is not None
        assert (found.same_endpoint, found.same_params) == (endpoint, params)

    @pytest.mark.parametrize("change", [{"key": "k2"}, {"scope": "acct_1"}, {"gateway": "razorpay"}])
    def test_another_key_scope_or_gateway_is_unknown(self, store: Store, change: dict[str, object]) -> None:
        with store.write() as transaction:
            _keep(transaction, now=1_000.0)
            assert _find(transaction, **change) is None

    def test_is_forgotten_after_a_day(self, store: Store) -> None:
        with store.write() as transaction:
            _keep(transaction, now=1_000.0)
            assert _find(transaction, now=1_000.0 + idempotency.KEPT_S - 1) is not None
            assert _find(transaction, now=1_000.0 + idempotency.KEPT_S) is None


class TestKeysInUse:
    def test_one_at_a_time_for_each_key(self) -> None:
        keys = KeysInUse()
        with keys.hold(gateway="stripe", scope="", key="k1"):
            with pytest.raises(KeyInUse), keys.hold(gateway="stripe", scope="", key="k1"):
                pass
            with keys.hold(gateway="stripe", scope="", key="k2"), keys.hold(gateway="razorpay", scope="", key="k1"):
                pass
        with keys.hold(gateway="stripe", scope="", key="k1"):
            pass

    def test_is_let_go_after_an_exception(self) -> None:
        keys = KeysInUse()
        with pytest.raises(ZeroDivisionError), keys.hold(gateway="stripe", scope="", key="k1"):
            raise ZeroDivisionError
        with keys.hold(gateway="stripe", scope="", key="k1"):
            pass
