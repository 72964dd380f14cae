"""What the database itself refuses of customers, setups and saved methods."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from payments.charges.tests.test_models import refuses
from payments.methods.models import GatewayCustomer, SavedMethod
from payments.methods.tests.test_states import a_customer, a_method, a_setup
from payments.tests.walking import AT

pytestmark = pytest.mark.django_db


class TestGatewayCustomer:
    def test_a_person_is_one_until_the_gateway_forgets_them(self) -> None:
        first = a_customer()
        given: dict[str, Any] = {"person": first.person, "gateway_account": first.gateway_account, "livemode": False}
        with pytest.raises(IntegrityError, match="a_person_is_one_customer_of_an_account"), transaction.atomic():
            GatewayCustomer.objects.create(**given)
        GatewayCustomer.objects.filter(pk=first.pk).update(deleted_at=AT)
        GatewayCustomer.objects.create(**given)
        assert GatewayCustomer.objects.filter(person=first.person).count() == 2

    def test_is_one_object_at_the_gateway(self) -> None:
        GatewayCustomer.objects.filter(pk=a_customer().pk).update(gateway_customer_id="cus_1")
        refuses("a_gateway_customer_is_one_of_ours", a_customer(), gateway_customer_id="cus_1")


class TestMethodSetup:
    @pytest.mark.parametrize(
        ("rule", "columns"),
        [
            ("a_setup_has_a_known_status", {"status": "maybe"}),
            ("nothing_is_set_up_without_consent", {"consent_version": ""}),
            ("a_setup_is_over_exactly_when_dated", {"status": "succeeded"}),
            ("a_setup_is_over_exactly_when_dated", {"status": "cancelled"}),
            ("a_setup_is_over_exactly_when_dated", {"ended_at": AT}),
            ("a_setup_is_over_exactly_when_dated", {"status": "failed", "ended_at": AT}),
        ],
    )
    def test_keeps_its_rules(self, rule: str, columns: dict[str, Any]) -> None:
        refuses(rule, a_setup(), **columns)


class TestSavedMethod:
    def test_a_person_has_one_default(self) -> None:
        first, second = a_method(), a_method()
        SavedMethod.objects.filter(pk=first.pk).update(is_default=True)
        SavedMethod.objects.filter(pk=second.pk).update(is_default=True)  # another person's
        third = a_method()
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedMethod.objects.filter(pk=third.pk).update(is_default=True, person=first.person)
        third.refresh_from_db()
        assert not third.is_default

    def test_is_one_object_at_the_gateway(self) -> None:
        first, second = a_method(), a_method()
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedMethod.objects.filter(pk=second.pk).update(gateway_method_id=first.gateway_method_id)
