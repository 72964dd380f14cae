"""The balance and its transactions."""

from __future__ import annotations

import stripe

from payments.sandbox.conftest import Raw
from payments.sandbox.testing import Control

DAY_S = 24 * 60 * 60


def _paid(client: stripe.StripeClient, amount: int, currency: str, method: str = "pm_card_visa") -> stripe.Charge:
    intent = client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": currency,
            "payment_method": method,
            "confirm": True,
            "capture_method": "automatic",
            "expand": ["latest_charge.balance_transaction"],
        }
    )
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    return charge


def _transaction(charge: stripe.Charge) -> stripe.BalanceTransaction:
    found = charge.balance_transaction
    assert isinstance(found, stripe.BalanceTransaction)
    return found


class TestFee:
    def test_is_2_9_percent_and_30(self, client: stripe.StripeClient) -> None:
        booked = _transaction(_paid(client, 10_000, "usd"))
        # 10,000 × 290 bps = 290, and 30 fixed
        assert (booked.amount, booked.fee, booked.net) == (10_000, 320, 9_680)
        assert [(each.amount, each.type) for each in booked.fee_details] == [(320, "stripe_fee")]
        assert (booked.type, booked.reporting_category) == ("charge", "charge")
        assert booked.exchange_rate is None

    def test_rounds_half_to_even(self, client: stripe.StripeClient) -> None:
        # 1,050 × 290 bps = 30.45 → 30; 50 × 290 bps = 1.45 → 1
        assert _transaction(_paid(client, 1_050, "usd")).fee == 60
        assert _transaction(_paid(client, 50, "usd")).fee == 31

    def test_can_be_changed_while_it_runs(self, client: stripe.StripeClient, control: Control) -> None:
        rules = control.stripe("rules", fee_bps=100, fee_fixed_minor=0)
        assert (rules["fee_bps"], rules["fee_fixed_minor"]) == (100, 0)
        assert _transaction(_paid(client, 10_000, "usd")).fee == 100


class TestExchange:
    def test_a_foreign_charge_settles_in_the_first_settlement_currency(self, client: stripe.StripeClient) -> None:
        charge = _paid(client, 4_820, "jpy")
        booked = _transaction(charge)
        # 1 yen = 0.0067 dollars, so one minor unit of yen is 0.67 cents: 4,820 × 0.67 = 3,229.4
        assert charge.currency == "jpy"
        assert (booked.currency, booked.amount, booked.exchange_rate) == ("usd", 3_229, 0.67)
        assert booked.fee == 94 + 30
        assert booked.net == 3_229 - 124

    def test_a_settlement_currency_is_not_exchanged(self, client: stripe.StripeClient) -> None:
        booked = _transaction(_paid(client, 5_000, "inr"))
        assert (booked.currency, booked.amount, booked.exchange_rate) == ("inr", 5_000, None)

    def test_a_refund_is_exchanged_at_the_rate_of_its_day(self, client: stripe.StripeClient, control: Control) -> None:
        charge = _paid(client, 10_000, "jpy")
        control.stripe("rules", rates={"jpy": "0.0070"})
        refund = client.v1.refunds.create({"charge": charge.id, "expand": ["balance_transaction"]})
        booked = refund.balance_transaction
        assert isinstance(booked, stripe.BalanceTransaction)
        assert (booked.amount, booked.exchange_rate) == (-7_000, 0.7)

    def test_a_currency_without_a_rate_is_refused_whole(self, raw: Raw, control: Control) -> None:
        fields = {"amount": "10000", "currency": "isk", "payment_method": "pm_card_visa", "confirm": "true"}
        answer = raw("POST", "/v1/payment_intents", {**fields, "capture_method": "automatic"})
        assert answer.status == 400
        assert control.get("objects", kind="payment_intent")["objects"] == []
        assert control.effects()["count"] == 0


class TestRefund:
    def test_gives_no_fee_back(self, client: stripe.StripeClient) -> None:
        charge = _paid(client, 10_000, "usd")
        refund = client.v1.refunds.create({"charge": charge.id, "amount": 4_000, "expand": ["balance_transaction"]})
        booked = refund.balance_transaction
        assert isinstance(booked, stripe.BalanceTransaction)
        assert (booked.amount, booked.fee, booked.net, booked.type) == (-4_000, 0, -4_000, "refund")
        assert booked.source == refund.id


class TestAvailability:
    def test_comes_two_days_later_at_midnight(self, client: stripe.StripeClient, control: Control) -> None:
        booked = _transaction(_paid(client, 10_000, "usd"))
        assert booked.status == "pending"
        assert booked.available_on % DAY_S == 0
        assert 2 * DAY_S <= booked.available_on - booked.created <= 3 * DAY_S
        control.shift_clock(3 * DAY_S)
        assert client.v1.balance_transactions.retrieve(booked.id).status == "available"

    def test_some_cards_skip_the_wait(self, client: stripe.StripeClient) -> None:
        assert _transaction(_paid(client, 10_000, "usd", "pm_card_bypassPending")).status == "available"

    def test_the_balance_is_the_sum(self, client: stripe.StripeClient, control: Control) -> None:
        _paid(client, 10_000, "usd", "pm_card_bypassPending")  # net 9,680
        refunded = _paid(client, 1_000, "usd")  # net 941
        _paid(client, 5_000, "inr")  # net 4,825
        client.v1.refunds.create({"charge": refunded.id, "amount": 400})
        balance = client.v1.balance.retrieve()
        assert {each.currency: each.amount for each in balance.available} == {"inr": 0, "usd": 9_680}
        assert {each.currency: each.amount for each in balance.pending} == {"inr": 4_825, "usd": 541}
        control.shift_clock(4 * DAY_S)
        later = client.v1.balance.retrieve()
        assert {each.currency: each.amount for each in later.available} == {"inr": 4_825, "usd": 10_221}

    def test_an_empty_account_has_an_empty_balance(self, client: stripe.StripeClient) -> None:
        assert [(each.amount, each.currency) for each in client.v1.balance.retrieve().available] == [(0, "usd")]


class TestList:
    def test_filters_by_source_type_currency_and_time(self, client: stripe.StripeClient, control: Control) -> None:
        first = _paid(client, 1_000, "usd")
        second = _paid(client, 1_000, "inr")
        control.shift_clock(3_600)
        refund = client.v1.refunds.create({"charge": first.id})
        listing = client.v1.balance_transactions.list
        assert [each.source for each in listing({"source": first.id}).data] == [first.id]
        assert [each.source for each in listing({"type": "refund"}).data] == [refund.id]
        assert [each.source for each in listing({"type": "charge"}).data] == [second.id, first.id]
        assert [each.source for each in listing({"currency": "inr"}).data] == [second.id]
        assert [each.source for each in listing({"created": {"gte": refund.created}}).data] == [refund.id]
        both = listing({"created": {"lt": refund.created}, "type": "charge", "currency": "usd"})
        assert [each.source for each in both.data] == [first.id]
        assert listing({"payout": "po_none"}).data == []

    def test_expands_sources(self, client: stripe.StripeClient) -> None:
        charge = _paid(client, 1_000, "usd")
        client.v1.refunds.create({"charge": charge.id})
        found = client.v1.balance_transactions.list({"expand": ["data.source"]}).data
        assert [type(each.source) for each in found] == [stripe.Refund, stripe.Charge]
