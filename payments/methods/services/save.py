"""Starts the saving of a method: the person's customer at the gateway, then the setup that they confirm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from config.accounts.models import User
from config.calls.models import GatewayCall
from config.calls.services import open_call, open_calls
from config.idempotency.services import Claim, remember_intent
from config.kernel.errors import Conflict, NotFound, Unprocessable
from config.kernel.faultpoints import reached
from payments.charges.services.calling import answer_of
from payments.charges.services.record import record_answer
from payments.charges.services.start import GatewayDown, GatewayNotOffered, OutcomeUnknown, ensure_account
from payments.gateways.contract import Answer, Capability, Gateway, Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.method_views import SetupView
from payments.gateways.registry import gateway_for
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.queries import kept_by, lock_person, lock_setup
from payments.methods.services.asking import resent
from payments.methods.services.record import end_setup, observe_setup
from payments.methods.states import SetupStatus
from payments.methods.terms import Consent, current_terms


class ConsentMissing(Unprocessable):
    """Nothing is saved without the person's consent."""

    code = "consent_missing"


class TermsNotCurrent(Unprocessable):
    """The words that the person was shown are not those of now."""

    code = "terms_not_current"


class SetupRefused(Unprocessable):
    """The gateway refused to save a method."""

    code = "setup_refused"


class TooManySetups(Conflict):
    """Earlier attempts to save a method are still open; go on with one of them."""

    code = "too_many_setups"


# An open setup costs the gateway's patience, and is what somebody needs who tries cards.
MOST_OPEN = 5


@dataclass(frozen=True, slots=True)
class StartedSetup:
    """A setup that the person can go on with, and what their browser needs for it (never stored)."""

    setup: MethodSetup
    client_secret: str


def start_setup(
    *,
    person: User,
    account: str,
    consent: Consent,
    replaces: str,
    actor: str,
    claim: Claim | None,
    at: datetime,
) -> StartedSetup:
    """Opens a setup for a signed-in person at one gateway account.

    An interrupted run with the same idempotency key is gone on with. Raises ConsentMissing, TermsNotCurrent,
    GatewayNotOffered, NotFound (of what it is to replace), TooManySetups, OpenCallExists while an earlier call's
    outcome is unknown, GatewayDown, OutcomeUnknown, SetupRefused.
    """
    if claim is not None and claim.intent_id:
        return go_on(MethodSetup.objects.select_related("gateway_account").get(public_id=claim.intent_id), at=at)
    _require_consent(consent)
    gateway = _saving_gateway(account)
    old = kept_by(person).filter(public_id=replaces).first() if replaces else None
    if replaces and old is None:
        raise NotFound("there is no such saved method")
    customer = _customer(person, account, gateway, actor=actor, at=at)
    with transaction.atomic():
        lock_person(person.pk)
        setup, call = _intend(customer, old, consent, actor=actor, at=at)
        remember_intent(claim=claim, intent_id=setup.public_id)
    return _begin(gateway, setup, call, at=at)


def go_on(setup: MethodSetup, *, at: datetime) -> StartedSetup:
    """The setup as it stands at the gateway, after asking about a lost answer. Raises what `start_setup` raises."""
    for call in open_calls(setup):
        ask_setup(call, at)
        setup.refresh_from_db()
    if open_calls(setup):
        raise OutcomeUnknown
    if not setup.gateway_setup_id:
        raise GatewayDown
    view = look_at(setup)
    return StartedSetup(setup, view.client_secret if view is not None else "")


def look_at(setup: MethodSetup) -> SetupView | None:
    """What the gateway says of it now. Raises GatewayDown."""
    try:
        return gateway_for(setup.gateway_account.code).get_setup(setup_id=setup.gateway_setup_id or "")
    except GatewayUnreachable as error:
        raise GatewayDown from error


def _require_consent(consent: Consent) -> None:
    """Nobody consents to words that they did not see: the page says which it showed, and they are those of now."""
    if not consent.is_given:
        raise ConsentMissing
    if consent.terms_version != current_terms().version:
        raise TermsNotCurrent(field="terms_version")


def _saving_gateway(account: str) -> Gateway:
    if account not in settings.GATEWAY_ACCOUNTS:
        raise GatewayNotOffered(field="gateway")
    gateway = gateway_for(account)
    if Capability.SAVED_METHODS not in gateway.capabilities:
        raise GatewayNotOffered("this gateway saves no methods", field="gateway")
    return gateway


def _customer(person: User, account: str, gateway: Gateway, *, actor: str, at: datetime) -> GatewayCustomer:
    """The person as a customer there, made at their first setup."""
    with transaction.atomic():
        row = ensure_account(account)
        lock_person(person.pk)
        customer, _ = GatewayCustomer.objects.get_or_create(
            person=person,
            gateway_account=row,
            deleted_at=None,
            defaults={"livemode": row.livemode, "created_at": at},
        )
        if customer.gateway_customer_id:
            return customer
        call = open_call(
            subject=customer, operation="customer.create", service=row.gateway, account=account, actor=actor,
            facts={"customer": customer.public_id}, at=at,
        )  # fmt: skip
    reached("customer.create.intended")
    answer = answer_of(lambda: gateway.create_customer(key=call.public_id, our_id=customer.public_id))
    reached("customer.create.answered")
    record_customer(customer_pk=customer.pk, call=call, answer=answer, at=at)
    reached("customer.create.recorded")
    _raise_unless_made(answer)
    customer.refresh_from_db()
    return customer


def record_customer(*, customer_pk: int, call: GatewayCall, answer: Answer, at: datetime) -> None:
    """The third beat of making a customer."""
    view = answer.customer
    with transaction.atomic():
        customer = GatewayCustomer.objects.select_for_update().get(pk=customer_pk)
        external_id = view.customer_id if view is not None else ""
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at, external_id=external_id)
        if view is not None and answer.outcome is Outcome.SUCCEEDED and customer.gateway_customer_id is None:
            GatewayCustomer.objects.filter(pk=customer_pk).update(gateway_customer_id=view.customer_id)


def _intend(
    customer: GatewayCustomer, old: SavedMethod | None, consent: Consent, *, actor: str, at: datetime
) -> tuple[MethodSetup, GatewayCall]:
    open_ones = MethodSetup.objects.filter(customer=customer, ended_at__isnull=True)
    if open_ones.count() >= MOST_OPEN:
        raise TooManySetups
    account = customer.gateway_account
    setup = MethodSetup.objects.create(
        customer=customer, gateway_account=account, consent_version=consent.terms_version, consented_at=at,
        consent_digest=current_terms().digest, consent_address=consent.address, replaces=old, created_at=at,
    )  # fmt: skip
    call = open_call(
        subject=setup, operation="method.setup", service=account.gateway, account=account.code, actor=actor,
        facts={"setup": setup.public_id, "customer": customer.gateway_customer_id}, at=at,
    )  # fmt: skip
    return setup, call


def _begin(gateway: Gateway, setup: MethodSetup, call: GatewayCall, *, at: datetime) -> StartedSetup:
    reached("method.setup.intended")
    answer = _send(gateway, setup, call)
    reached("method.setup.answered")
    record_setup(setup_pk=setup.pk, call=call, answer=answer, at=at)
    reached("method.setup.recorded")
    _raise_unless_made(answer)
    setup.refresh_from_db()
    return StartedSetup(setup, answer.setup.client_secret if answer.setup is not None else "")


def _send(gateway: Gateway, setup: MethodSetup, call: GatewayCall) -> Answer:
    customer_id = str(call.request_facts["customer"])
    return answer_of(lambda: gateway.start_setup(key=call.public_id, our_id=setup.public_id, customer_id=customer_id))


def record_setup(*, setup_pk: int, call: GatewayCall, answer: Answer, at: datetime) -> None:
    """The third beat of starting a setup."""
    view = answer.setup
    with transaction.atomic():
        setup = lock_setup(setup_pk)
        external_id = view.setup_id if view is not None else ""
        record_answer(call=call, answer=answer, outcome=answer.outcome, at=at, external_id=external_id)
        if view is not None and answer.outcome is Outcome.SUCCEEDED:
            observe_setup(setup=setup, view=view, method=None, actor=call.actor, at=at)
        elif answer.outcome in (Outcome.DECLINED, Outcome.NOT_EXECUTED):
            code = answer.failure.code if answer.failure else str(answer.outcome)
            end_setup(setup, to=SetupStatus.CANCELLED, code=code, actor=call.actor, at=at)


def _raise_unless_made(answer: Answer) -> None:
    if answer.outcome is Outcome.NOT_EXECUTED:
        raise GatewayDown
    if answer.outcome is Outcome.DECLINED:
        raise SetupRefused(f"the gateway refused: {answer.failure.code if answer.failure else 'declined'}")
    if answer.outcome is not Outcome.SUCCEEDED:
        raise OutcomeUnknown


def ask_customer(call: GatewayCall, at: datetime) -> None:
    """Whether the customer was made: sent again to the letter, which makes no second one while keys are replayed."""
    customer = GatewayCustomer.objects.get(public_id=call.subject_id)
    gateway = gateway_for(call.account)
    answer = resent(
        call, lambda: gateway.create_customer(key=call.public_id, our_id=customer.public_id), gateway, at=at
    )
    if answer is not None:
        record_customer(customer_pk=customer.pk, call=call, answer=answer, at=at)


def ask_setup(call: GatewayCall, at: datetime) -> None:
    """Whether the setup was made: as for the customer. One that nobody got the means to confirm saves nothing."""
    setup = MethodSetup.objects.select_related("gateway_account").get(public_id=call.subject_id)
    gateway = gateway_for(call.account)
    answer = resent(call, lambda: _send(gateway, setup, call), gateway, at=at)
    if answer is not None:
        record_setup(setup_pk=setup.pk, call=call, answer=answer, at=at)
