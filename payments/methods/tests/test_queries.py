"""Customers, setups and methods are found by our id before the gateway's, and people see what they still have."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.queries import find_customer, find_method, find_setup, kept_by, lock_method, lock_setup
from payments.methods.states import MethodStatus
from payments.methods.tests.test_states import a_customer, a_method, a_setup
from payments.tests.walking import AT

pytestmark = pytest.mark.django_db


class TestKeptBy:
    @pytest.mark.parametrize("status", MethodStatus.values)
    def test_is_what_may_still_be_charged_or_mended(self, status: str) -> None:
        method = a_method()
        detached_at = AT if status == "detached" else None
        SavedMethod.objects.filter(pk=method.pk).update(status=status, detached_at=detached_at)
        is_kept = status in {"active", "expired", "barred", "paused"}
        assert list(kept_by(method.person)) == ([method] if is_kept else [])

    def test_is_a_persons_own_the_newest_first(self, django_assert_num_queries: Any) -> None:
        first, second, _ = a_method(), a_method(), a_method()
        SavedMethod.objects.filter(pk=second.pk).update(person=first.person)
        with django_assert_num_queries(1):
            assert [method.gateway_account.code for method in kept_by(first.person)] == ["stripe", "stripe"]
        assert list(kept_by(first.person)) == [second, first]


class TestFinding:
    def test_a_customer_by_our_id_first(self) -> None:
        ours, other = a_customer(), a_customer()
        GatewayCustomer.objects.filter(pk=other.pk).update(gateway_customer_id="cus_2")
        assert find_customer(account="stripe", customer_id="cus_2", our_id=ours.public_id) == ours
        assert find_customer(account="stripe", customer_id="cus_2", our_id="cus_unknown") == other
        assert find_customer(account="stripe", customer_id="cus_2") == other
        assert find_customer(account="razorpay", customer_id="cus_2", our_id=ours.public_id) is None

    def test_a_setup_by_our_id_first(self) -> None:
        ours, other = a_setup(), a_setup()
        MethodSetup.objects.filter(pk=other.pk).update(gateway_setup_id="seti_2")
        assert find_setup(account="stripe", setup_id="seti_2", our_id=ours.public_id) == ours
        assert find_setup(account="stripe", setup_id="seti_2") == other
        assert find_setup(account="razorpay", setup_id="seti_2") is None

    def test_a_method_by_the_gateways_id(self) -> None:
        method = a_method()
        assert find_method(account="stripe", method_id=method.gateway_method_id) == method
        assert find_method(account="razorpay", method_id=method.gateway_method_id) is None


class TestLocking:
    def test_brings_what_is_asked_of_it_in_one_query(self, django_assert_num_queries: Any) -> None:
        method = a_method()
        with transaction.atomic(), django_assert_num_queries(2):
            locked = lock_method(method.pk)
            assert (locked.gateway_account.code, locked.customer) == ("stripe", method.customer)
            setup = lock_setup(method.setup_id)
            assert (setup.gateway_account.code, setup.customer.person) == ("stripe", method.person)
