"""A settlement is booked once, whoever tells it how often, and its truth notices what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from config.audit.models import AuditEntry
from config.kernel.money import Money
from payments.charges.models import GatewayAccount
from payments.charges.services.start import ensure_account
from payments.gateways.failures import GatewayFailure
from payments.gateways.settlement_views import SettlementState, SettlementView
from payments.ledger import settlement_recipes as recipes
from payments.ledger.checks import broken_truths
from payments.ledger.models import LedgerEntry
from payments.ledger.services import post
from payments.settlements.models import Settlement
from payments.settlements.services.observe import observe_settlement

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def view(state: SettlementState, *, amount_minor: int = 5_000, reference: str = "") -> SettlementView:
    failure = GatewayFailure("account_closed") if state is SettlementState.FAILED else None
    return SettlementView(
        settlement_id="po_1",
        state=state,
        amount=Money(amount_minor, "USD"),
        created_at=AT,
        livemode=False,
        reference=reference,
        failure=failure,
    )


@pytest.fixture
def account() -> GatewayAccount:
    return ensure_account("stripe")


def observe(account: GatewayAccount, state: SettlementState, **changes: str) -> str:
    return observe_settlement(account=account, view=view(state, **changes), actor="gateway:stripe", at=AT)  # type: ignore[arg-type]


@pytest.mark.django_db
class TestObserveSettlement:
    def test_says_what_was_done(self, account: GatewayAccount) -> None:
        assert observe(account, SettlementState.ANNOUNCED) == "announced"
        assert observe(account, SettlementState.ANNOUNCED) == "known already"
        assert observe(account, SettlementState.PAID) == "paid"
        assert observe(account, SettlementState.ANNOUNCED) == "known already"
        assert LedgerEntry.objects.count() == 1

    def test_keeps_the_reference_that_comes_later(self, account: GatewayAccount) -> None:
        observe(account, SettlementState.PAID)
        observe(account, SettlementState.PAID, reference="UTR1")
        assert Settlement.objects.get().reference == "UTR1"

    def test_a_failure_is_kept_with_its_reason(self, account: GatewayAccount) -> None:
        observe(account, SettlementState.PAID)
        assert observe(account, SettlementState.FAILED) == "failed"
        assert AuditEntry.objects.filter(to_state="failed").get().reason == "account_closed"
        assert observe(account, SettlementState.PAID) == "known already"


@pytest.mark.django_db
@pytest.mark.broken_books
class TestTruth:
    def test_notices_what_was_never_announced(self, account: GatewayAccount) -> None:
        observe(account, SettlementState.ANNOUNCED)
        assert broken_truths() == []
        draft = recipes.settlement_announced(
            settlement_id="stl_nobody", account=account.code, amount=Money(1, "USD"), external_ref="po_2"
        )
        with transaction.atomic():
            post(draft, actor="test", at=AT)
        assert [truth.name for truth in broken_truths()] == ["settling is what was announced"]
