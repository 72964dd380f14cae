"""What a person does with their saved methods: makes one the default, and has one forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from config.audit.services import move, record
from config.calls.models import GatewayCall
from config.calls.services import count_absence, open_call, open_calls, reopen
from config.calls.states import CallStatus
from config.kernel.errors import Conflict, Unavailable
from config.kernel.faultpoints import reached
from config.outbox.services import emit
from payments.charges.services.calling import answer_of
from payments.charges.services.record import record_answer
from payments.gateways.contract import Answer, Outcome
from payments.gateways.registry import gateway_for
from payments.methods import rules
from payments.methods.models import SavedMethod
from payments.methods.queries import lock_method, lock_person
from payments.methods.services.record import observe_method
from payments.methods.states import KEPT, LEAVING, METHOD_STATES, MethodStatus

SYSTEM = "system:methods"


class MethodGone(Conflict):
    """This saved method is no longer kept."""

    code = "method_gone"


class MethodNotForgotten(Unavailable):
    """The gateway has not forgotten the method yet. It is asked again."""

    code = "method_not_forgotten"


def make_default(*, method: SavedMethod, actor: str, at: datetime) -> bool:
    """The one method of its person that is charged where none is named. False when it is so already. Raises
    MethodGone."""
    with transaction.atomic():
        lock_person(method.person_id)
        method = lock_method(method.pk)
        if method.status not in KEPT:
            raise MethodGone
        if method.is_default:
            return False
        SavedMethod.objects.filter(person_id=method.person_id, is_default=True).update(is_default=False)
        SavedMethod.objects.filter(pk=method.pk).update(is_default=True)
        record(method, act="made_default", actor=actor, at=at)
    return True


def detach(*, method: SavedMethod, actor: str, reason: str, at: datetime) -> bool:
    """Never charged again from now on; the gateway is told to forget it right afterwards. False when that was so."""
    with transaction.atomic():
        lock_person(method.person_id)
        method = lock_method(method.pk)
        if not METHOD_STATES.allows(method.status, MethodStatus.DETACHING):
            return False
        move(method, to=MethodStatus.DETACHING, actor=actor, at=at, reason=reason, is_default=False)
        emit("method.leaving", fact_key=method.public_id, payload={"method": method.public_id}, at=at)
    reached("method.leaving")
    return True


def send_away(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `method.leaving`: the gateway forgets a method that is charged no more. Told again, it does nothing.

    Raises MethodNotForgotten when nothing was executed, so that the outbox tries again.
    """
    method = SavedMethod.objects.select_related("gateway_account").get(public_id=payload["method"])
    call = _intend(method, at=at)
    if call is None:
        return
    gateway = gateway_for(call.account)
    reached("method.detach.intended")
    answer = answer_of(lambda: gateway.detach_method(key=call.public_id, method_id=method.gateway_method_id))
    reached("method.detach.answered")
    _record(method, call, answer, at=at)
    reached("method.detach.recorded")
    if answer.outcome in (Outcome.NOT_EXECUTED, Outcome.DECLINED):
        raise MethodNotForgotten(answer.failure.code if answer.failure else "not executed")


def _intend(method: SavedMethod, *, at: datetime) -> GatewayCall | None:
    with transaction.atomic():
        lock_person(method.person_id)
        method = lock_method(method.pk)
        if method.status not in LEAVING or open_calls(method):
            return None
        before = GatewayCall.objects.filter(
            subject_type="savedmethod",
            subject_id=method.public_id,
            operation="method.detach",
            status=CallStatus.NOT_EXECUTED,
        )
        call = before.order_by("-pk").first()
        if call is not None:
            reopen(call, at=at)
            return call
        account = method.gateway_account
        return open_call(
            subject=method, operation="method.detach", service=account.gateway, account=account.code, actor=SYSTEM,
            facts={"method": method.public_id}, at=at,
        )  # fmt: skip


def _record(method: SavedMethod, call: GatewayCall, answer: Answer, *, at: datetime) -> None:
    with transaction.atomic():
        lock_person(method.person_id)
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at, external_id=method.gateway_method_id)
        if answer.outcome is Outcome.SUCCEEDED:
            observe_method(method=method, view=None, actor=call.actor, at=at)


def ask_detach(call: GatewayCall, at: datetime) -> None:
    """Whether the gateway forgot it: the method itself says. One that is still there is told to go again."""
    method = SavedMethod.objects.select_related("gateway_account", "customer").get(public_id=call.subject_id)
    gateway = gateway_for(call.account)
    view = gateway.get_method(method_id=method.gateway_method_id)
    reached("method.detach.asked")
    if view is None or view.customer_id != method.customer.gateway_customer_id:
        _record(method, call, Answer(outcome=Outcome.SUCCEEDED, method=view), at=at)
        return
    absence = gateway.absent_refund
    if not count_absence(call=call, after=absence.after, times=absence.times, apart=absence.apart, at=at):
        return
    with transaction.atomic():
        _record(method, call, Answer(outcome=Outcome.NOT_EXECUTED), at=at)
        emit(
            "method.leaving", fact_key=f"{method.public_id}:{call.resends}", payload={"method": method.public_id}, at=at
        )


def expire_due(*, at: datetime, most: int = 500) -> int:
    """Cards whose month is over are charged no more, unless their network tells of a new one. Returns how many."""
    past = Q(expiry_year__lt=at.year) | Q(expiry_year=at.year, expiry_month__lt=at.month)
    found = SavedMethod.objects.filter(past, status=MethodStatus.ACTIVE).order_by("pk")
    due = [row for row in found[:most] if rules.has_expired(month=row.expiry_month, year=row.expiry_year, at=at)]
    return sum(_expire(row, at=at) for row in due)


def _expire(method: SavedMethod, *, at: datetime) -> bool:
    with transaction.atomic():
        lock_person(method.person_id)
        method = lock_method(method.pk)
        over = rules.has_expired(month=method.expiry_month, year=method.expiry_year, at=at)
        if method.status != MethodStatus.ACTIVE or not over:
            return False
        move(method, to=MethodStatus.EXPIRED, actor=SYSTEM, at=at, reason="its month is over")
        emit(
            "method.expired",
            fact_key=f"{method.public_id}:{method.expiry_year}-{method.expiry_month}",
            payload={"method": method.public_id},
            at=at,
        )
    return True
