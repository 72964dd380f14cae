"""A payee is forgotten once no money of theirs is open, and no personal string of theirs survives."""

from __future__ import annotations

from typing import Any

import pytest

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.erasure.running import open_things
from config.erasure.services import request_erasure
from orders.tests.factories import AT
from payments.ledger.accounts import Account
from payments.tests.test_erasure import everywhere
from payouts.payees import erasure
from payouts.payees.models import Destination, LegalForm, Payee
from payouts.payees.services.ensure import set_up
from payouts.payees.services.known import make_known
from payouts.payees.services.terms import hold_payee
from payouts.payees.tests.dummy_rail import use_dummy_rail
from payouts.payees.tests.paying import INDIAN, OTHER_INDIAN, approve, give, make_payee, propose, traces

pytestmark = pytest.mark.django_db
PERSONAL = ("Asha", "50100123456789", "000701555555", "•••• 6789", "•••• 5555", "quarrels with Asha")


def where() -> set[str]:
    """In which columns something personal stands, but for the trail of what people did."""
    return {name for name, text in everywhere().items() if any(each.lower() in text.lower() for each in PERSONAL)}


@pytest.fixture
def payee(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Payee:
    use_dummy_rail(settings, monkeypatch)
    payee = make_payee()
    set_up(payee=payee, name="Asha Rao", form=LegalForm.PERSON, country="IN", actor="x", by_staff=False, at=AT)
    for details in (INDIAN, OTHER_INDIAN):
        destination = propose(payee, details)
        if destination.why_approval:
            approve(destination)
        make_known({"destination": destination.public_id}, AT)
    hold_payee(payee=payee, actor="user:ops", reason="quarrels with Asha", at=AT)
    return payee


class TestErasure:
    @pytest.mark.broken_books  # a reserve that nothing explains
    def test_is_put_off_while_money_is_open(self, payee: Payee) -> None:
        for account in (Account.PAYABLE, Account.RESERVE, Account.RECEIVABLE):
            other = make_payee()
            destination = propose(other, {**INDIAN, "account_number": f"9{account.value.upper()}1"})
            give(other, 500, account=account)
            before = traces()
            erasure.prepare(person=other.user, at=AT)
            assert traces() == before
            said = erasure.open_things(person=other.user)
            assert "1 balance of a payee is not even" in said
            destination.refresh_from_db()
            assert destination.details is not None

    def test_retires_destinations_and_empties_what_names_them(self, payee: Payee) -> None:
        assert erasure.open_things(person=payee.user) != []
        erasure.prepare(person=payee.user, at=AT)
        assert erasure.open_things(person=payee.user) == []
        while erasure.erase(person=payee.user, batch=1, at=AT):
            pass
        payee.refresh_from_db()
        assert (payee.legal_name, payee.held_reason) == (None, "erased")
        for row in Destination.objects.filter(payee=payee):
            assert (row.details, bytes(row.details_digest), row.masked, row.status) == (None, b"", "erased", "retired")
            assert row.recipient_id, "the books keep where money went, by the rail's id"
        assert not GatewayCall.objects.exclude(answer=None).exists()
        assert where() <= {"config_auditentry.reason", "config_auditentry.facts"}
        facts = str(list(AuditEntry.objects.values_list("facts", flat=True)))
        assert [text for text in PERSONAL if text in facts] == [], "reasons stay, as people wrote them"

    def test_would_notice_what_survives(self, payee: Payee) -> None:
        assert {"payouts_destination.details", "payouts_destination.masked", "payouts_payee.legal_name"} <= where()

    def test_runs_with_the_whole_erasure_of_a_person(self, payee: Payee) -> None:
        person = payee.user
        request_erasure(person=person, cause="asked", actor=person.actor, at=AT)
        assert any("destination" in said for said in open_things(person=person))
        erasure.prepare(person=person, at=AT)
        assert not any("destination" in said for said in open_things(person=person))
