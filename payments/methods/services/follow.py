"""Asks the gateway what became of a setup, when its person comes back from confirming it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from payments.charges.services.start import GatewayDown
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.method_views import SetupState
from payments.gateways.registry import gateway_for
from payments.methods.models import MethodSetup
from payments.methods.services.record import observe_setup
from payments.methods.services.save import look_at


def follow_up(*, setup: MethodSetup, actor: str, at: datetime) -> None:
    """Brings a setup up to what the gateway says now; one that was never made stays as it is. Raises GatewayDown."""
    if setup.gateway_setup_id is None:
        return
    view = look_at(setup)
    if view is None:
        return
    method = None
    if view.state is SetupState.SUCCEEDED:
        try:
            method = gateway_for(setup.gateway_account.code).get_method(method_id=view.method_id)
        except GatewayUnreachable as error:
            raise GatewayDown from error
    with transaction.atomic():
        observe_setup(setup=setup, view=view, method=method, actor=actor, at=at)
