"""The page of a dispute and its list: the same for every state, and found by any of its ids."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.admin.show import list_url, url_of
from config.admin.tests.operators import as_role, text_of
from payments.disputes.models import Dispute
from payments.disputes.services.tests.test_evidence import keep, write
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor() -> Client:
    return as_role(Role.AUDITOR)


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

    @pytest.mark.parametrize("name", ["public_id", "gateway_dispute_id"])
    def test_finds_by_each_id(self, world: World, auditor: Client, name: str) -> None:
        world.disputed_order(10_000)
        world.disputed_order(5_000)
        wanted = Dispute.objects.earliest("pk")
        text = text_of(auditor.get(list_url(Dispute), {"q": getattr(wanted, name)}))
        assert wanted.public_id in text
        assert Dispute.objects.latest("pk").public_id not in text
