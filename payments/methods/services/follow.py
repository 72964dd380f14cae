"""Asks the gateway what became of a setup, when its person comes back from confirming it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db import transaction

from payments.charges.services.checkout import ConfirmationNotGenuine
from payments.charges.services.start import GatewayDown
from payments.gateways.contract import Capability
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.method_views import SetupState, SetupView
from payments.gateways.registry import gateway_for
from payments.methods.models import MethodSetup
from payments.methods.queries import lock_person, lock_setup
from payments.methods.services.record import FORSAKEN, end_setup, observe_setup
from payments.methods.services.save import MOST_OPEN, look_at
from payments.methods.states import SetupStatus
from payments.watching.services import Found

WATCH: Final = "system:watch"
NO_PROOF: Final[Mapping[str, str]] = MappingProxyType({})
# Longer than anybody stands before a form, and than a gateway keeps what was authorised for a setup.
FORSAKEN_AFTER: Final = timedelta(days=3)
# Of somebody who cannot begin another one because so many are open: nobody stands before a form for so long.
LEFT_AFTER: Final = timedelta(hours=1)
_LEFT: Final = (SetupState.PENDING, SetupState.FAILED)


def follow_up(*, setup: MethodSetup, actor: str, at: datetime, proof: Mapping[str, str] = NO_PROOF) -> None:
    """Brings a setup up to what the gateway says now; one that was never made stays as it is. `proof` is what the
    gateway's page handed to the person, where it signs that: a genuine one is still only a reason to ask.

    Raises ConfirmationNotGenuine and GatewayDown.
    """
    gateway = gateway_for(setup.gateway_account.code)
    if proof and Capability.CLIENT_CONFIRMATION in gateway.capabilities:
        setup_id = setup.gateway_setup_id or ""
        if not gateway.verify_confirmation(gateway_payment_id=setup_id, proof=proof):
            raise ConfirmationNotGenuine
    _ask(setup, actor=actor, at=at)


def ask_watched_setup(*, ref: str, at: datetime) -> Found:
    """What the gateway says of a setup that waits there. Over once it has ended. One that its person left, and that no
    gateway ends, is ended by us after a while: else the open ones would pile up until nothing more can be saved.

    Raises GatewayDown.
    """
    setup = MethodSetup.objects.select_related("gateway_account", "customer").get(public_id=ref)
    if setup.ended_at is None:
        view = _ask(setup, actor=WATCH, at=at)
        is_left = view is not None and view.state in _LEFT and not view.method_id
        if is_left and at - setup.created_at >= _patience(setup):
            _give_up(setup, at=at)
        setup.refresh_from_db(fields=["ended_at"])
    return Found.WAITS if setup.ended_at is None else Found.OVER


def _patience(setup: MethodSetup) -> timedelta:
    open_ones = MethodSetup.objects.filter(customer_id=setup.customer_id, ended_at__isnull=True)
    return LEFT_AFTER if open_ones.count() >= MOST_OPEN else FORSAKEN_AFTER


def _ask(setup: MethodSetup, *, actor: str, at: datetime) -> SetupView | None:
    if setup.gateway_setup_id is None:
        return None
    view = look_at(setup)
    if view is None:
        return None
    method = None
    if view.state is SetupState.SUCCEEDED:
        try:
            method = gateway_for(setup.gateway_account.code).get_method(method_id=view.method_id)
        except GatewayUnreachable as error:
            raise GatewayDown from error
    with transaction.atomic():
        observe_setup(setup=setup, view=view, method=method, actor=actor, at=at)
    return view


def _give_up(setup: MethodSetup, *, at: datetime) -> None:
    with transaction.atomic():
        lock_person(setup.customer.person_id)
        end_setup(lock_setup(setup.pk), to=SetupStatus.CANCELLED, code=FORSAKEN, actor=WATCH, at=at)
