"""A payee gets an account at Stripe made, and the link to fill it in, and nobody else does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail

from config.accounts.models import User
from config.accounts.roles import Role
from config.audit.models import AuditEntry
from config.inbox.models import WebhookEvent
from orders.tests.factories import make_user
from payouts.payees.models import Destination, Payee
from payouts.payees.tests.paying import make_payee, traces
from payouts.payees.tests.test_api import accounts, call, codes
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.tests.connect_world import ConnectWorld

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"currency": "USD", "kind": "connected_account", "details": {}}


def _link(payee: Payee, user: User, currency: str = "USD") -> Any:
    return call("post", f"/api/v1/payees/{payee.public_id}/onboarding/", user, {"currency": currency})


def _proposed(connect: ConnectWorld) -> Payee:
    payee = make_payee()
    assert call("post", accounts(payee), payee.user, ASKED).status_code == 201
    connect.work()
    return payee


class TestOnboarding:
    def test_an_account_is_made_filled_in_and_paid_to(self, connect: ConnectWorld) -> None:
        payee = _proposed(connect)
        destination = Destination.objects.get(payee=payee)
        assert (destination.status, destination.rail) == ("verifying", "stripe_connect")
        assert destination.account_id.startswith("acct_")
        assert "a bank account" in destination.why
        answer = _link(payee, payee.user)
        assert answer.status_code == 200
        assert urlsplit(answer.json()["url"]).path.startswith(f"/stripe/setup/{destination.account_id}/")
        assert answer.headers["Cache-Control"] == "no-store"
        link = answer.json()["url"]
        assert not AuditEntry.objects.filter(facts__icontains=link.rsplit("/", 1)[1]).exists()
        connect.order(f"accounts/{destination.account_id}/complete")
        connect.hear()
        destination.refresh_from_db()
        assert destination.status == "active"

    def test_another_currency_is_the_same_account(self, connect: ConnectWorld) -> None:
        payee = _proposed(connect)
        call("post", accounts(payee), payee.user, {**ASKED, "currency": "EUR"})
        connect.work()
        made = set(Destination.objects.filter(payee=payee).values_list("account_id", flat=True))
        assert len(made) == 1

    def test_two_payees_have_two_accounts(self, connect: ConnectWorld) -> None:
        first, second = (Destination.objects.get(payee=_proposed(connect)) for _ in range(2))
        assert first.account_id != second.account_id
        assert second.why_approval == ""


class TestAnotherBank:
    def test_cools_as_a_changed_destination_does(self, connect: ConnectWorld) -> None:
        """Whoever has the password of a payee's account at Stripe could have the next payout sent to themselves."""
        payee = _proposed(connect)
        destination = Destination.objects.get(payee=payee)
        connect.order(f"accounts/{destination.account_id}/complete")
        connect.hear()
        destination.refresh_from_db()
        assert (destination.masked, destination.cools_until) == ("STRIPE TEST BANK ••6789", None)
        connect.world.later(minutes=5)
        connect.order(f"accounts/{destination.account_id}/complete", external_account="btok_us_verified_noAccount")
        connect.hear()
        destination.refresh_from_db()
        assert (destination.masked, destination.status) == ("STRIPE TEST BANK ••1116", "active")
        assert destination.cools_until is not None
        assert "nothing is paid there before" in mail.outbox[-1].body
        connect.earn(payee, 5_000)
        with pytest.raises(PayoutNotPossible) as refusal:
            connect.books.freeze(payee, currency="USD")
        assert "was changed" in refusal.value.detail

    def test_wants_a_second_person_once_it_has_cooled(self, connect: ConnectWorld) -> None:
        paid = connect.paid()
        destination, payee = paid.destination, paid.payee
        Destination.objects.filter(pk=destination.pk).update(verified_at=connect.world.at)
        connect.earn(payee, 5_000)
        before = connect.books.freeze(payee, currency="USD")
        assert (before.status, before.why_approval) == ("approved", "")
        connect.order(f"accounts/{destination.account_id}/complete", external_account="btok_us_verified_noAccount")
        connect.hear()
        assert (connect.books.again(before).status, connect.standing(payee)["payable"]) == ("cancelled", 5_000)
        destination.refresh_from_db()
        assert destination.cools_until is not None
        connect.books.at = destination.cools_until
        connect.earn(payee, 3_000)
        first = connect.books.freeze(payee, currency="USD")
        assert (first.status, first.why_approval) == ("awaiting_approval", "first_to_destination")

    def test_told_again_it_does_not_cool_longer(self, connect: ConnectWorld) -> None:
        payee = _proposed(connect)
        destination = Destination.objects.get(payee=payee)
        for token in ("btok_us_verified", "btok_us_verified_noAccount"):
            connect.order(f"accounts/{destination.account_id}/complete", external_account=token)
            connect.hear()
        destination.refresh_from_db()
        until = destination.cools_until
        connect.world.later(hours=1)
        connect.heard.clear()
        WebhookEvent.objects.all().delete()
        connect.hear()
        destination.refresh_from_db()
        assert destination.cools_until == until


class TestRefused:
    @pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMINISTRATOR, Role.SELLER])
    def test_nobody_else_gets_the_link(self, connect: ConnectWorld, role: Role) -> None:
        payee = _proposed(connect)
        before = traces()
        assert _link(payee, make_user(role)).status_code in (403, 404)
        assert traces() == before

    def test_without_such_an_account_there_is_none(self, connect: ConnectWorld) -> None:
        payee = make_payee()
        assert codes(_link(payee, payee.user)) == {"no_connected_account"}

    def test_one_that_let_go_has_none(self, connect: ConnectWorld) -> None:
        payee = _proposed(connect)
        account_id = Destination.objects.get(payee=payee).account_id
        connect.order(f"accounts/{account_id}/deauthorize")
        assert codes(_link(payee, payee.user)) == {"connected_account_gone"}

    def test_when_stripe_does_not_answer_it_is_tried_again(self, connect: ConnectWorld) -> None:
        payee = _proposed(connect)
        connect.world.refuse("/v1/account_links")
        assert codes(_link(payee, payee.user)) == {"onboarding_unavailable"}
        assert _link(payee, payee.user).status_code == 200
