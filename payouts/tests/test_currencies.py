"""Yen without decimals and dinars with three go all the way: frozen, by file to the bank, and onto the statement."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, confirm, list_of, page_of, text_of
from config.kernel.money import Money
from payouts.bankfile.services import Kind, collect, confirm_result, download, propose_result
from payouts.payees.models import Payee
from payouts.payees.tests.test_api import call
from payouts.payout import panels
from payouts.payout.floats import floats
from payouts.payout.gauges import missing_on_floats, pending
from payouts.payout.models import Payout
from payouts.payout.notices import letter
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.rails.connect.requests import payout_params, transfer_params
from payouts.rails.connect.requests import why_not_pay as why_not_at_stripe
from payouts.rails.contract import NewPayout
from payouts.rails.razorpayx.modes import why_not_pay as why_not_at_razorpayx
from payouts.statements.api import written
from payouts.statements.queries import Period, heading
from payouts.statements.tests.test_pdf import text_of_pdf
from payouts.tests.payout_world import FINANCE, PayoutWorld, lines_of
from payouts.tests.razorpayx_world import use_razorpayx
from payouts.treasury.acts import FloatMoveForm
from payouts.treasury.models import FloatMove

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
BY_FILE: dict[str, Any] = {"rail": "bank_file", "account_id": ""}
# (currency, 1,234 minor units as a plain decimal, and as people read them)
KINDS = [("JPY", "1234", "¥1,234"), ("INR", "12.34", "₹12.34"), ("KWD", "1.234", "KWD\N{NO-BREAK SPACE}1.234")]
THOUSAND = {"JPY": "¥1,000", "INR": "₹10.00", "KWD": "KWD\N{NO-BREAK SPACE}1.000"}
of_each = pytest.mark.parametrize(("currency", "plain", "shown"), KINDS)


def frozen(world: PayoutWorld, currency: str, minor: int = 1_234, **destination: Any) -> Payout:
    payee = world.payee(currency=currency, **destination)
    world.earn(payee, minor, currency)
    return world.freeze(payee, currency=currency)


@pytest.fixture
def anything(payouts: PayoutWorld) -> PayoutWorld:
    """A rail on paper that pays every currency."""
    payouts.rail.currencies = None
    return payouts.fresh()


class TestByFile:
    @of_each
    def test_from_the_freezing_to_the_bank(self, payouts: PayoutWorld, currency: str, plain: str, shown: str) -> None:
        payout = frozen(payouts, currency, **BY_FILE)
        assert (payout.status, payout.why_approval) == ("awaiting_approval", "first_payout")
        payouts.approve(payout)
        file = collect(bank_account="main", currency=currency, actor=FINANCE, reason="Monday", at=payouts.at)
        text = download(file_pk=file.pk, actor=FINANCE, reason="to the bank", at=payouts.at)
        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["amount"], row["currency"]) == (plain, currency)
        page = text_of(as_role(Role.FINANCE).get(page_of(file)))
        assert " ".join(shown.split()) in page
        given: dict[str, Any] = {"payout_pk": payout.pk, "reason": "on the statement", "at": payouts.at}
        propose_result(kind=Kind.PAID, reference="UTR-1", actor="user:first", **given)
        confirm_result(actor="user:second", **given)
        assert lines_of(payout.public_id)[2:] == [
            ("payout_paid", "in_transit", payout.owner, 1_234), ("payout_paid", "bank", "main", -1_234),
        ]  # fmt: skip
        assert payouts.balance(payout.payee, currency) == (0, 0, 0)

    @of_each
    def test_one_currency_is_never_in_anothers_file(
        self, payouts: PayoutWorld, currency: str, plain: str, shown: str
    ) -> None:
        mine = payouts.approve(frozen(payouts, currency, **BY_FILE))
        others = [payouts.approve(frozen(payouts, each, **BY_FILE)) for each, *_ in KINDS if each != currency]
        file = collect(bank_account="main", currency=currency, actor=FINANCE, reason="Monday", at=payouts.at)
        assert (file.rows, file.total_minor, file.currency) == (1, 1_234, currency)
        assert [payouts.again(each).file_id for each in (mine, *others)] == [file.pk, None, None]


class TestStatement:
    @of_each
    def test_says_in_csv_and_pdf_what_the_books_say(
        self, payouts: PayoutWorld, currency: str, plain: str, shown: str
    ) -> None:
        payout = frozen(payouts, currency, **BY_FILE)
        payouts.earn(payout.payee, 1, currency)
        minus, rest = f"-{plain}", str(Money(1, currency).decimal)
        table = self.table(payout.payee, currency)
        assert [row["amount"] for row in table[1:-1]] == [plain, minus, rest]
        assert table[-1]["balance"] == rest
        head = heading(payout.payee, currency, NOVEMBER)
        paper = text_of_pdf(b"".join(written(payout.payee, head, "pdf")))
        amounts = [line.split()[-2:] for line in paper if line.startswith("2026-")]
        assert amounts == [[row["amount"], row["balance"]] for row in table[1:-1]]
        assert any(line.startswith("Currency") and line.endswith(currency) for line in paper)

    def table(self, payee: Payee, currency: str) -> list[dict[str, str]]:
        text = b"".join(written(payee, heading(payee, currency, NOVEMBER), "csv")).decode()
        return list(csv.DictReader(io.StringIO(text)))

    def test_three_currencies_of_one_payee_do_not_mix(self, payouts: PayoutWorld) -> None:
        payee = payouts.payee()
        for number, (currency, *_) in enumerate(KINDS, start=1):
            payouts.earn(payee, number, currency)
        for number, (currency, *_) in enumerate(KINDS, start=1):
            table = self.table(payee, currency)
            assert (len(table), {row["currency"] for row in table}) == (3, {currency})
            assert table[-1]["balance"] == str(Money(number, currency).decimal)


class TestShown:
    @of_each
    def test_on_the_page_in_the_api_and_in_the_letter(
        self, payouts: PayoutWorld, currency: str, plain: str, shown: str
    ) -> None:
        payout = frozen(payouts, currency, **BY_FILE)
        finance = as_role(Role.FINANCE)
        for page in (page_of(payout), list_of(Payout)):
            assert " ".join(shown.split()) in text_of(finance.get(page))
        body = call("get", f"/api/v1/payouts/{payout.public_id}/", payout.payee.user).json()
        assert body["net"] == {"amount_minor": 1_234, "currency": currency}
        assert f"of {shown} to" in letter(payout, came_back=False)


class TestFloat:
    @of_each
    def test_lacks_what_it_lacks_in_its_own_currency(
        self, anything: PayoutWorld, currency: str, plain: str, shown: str
    ) -> None:
        payout = anything.approve(frozen(anything, currency))
        anything.fund(234, currency=currency)
        anything.fund(99_999, currency="USD")
        anything.work()
        assert anything.again(payout).waits_because == "what payouts are drawn on does not cover it"
        found = next(each for each in floats() if each.currency == currency)
        assert (found.stands_minor, found.missing_minor, found.is_short) == (234, 1_000, True)
        (item,) = panels.floats_short(anything.at).items
        assert item.label == f"{THOUSAND[currency]} are missing at paper"
        gauges = {labels: value for (_, labels), value in missing_on_floats(anything.at).items()}
        assert sorted(gauges.values()) == [0, 1_000]
        assert pending(anything.at)[0]["net"] == {"amount_minor": 1_234, "currency": currency}
        anything.fund(1_000, currency=currency)
        assert panels.floats_short(anything.at).count == "0"

    def test_two_currencies_on_one_account_are_two_floats(self, anything: PayoutWorld) -> None:
        yen, dinars = (anything.approve(frozen(anything, currency)) for currency in ("JPY", "KWD"))
        anything.fund(1_234, currency="JPY")
        anything.work()
        assert [anything.again(each).status for each in (yen, dinars)] == ["in_transit", "approved"]
        assert [(each.currency, each.is_short) for each in floats()] == [("JPY", False), ("KWD", True)]

    @pytest.mark.parametrize(
        ("currency", "amount", "minor"),
        [("JPY", "1,234", 1_234), ("JPY", "12.5", None), ("KWD", "1.234", 1_234), ("KWD", "1.2345", None),
         ("INR", "12.34", 1_234), ("INR", "12.345", None)],
    )  # fmt: skip
    def test_is_filled_up_by_whole_minor_units(self, currency: str, amount: str, minor: int | None) -> None:
        given = {"rail_account": "x", "bank_account": "main", "reference": "UTR-1"}
        form = FloatMoveForm({**given, "currency": currency, "amount": amount})
        form.fields["rail_account"].choices = [("x", "x")]  # type: ignore[attr-defined]
        assert form.is_valid() is (minor is not None)
        assert form.cleaned_data.get("amount_minor") == minor

    def test_and_says_how_much_in_that_currency(self, anything: PayoutWorld) -> None:
        given = {"rail_account": "paper", "bank_account": "main", "currency": "KWD", "reference": "UTR-1"}
        text = text_of(confirm(as_role(Role.FINANCE), FloatMove, "propose", amount="1.234", **given))
        row = FloatMove.objects.get()
        assert row.amount == Money(1_234, "KWD")
        assert "1.234" in text


class TestLeast:
    """The smallest payout that each rail takes, before it is asked."""

    @pytest.mark.parametrize("minor", [99, 100])
    def test_razorpayx_takes_a_rupee(self, payouts: PayoutWorld, settings: Any, minor: int) -> None:
        use_razorpayx("https://x.example.test", settings)
        payee = payouts.payee(minor, rail="razorpayx")
        if minor < 100:
            with pytest.raises(PayoutNotPossible) as refused:
                payouts.freeze(payee)
            assert (refused.value.facts["reason"], payouts.balance(payee)[0]) == ("rail_refuses", 99)
            assert "less than" in refused.value.detail
        else:
            assert payouts.freeze(payee).net_minor == 100

    @pytest.mark.parametrize(("gross", "code"), [(149, "rail_refuses"), (150, "")])
    def test_of_what_is_left_after_the_fee(self, payouts: PayoutWorld, settings: Any, gross: int, code: str) -> None:
        settings.POLICY = replace(django_settings.POLICY, payout_fee_minor={"INR": 50})
        use_razorpayx("https://x.example.test", settings)
        payee = payouts.payee(gross, rail="razorpayx")
        if code:
            with pytest.raises(PayoutNotPossible) as refused:
                payouts.freeze(payee)
            assert refused.value.facts["reason"] == code
        else:
            assert payouts.freeze(payee).net_minor == 100

    def test_razorpayx_pays_rupees_alone(self) -> None:
        for currency in ("JPY", "KWD", "USD"):
            failure = why_not_at_razorpayx(Money(10_000, currency), kind="bank_account")
            assert failure is not None
            assert failure.code == "currency_not_supported"

    @pytest.mark.parametrize(
        ("minor", "currency", "code"),
        [
            (1, "USD", ""), (1, "JPY", ""), (0, "JPY", "amount_too_small"), (-5, "USD", "amount_too_small"),
            (10, "KWD", ""), (1, "KWD", "amount_not_a_multiple"), (99_999_990, "KWD", ""),
            (100_000_000, "KWD", "amount_too_large"), (99_999_999, "JPY", ""), (100_000_000, "JPY", "amount_too_large"),
            (99, "TWD", "amount_not_a_multiple"), (100, "TWD", ""), (1, "UGX", ""),
        ],
    )  # fmt: skip
    def test_stripe(self, minor: int, currency: str, code: str) -> None:
        failure = why_not_at_stripe(Money(minor, currency), kind="connected_account")
        assert (failure.code if failure else "") == code

    @pytest.mark.parametrize(("minor", "currency", "wire"), [(700, "JPY", 700), (1_230, "KWD", 1_230), (5, "UGX", 500)])
    def test_stripe_is_told_in_its_own_units(self, minor: int, currency: str, wire: int) -> None:
        new = NewPayout("po_1", "call_1", Money(minor, currency), "acct_1", "connected_account")
        assert transfer_params(key="k", new=new)["amount"] == payout_params(key="k", new=new)["amount"] == wire
