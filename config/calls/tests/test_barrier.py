"""No call to the outside inside a transaction, and none at all in a dry run."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from config.calls.barrier import CallInsideTransaction, NetworkBarred, check_call_allowed, network_barred
from config.tests.together import elsewhere


@pytest.mark.django_db(transaction=True)
class TestTransaction:
    def test_without_one_a_call_is_allowed(self) -> None:
        check_call_allowed("a refund")

    def test_inside_one_it_raises_and_names_the_call(self) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction, match="a refund inside a transaction"):
            check_call_allowed("a refund")

    def test_a_savepoint_is_inside_too(self) -> None:
        with transaction.atomic(), transaction.atomic(), pytest.raises(CallInsideTransaction):
            check_call_allowed()

    def test_after_it_a_call_is_allowed_again(self) -> None:
        with transaction.atomic():
            pass
        check_call_allowed()

    def test_after_the_commit_hooks_are_outside(self) -> None:
        with transaction.atomic():
            transaction.on_commit(check_call_allowed)

    def test_switching_autocommit_off_is_a_transaction_too(self) -> None:
        connection.set_autocommit(False)
        try:
            with pytest.raises(CallInsideTransaction, match="autocommit off"):
                check_call_allowed()
        finally:
            connection.rollback()
            connection.set_autocommit(True)

    def test_somebody_elses_transaction_is_not_ours(self) -> None:
        with transaction.atomic():
            elsewhere(check_call_allowed)


@pytest.mark.django_db
class TestTestCase:
    """The transaction that a test case keeps around every test must not make the guard blind, or always shout."""

    def test_its_own_transaction_does_not_count(self) -> None:
        assert connection.in_atomic_block
        check_call_allowed()

    def test_one_of_the_code_does(self) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            check_call_allowed()


class TestNetworkBarred:
    def test_every_call_raises_until_the_end_of_the_block(self) -> None:
        with network_barred(), pytest.raises(NetworkBarred, match="a refund in a dry run"):
            check_call_allowed("a refund")
        check_call_allowed()

    def test_blocks_may_be_nested(self) -> None:
        with network_barred():
            with network_barred():
                pass
            with pytest.raises(NetworkBarred):
                check_call_allowed()

    def test_ends_with_an_error_too(self) -> None:
        with pytest.raises(ZeroDivisionError), network_barred():
            raise ZeroDivisionError
        check_call_allowed()

    def test_is_a_matter_of_one_thread(self) -> None:
        """An operator's dry run must not stop the payments of everybody else."""
        allowed: list[bool] = []

        def other() -> None:
            check_call_allowed()
            allowed.append(True)

        with network_barred():
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        assert allowed == [True]
