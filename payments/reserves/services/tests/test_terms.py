"""Terms of a reserve: set with a reason, kept in the audit, and what they free is freed at once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.audit.models import AuditEntry
from orders.tests.factories import make_seller
from payments.ledger.models import LedgerEntry, PayeeBalance
from payments.reserves.models import ReserveTerms
from payments.reserves.services.terms import BadReserveTerms, set_reserve_terms
from payments.reserves.tests.kept import another, balance, owner_of, set_terms, told
from payments.tests.world import World


@pytest.mark.django_db
class TestSetReserveTerms:
    def test_keeps_them_with_who_and_why(self) -> None:
        seller, at = make_seller(), timezone.now()
        assert set_terms(seller.public_id, 5_000, 1_000, 30, at=at)
        row = ReserveTerms.objects.get()
        assert (row.owner, row.fixed_minor, row.rolling_bps, row.rolling_days) == (seller.public_id, 5_000, 1_000, 30)
        assert (row.set_by, row.set_at) == ("user:finance", at)
        kept = AuditEntry.objects.get(act="reserve terms set")
        assert (kept.subject_id, kept.reason) == (str(PayeeBalance.objects.get().pk), "young shop")
        assert kept.facts == {
            "before": "0.00 USD fixed, 0 bps for 0 days",
            "after": "50.00 USD fixed, 1000 bps for 30 days",
        }

    def test_the_same_again_writes_nothing(self) -> None:
        seller, at = make_seller(), timezone.now()
        set_terms(seller.public_id, 5_000, at=at)
        assert not set_terms(seller.public_id, 5_000, at=at)
        assert AuditEntry.objects.filter(act="reserve terms set").count() == 1

    @pytest.mark.parametrize("terms", [(-1, 0, 0), (0, 100, 0), (0, 0, 7), (0, 10_001, 7)])
    def test_refuses_what_makes_no_sense(self, terms: tuple[int, int, int]) -> None:
        seller = make_seller()
        with pytest.raises(BadReserveTerms):
            set_terms(seller.public_id, *terms, at=timezone.now())
        assert not ReserveTerms.objects.exists()
        assert told() == {"entries": 0, "balances": []}

    def test_refuses_who_is_nobody_and_a_currency_that_is_none(self) -> None:
        with pytest.raises(BadReserveTerms, match="of sellers"):
            set_terms("usr_nobody", 5_000, at=timezone.now())
        with pytest.raises(BadReserveTerms, match="currency"):
            set_reserve_terms(
                owner=make_seller().public_id, currency="XXX", fixed_minor=1, rolling_bps=0, rolling_days=0,
                actor="user:finance", reason="", at=timezone.now(),
            )  # fmt: skip
        assert not ReserveTerms.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestOtherTerms:
    def test_less_frees_at_once_and_more_waits_for_the_next_release(self, world: World) -> None:
        order = world.released_order(10_000)
        owner = owner_of(order)
        set_terms(owner, 5_000, at=world.at)
        assert balance(owner) == (8_850, 0, 0), "what is payable already is not touched"
        another(world, order)
        assert balance(owner) == (8_850 + 3_850, 5_000, 0)
        set_terms(owner, 2_000, at=world.at)
        assert balance(owner) == (8_850 + 6_850, 2_000, 0)
        entry = LedgerEntry.objects.get(event="reserve_released")
        assert (entry.key, entry.memo, entry.subject_id) == (f"reserve:{owner}:USD:1:released", "other terms", owner)

    def test_what_releases_keep_stays_until_its_day(self, world: World) -> None:
        order = world.order(10_000)
        owner = owner_of(order)
        set_terms(owner, 1_000, 2_000, 30, at=world.at)
        another(world, order)
        assert balance(owner) == (8_850 - 1_770 - 1_000, 2_770, 0)
        set_terms(owner, at=world.at)
        assert balance(owner) == (8_850 - 1_770, 1_770, 0)
