"""What the API shows of a payout: its own payee reads it as well as finance, and no more than is theirs to know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.kernel.money import EXPONENTS
from payouts.payout.models import Payout
from payouts.payout.serializers import (
    PayoutOutput,
    PayoutQuery,
    RequestInput,
    payout_json,
    payout_rows,
    why_it_waits,
)
from payouts.payout.services.due import pay_due
from payouts.payout.services.observe import observe_payout
from payouts.payout.states import PayoutStatus
from payouts.rails.contract import RailState
from payouts.tests.payout_world import ASKER, FINANCE, PayoutWorld

pytestmark = pytest.mark.django_db


def told(payout: Payout, *, for_payee: bool = True) -> dict[str, Any]:
    return payout_json(payout_rows().get(pk=payout.pk), for_payee=for_payee)


class TestOutput:
    def test_has_every_field_that_its_schema_names_and_no_other(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(100))
        assert set(told(payout)) == set(PayoutOutput().fields)
        assert PayoutOutput(told(payout)).data["status"] == "awaiting_approval"

    def test_amounts_are_minor_units_with_their_currency(self, payouts: PayoutWorld, settings: Any) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        shown = told(payouts.freeze(payouts.payee(8_850)))
        assert [shown[name]["amount_minor"] for name in ("gross", "fee", "net")] == [8_850, 50, 8_800]
        assert {shown[name]["currency"] for name in ("gross", "fee", "net")} == {"INR"}

    def test_names_no_account_in_clear(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        for for_payee in (True, False):
            shown = told(payout, for_payee=for_payee)
            assert shown["to"] == "HDFC •••• 6789"
            assert "00123456789" not in str(shown)
            assert payout.destination.account_id not in str(shown)

    def test_from_its_run_to_the_bank(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(10_000)
        payouts.fund(10_000)
        batch = pay_due(at=payouts.at).batch
        payout = payouts.approve(Payout.objects.get(payee=payee))
        payouts.rail.says.append(RailState.PAID)
        payouts.later(minutes=1)
        payouts.work()
        view = replace(payouts.view(payout), reference="UTR-9")
        observe_payout(payout=payout, view=view, actor="system:test", at=payouts.at)
        shown = told(payout)
        assert batch is not None
        assert (shown["status"], shown["batch"], shown["reference"]) == ("paid", batch.public_id, "UTR-9")
        assert (shown["frozen_at"], shown["sent_at"], shown["paid_at"]) == (
            payout.frozen_at, payouts.at, payouts.at,
        )  # fmt: skip
        assert (shown["failure"], shown["retry_of"], shown["waits_because"]) == (None, None, None)


class TestWho:
    def test_staff_read_names_and_a_payee_that_it_was_an_operator(self, payouts: PayoutWorld) -> None:
        payout = payouts.approve(payouts.freeze(payouts.payee(100)))
        assert [told(payout, for_payee=False)[name] for name in ("requested_by", "approved_by")] == [ASKER, FINANCE]
        assert [told(payout)[name] for name in ("requested_by", "approved_by")] == ["operator", "operator"]

    def test_themself_and_the_machine_are_named_to_them(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee(100)
        own = payouts.freeze(payee, requested_by=payee.user.actor)
        assert (told(own)["requested_by"], told(own)["approved_by"]) == (payee.user.actor, None)
        other = payouts.freeze(payouts.payee(100), requested_by="system:payouts")
        assert told(other)["requested_by"] == "system:payouts"


class TestFailure:
    @pytest.mark.parametrize(
        ("says", "status"), [("declined", "failed"), (RailState.PROCESSING, "in_transit"), (RailState.PAID, "paid")]
    )
    def test_is_told_where_it_failed_alone(self, payouts: PayoutWorld, says: Any, status: str) -> None:
        payout = payouts.sent(says=says)
        Payout.objects.filter(pk=payout.pk).update(failure_code="bank_account_closed", advice="final")
        shown = told(payout)
        assert shown["status"] == status
        assert (shown["failure"] is not None) is (status == "failed")

    def test_in_words_for_the_payee(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.PAID)
        view = payouts.rail.become(RailState.RETURNED)
        observe_payout(payout=payout, view=view, actor="system:test", at=payouts.at)
        Payout.objects.filter(pk=payout.pk).update(failure_code="ACCOUNT_FROZEN", advice="")
        shown = told(payout)
        assert (shown["status"], shown["failure"]["code"]) == ("returned", "ACCOUNT_FROZEN")
        assert shown["failure"]["detail"].startswith("Your bank does not take payments for this account.")

    def test_a_retry_names_what_it_is_of(self, payouts: PayoutWorld) -> None:
        failed = payouts.sent(says="declined")
        assert told(payouts.freeze(failed.payee, retry_of=failed))["retry_of"] == failed.public_id


class TestWaiting:
    def test_for_a_person_for_the_float_and_for_nothing(self, payouts: PayoutWorld) -> None:
        payout = payouts.freeze(payouts.payee(10_000))
        assert why_it_waits(payout) == "it waits for the approval of a second person"
        payouts.approve(payout)
        assert why_it_waits(payouts.again(payout)) == ""
        payouts.work()
        assert told(payout)["waits_because"] == "what payouts are drawn on does not cover it"
        payouts.fund(10_000)
        payouts.rail.says.append(RailState.PAID)
        payouts.later(hours=1)
        payouts.work()
        assert told(payouts.sent(says=RailState.PAID))["waits_because"] is None

    def test_at_the_rail_in_the_rails_words(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent(says=RailState.QUEUED)
        view = payouts.rail.become(RailState.QUEUED, waits_for="our float there is low")
        observe_payout(payout=payout, view=view, actor="system:test", at=payouts.at)
        assert told(payout)["waits_because"] == "our float there is low"


class TestInput:
    @pytest.mark.parametrize(
        ("given", "wrong"),
        [
            ({}, {"currency"}), ({"currency": "inr"}, {"currency"}), ({"currency": "INR", "reason": "x"}, {"reason"}),
            ({"currency": "INR", "payee": "p" * 37}, {"payee"}), ({"currency": "INR"}, set()),
        ],
    )  # fmt: skip
    def test_a_request(self, given: dict[str, str], wrong: set[str]) -> None:
        asked = RequestInput(data=given)
        assert asked.is_valid() is (not wrong)
        assert set(asked.errors) == wrong

    def test_a_request_says_why_by_itself_and_keeps_no_card(self) -> None:
        asked = RequestInput(data={"currency": "INR"})
        asked.is_valid(raise_exception=True)
        assert asked.validated_data["reason"] == "asked for by the payee"
        asked = RequestInput(data={"currency": "INR", "reason": "card 4242 4242 4242 4242"})
        asked.is_valid(raise_exception=True)
        assert "4242 4242 4242" not in asked.validated_data["reason"]

    def test_every_currency_and_every_state_can_be_asked_for(self) -> None:
        assert all(RequestInput(data={"currency": each}).is_valid() for each in EXPONENTS)
        assert all(PayoutQuery(data={"status": each}).is_valid() for each in PayoutStatus.values)
        assert not PayoutQuery(data={"status": "lost"}).is_valid()
