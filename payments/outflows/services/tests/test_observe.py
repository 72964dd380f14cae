"""Money that left unexplained is booked once, whoever tells it how often, and its truth notices what is wrong."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from config.audit.models import AuditEntry
from config.kernel.money import Money
from config.outbox.models import OutboxJob
from config.tests.together import together
from payments.charges.models import GatewayAccount
from payments.charges.services.start import ensure_account
from payments.gateways.transfer_views import TransferView
from payments.ledger import outflow_recipes as recipes
from payments.ledger.accounts import Account
from payments.ledger.checks import broken_truths
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.ledger.services import post
from payments.outflows.models import Outflow
from payments.outflows.panels import unexplained
from payments.outflows.services.observe import observe_transfer

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def view(returned_minor: int = 0) -> TransferView:
    return TransferView(
        transfer_id="tr_1",
        amount=Money(5_000, "USD"),
        returned=Money(returned_minor, "USD"),
        destination="acct_1",
        created_at=AT,
        livemode=False,
    )


@pytest.fixture
def account() -> GatewayAccount:
    return ensure_account("stripe")


def observe(account: GatewayAccount, returned_minor: int = 0) -> str:
    return observe_transfer(account=account, view=view(returned_minor), actor="gateway:stripe", at=AT)


@pytest.mark.django_db
class TestObserveTransfer:
    def test_calls_a_person_once(self, account: GatewayAccount, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.CRITICAL):
            assert observe(account).startswith("open")
            assert observe(account) == "known already"
        assert caplog.text.count("nobody here sent") == 1
        assert AuditEntry.objects.filter(act="found").count() == 1
        assert unexplained(AT).items[0].label == "$50.00 from stripe"

    def test_is_told_to_nobody_yet(self, account: GatewayAccount) -> None:
        observe(account)
        assert not OutboxJob.objects.exists()

    def test_what_is_back_only_grows(self, account: GatewayAccount) -> None:
        for returned_minor in (2_000, 1_000, 2_000, 4_500, 0):
            observe(account, returned_minor)
        row = Outflow.objects.get()
        assert (row.returned_minor, row.away, row.status) == (4_500, Money(500, "USD"), "open")
        assert balance_minor("suspense", currency="USD") == 500
        assert LedgerEntry.objects.count() == 3

    def test_all_of_it_back_is_explained(self, account: GatewayAccount) -> None:
        observe(account, 5_000)
        assert Outflow.objects.get().status == "returned"
        assert balance_minor("suspense", currency="USD") == balance_minor("clearing", currency="USD") == 0
        assert unexplained(AT).items == ()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_ten_at_once_book_it_once(self, account: GatewayAccount) -> None:
        together([lambda: observe(account, 2_000)] * 10)
        assert LedgerEntry.objects.count() == 2
        assert balance_minor("suspense", currency="USD") == 3_000


@pytest.mark.django_db
class TestConstraints:
    def test_are_sentences(self, account: GatewayAccount) -> None:
        observe(account)
        for changes, sentence in (
            ({"status": "returned"}, "an_outflow_is_open_exactly_while_some_is_away"),
            ({"returned_minor": -1}, "an_outflow_returns_no_more_than_left"),
            ({"status": "lost"}, "an_outflow_has_a_known_status"),
        ):
            with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
                Outflow.objects.update(**changes)


@pytest.mark.django_db
@pytest.mark.broken_books
class TestTruth:
    def test_notices_what_nobody_found(self, account: GatewayAccount) -> None:
        observe(account)
        assert broken_truths() == []
        with transaction.atomic():
            draft = recipes.outflow_found(
                outflow_id="out_of_nobody",
                pot=Account.CLEARING,
                account="stripe",
                amount=Money(1, "USD"),
                external_ref="tr_2",
            )
            post(draft, actor="test", at=AT)
        assert [truth.name for truth in broken_truths()] == ["suspense is what nobody explained"]
