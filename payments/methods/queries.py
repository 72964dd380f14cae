"""Reads of customers, setups and saved methods."""

from __future__ import annotations

from django.db.models import QuerySet

from config.accounts.models import User
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.states import KEPT


def kept_by(person: User) -> QuerySet[SavedMethod]:
    """What a person sees as their saved methods, newest first."""
    return SavedMethod.objects.filter(person=person, status__in=KEPT).select_related("gateway_account").order_by("-pk")


def lock_person(person_pk: int) -> None:
    """Whoever changes a person's methods does it alone until their transaction ends: before any method is locked."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=person_pk)


def lock_method(method_pk: int) -> SavedMethod:
    """The method, locked until the transaction ends. Its person is locked before it."""
    return (
        SavedMethod.objects.select_for_update(of=("self",))
        .select_related("gateway_account", "customer")
        .get(pk=method_pk)
    )


def lock_setup(setup_pk: int) -> MethodSetup:
    """The setup, locked until the transaction ends. Its person is locked before it."""
    return (
        MethodSetup.objects.select_for_update(of=("self",))
        .select_related("gateway_account", "customer__person")
        .get(pk=setup_pk)
    )


def find_customer(*, account: str, customer_id: str, our_id: str = "") -> GatewayCustomer | None:
    """Ours by our own id that travelled with the object, else by the gateway's."""
    customers = GatewayCustomer.objects.select_related("person").filter(gateway_account__code=account)
    found = customers.filter(public_id=our_id).first() if our_id else None
    return found or customers.filter(gateway_customer_id=customer_id).first()


def find_setup(*, account: str, setup_id: str, our_id: str = "") -> MethodSetup | None:
    """Ours by our own id that travelled with the object, else by the gateway's."""
    setups = MethodSetup.objects.select_related("customer__person").filter(gateway_account__code=account)
    found = setups.filter(public_id=our_id).first() if our_id else None
    return found or setups.filter(gateway_setup_id=setup_id).first()


def find_method(*, account: str, method_id: str) -> SavedMethod | None:
    """The saved method that has this id at the gateway."""
    methods = SavedMethod.objects.select_related("person").filter(gateway_account__code=account)
    return methods.filter(gateway_method_id=method_id).first()


def find_method_of_token(*, account: str, token_id: str) -> SavedMethod | None:
    """The saved method with this token, where the gateway names a token alone that it knows by token and customer."""
    methods = SavedMethod.objects.select_related("person").filter(gateway_account__code=account)
    return methods.filter(gateway_method_id__startswith=f"{token_id}/").first()


def find_setup_of_token(*, account: str, token_id: str) -> MethodSetup | None:
    """The open setup whose bank has still to agree to this token."""
    setups = MethodSetup.objects.select_related("customer__person").filter(gateway_account__code=account)
    return setups.filter(gateway_method_id__startswith=f"{token_id}/", ended_at__isnull=True).first()
