"""Statement and trial balance: balanced, bounded, from the seal where there is one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.tests.operators import as_role, signed_in, somebody, text_of
from config.kernel.money import Money
from orders.fulfilment.services import deliver
from payments.escrow.services.release import complete_fulfilment
from payments.ledger import reports
from payments.ledger.queries import statement
from payments.ledger.reports import sided, trial_balance
from payments.ledger.sealing import seal
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
STATEMENT = "admin:payments_ledgerline_statement"
TRIAL = "admin:payments_ledgerline_trial_balance"


@pytest.fixture
def finance() -> Client:
    return as_role(Role.FINANCE)


def released(world: World, amount: int = 10_000) -> User:
    part = world.fulfilments(world.paid_order(amount))[0]
    deliver(fulfilment=part, actor="user:s", by_staff=False, at=world.at, policy=settings.POLICY)
    complete_fulfilment(fulfilment_pk=part.pk, actor="user:b", at=world.at)
    return part.seller


def ask(client: Client, **changes: Any) -> Any:
    today = timezone.localdate()
    given = {"account": "clearing", "owner": "stripe", "currency": "USD", "since": today, "until": today, **changes}
    return client.get(reverse(STATEMENT), given)


class TestStatement:
    def test_shows_movements_with_the_balance_after_each(self, world: World, finance: Client) -> None:
        world.paid_order(10_000)
        world.paid_order(500)
        text = text_of(ask(finance))
        for shown in ("Opening balance $0.00", "$100.00 Dr", "$5.00", "Dr", "capture"):
            assert shown in text
        assert "Closing balance" in text

    def test_of_a_payee_stands_on_the_credit_side(self, world: World, finance: Client) -> None:
        seller = released(world)
        text = text_of(ask(finance, account="payable", owner=seller.public_id))
        assert "Closing balance $88.50 Cr" in text

    def test_is_empty_for_another_day(self, world: World, finance: Client) -> None:
        world.paid_order(10_000)
        earlier = timezone.localdate() - timedelta(days=30)
        text = text_of(ask(finance, since=earlier, until=earlier))
        assert "None in this period." in text
        later = timezone.localdate() + timedelta(days=30)
        assert "Opening balance $" in text_of(ask(finance, since=later, until=later))
        assert "Opening balance $0.00" not in text_of(ask(finance, since=later, until=later))

    def test_cuts_days_in_the_operators_zone(self, world: World) -> None:
        person = somebody(Role.FINANCE, time_zone="Pacific/Kiritimati")  # fourteen hours ahead
        world.paid_order(10_000)
        there = timezone.now() + timedelta(hours=14)
        assert "capture" in text_of(ask(signed_in(person), since=there.date(), until=there.date()))

    def test_opens_with_a_form_and_asks_nothing(self, finance: Client) -> None:
        text = text_of(finance.get(reverse(STATEMENT)))
        assert "Account" in text
        assert "Opening balance" not in text

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"owner": ""}, "belongs to a gateway account: say whose"),
            ({"account": "nothing"}, "valid choice"),
            ({"currency": "XXX"}, "valid choice"),
            ({"since": "soon"}, "valid date"),
            ({"since": "2026-12-31", "until": "2026-01-01"}, "before the beginning"),
        ],
    )
    def test_says_what_is_wrong(self, finance: Client, wrong: dict[str, str], said: str) -> None:
        assert said in text_of(ask(finance, **wrong))

    def test_shows_so_many_lines_and_says_so(
        self, world: World, finance: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reports, "SHOWN", 1)
        world.paid_order(10_000)
        world.paid_order(500)
        assert "Only the first" in text_of(ask(finance))

    def test_gives_up_on_what_takes_too_long(self, finance: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def slow(*args: Any, **options: Any) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(5)")

        monkeypatch.setattr(reports, "statement", slow)
        monkeypatch.setattr(reports, "READ_S", 0.05)
        assert "too many lines" in text_of(ask(finance))

    @pytest.mark.parametrize(("role", "status"), [(Role.OPERATIONS, 403), (Role.SUPPORT, 403), (Role.AUDITOR, 200)])
    def test_is_for_those_who_see_the_books(self, role: Role, status: int) -> None:
        client = as_role(role)
        assert client.get(reverse(STATEMENT)).status_code == status
        assert client.get(reverse(TRIAL)).status_code == status


class TestOpening:
    def test_is_the_same_from_the_seal_and_from_the_first_line(self, world: World) -> None:
        world.paid_order(10_000)

        def opening(since: datetime) -> Money:
            return statement("clearing", owner="stripe", currency="USD", since=since, until=since + timedelta(days=1))[
                0
            ]

        whole = opening(world.now() + timedelta(hours=1))
        seal(at=world.now())
        assert opening(world.now() + timedelta(hours=1)) == whole
        world.paid_order(700)
        sum_now = opening(world.now() + timedelta(hours=1))
        assert sum_now.amount_minor > whole.amount_minor
        assert opening(world.now() - timedelta(days=3)) == Money(0, "USD")


class TestTrialBalance:
    def test_sums_every_account_and_both_columns_agree(self, world: World, finance: Client) -> None:
        released(world)
        world.paid_order(5_000, currency="INR")
        text = text_of(finance.get(reverse(TRIAL)))
        for shown in ("INR balanced", "USD balanced", "platform fees", "$10.00", "payable", "$88.50"):
            assert shown in text
        for amounts in trial_balance().values():
            assert sum(amounts.values()) == 0

    def test_is_the_same_from_the_seal(self, world: World) -> None:
        released(world)
        before = trial_balance()
        seal(at=world.now())
        assert trial_balance() == before
        world.paid_order(700)
        assert trial_balance()["USD"]["escrow"] == -700

    def test_of_nothing_says_so(self, finance: Client) -> None:
        assert "Nothing is booked yet." in text_of(finance.get(reverse(TRIAL)))

    def test_marks_an_account_that_stands_on_the_other_side(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = reports._balances("INR", {"clearing": -500, "bank": 500})
        notes = {row[0]: row[1] for row in found["table"].rows}
        assert notes == {"clearing": "other side than usual", "bank": ""}
        assert found["is_balanced"]
        assert not reports._balances("INR", {"bank": 500})["is_balanced"]

    def test_gives_up_on_what_takes_too_long(self, finance: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reports, "READ_S", 0.05)
        monkeypatch.setattr(
            reports,
            "BALANCES",
            "balances AS (SELECT 'USD' AS currency, 'bank' AS account, 0::bigint AS amount, pg_sleep(5))",
        )
        assert "Too much was booked" in text_of(finance.get(reverse(TRIAL)))


class TestSided:
    def test_names_the_side(self) -> None:
        assert sided(Money(500, "INR")) == "₹5.00 Dr"
        assert sided(Money(-500, "INR")) == "₹5.00 Cr"
        assert sided(Money(0, "INR")) == "₹0.00"
