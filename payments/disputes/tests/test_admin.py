"""The page of a dispute and its list: the same for every state, and found by any of its ids."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.roles import Role
from config.admin.show import list_url, url_of
from config.admin.tests.operators import as_role, confirm, ids, link, text_of
from config.kernel import clock
from payments.disputes.admin import DisputeAdmin
from payments.disputes.models import Dispute
from payments.disputes.services.tests.test_evidence import keep, write
from payments.gateways.dispute_views import EvidencePaper
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor() -> Client:
    return as_role(Role.AUDITOR)


class TestWorkList:
    @pytest.fixture
    def due(self, world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Five disputes of three deadlines and one of none, in the order in which they must be answered; two a page."""
        monkeypatch.setattr(DisputeAdmin, "list_per_page", 2)
        at, keys = clock.now(), []
        for days in (5, 1, None, 5, 3):
            world.disputed_order(10_000)
            dispute = Dispute.objects.latest("pk")
            due_at = at + timedelta(days=days) if days else None
            Dispute.objects.filter(pk=dispute.pk).update(evidence_due_at=due_at)
            keys.append(dispute.pk)
        return [keys[number] for number in (1, 4, 0, 3, 2)]

    def test_is_walked_by_deadline_and_back_without_loss(self, due: list[int], auditor: Client) -> None:
        pages, query = [], "?due=any"
        while query:
            response = auditor.get(list_url(Dispute) + query)
            pages.append(ids(response, Dispute))
            query = link(response, "next")
        assert pages == [due[:2], due[2:4], due[4:]]
        query, back = link(response, "prev"), []
        while query:
            response = auditor.get(list_url(Dispute) + query)
            back.append(ids(response, Dispute))
            query = link(response, "prev")
        assert back == [due[2:4], due[:2]]

    def test_all_disputes_begin_with_the_newest(self, due: list[int], auditor: Client) -> None:
        assert ids(auditor.get(list_url(Dispute)), Dispute) == sorted(due, reverse=True)[:2]


class TestPage:
    def test_shows_money_deadline_evidence_and_what_stands_still(self, world: World, auditor: Client) -> None:
        order, _ = world.disputed_order(10_000)
        dispute = Dispute.objects.get()
        write(dispute, world)
        keep(dispute, world)
        text = text_of(auditor.get(url_of(dispute)))
        for shown in (
            "$100.00 disputed as fraudulent", "Away from us", "Fees", "$15.00", "Evidence is due", "It was delivered.",
            "receipt.pdf", "frozen", "dispute moved", "Write the evidence, add what proves it",
        ):  # fmt: skip
            assert shown in text, shown
        assert dispute.public_id in text_of(auditor.get(url_of(order)))

    def test_names_who_wrote_and_why_without_marks_of_the_machine(self, world: World) -> None:
        world.disputed_order(10_000)
        dispute, client = Dispute.objects.get(), as_role(Role.FINANCE)
        confirm(client, dispute, "write", reason="the carrier answered", explanation="It was delivered.")
        confirm(client, dispute, "submit", reason="it is complete")
        page = client.get(url_of(dispute))
        text = text_of(as_role(Role.AUDITOR).get(url_of(dispute)))
        assert "&lt;" not in page.content.decode()
        for shown in ("Last written by operator", "the carrier answered · about explanation", "evidence sent"):
            assert shown in text, shown
        assert "it is complete" in text

    def test_files_cost_no_more_queries(self, world: World, auditor: Client) -> None:
        world.disputed_order(10_000)
        dispute = Dispute.objects.get()

        def cost() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert auditor.get(url_of(dispute)).status_code == 200
            return len(captured)

        write(dispute, world)
        keep(dispute, world)
        cost()
        before = cost()
        for paper in (EvidencePaper.SHIPPING, EvidencePaper.OTHER, EvidencePaper.SIGNATURE):
            keep(dispute, world, paper=paper)
        assert cost() == before

    @pytest.mark.parametrize(
        "verbs", [("lose",), ("win",), ("lose", "appeal"), ("lose", "appeal", "win"), ("win", "appeal")]
    )
    def test_opens_in_every_state(self, world: World, auditor: Client, verbs: tuple[str, ...]) -> None:
        _, gateway_id = world.disputed_order(10_000)
        for verb in verbs:
            world.decide(gateway_id, verb)
        world.hear()
        page = auditor.get(url_of(Dispute.objects.get()))
        assert page.status_code == 200
        assert "could not be read" not in text_of(page)

    def test_says_who_bears_a_loss(self, world: World, auditor: Client) -> None:
        order = world.paid_order(10_000)
        world.refund_outside(order, 4_000)
        world.hear()
        gateway_id = world.dispute(order)
        world.decide(gateway_id, "lose")
        world.hear()
        text = text_of(auditor.get(url_of(Dispute.objects.get())))
        assert "us: nothing was left" in text
        assert "the seller's part" in text


class TestList:
    def test_shows_each_with_its_deadline(self, world: World, auditor: Client) -> None:
        world.disputed_order(10_000)
        text = text_of(auditor.get(list_url(Dispute)))
        assert Dispute.objects.get().public_id in text
        assert "needs response" in text

    def test_is_narrowed_by_the_deadline(self, world: World, auditor: Client) -> None:
        days = {"over": -1, "3": 2, "7": 5, "later": 20, "answered": 2}
        found = {}
        for name, left in days.items():
            world.disputed_order(1_000)
            dispute = found[name] = Dispute.objects.latest("pk")
            due_at = clock.now() + timedelta(days=left)
            Dispute.objects.filter(pk=dispute.pk).update(evidence_due_at=due_at, is_submitted=name == "answered")

        def listed(span: str) -> set[str]:
            text = text_of(auditor.get(list_url(Dispute), {"due": span}))
            return {name for name, dispute in found.items() if dispute.public_id in text}

        assert listed("over") == {"over"}
        assert listed("3") == {"3"}
        assert listed("7") == {"3", "7"}
        assert listed("any") == {"over", "3", "7", "later"}
        assert listed("sometime") == set(days)

    def test_more_rows_cost_no_more_queries(self, world: World, auditor: Client) -> None:
        def cost(path: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert auditor.get(path).status_code == 200
            return len(captured)

        paths = (list_url(Dispute), "/admin/")
        world.disputed_order(1_000)
        for path in paths:
            auditor.get(path)
        before = [cost(path) for path in paths]
        for _ in range(3):
            _, gateway_id = world.disputed_order(1_000)
        world.decide(gateway_id, "lose")
        world.hear()
        assert [cost(path) for path in paths] == before

    @pytest.mark.parametrize("name", ["public_id", "gateway_dispute_id"])
    def test_finds_by_each_id(self, world: World, auditor: Client, name: str) -> None:
        world.disputed_order(10_000)
        world.disputed_order(5_000)
        wanted = Dispute.objects.earliest("pk")
        text = text_of(auditor.get(list_url(Dispute), {"q": getattr(wanted, name)}))
        assert wanted.public_id in text
        assert Dispute.objects.latest("pk").public_id not in text
