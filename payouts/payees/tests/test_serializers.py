"""What the API says of payees and destinations: every field, theirs alone, and nothing that identifies an account."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from orders.tests.factories import AT, policy
from payments.ledger.accounts import Account
from payouts.payees.models import Destination, PayeeAccount
from payouts.payees.serializers import (
    DestinationInput,
    ScheduleInput,
    SetUpInput,
    destination_json,
    payee_detail_json,
    payee_json,
    standing_json,
)
from payouts.payees.services.terms import hold_payee
from payouts.payees.tests.paying import INDIAN, OTHER_INDIAN, changed, give, make_payee, propose
from payouts.tests.payout_world import PayoutWorld

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # money that nothing explains


def amount(minor: int, currency: str = "INR") -> dict[str, Any]:
    return {"amount_minor": minor, "currency": currency}


class TestPayee:
    def test_in_a_list(self) -> None:
        payee = make_payee()
        assert payee_json(payee) == {
            "id": payee.public_id, "user": payee.user.public_id, "kind": "seller", "legal_form": "person",
            "country": None, "is_set_up": False, "is_held": False, "created_at": payee.created_at,
        }  # fmt: skip

    def test_set_up_and_held(self) -> None:
        payee = make_payee()
        hold_payee(payee=payee, actor="user:ops", reason="three chargebacks", at=AT)
        payee.refresh_from_db()
        payee.legal_name, payee.country, payee.legal_form = b"sealed", "IN", "company"
        shown = payee_json(payee)
        assert (shown["is_set_up"], shown["is_held"]) == (True, True)
        assert (shown["country"], shown["legal_form"]) == ("IN", "company")
        assert "three chargebacks" not in str(shown), "why it is held is ours"

    def test_with_how_they_stand_in_each_currency(self) -> None:
        payee = make_payee()
        for currency in ("USD", "INR"):
            give(payee, 5, currency=currency)
        shown = payee_detail_json(payee, at=AT)
        assert {name: shown[name] for name in payee_json(payee)} == payee_json(payee)
        assert [each["currency"] for each in shown["balances"]] == ["INR", "USD"]
        assert shown["balances"][1] == standing_json(payee, "USD", at=AT)


class TestStanding:
    def test_of_whom_nothing_is_known(self, settings: Any) -> None:
        settings.POLICY = policy(payout_minimum_minor={"INR": 10_000})
        assert standing_json(make_payee(), "INR", at=AT) == {
            "currency": "INR", "payable": amount(0), "reserve": amount(0), "owed": amount(0), "in_payouts": amount(0),
            "schedule": "weekly", "weekday": None, "minimum": amount(10_000), "due_at": None,
            "why_not_paid": {"code": "nothing_payable", "detail": "nothing is payable"},
        }  # fmt: skip

    def test_money_and_terms_are_theirs_and_of_that_currency(self) -> None:
        payee, due_at = make_payee(), AT + timedelta(days=3)
        PayeeAccount.objects.create(payee=payee, currency="EUR", schedule="daily", due_at=AT, minimum_minor=1)
        PayeeAccount.objects.create(payee=payee, currency="INR", weekday=3, due_at=due_at, minimum_minor=70_000)
        PayeeAccount.objects.create(payee=make_payee(), currency="INR", weekday=5, due_at=AT)
        for someone, currency in ((make_payee(), "INR"), (payee, "EUR")):
            give(someone, 9_999, currency=currency)
            give(someone, 9_999, currency=currency, account=Account.RESERVE)
        give(payee, 700)
        give(payee, 30, account=Account.RESERVE)
        shown = standing_json(payee, "INR", at=AT)
        assert (shown["payable"], shown["reserve"], shown["minimum"]) == (amount(700), amount(30), amount(70_000))
        assert (shown["schedule"], shown["weekday"], shown["due_at"]) == ("weekly", 3, due_at)

    @pytest.mark.parametrize(("schedule", "due_at"), [("daily", AT), ("on_request", None)])
    def test_a_weekday_is_of_a_weekly_schedule(self, schedule: str, due_at: Any) -> None:
        payee = make_payee()
        PayeeAccount.objects.create(payee=payee, currency="INR", schedule=schedule, weekday=3, due_at=due_at)
        shown = standing_json(payee, "INR", at=AT)
        assert (shown["schedule"], shown["weekday"]) == (schedule, None)

    def test_what_they_owe(self) -> None:
        payee = make_payee()
        give(payee, 40, account=Account.RECEIVABLE)
        shown = standing_json(payee, "INR", at=AT)
        assert (shown["owed"], shown["why_not_paid"]["code"]) == (amount(40), "payee_owes")

    def test_what_is_on_its_way(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payouts.freeze(payee)
        shown = standing_json(payee, "INR", at=payouts.at)
        assert (shown["in_payouts"], shown["payable"]) == (amount(10_000), amount(0))

    def test_nothing_stands_against_who_is_paid_with_the_next_run(self, payouts: PayoutWorld) -> None:
        assert standing_json(payouts.payee(50_000), "INR", at=payouts.at)["why_not_paid"] is None


class TestDestination:
    def test_an_active_one(self) -> None:
        _, second = changed(make_payee())
        assert destination_json(second, for_payee=False) == {
            "id": second.public_id, "currency": "INR", "kind": "bank_account", "rail": "bank_file", "status": "active",
            "masked": "ICIC •••• 5555", "why": None, "needs_approval": False,
            "approval_reason": "it takes the place of another one", "cools_until": second.cools_until,
            "created_at": second.created_at, "verified_at": second.verified_at,
        }  # fmt: skip
        assert None not in (second.cools_until, second.verified_at)

    def test_one_that_waits_tells_staff_alone_why(self) -> None:
        propose(make_payee())
        copied = propose(make_payee())
        for for_payee, reason in ((True, None), (False, "one other payee has the same")):
            shown = destination_json(copied, for_payee=for_payee)
            assert (shown["status"], shown["needs_approval"]) == ("proposed", True)
            assert shown["approval_reason"] == reason

    def test_what_stands_in_the_way_is_told_to_the_payee(self) -> None:
        destination = propose(make_payee())
        Destination.objects.filter(pk=destination.pk).update(status="suspended", why="the bank closed it")
        destination.refresh_from_db()
        shown = destination_json(destination, for_payee=True)
        assert (shown["why"], shown["approval_reason"]) == ("the bank closed it", None)

    def test_nothing_that_identifies_it_is_shown(self) -> None:
        payee = make_payee()
        for details in (INDIAN, OTHER_INDIAN):
            shown = destination_json(propose(payee, details), for_payee=False)
            text = json.dumps(shown, cls=DjangoJSONEncoder)
            assert not any(value in text for value in details.values())


class TestInputs:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"currency": "XXX", "details": {}}, "currency"),
            ({"currency": "INR", "kind": "cheque", "details": {}}, "kind"),
            ({"currency": "INR"}, "details"),
            ({"currency": "INR", "details": {"iban": "x" * 201}}, "details"),
        ],
    )
    def test_a_destination_that_none_can_be(self, given: dict[str, Any], field: str) -> None:
        asked = DestinationInput(data=given)
        assert not asked.is_valid()
        assert set(asked.errors) == {field}

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"currency": "XXX"}, "currency"),
            ({"currency": "INR", "schedule": "yearly"}, "schedule"),
            ({"currency": "INR", "weekday": 7}, "weekday"),
            ({"currency": "INR", "weekday": -1}, "weekday"),
            ({"currency": "INR", "minimum_minor": 0}, "minimum_minor"),
            ({"currency": "INR", "minimum_minor": 2**53 + 1}, "minimum_minor"),
        ],
    )
    def test_a_schedule_that_none_can_be(self, given: dict[str, Any], field: str) -> None:
        asked = ScheduleInput(data=given)
        assert not asked.is_valid()
        assert set(asked.errors) == {field}

    def test_a_minimum_of_null_is_ours_and_one_that_is_not_named_stays(self) -> None:
        for given, kept in (({"minimum_minor": None}, True), ({}, False)):
            asked = ScheduleInput(data={"currency": "INR", **given})
            assert asked.is_valid()
            assert ("minimum_minor" in asked.validated_data) is kept

    def test_who_says_nothing_else_is_a_person(self) -> None:
        asked = SetUpInput(data={"legal_name": "Asha Rao"})
        assert asked.is_valid()
        assert (asked.validated_data["legal_form"], asked.validated_data["country"]) == ("person", "")
        for given in (
            {"legal_name": "A"},
            {"legal_name": "Asha", "country": "IND"},
            {"legal_name": "A B", "legal_form": "x"},
        ):
            assert not SetUpInput(data=given).is_valid()
