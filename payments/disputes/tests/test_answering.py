"""What operators answer: all of it is shown before it goes, and conceding shows the lines that it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from config.accounts.roles import Role
from config.admin.show import url_of
from config.admin.tests.operators import act_of, as_role, confirm, text_of
from payments.disputes import answering
from payments.disputes.models import Dispute
from payments.disputes.services.tests.test_evidence import keep, write
from payments.gateways.failures import GatewayMisconfigured, QuestionRefused, UnreadableObject
from payments.gateways.registry import gateway_for
from payments.tests.test_acts import traces
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(world: World, settings: Any) -> Dispute:
    settings.POLICY = replace(django_settings.POLICY, refund_approval_threshold_minor={"USD": 10_000})
    world.disputed_order(10_000)
    return Dispute.objects.get()


@pytest.fixture
def large(dispute: Dispute, settings: Any) -> Dispute:
    """Nobody concedes it alone."""
    settings.POLICY = replace(settings.POLICY, refund_approval_threshold_minor={"USD": 9_999})
    return dispute


@pytest.fixture
def finance() -> Client:
    return as_role(Role.FINANCE)


class TestSubmit:
    def test_shows_all_that_goes_before_it_goes(self, world: World, finance: Client, dispute: Dispute) -> None:
        write(dispute, world)
        keep(dispute, world)
        before = traces()
        text = text_of(finance.get(act_of(dispute, "submit")))
        for shown in (
            "Explanation: It was delivered.", "Receipt: receipt.pdf, 1 KB", "stripe: upload receipt.pdf",
            f"stripe: submit the evidence of {dispute.gateway_dispute_id}", "handed in once",
        ):  # fmt: skip
            assert shown in text, shown
        assert traces() == before
        assert "The gateway has it." in text_of(confirm(finance, dispute, "submit"))
        dispute.refresh_from_db()
        assert (dispute.status, dispute.is_submitted) == ("under_review", True)

    def test_what_was_changed_meanwhile_is_looked_at_again(
        self, world: World, finance: Client, dispute: Dispute
    ) -> None:
        write(dispute, world)
        page = finance.get(act_of(dispute, "submit"))
        keep(dispute, world)
        fields = {name: page.context["reason"].initial[name] for name in ("seen", "nonce")}
        again = finance.post(act_of(dispute, "submit"), {**fields, "looked": "", "reason": "it is complete"})
        assert "It changed while you were looking." in text_of(again)
        assert not Dispute.objects.get().is_submitted

    def test_words_alone_are_warned_of(self, world: World, finance: Client, dispute: Dispute) -> None:
        write(dispute, world)
        assert "No file is among it." in text_of(finance.get(act_of(dispute, "submit")))

    def test_is_not_offered_without_evidence(self, finance: Client, dispute: Dispute) -> None:
        assert "Submit the evidence" not in text_of(finance.get(url_of(dispute)))

    def test_a_lost_answer_is_said(self, world: World, finance: Client, dispute: Dispute) -> None:
        write(dispute, world)
        world.lose_answer(f"/v1/disputes/{dispute.gateway_dispute_id}")
        assert "answer was lost" in text_of(confirm(finance, dispute, "submit"))


class TestAccept:
    def test_shows_the_lines_that_losing_books(self, finance: Client, dispute: Dispute) -> None:
        before = traces()
        text = text_of(finance.get(act_of(dispute, "accept")))
        for shown in ("escrow", "withdrawn", "$100.00", "needs response → lost", "There is no way back"):
            assert shown in text, shown
        assert traces() == before, "looking changes nothing"
        confirm(finance, dispute, "accept")
        dispute.refresh_from_db()
        assert (dispute.status, dispute.lost_minor) == ("lost", 10_000)

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_finances(self, dispute: Dispute, role: Role) -> None:
        assert as_role(role).get(act_of(dispute, "accept")).status_code == 403


class TestConcedingByTwo:
    def test_the_first_is_told_that_nothing_goes_yet(self, finance: Client, large: Dispute) -> None:
        text = text_of(finance.get(act_of(large, "accept")))
        assert "You ask to concede $100.00. Nothing goes to the gateway before another person" in text
        assert "Asked of the outside" not in text
        assert "It is asked for." in text_of(confirm(finance, large, "accept", reason="the buyer is right"))
        large.refresh_from_db()
        assert (large.status, large.concession_reason) == ("needs_response", "the buyer is right")
        page = text_of(finance.get(url_of(large)))
        assert "Somebody asked to concede it" in page
        assert "Do not concede it…" in page

    def test_and_cannot_do_the_seconds_part(self, finance: Client, large: Dispute) -> None:
        confirm(finance, large, "accept")
        text = text_of(finance.get(act_of(large, "accept")))
        assert "you asked for it; another person lets it go" in text

    def test_the_second_sees_what_it_costs_and_concedes(self, finance: Client, large: Dispute) -> None:
        confirm(finance, large, "accept", reason="the buyer is right")
        other = as_role(Role.FINANCE)
        text = text_of(other.get(act_of(large, "accept")))
        for shown in ("needs response → lost", "Asked for because: the buyer is right", "$100.00 is conceded"):
            assert shown in text, shown
        assert "The gateway has it." in text_of(confirm(other, large, "accept"))
        large.refresh_from_db()
        assert large.status == "lost"

    def test_the_second_says_no(self, finance: Client, large: Dispute) -> None:
        confirm(finance, large, "accept")
        assert "It is not conceded." in text_of(confirm(as_role(Role.FINANCE), large, "keep"))
        large.refresh_from_db()
        assert (large.status, large.concession_asked_by) == ("needs_response", "")

    def test_who_looks_while_somebody_asks_looks_again(self, finance: Client, large: Dispute) -> None:
        """They were shown that they would only ask; by now they would concede."""
        other = as_role(Role.FINANCE)
        page = other.get(act_of(large, "accept"))
        confirm(finance, large, "accept")
        fields = {name: page.context["reason"].initial[name] for name in ("seen", "nonce")}
        again = other.post(act_of(large, "accept"), {**fields, "looked": "", "reason": "me too"})
        assert "It changed while you were looking." in text_of(again)
        large.refresh_from_db()
        assert large.status == "needs_response"


class TestAsk:
    def test_brings_it_up_to_date(self, world: World, finance: Client, dispute: Dispute) -> None:
        world.decide(dispute.gateway_dispute_id, "win")
        assert "It is up to date." in text_of(confirm(finance, dispute, "ask"))
        dispute.refresh_from_db()
        assert dispute.status == "won"

    def test_a_gateway_that_does_not_answer_is_said(self, world: World, finance: Client, dispute: Dispute) -> None:
        world.sandbox.control.fault(
            "error", method="GET", path="/v1/disputes/*", status=500, count=100, stored=False, error={}
        )
        said = text_of(confirm(finance, dispute, "ask"))
        world.sandbox.control.clear_faults()
        assert "gateway_unreachable" in said

    @pytest.mark.parametrize("error", [GatewayMisconfigured("key"), QuestionRefused("no"), UnreadableObject("odd")])
    def test_a_gateway_that_refuses_to_show_it_is_said(
        self, finance: Client, dispute: Dispute, error: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**given: Any) -> None:
            raise error

        monkeypatch.setattr(answering, "refresh_dispute", refuse)
        assert "dispute_not_read" in text_of(confirm(finance, dispute, "ask"))

    def test_a_dispute_that_is_not_there_is_said(
        self, finance: Client, dispute: Dispute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answering, "refresh_dispute", lambda **given: False)
        assert "The gateway knows of no such dispute." in text_of(confirm(finance, dispute, "ask"))


def test_no_form_is_shown_to_who_may_only_look(dispute: Dispute) -> None:
    auditor: Any = as_role(Role.AUDITOR)
    text = text_of(auditor.get(url_of(dispute)))
    assert "disputed as fraudulent" in text
    assert "Write the evidence…" not in text


class TestGatewaysThatTakeNoAnswers:
    @pytest.fixture(autouse=True)
    def _none(self, dispute: Dispute, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gateway_for("stripe"), "capabilities", frozenset())

    def test_the_page_says_what_to_do_instead_and_offers_nothing_else(self, finance: Client, dispute: Dispute) -> None:
        text = text_of(finance.get(url_of(dispute)))
        assert "takes no answers through its API: answer in its dashboard before the deadline" in text
        for title in ("Write the evidence…", "Add a file…", "Submit the evidence…", "Concede it…", "Ask the gateway…"):
            assert title not in text

    @pytest.mark.parametrize("name", ["write", "add-file", "submit", "accept", "ask"])
    def test_an_act_that_is_called_all_the_same_changes_nothing(
        self, finance: Client, dispute: Dispute, name: str
    ) -> None:
        before = traces()
        assert "This cannot be done now." in text_of(finance.get(act_of(dispute, name)))
        assert traces() == before
