"""Whose an object of a rail is."""

from __future__ import annotations

import pytest

from payments.charges.services.start import GatewayDown
from payouts.tests.payout_world import PayoutWorld, a_destination
from payouts.tests.razorpayx_world import use_razorpayx
from payouts.webhooks.finding import about, destinations_of, fetch, is_ours, payout_of

pytestmark = pytest.mark.django_db


class TestPayoutOf:
    def test_by_our_id_first_and_then_by_the_rails(self, payouts: PayoutWorld) -> None:
        one, two = payouts.sent(), payouts.sent()
        given = {"rail_account": "paper", "our_id": one.public_id, "payout_id": str(two.rail_payout_id)}
        assert payout_of(**given) == one
        assert payout_of(**{**given, "our_id": ""}) == two
        assert payout_of(**{**given, "our_id": "po_ofNobodyAtAll0000"}) == two

    def test_of_another_account_it_is_nobodys(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        assert payout_of(rail_account="razorpayx", our_id=payout.public_id, payout_id="") is None

    @pytest.mark.parametrize("our_id", ["", "po_", "Acme Transaction ID 12345", "rf_0123456789", "po_%"])
    def test_what_is_no_id_of_ours_finds_nobody(self, payouts: PayoutWorld, our_id: str) -> None:
        payouts.sent()
        assert payout_of(rail_account="paper", our_id=our_id, payout_id="") is None

    def test_what_was_done_says_whom_it_concerns(self, payouts: PayoutWorld) -> None:
        payout = payouts.sent()
        handled = about(payout, "paid")
        assert (handled.note, handled.concerns) == (f"{payout.public_id}: paid", (payout.payee.user.public_id,))


class TestDestinationsOf:
    def test_by_our_id_else_all_with_that_account(self, payouts: PayoutWorld) -> None:
        one = a_destination(payouts.payee(currency="USD"), status="verifying", account_id="fa_same")
        two = a_destination(payouts.payee(currency="USD"), status="verifying", account_id="fa_same")
        given = {"rail": "paper", "account_id": "fa_same"}
        assert destinations_of(our_id=one.public_id, **given) == [one]
        assert destinations_of(our_id="", **given) == [one, two]
        assert destinations_of(our_id="", rail="razorpayx", account_id="fa_same") == []
        assert destinations_of(our_id="", rail="paper", account_id="") == []


class TestIsOurs:
    def test_is_about_how_it_is_written(self) -> None:
        assert is_ours("po_0123456789abcdefghij", "po")
        assert not is_ours("po_0123456789abcdefghij", "dst")
        assert not is_ours("po_short", "po")


class TestFetch:
    def test_nobody_there_is_tried_again(self, payouts: PayoutWorld, settings: object) -> None:
        use_razorpayx("http://127.0.0.1:9/razorpay", settings)
        with pytest.raises(GatewayDown):
            fetch(account="razorpayx", kind="payout", object_id="pout_1")

    def test_anything_else_is_not_known(self) -> None:
        with pytest.raises(LookupError):
            fetch(account="razorpayx", kind="refund", object_id="rfnd_1")
