"""Outflows on the operator site: read by those who see the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from payments.charges.services.start import ensure_account
from payments.outflows.models import Outflow
from payments.outflows.states import OutflowStatus

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]


@pytest.fixture
def outflow() -> Outflow:
    return Outflow.objects.create(
        gateway_account=ensure_account("stripe"),
        gateway_transfer_id="tr_1",
        destination="acct_of_somebody",
        amount_minor=12_345,
        returned_minor=2_345,
        currency="USD",
        made_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
    )


class TestPage:
    def test_says_what_left_and_what_is_not_back(self, outflow: Outflow) -> None:
        text = text_of(as_role(Role.FINANCE).get(page_of(outflow)))
        for shown in ("$123.45", "$100.00", "acct_of_somebody", "tr_1", "have it reversed"):
            assert shown in text

    def test_is_listed_by_state_and_found_by_its_id(self, outflow: Outflow) -> None:
        client = as_role(Role.AUDITOR)
        for status in OutflowStatus.values:
            page = client.get(f"{list_of(Outflow)}?status__exact={status}").content.decode()
            assert (outflow.public_id in page) is (status == "open")
        assert outflow.public_id in client.get(list_of(Outflow), {"q": outflow.public_id}).content.decode()

    def test_is_none_of_supports_business(self, outflow: Outflow) -> None:
        assert as_role(Role.SUPPORT).get(page_of(outflow)).status_code == 403
