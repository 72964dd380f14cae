"""What the demo shows of payees and scouts, before its orders are placed: they earn somebody something."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from config.accounts.roles import Role
from payments.demo.people import ACTOR, ADMINISTRATOR, BUYER, SELLERS
from payouts.payees.models import Destination, LegalForm, PayeeKind
from payouts.payees.services.ensure import ensure_payee, set_up
from payouts.payees.services.propose import propose_destination
from payouts.scouts.models import Referral, Source
from payouts.scouts.services.enrol import enrol, rename
from payouts.scouts.services.refer import set_referral

SCOUT = "scout@example.com"
ACCOUNTS = {
    "asha@example.com": {"holder": "Asha Rao", "iban": "DE89370400440532013000"},
    "bruno@example.com": {
        "holder": "Bruno Tickets Inc",
        "routing_number": "110000000",
        "account_number": "000123456789",
    },
}
CURRENCIES = {"asha@example.com": "EUR", "bruno@example.com": "USD"}


def seed_payees(*, at: datetime) -> None:
    """A scout who brought the buyer and a seller, and sellers who said where their money goes; each once."""
    for email, name in SELLERS.items():
        seller = User.objects.get(email=email)
        payee = ensure_payee(user=seller, kind=PayeeKind.SELLER, actor=ACTOR, at=at)
        if payee.legal_name is None:
            form = LegalForm.COMPANY if "Tickets" in name else LegalForm.PERSON
            set_up(payee=payee, name=name, form=form, country="IN", actor=ACTOR, by_staff=True, at=at)
        if not Destination.objects.filter(payee=payee).exists():
            propose_destination(
                payee=payee, currency=CURRENCIES[email], kind="bank_account", details=ACCOUNTS[email],
                actor=seller.actor, at=at,
            )  # fmt: skip
    _seed_scout(at=at)


def _seed_scout(*, at: datetime) -> None:
    person = User.objects.filter(email=SCOUT).first()
    if person is None:
        person = User.objects.create_user(SCOUT, None, roles=[Role.BUYER, Role.SCOUT], name="Demo scout")
        # The one password of the demo's people, which nobody here knows.
        person.password = User.objects.get(email=ADMINISTRATOR).password
        person.save(update_fields=["password"])
    scout = enrol(user=person, actor=person.actor, at=at)
    rename(scout=scout, display_name="Swift Kingfisher", actor=person.actor, at=at)
    for recruit in User.objects.filter(email__in=[BUYER, "bruno@example.com"]).order_by("pk"):
        if not Referral.objects.filter(recruit=recruit).exists():
            set_referral(recruit=recruit, scout=scout, source=Source.LINK, actor=ACTOR, reason="the demo", at=at)
