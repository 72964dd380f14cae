"""What the demo shows of payees before its orders are placed."""

from __future__ import annotations

from datetime import datetime

from config.accounts.models import User
from payments.demo.people import ACTOR, SELLERS
from payouts.payees.models import Destination, LegalForm, PayeeKind
from payouts.payees.services.ensure import ensure_payee, set_up
from payouts.payees.services.propose import propose_destination

ACCOUNTS = {
    "asha@example.com": {"holder": "Asha Rao", "iban": "DE89370400440532013000"},
    "bruno@example.com": {"holder": "Bruno Tickets Inc", "iban": "FR1420041010050500013M02606"},
}
COUNTRIES = {"asha@example.com": "IN", "bruno@example.com": "US"}


def seed_payees(*, at: datetime) -> None:
    """Sellers who said where their money goes; each once."""
    for email, name in SELLERS.items():
        seller = User.objects.get(email=email)
        payee = ensure_payee(user=seller, kind=PayeeKind.SELLER, actor=ACTOR, at=at)
        if payee.legal_name is None:
            form = LegalForm.COMPANY if "Tickets" in name else LegalForm.PERSON
            set_up(payee=payee, name=name, form=form, country=COUNTRIES[email], actor=ACTOR, by_staff=True, at=at)
        if not Destination.objects.filter(payee=payee).exists():
            propose_destination(
                payee=payee, currency="EUR", kind="bank_account", details=ACCOUNTS[email], actor=seller.actor, at=at
            )  # fmt: skip
