"""Payees and destinations on the operator site: one line of why, and masked accounts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, signed_in, text_of
from orders.tests.factories import AT, make_user
from payments.debts.panels import payees_who_owe
from payments.ledger.accounts import Account
from payments.ledger.models import PayeeBalance
from payouts.payees.models import Destination, Payee, PayeeKind
from payouts.payees.services.terms import hold_payee
from payouts.payees.tests.paying import INDIAN, changed, give, make_payee, propose

pytestmark = pytest.mark.django_db


class TestPages:
    def test_a_payee_shows_how_they_stand_in_one_line(self) -> None:
        payee = make_payee()
        changed(payee)
        give(payee, 50_000)
        text = text_of(as_role(Role.FINANCE).get(page_of(payee)))
        for shown in ("₹500.00", "the account to pay to was changed", "ICIC •••• 5555", "HDFC •••• 6789", "retired"):
            assert shown in text
        assert "could not be read" not in text

    def test_a_hold_is_the_first_thing_that_is_seen(self) -> None:
        payee = make_payee()
        hold_payee(payee=payee, actor="user:ops", reason="three chargebacks", at=AT)
        assert "three chargebacks" in text_of(as_role(Role.SUPPORT).get(page_of(payee)))

    def test_a_destination_says_who_else_has_the_same(self) -> None:
        first = propose(make_payee())
        copied = propose(make_payee())
        text = text_of(as_role(Role.FINANCE).get(page_of(copied)))
        assert "one other payee has the same" in text
        assert first.public_id in text
        assert "could not be read" not in text

    def test_the_list_of_destinations_says_whose_each_is(self) -> None:
        payee = make_payee()
        propose(payee)
        text = text_of(as_role(Role.FINANCE).get(list_of(Destination)))
        assert f"{payee.user.called} (seller)" in text

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_nobody_sees_an_account_number(self, role: Role) -> None:
        payee = make_payee()
        destination = propose(payee)
        viewer = as_role(role)
        for page in (page_of(payee), page_of(destination), list_of(Payee), list_of(Destination), page_of(payee.user)):
            text = viewer.get(page).content.decode()
            assert INDIAN["account_number"] not in text
            assert INDIAN["ifsc"] not in text

    def test_the_persons_page_says_what_they_are_paid_as(self) -> None:
        payee = make_payee()
        give(payee, 500)
        text = text_of(as_role(Role.ADMINISTRATOR).get(page_of(payee.user)))
        assert "As a payee" in text
        assert "below the minimum" in text

    @pytest.mark.parametrize("term", ["public_id", "user"])
    def test_are_found(self, term: str) -> None:
        payee = make_payee()
        key = payee.public_id if term == "public_id" else payee.user.public_id
        assert page_of(payee) in as_role(Role.SUPPORT).get(list_of(Payee), {"q": key}).content.decode()

    def test_destinations_are_found_by_the_rails_id(self) -> None:
        destination = propose(make_payee())
        Destination.objects.filter(pk=destination.pk).update(account_id="fa_123")
        viewer = as_role(Role.SUPPORT)
        for term in ("fa_123", destination.public_id, destination.payee.public_id):
            assert page_of(destination) in viewer.get(list_of(Destination), {"q": term}).content.decode()

    def test_are_not_for_sellers(self) -> None:
        payee = make_payee()
        assert signed_in(payee.user).get(page_of(payee)).status_code in (302, 403)


class TestBalances:
    @pytest.mark.parametrize("name", ["Asha Rao", ""])
    def test_of_a_scout_are_called_as_the_scout_is(self, name: str) -> None:
        payee = make_payee(make_user(Role.SCOUT), PayeeKind.SCOUT)
        User.objects.filter(pk=payee.user_id).update(name=name)
        give(payee, 500, account=Account.RECEIVABLE)
        row = PayeeBalance.objects.get(owner=payee.owner)
        called, client = f"{name or payee.user.email} as a scout", as_role(Role.FINANCE)
        assert called in text_of(client.get(list_of(PayeeBalance)))
        assert f"INR of {called}" in text_of(client.get(page_of(row)))
        (item,) = payees_who_owe(timezone.now()).items
        assert item.label == f"₹5.00 owed by {called}"
