"""The books on the operator site: both sides on one page, and nothing that writes."""

from __future__ import annotations

import pytest
from django.conf import settings

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from orders.fulfilment.services import deliver
from payments.escrow.services.release import complete_fulfilment
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestEntries:
    def test_show_both_sides_and_what_they_are_about(self, world: World) -> None:
        payment = world.payment(world.paid_order(10_000, 3_333))
        entry = LedgerEntry.objects.get(event="capture")
        page = as_role(Role.FINANCE).get(page_of(entry))
        text = text_of(page)
        for shown in ("clearing", "stripe", "$133.33", "escrow", "$100.00", "$33.33", entry.key, payment.charge_id):
            assert shown in text
        assert f"/admin/find/?q={payment.public_id}" in page.content.decode()

    @pytest.mark.parametrize("term", ["key", "subject_id"])
    def test_are_found_by_key_and_subject(self, world: World, term: str) -> None:
        world.paid_order(10_000)
        world.paid_order(500)
        mine, other = LedgerEntry.objects.filter(event="capture").order_by("pk")
        page = as_role(Role.AUDITOR).get(list_of(LedgerEntry), {"q": getattr(mine, term)}).content.decode()
        assert page_of(mine) in page
        assert page_of(other) not in page

    def test_offer_nothing_to_do_not_even_to_an_administrator(self, world: World) -> None:
        world.paid_order(10_000)
        page = as_role(Role.ADMINISTRATOR).get(page_of(LedgerEntry.objects.latest("pk")))
        assert "What you can do" not in page.content.decode()


class TestBalances:
    def test_show_what_is_owed_and_its_newest_movements(self, world: World) -> None:
        part = world.fulfilments(world.paid_order(10_000))[0]
        deliver(fulfilment=part, actor="user:s", by_staff=False, at=world.at, policy=settings.POLICY)
        complete_fulfilment(fulfilment_pk=part.pk, actor="user:b", at=world.at)
        balance = PayeeBalance.objects.get()
        client = as_role(Role.FINANCE)
        assert "$88.50" in text_of(client.get(list_of(PayeeBalance), {"q": part.seller.public_id}))
        text = text_of(client.get(page_of(balance)))
        for shown in ("Payable $88.50", "release", part.seller.public_id):
            assert shown in text
