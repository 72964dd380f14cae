"""Makes somebody a payee: when they set themselves up, when they first have money, when they scout."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from config.accounts.models import User
from config.audit.services import record
from config.crypto import seal
from config.kernel.errors import Conflict, Unprocessable
from payments.ledger.models import PayeeBalance
from payouts.payees import rules
from payouts.payees.models import LegalForm, Payee, PayeeAccount, PayeeKind, Schedule, payee_id
from payouts.payees.queries import legal_name, lock_payee

SYSTEM = "system:payees"


class PayeeSetUp(Conflict):
    """The payee's name stands already; our people change it."""

    code = "payee_set_up"


class CountryInvalid(Unprocessable):
    """A country is two letters, as ISO 3166-1 has them."""

    code = "country_invalid"


def ensure_payee(*, user: User, kind: PayeeKind, actor: str, at: datetime) -> Payee:
    """The payee that this person is as a seller or as a scout, made where it is missing.

    The ledger names a seller by their user's id, as escrow books them, and a scout by the payee's: what somebody sells
    and what they scout never mix.
    """
    with transaction.atomic():
        found = Payee.objects.filter(user=user, kind=kind).first()
        if found is not None:
            return found
        public_id = payee_id()
        owner = user.public_id if kind == PayeeKind.SELLER else public_id
        payee, is_new = Payee.objects.get_or_create(
            user=user, kind=kind, defaults={"public_id": public_id, "owner": owner, "created_at": at}
        )
        if is_new:
            record(payee, act="became_payee", actor=actor, at=at)
        return payee


def ensure_account(*, payee: Payee, currency: str, at: datetime) -> PayeeAccount:
    """The payee's terms in one currency, weekly at first."""
    due_at = rules.next_due(schedule=Schedule.WEEKLY, weekday=0, after=at)
    account, _ = PayeeAccount.objects.get_or_create(payee=payee, currency=currency, defaults={"due_at": due_at})
    return account


def find_earners(*, at: datetime, most: int = 500) -> int:
    """Who has money is a payee, and is looked at when their time comes. Returns how many balances were without terms:
    at most `most` of them are given some at once."""
    terms = PayeeAccount.objects.filter(payee__owner=OuterRef("owner"), currency=OuterRef("currency"))
    balances = PayeeBalance.objects.filter(~Exists(terms), payable_minor__gt=0).order_by("pk")
    found = list(balances.values_list("owner", "currency")[:most])
    people = User.objects.in_bulk({owner for owner, _ in found}, field_name="public_id")
    scouts = Payee.objects.in_bulk({owner for owner, _ in found}, field_name="owner")
    for owner, currency in found:
        with transaction.atomic():
            payee = scouts.get(owner)
            if payee is None and owner in people:
                payee = ensure_payee(user=people[owner], kind=PayeeKind.SELLER, actor=SYSTEM, at=at)
            if payee is not None:
                ensure_account(payee=payee, currency=currency, at=at)
    return len(found)


def set_up(*, payee: Payee, name: str, form: LegalForm, country: str, actor: str, by_staff: bool, at: datetime) -> bool:
    """Who they are in law. They say it once; afterwards only our people change it. False when it is so already.

    Raises CountryInvalid, PayeeSetUp.
    """
    country = country.upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise CountryInvalid(field="country")
    with transaction.atomic():
        payee = lock_payee(payee.pk)
        if (legal_name(payee), payee.legal_form, payee.country) == (name, form, country):
            return False
        if payee.legal_name is not None and not by_staff:
            raise PayeeSetUp
        Payee.objects.filter(pk=payee.pk).update(legal_name=seal(name.encode()), legal_form=form, country=country)
        record(payee, act="set_up", actor=actor, at=at, facts={"legal_form": form, "country": country})
    return True
