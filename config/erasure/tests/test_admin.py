"""People to forget on the operator site: what each waits for, and who may say that a duty keeps the data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, ids, list_of, page_of, somebody, text_of
from config.audit.models import AuditEntry
from config.erasure.models import ErasureRequest
from config.erasure.services import request_erasure

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def person() -> User:
    return somebody(Role.BUYER)


@pytest.fixture
def row(person: User) -> ErasureRequest:
    made = request_erasure(person=person, cause="customer.deleted", actor="gateway:stripe", at=AT)
    ErasureRequest.objects.filter(pk=made.pk).update(waits_for=["an order is not over", "a refund is open"])
    made.refresh_from_db()
    return made


class TestPage:
    def test_says_whom_and_why_and_what_it_waits_for(self, row: ErasureRequest, person: User) -> None:
        text = text_of(as_role(Role.ADMINISTRATOR).get(page_of(row)))
        for shown in (person.public_id, "customer.deleted", "an order is not over; a refund is open", "runs by itself"):
            assert shown in text
        assert person.email not in text

    def test_of_one_that_runs_says_that_the_account_is_shut(self, row: ErasureRequest) -> None:
        ErasureRequest.objects.filter(pk=row.pk).update(status="running", begun_at=AT)
        assert "The account is shut." in text_of(as_role(Role.ADMINISTRATOR).get(page_of(row)))

    def test_is_listed_by_state(self, row: ErasureRequest) -> None:
        client = as_role(Role.ADMINISTRATOR)
        assert ids(client.get(list_of(ErasureRequest), {"status__exact": "open"}), ErasureRequest) == [row.pk]
        assert ids(client.get(list_of(ErasureRequest), {"status__exact": "done"}), ErasureRequest) == []


class TestRefuse:
    def test_keeps_the_data_and_the_reason(self, row: ErasureRequest, person: User) -> None:
        client = as_role(Role.ADMINISTRATOR)
        assert "which duty keeps them" in text_of(client.get(act_of(row, "refused")))
        assert "It is refused." in text_of(confirm(client, row, "refused", reason="tax law"))
        row.refresh_from_db()
        assert (row.status, row.ended_at is not None) == ("refused", True)
        assert AuditEntry.objects.get(subject_id=row.public_id, to_state="refused").reason == "tax law"
        assert User.objects.get(pk=person.pk).email == person.email

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.FINANCE])
    def test_is_for_those_who_manage_accounts(self, row: ErasureRequest, role: Role) -> None:
        assert as_role(role).get(act_of(row, "refused")).status_code == 403
        row.refresh_from_db()
        assert row.status == "open"

    def test_not_once_it_runs(self, row: ErasureRequest) -> None:
        ErasureRequest.objects.filter(pk=row.pk).update(status="running", begun_at=AT)
        client = as_role(Role.ADMINISTRATOR)
        assert "Refuse it" not in text_of(client.get(page_of(row)))
        client.post(act_of(row, "refused"), {"reason": "tax law"})
        row.refresh_from_db()
        assert row.status == "running"
