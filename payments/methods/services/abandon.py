"""Closes at the gateway what people began to save and left, so that it saves nothing and stands in nobody's way."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from config.calls.models import GatewayCall
from config.calls.services import open_call, open_calls
from config.kernel.errors import Refused
from payments.charges.services.calling import answer_of
from payments.charges.services.record import record_answer
from payments.gateways.contract import Answer, Capability, Outcome
from payments.gateways.method_views import SetupState
from payments.gateways.registry import gateway_for
from payments.methods.models import MethodSetup
from payments.methods.queries import lock_person, lock_setup
from payments.methods.services.follow import FORSAKEN_AFTER, LEFT_AFTER, follow_up
from payments.methods.services.record import FORSAKEN, end_setup
from payments.methods.services.save import MOST_OPEN
from payments.methods.states import SetupStatus

log = logging.getLogger(__name__)
SYSTEM = "system:methods"
# With a method that the bank has still to agree to, by small deposits for instance.
AT_THE_BANK = timedelta(days=14)


def abandoned(*, at: datetime) -> QuerySet[MethodSetup]:
    """Setups that were left, at gateways that can close them; the oldest first."""
    accounts = [code for code in settings.GATEWAY_ACCOUNTS if Capability.CANCEL_SETUP in gateway_for(code).capabilities]
    waiting = MethodSetup.objects.filter(ended_at__isnull=True)
    crowded = waiting.values("customer").annotate(number=Count("pk")).filter(number__gte=MOST_OPEN).values("customer")
    left = (
        Q(created_at__lt=at - FORSAKEN_AFTER, gateway_method_id="")
        | Q(created_at__lt=at - AT_THE_BANK)
        | Q(created_at__lt=at - LEFT_AFTER, customer__in=crowded)
    )
    there = waiting.filter(left, gateway_setup_id__isnull=False, gateway_account__code__in=accounts)
    return there.select_related("gateway_account", "customer").order_by("created_at", "pk")


def cancel_abandoned(*, at: datetime, most: int = 200) -> int:
    """Closes what was left. Returns how many; one that fails keeps nobody else."""
    done = 0
    for setup in list(abandoned(at=at)[:most]):
        try:
            done += cancel(setup=setup, at=at)
        except Refused as refusal:
            log.warning("a setup that was left is still open", extra={"setup": setup.public_id, "code": refusal.code})
    return done


def cancel(*, setup: MethodSetup, at: datetime, why: str = FORSAKEN) -> bool:
    """Closes one setup; `why` is its failure's code. False where it was over, its person was faster, or nobody knows
    yet. May raise GatewayDown."""
    call = _intend(setup, why=why, at=at)
    if call is None:
        return False
    gateway = gateway_for(call.account)
    answer = answer_of(lambda: gateway.cancel_setup(key=call.public_id, setup_id=setup.gateway_setup_id or ""))
    return _record(setup, call, answer, at=at)


def close_tried_out(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `method.tried_out`: the setup takes no further card, where its gateway can close it. Elsewhere what
    is declined goes on counting against its person.

    Raises GatewayDown, so that the outbox tries again.
    """
    setup = MethodSetup.objects.select_related("gateway_account", "customer").get(public_id=payload["setup"])
    if Capability.CANCEL_SETUP in gateway_for(setup.gateway_account.code).capabilities and setup.gateway_setup_id:
        cancel(setup=setup, at=at, why="tried_out")


def ask_cancel(call: GatewayCall, at: datetime) -> None:
    """Whether it was closed: the setup itself says. One that is still open is closed by the next sweep."""
    setup = MethodSetup.objects.select_related("gateway_account", "customer").get(public_id=call.subject_id)
    view = gateway_for(call.account).get_setup(setup_id=setup.gateway_setup_id or "")
    if view is None or view.state in (SetupState.PENDING, SetupState.FAILED):
        outcome = Outcome.NOT_EXECUTED
    else:
        outcome = Outcome.SUCCEEDED if view.state is SetupState.CANCELLED else Outcome.DECLINED
    _record(setup, call, Answer(outcome, setup=view), at=at)


def _intend(setup: MethodSetup, *, why: str, at: datetime) -> GatewayCall | None:
    with transaction.atomic():
        lock_person(setup.customer.person_id)
        setup = lock_setup(setup.pk)
        if setup.ended_at is not None or open_calls(setup):
            return None
        account = setup.gateway_account
        return open_call(
            subject=setup, operation="method.setup_cancel", service=account.gateway, account=account.code, actor=SYSTEM,
            facts={"setup": setup.public_id, "why": why}, at=at,
        )  # fmt: skip


def _record(setup: MethodSetup, call: GatewayCall, answer: Answer, *, at: datetime) -> bool:
    """The third beat. Where the gateway refused, its person was faster: what they saved is asked for."""
    with transaction.atomic():
        lock_person(setup.customer.person_id)
        external_id = setup.gateway_setup_id or ""
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at, external_id=external_id)
        if answer.outcome is Outcome.SUCCEEDED:
            why = str(call.request_facts.get("why", FORSAKEN))
            end_setup(lock_setup(setup.pk), to=SetupStatus.CANCELLED, code=why, actor=call.actor, at=at)
    if answer.outcome is Outcome.DECLINED:
        follow_up(setup=setup, actor=call.actor, at=at)
    return answer.outcome is Outcome.SUCCEEDED
