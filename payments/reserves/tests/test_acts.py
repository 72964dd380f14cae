"""What operators say is kept back: shown before, kept with their name, and only by those who may."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, look, page_of, text_of
from config.audit.models import AuditEntry
from orders.tests.factories import make_seller
from payments.disputes.models import Dispute
from payments.ledger.models import PayeeBalance
from payments.reserves.acts import in_words
from payments.reserves.models import ReserveTerms
from payments.reserves.rules import Terms
from payments.reserves.tests.kept import another, owner_of, set_terms, told
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finance() -> Client:
    return as_role(Role.FINANCE)


class TestInWords:
    @pytest.mark.parametrize(
        ("terms", "said"),
        [
            (Terms(), "nothing"),
            (Terms(5_000), "$50.00 that stays"),
            (Terms(0, 1_000, 30), "10\N{NO-BREAK SPACE}% of each release for 30 days"),
            (Terms(5_000, 1_250, 7), "$50.00 that stays, and 12.5\N{NO-BREAK SPACE}% of each release for 7 days"),
        ],
    )
    def test_says_both_parts(self, terms: Terms, said: str) -> None:
        assert in_words(terms, "USD") == said


class TestSetTerms:
    def test_shows_what_becomes_payable_and_does_it(self, world: World, finance: Client) -> None:
        order = world.order(10_000)
        owner = owner_of(order)
        set_terms(owner, 5_000, at=world.at)
        another(world, order)
        balance, before = PayeeBalance.objects.get(), told()
        text = text_of(finance.get(act_of(balance, "reserve")))
        assert "Kept back until now: $50.00 that stays." in text
        given = {"fixed": "20.00", "share": "12.5", "days": "14"}
        text = text_of(look(finance, balance, "reserve", **given))
        assert "reserve" in text
        assert "$30.00" in text
        assert told() == before, "looking changes nothing"
        confirm(finance, balance, "reserve", reason="grown up", **given)
        row = ReserveTerms.objects.get()
        assert (row.fixed_minor, row.rolling_bps, row.rolling_days) == (2_000, 1_250, 14)
        assert row.set_by.startswith("user:")
        assert AuditEntry.objects.filter(act="reserve terms set", reason="grown up").exists()

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"fixed": "ten"}, "not an amount"),
            ({"share": "101", "days": "3"}, "less than or equal to 100"),
            ({"share": "5"}, "go together"),
            ({"share": "5", "days": "731"}, "less than or equal to 730"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, world: World, finance: Client, given: dict[str, str], said: str) -> None:
        owner_of(world.released_order(10_000))
        text = text_of(look(finance, PayeeBalance.objects.get(), "reserve", **given))
        assert said in text
        assert not ReserveTerms.objects.exists()

    def test_of_a_seller_without_a_balance(self) -> None:
        administrator, seller = as_role(Role.ADMINISTRATOR), make_seller()
        confirm(administrator, seller, "reserve", currency="INR", fixed="500", share="", days="")
        row = ReserveTerms.objects.get()
        assert (row.owner, row.currency, row.fixed_minor) == (seller.public_id, "INR", 50_000)

    def test_nobody_else_may_and_of_a_buyer_there_is_none(self, world: World) -> None:
        owner_of(world.released_order(10_000))
        balance = PayeeBalance.objects.get()
        assert as_role(Role.AUDITOR).get(act_of(balance, "reserve")).status_code == 403
        assert as_role(Role.SUPPORT).get(act_of(balance, "reserve")).status_code == 403
        buyer = User.objects.create_user("buyer@example.com", None, roles=[Role.BUYER])
        assert "Keep a reserve" not in text_of(as_role(Role.ADMINISTRATOR).get(page_of(buyer)))


class TestPage:
    def test_says_what_is_kept_back_why_and_until_when(self, world: World, finance: Client) -> None:
        order = world.order(10_000)
        owner = owner_of(order)
        set_terms(owner, 5_000, 1_000, 30, at=world.at)
        another(world, order)
        text = text_of(finance.get(page_of(PayeeBalance.objects.get())))
        for shown in (
            "In reserve $58.85", "Kept back $50.00 that stays, and 10 % of each release for 30 days",
            "May come to $58.85", "Kept of releases", "$88.50 $50.00 $8.85",
        ):  # fmt: skip
            assert shown in text, text

    def test_says_what_is_kept_for_which_dispute(self, world: World, finance: Client) -> None:
        order = world.released_order(10_000)
        world.dispute(order, amount=4_000)
        world.hear()
        text = text_of(finance.get(page_of(PayeeBalance.objects.get())))
        for shown in ("In reserve $35.40", "May come to $35.40", "Kept for disputes", Dispute.objects.get().public_id):
            assert shown in text, text

    def test_says_whose_it_is(self, finance: Client) -> None:
        seller = make_seller()
        rows = [PayeeBalance.objects.create(owner=owner, currency="USD") for owner in (seller.public_id, "pye_scout")]
        name = seller.called
        assert f"USD of {name}" in text_of(finance.get(page_of(rows[0])))
        assert "USD of pye_scout" in text_of(finance.get(page_of(rows[1])))
        listed = text_of(finance.get(list_of(PayeeBalance)))
        assert name in listed
        assert listed.count("pye_scout") == 2, "whom nobody calls anything else"
        for row in rows:
            row.delete()

    def test_of_who_is_no_seller_there_is_no_such_card(self, finance: Client) -> None:
        row = PayeeBalance.objects.create(owner="pye_scout", currency="USD")
        text = text_of(finance.get(page_of(row)))
        assert "May come to" not in text
        assert "Keep a reserve" not in text
        row.delete()
