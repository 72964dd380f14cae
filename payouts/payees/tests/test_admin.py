"""Payees and destinations on the operator site: one line of why, masked accounts, and acts by two people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from orders.tests.factories import AT
from payouts.payees.models import Destination, Payee, PayeeAccount
from payouts.payees.panels import destinations_refused, destinations_to_approve
from payouts.payees.services.decide import reject_destination
from payouts.payees.services.terms import hold_payee
from payouts.payees.tests.paying import FINANCE, INDIAN, OTHER_INDIAN, changed, give, make_payee, propose, traces

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
        assert f"{payee.user.name or payee.user.email} (seller)" in text

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


class TestActs:
    def test_finance_approves_what_somebody_else_proposed(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        text = text_of(confirm(as_role(Role.FINANCE), waiting, "approve"))
        assert "It is approved." in text
        waiting.refresh_from_db()
        assert waiting.status == "active"

    def test_who_proposed_it_cannot(self) -> None:
        payee, finance = make_payee(), somebody(Role.FINANCE)
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, actor=finance.actor)
        before = traces()
        client = signed_in(finance)
        assert "neither proposed it nor is paid by it" in text_of(client.get(act_of(waiting, "approve")))
        confirm(client, waiting, "approve")
        assert traces() == before

    def test_a_rejection_is_for_the_payee_to_read(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        confirm(as_role(Role.FINANCE), waiting, "reject", reason="the name is another one's")
        waiting.refresh_from_db()
        assert (waiting.status, waiting.why) == ("rejected", "the name is another one's")

    def test_details_are_shown_once_to_finance_and_that_is_kept(self) -> None:
        destination = propose(make_payee())
        finance = somebody(Role.FINANCE)
        page = confirm(signed_in(finance), destination, "reveal", reason="the bank asks")
        assert INDIAN["account_number"] in page.content.decode()
        entry = AuditEntry.objects.get(act="revealed")
        assert (entry.actor, entry.reason, entry.subject_id) == (finance.actor, "the bank asks", destination.public_id)

    @pytest.mark.parametrize(
        ("role", "name", "may"),
        [
            (Role.SUPPORT, "reveal", False),
            (Role.OPERATIONS, "reveal", False),
            (Role.FINANCE, "reveal", True),
            (Role.OPERATIONS, "reject", False),
            (Role.AUDITOR, "reveal", False),
        ],
    )
    def test_are_for_their_roles(self, role: Role, name: str, may: bool) -> None:
        waiting = propose(make_payee(), OTHER_INDIAN)
        Destination.objects.filter(pk=waiting.pk).update(status="proposed")
        assert (as_role(role).get(act_of(waiting, name)).status_code == 200) is may

    def test_operations_keep_back_and_let_go(self) -> None:
        payee, client = make_payee(), as_role(Role.OPERATIONS)
        confirm(client, payee, "hold", reason="three chargebacks")
        payee.refresh_from_db()
        assert payee.held_reason == "three chargebacks"
        confirm(client, payee, "let-go")
        payee.refresh_from_db()
        assert payee.held_at is None

    def test_finance_sets_the_schedule(self) -> None:
        payee = make_payee()
        given: dict[str, Any] = {"currency": "INR", "schedule": "weekly", "weekday": 4, "minimum": "1,500.00"}
        confirm(as_role(Role.FINANCE), payee, "schedule", **given)
        account = PayeeAccount.objects.get()
        assert (account.weekday, account.minimum_minor) == (4, 150_000)
        assert AuditEntry.objects.get(act="schedule_set").reason

    @pytest.mark.parametrize("minimum", ["soon", "1.005", "50.00"])
    def test_a_minimum_that_is_none_is_refused(self, minimum: str) -> None:
        payee = make_payee()
        before = traces()
        given: dict[str, Any] = {"currency": "INR", "schedule": "daily", "weekday": 0, "minimum": minimum}
        assert "Refused" in text_of(confirm(as_role(Role.FINANCE), payee, "schedule", **given))
        assert traces() == before

    def test_finance_proposes_for_a_payee_and_another_one_approves(self) -> None:
        payee = make_payee()
        propose(payee)
        given = {"currency": "INR", "kind": "bank_account", **OTHER_INDIAN}
        text = text_of(confirm(as_role(Role.FINANCE), payee, "propose", **given))
        assert "ICIC •••• 5555 is proposed. A second person approves it." in text


class TestWorkLists:
    def test_what_waits_for_a_second_person(self) -> None:
        assert destinations_to_approve(AT).count == "0"
        payee = make_payee()
        propose(payee)
        propose(payee, OTHER_INDIAN)
        found = destinations_to_approve(AT)
        assert (found.count, found.items[0].label) == ("1", "ICIC •••• 5555 for INR")
        assert found.items[0].detail == "it takes the place of another one"

    def test_what_was_refused_until_the_payee_names_another_one_or_two_weeks_are_over(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, at=AT)
        reject_destination(destination=waiting, actor=FINANCE, reason="wrong name", at=AT)
        found = destinations_refused(AT)
        assert [(item.label, item.detail) for item in found.items] == [("ICIC •••• 5555 is rejected", "wrong name")]
        assert destinations_refused(AT + timedelta(days=15)).count == "0"
        propose(payee, {**OTHER_INDIAN, "account_number": "000701999999"})
        assert destinations_refused(AT).count == "0"
