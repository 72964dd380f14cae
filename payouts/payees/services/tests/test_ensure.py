"""Who becomes a payee, and when; and who they say they are."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEntry
from orders.tests.factories import AT, make_seller, make_user
from payments.ledger.accounts import Account
from payouts.payees.models import LegalForm, Payee, PayeeAccount, PayeeKind
from payouts.payees.queries import legal_name
from payouts.payees.services.ensure import CountryInvalid, PayeeSetUp, ensure_payee, find_earners, set_up
from payouts.payees.tests.paying import give, make_payee, traces

pytestmark = pytest.mark.django_db


def say(payee: Payee, name: str = "Asha Rao", country: str = "in", *, by_staff: bool = False) -> bool:
    done = set_up(
        payee=payee, name=name, form=LegalForm.PERSON, country=country, actor="user:x", by_staff=by_staff, at=AT
    )
    payee.refresh_from_db()
    return done


class TestEnsurePayee:
    def test_a_seller_is_named_by_their_user_and_a_scout_by_the_payee(self) -> None:
        person = make_seller()
        seller, scout = make_payee(person), make_payee(person, PayeeKind.SCOUT)
        assert (seller.owner, scout.owner) == (person.public_id, scout.public_id)

    def test_is_made_once(self) -> None:
        person = make_seller()
        first = make_payee(person)
        before = traces()
        assert ensure_payee(user=person, kind=PayeeKind.SELLER, actor="system:payees", at=AT) == first
        assert traces() == before


class TestFindEarners:
    def test_who_has_money_is_a_payee_with_terms(self) -> None:
        person = make_seller()
        payee = Payee(user=person, owner=person.public_id, public_id="pye_unsaved")
        give(payee, 500, currency="USD")
        assert find_earners(at=AT) == 1
        account = PayeeAccount.objects.get(payee__user=person)
        assert (account.payee.kind, account.currency, account.schedule) == ("seller", "USD", "weekly")
        assert account.due_at is not None
        assert account.due_at > AT
        assert find_earners(at=AT) == 0

    def test_a_scout_has_terms_where_they_have_money(self) -> None:
        scout = make_payee(make_user(), PayeeKind.SCOUT)
        give(scout, 500)
        assert find_earners(at=AT) == 1
        assert PayeeAccount.objects.get().payee == scout

    def test_passes_over_who_has_none(self) -> None:
        give(make_payee(), 500, account=Account.RECEIVABLE)
        assert find_earners(at=AT) == 0
        assert not PayeeAccount.objects.exists()


class TestSetUp:
    def test_is_kept_sealed(self) -> None:
        payee = make_payee()
        assert say(payee)
        assert (legal_name(payee), payee.country) == ("Asha Rao", "IN")
        assert b"Asha" not in bytes(payee.legal_name or b"")
        assert "Asha" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))

    def test_the_same_again_changes_nothing(self) -> None:
        payee = make_payee()
        say(payee)
        before = traces()
        assert not say(payee)
        assert traces() == before

    def test_another_name_is_for_our_people(self) -> None:
        payee = make_payee()
        say(payee)
        before = traces()
        with pytest.raises(PayeeSetUp):
            say(payee, "Someone Else")
        assert traces() == before
        assert say(payee, "Someone Else", by_staff=True)

    @pytest.mark.parametrize("country", ["1N", "IND", "İN"])
    def test_refuses_what_is_no_country(self, country: str) -> None:
        payee = make_payee()
        before = traces()
        with pytest.raises(CountryInvalid):
            say(payee, country=country)
        assert traces() == before
