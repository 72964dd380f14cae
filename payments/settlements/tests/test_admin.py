"""Settlements on the operator site: read by those who see the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from payments.charges.services.start import ensure_account
from payments.settlements.models import Settlement
from payments.settlements.states import SettlementStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def settlement() -> Settlement:
    # Of no state that the books know: this is about the page.
    return Settlement.objects.create(
        gateway_account=ensure_account("stripe"),
        gateway_settlement_id="po_1",
        amount_minor=-12_345,
        currency="USD",
        status="cancelled",
        reference="UTR1",
        announced_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
    )


class TestPage:
    def test_says_what_it_is_and_where_its_money_came_from(self, settlement: Settlement) -> None:
        text = text_of(as_role(Role.FINANCE).get(page_of(settlement)))
        for shown in ("-$123.45", "taken from our bank", "UTR1", "po_1"):
            assert shown in text

    def test_is_listed_by_state_and_found_by_its_id(self, settlement: Settlement) -> None:
        client = as_role(Role.AUDITOR)
        for status in SettlementStatus.values:
            page = client.get(f"{list_of(Settlement)}?status__exact={status}").content.decode()
            assert (settlement.public_id in page) is (status == "cancelled")
        assert settlement.public_id in client.get(list_of(Settlement), {"q": settlement.public_id}).content.decode()

    def test_is_none_of_supports_business(self, settlement: Settlement) -> None:
        assert as_role(Role.SUPPORT).get(page_of(settlement)).status_code == 403
