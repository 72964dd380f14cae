"""Records what a gateway says of setups, methods and customers, whoever told us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from config.audit.services import move, record
from config.calls.models import GatewayCall
from config.calls.services import record_outcome
from config.calls.states import CallStatus
from config.erasure.services import request_erasure
from config.inbox.storing import wake
from config.outbox.services import emit
from payments.abuse.services.learn import note_setup_declines
from payments.gateways.method_views import MethodView, SetupState, SetupView
from payments.methods import rules
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.queries import find_method, lock_method, lock_person, lock_setup
from payments.methods.states import KEPT, LEAVING, METHOD_STATES, SETUP_STATES, MethodStatus, SetupStatus
from payments.watching.services import watch

_SETUP = {
    SetupState.PENDING: SetupStatus.PENDING,
    SetupState.FAILED: SetupStatus.FAILED,
    SetupState.CANCELLED: SetupStatus.CANCELLED,
}
# Why a setup was given up that its gateway cannot end, or has still to be told to end.
FORSAKEN = "forsaken"
_FACTS = ("network", "last4", "issuer", "expiry_month", "expiry_year")


def observe_setup(*, setup: MethodSetup, view: SetupView, method: MethodView | None, actor: str, at: datetime) -> str:
    """Brings our setup up to what the gateway says of its object, in the caller's transaction. `method` is what it
    saved, as it stands now. Returns what was done, in one line. Locks person and setup, in that order."""
    lock_person(setup.customer.person_id)
    setup = lock_setup(setup.pk)
    if setup.gateway_setup_id is None:
        MethodSetup.objects.filter(pk=setup.pk).update(gateway_setup_id=view.setup_id)
        _settle_call(setup, view, at=at)
        wake([setup.public_id], at=at)
        watch(kind="setup", ref=setup.public_id, account=setup.gateway_account.code, at=at)
    note_setup_declines(setup=setup, told=view.declines, fingerprint=view.fingerprint, at=at)
    if view.method_id and view.method_id != setup.gateway_method_id:
        MethodSetup.objects.filter(pk=setup.pk).update(gateway_method_id=view.method_id)
    if view.state is SetupState.SUCCEEDED:
        return _saved(setup, method, actor=actor, at=at) if method is not None else "saved, and gone again"
    target = _SETUP[view.state]
    if setup.status == SetupStatus.CANCELLED and (target != SetupStatus.PENDING or not view.method_id):
        return "known already"
    if target == setup.status or not _may_become(setup, target):
        return "known already"
    if target == SetupStatus.CANCELLED:
        end_setup(setup, to=target, code="cancelled", actor=actor, at=at)
        return str(setup.status)
    was_given_up, code = setup.ended_at is not None, view.failure_code
    move(setup, to=target, actor=actor, at=at, reason=code, failure_code=code[:80], ended_at=None)
    if was_given_up:
        watch(kind="setup", ref=setup.public_id, account=setup.gateway_account.code, at=at)
    return str(setup.status)


def _may_become(setup: MethodSetup, target: str) -> bool:
    """By the table. What is over stays over, unless we alone had given it up and its person came back to it."""
    if setup.status == SetupStatus.CANCELLED:
        customer = setup.customer
        is_gone = customer.deleted_at is not None or not customer.person.is_active
        if setup.failure_code != FORSAKEN or is_gone:
            return False
    return SETUP_STATES.allows(setup.status, target)


def _settle_call(setup: MethodSetup, view: SetupView, *, at: datetime) -> None:
    """The object exists, so the call that made it succeeded, even if its answer was lost."""
    call = GatewayCall.objects.filter(
        subject_type="methodsetup",
        subject_id=setup.public_id,
        operation="method.setup",
        status__in=(CallStatus.SENT, CallStatus.UNKNOWN),
    ).first()
    if call is not None:
        record_outcome(call=call, outcome=CallStatus.SUCCEEDED, at=at, external_id=view.setup_id)


def end_setup(setup: MethodSetup, *, to: str, code: str, actor: str, at: datetime) -> None:
    """A setup is over: nothing more can be saved by it."""
    if SETUP_STATES.allows(setup.status, to):
        move(setup, to=to, actor=actor, at=at, reason=code, failure_code=code[:80], ended_at=at)


def _saved(setup: MethodSetup, view: MethodView, *, actor: str, at: datetime) -> str:
    """What the setup saved is a method of ours, once: with the consent that the setup carries."""
    known = find_method(account=setup.gateway_account.code, method_id=view.method_id)
    if setup.status == SetupStatus.SUCCEEDED or known is not None:
        if _may_become(setup, SetupStatus.SUCCEEDED):  # the same method again: nothing new was saved
            move(setup, to=SetupStatus.SUCCEEDED, actor=actor, at=at, ended_at=at, failure_code="")
        return observe_method(method=known, view=view, actor=actor, at=at) if known is not None else "known already"
    if not _may_become(setup, SetupStatus.SUCCEEDED):
        return "known already"
    move(setup, to=SetupStatus.SUCCEEDED, actor=actor, at=at, ended_at=at, failure_code="")
    customer = setup.customer
    method = SavedMethod.objects.create(
        person_id=customer.person_id,
        customer=customer,
        setup=setup,
        gateway_account=setup.gateway_account,
        gateway_method_id=view.method_id,
        livemode=view.livemode,
        kind=view.kind,
        consent_version=setup.consent_version,
        consented_at=setup.consented_at,
        created_at=at,
        **_facts_of(view),
    )
    record(method, act="saved", actor=actor, at=at, facts={"setup": setup.public_id})
    if not view.customer_id:
        _forget(method, actor=actor, at=at, reason="gone again")
        return f"{method.public_id} saved, and gone again"
    _follow_pause(method, view, actor=actor, at=at)
    _succeed_old(setup, actor=actor, at=at)
    if not _has_default(customer.person_id):
        SavedMethod.objects.filter(pk=method.pk).update(is_default=True)
    return f"{method.public_id} saved"


def _has_default(person_pk: int) -> bool:
    return SavedMethod.objects.filter(person_id=person_pk, is_default=True).exists()


def _facts_of(view: MethodView) -> dict[str, Any]:
    return {
        "network": view.network[:40],
        "last4": view.last4[-4:],
        "issuer": view.issuer[:120],
        "expiry_month": view.expiry_month,
        "expiry_year": view.expiry_year,
    }


def _succeed_old(setup: MethodSetup, *, actor: str, at: datetime) -> None:
    """The method that the new one replaces is charged no more; the new one is the default where it was."""
    if setup.replaces_id is None:
        return
    old = lock_method(setup.replaces_id)
    if METHOD_STATES.allows(old.status, MethodStatus.REPLACED):
        was_default = old.is_default
        move(old, to=MethodStatus.REPLACED, actor=actor, at=at, reason="replaced", is_default=False)
        emit("method.leaving", fact_key=old.public_id, payload={"method": old.public_id}, at=at)
        if was_default:
            SavedMethod.objects.filter(setup=setup).update(is_default=True)


def observe_method(*, method: SavedMethod, view: MethodView | None, actor: str, at: datetime) -> str:
    """Brings a saved method up to what the gateway says of it now, in the caller's transaction. `view` None: it is not
    there any more. Locks person and method, in that order. Returns what was done."""
    lock_person(method.person_id)
    method = lock_method(method.pk)
    if view is None or view.customer_id != method.customer.gateway_customer_id:
        return "detached" if _forget(method, actor=actor, at=at, reason="detached at the gateway") else "known already"
    facts = _facts_of(view)
    before = {name: getattr(method, name) for name in _FACTS}
    stepped = _follow_pause(method, view, actor=actor, at=at)
    if facts == before:
        return stepped or "known already"
    SavedMethod.objects.filter(pk=method.pk).update(**facts)
    for name, value in facts.items():
        setattr(method, name, value)
    changed = sorted(name for name in _FACTS if facts[name] != before[name])
    record(method, act="renewed", actor=actor, at=at, facts={"changed": changed})
    _renew(method, actor=actor, at=at, is_another="last4" in changed or "expiry_year" in changed)
    return "renewed"


def _follow_pause(method: SavedMethod, view: MethodView, *, actor: str, at: datetime) -> str:
    """Stopped for a while, or let again. What cannot be charged for another reason stays so."""
    if view.is_paused and method.status == MethodStatus.ACTIVE:
        move(method, to=MethodStatus.PAUSED, actor=actor, at=at, reason="paused at the gateway")
    elif not view.is_paused and method.status == MethodStatus.PAUSED:
        move(method, to=MethodStatus.ACTIVE, actor=actor, at=at, reason="resumed at the gateway")
    else:
        return ""
    return str(method.status)


def _renew(method: SavedMethod, *, actor: str, at: datetime, is_another: bool) -> None:
    """A new card in place of one that had expired, or that its bank never wanted to see again."""
    over = rules.has_expired(month=method.expiry_month, year=method.expiry_year, at=at)
    if method.status == MethodStatus.EXPIRED and not over:
        move(method, to=MethodStatus.ACTIVE, actor=actor, at=at, reason="renewed")
    elif method.status == MethodStatus.BARRED and is_another:
        to = MethodStatus.EXPIRED if over else MethodStatus.ACTIVE
        move(method, to=to, actor=actor, at=at, reason="renewed", barred_code="")


def _forget(method: SavedMethod, *, actor: str, at: datetime, reason: str) -> bool:
    if method.status == MethodStatus.DETACHED:
        return False
    return move(method, to=MethodStatus.DETACHED, actor=actor, at=at, reason=reason, is_default=False, detached_at=at)


def forget_customer(*, customer: GatewayCustomer, actor: str, at: datetime) -> str:
    """The gateway deleted the customer: their methods are detached at once, their open setups are over, and their
    erasure is requested. Told again it does nothing. In the caller's transaction; locks person, setups, methods."""
    lock_person(customer.person_id)
    customer = GatewayCustomer.objects.select_for_update(of=("self",)).select_related("person").get(pk=customer.pk)
    if customer.deleted_at is not None:
        return "known already"
    GatewayCustomer.objects.filter(pk=customer.pk).update(deleted_at=at)
    for setup in customer.setups.select_for_update(of=("self",)).filter(ended_at__isnull=True).order_by("pk"):
        end_setup(setup, to=SetupStatus.CANCELLED, code="customer_deleted", actor=actor, at=at)
    left = customer.methods.select_for_update(of=("self",)).filter(status__in=(*KEPT, *LEAVING)).order_by("pk")
    gone = sum(_forget(method, actor=actor, at=at, reason="the customer was deleted") for method in left)
    request_erasure(person=customer.person, cause="customer.deleted", actor=actor, at=at)
    return f"{gone} methods detached, erasure requested"
