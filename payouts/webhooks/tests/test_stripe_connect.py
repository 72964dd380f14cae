"""What Stripe tells of payees' accounts and of transfers to them."""

from __future__ import annotations

import copy
from itertools import permutations
from typing import Any

import pytest

from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from payments.outflows.models import Outflow
from payouts.payees.models import Destination
from payouts.payees.states import DestinationStatus
from payouts.payout.services import send
from payouts.tests.connect_world import ConnectWorld

pytestmark = pytest.mark.django_db(transaction=True)


def _of(connect: ConnectWorld, kind: str) -> dict[str, Any]:
    """The newest event of a type that was not told yet."""
    found = [event for _, event in connect.events() if event["type"] == kind]
    return found[-1]


class TestPaid:
    def test_the_money_goes_by_the_payee_s_account_to_their_bank(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        assert payout.status == "in_transit"
        assert connect.standing(payout.payee) == {"in_transit": 10_000, "connected": 10_000}
        connect.bank(payout, "advance")
        connect.bank(payout, "advance")
        connect.hear()
        payout = connect.books.again(payout)
        assert payout.status == "paid"
        assert payout.reference
        assert connect.standing(payout.payee) == {}
        assert (connect.moved("transferred"), connect.moved("paid_out")) == ((1, 10_000), (1, 10_000))

    def test_told_again_and_late_it_changes_nothing(self, connect: ConnectWorld) -> None:
        payout = connect.paid()
        connect.heard.clear()
        WebhookEvent.objects.all().delete()
        connect.hear()
        assert connect.books.again(payout).status == "paid"
        assert connect.standing(payout.payee) == {}
        assert not Outflow.objects.exists()

    @pytest.mark.parametrize("order", list(permutations(("transfer.created", "payout.created", "payout.paid"))))
    def test_in_any_order_it_ends_the_same(self, connect: ConnectWorld, order: tuple[str, ...]) -> None:
        """Also where no answer came: the events alone say what was made."""
        payout = connect.sent()
        connect.bank(payout, "advance")
        connect.bank(payout, "advance")
        for kind in order:
            connect.hear(kind)
        assert connect.books.again(payout).status == "paid"
        assert connect.standing(payout.payee) == {}
        assert not Outflow.objects.exists()


class TestCameBack:
    @pytest.mark.parametrize("first", ["payout.paid", "payout.failed"])
    def test_is_believed_in_any_order(self, connect: ConnectWorld, first: str) -> None:
        """The older word, told last, does not make it paid: they would be owed nothing, and have nothing."""
        payout = connect.sent()
        connect.bank(payout, "advance")
        connect.bank(payout, "advance")
        connect.bank(payout, "fail", code="no_account")
        connect.hear(first)
        connect.hear()
        payout = connect.books.again(payout)
        assert payout.status == ("returned" if first == "payout.paid" else "failed")
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        assert (connect.moved("transferred"), connect.moved("transfer_reversed")) == ((1, 10_000), (1, 10_000))


class TestTransferTakenBack:
    """Somebody takes it back in Stripe's dashboard."""

    def test_before_the_payout_was_made_it_is_not_made(
        self, connect: ConnectWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payout = connect.approved(connect.payee())
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=5_000)

        def take_back(name: str) -> None:
            if name == "payout.transfer.recorded":
                transfer_id = connect.books.again(payout).rail_transfer_id or ""
                connect.rail._connection.client.v1.transfers.reversals.create(transfer_id, {"amount": 4_000})
                for kind, event in connect.events():
                    connect.deliver(kind, event)
                process_inbox(once=True, now=connect.world.now)

        monkeypatch.setattr(send, "reached", take_back)
        connect.work()
        payout = connect.books.again(payout)
        assert (payout.status, payout.failure_code) == ("failed", "transfer_reversed")
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        assert connect.moved("paid_out") == (0, 0)

    def test_while_it_was_on_its_way_it_came_out_of_other_earnings(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        connect.order(f"accounts/{payout.destination.account_id}/earn", amount=5_000)
        connect.rail._connection.client.v1.transfers.reversals.create(payout.rail_transfer_id or "", {"amount": 4_000})
        connect.hear()
        connect.bank(payout, "advance")
        connect.bank(payout, "advance")
        connect.hear()
        assert connect.books.again(payout).status == "paid"
        assert connect.standing(payout.payee) == {"payable": 4_000, "clearing": 4_000}
        connect.bank(payout, "fail", code="no_account")
        connect.hear()
        assert connect.standing(payout.payee) == {"payable": 10_000, "clearing": 10_000}
        assert connect.moved("transfer_reversed") == (2, 10_000)


class TestBeforeItsCallIsRecorded:
    def test_a_transfer_whose_answer_was_lost_is_ours_all_the_same(self, connect: ConnectWorld) -> None:
        """It must not stand in suspense, and must not be made twice."""
        payout = connect.approved(connect.payee())
        connect.world.lose_answer("/v1/transfers")
        connect.work_once()
        event = _of(connect, "transfer.created")
        assert connect.books.again(payout).transferred_at is None
        assert connect.outcome(event, "event") == "processed"
        assert not Outflow.objects.exists()
        connect.world.later(minutes=5)
        connect.hear()
        payout = connect.books.again(payout)
        assert (payout.status, connect.standing(payout.payee)) == (
            "in_transit",
            {"in_transit": 10_000, "connected": 10_000},
        )
        assert connect.moved("transferred") == (1, 10_000)


class TestNotOurs:
    def test_a_transfer_that_nobody_here_made_stands_in_suspense(self, connect: ConnectWorld) -> None:
        payee = connect.payee()
        account = Destination.objects.get(payee=payee).account_id
        client = connect.rail._connection.client
        client.v1.transfers.create({"amount": 700, "currency": "usd", "destination": account})
        connect.hear()
        assert Outflow.objects.get().amount_minor == 700
        assert connect.standing(payee)["suspense"] == 700

    @pytest.mark.parametrize(
        "forged",
        [
            {"amount": 9_999},
            {"metadata": {"payout": "{payout}", "call": "call_of_nobody"}},
            {"destination": "acct_of_a_thief0000"},
            {"currency": "eur"},
        ],
    )
    def test_our_mark_alone_makes_nothing_ours(self, connect: ConnectWorld, forged: dict[str, Any]) -> None:
        payout = connect.sent()
        true = _of(connect, "transfer.created")
        event = copy.deepcopy(true)
        event["id"] = "evt_forged"
        event["data"]["object"] |= {"id": "tr_forged", **copy.deepcopy(forged)}
        if "metadata" in forged:
            event["data"]["object"]["metadata"]["payout"] = payout.public_id
        before = connect.standing(payout.payee)
        assert connect.outcome(event, "event") == "processed"
        assert Outflow.objects.get().gateway_transfer_id == "tr_forged"
        if forged != {"currency": "eur"}:
            assert connect.standing(payout.payee)["suspense"] == event["data"]["object"]["amount"]
        assert connect.books.again(payout).rail_transfer_id == true["data"]["object"]["id"]
        assert connect.standing(payout.payee)["connected"] == before["connected"]

    def test_a_payout_that_the_payee_makes_with_our_mark_on_it_is_theirs(self, connect: ConnectWorld) -> None:
        payout = connect.sent()
        event = {
            "id": "evt_forged", "object": "event", "api_version": None, "created": int(connect.world.at.timestamp()),
            "livemode": False, "type": "payout.paid", "account": payout.destination.account_id,
            "data": {"object": {
                "id": "po_forged", "object": "payout", "amount": 10_000, "currency": "usd", "status": "paid",
                "created": int(connect.world.at.timestamp()), "livemode": False,
                "metadata": {"payout": payout.public_id, "call": "call_of_nobody"},
            }},
        }  # fmt: skip
        before = connect.standing(payout.payee)
        assert connect.outcome(event) == "foreign"
        assert connect.standing(payout.payee) == before
        assert connect.books.again(payout).rail_payout_id == payout.rail_payout_id

    def test_an_event_of_our_own_account_is_taken_by_its_own_endpoint_alone(self, connect: ConnectWorld) -> None:
        connect.sent()
        assert connect.outcome(_of(connect, "transfer.created"), "connected_event") == "ignored"

    def test_of_an_account_that_nobody_has_nothing_is_known(self, connect: ConnectWorld) -> None:
        connect.account("pye_of_nobody")
        assert connect.outcome(_of(connect, "account.updated")) == "foreign"


class TestFailed:
    def test_a_bank_that_refuses_makes_it_payable_again_and_leaves_it_in_the_account(
        self, connect: ConnectWorld
    ) -> None:
        payout = connect.sent()
        connect.bank(payout, "fail", code="account_closed")
        connect.hear("payout.failed")
        payout = connect.books.again(payout)
        assert (payout.status, payout.failure_code, payout.advice) == ("failed", "account_closed", "fix")
        assert connect.standing(payout.payee)["payable"] == 10_000

    def test_paid_may_come_back(self, connect: ConnectWorld) -> None:
        payout = connect.paid()
        connect.bank(payout, "fail", code="no_account")
        connect.hear("payout.failed")
        assert connect.books.again(payout).status == "returned"
        assert connect.standing(payout.payee)["payable"] == 10_000


class TestAccount:
    def test_what_stripe_wants_stops_it_and_what_it_got_lets_it_go_on(self, connect: ConnectWorld) -> None:
        payee = connect.payee()
        destination = Destination.objects.get(payee=payee)
        connect.order(f"accounts/{destination.account_id}/require", fields=["individual.id_number"])
        connect.hear()
        destination.refresh_from_db()
        assert (destination.status, destination.why) == (
            DestinationStatus.SUSPENDED,
            "Stripe still wants: your identity or tax number.",
        )
        connect.order(f"accounts/{destination.account_id}/enable")
        connect.hear()
        destination.refresh_from_db()
        assert destination.status == DestinationStatus.ACTIVE

    def test_an_older_event_does_not_bring_back_what_was(self, connect: ConnectWorld) -> None:
        """It says `enabled`; by now the account is not."""
        payee = connect.payee()
        destination = Destination.objects.get(payee=payee)
        older = _of(connect, "account.updated")
        connect.order(f"accounts/{destination.account_id}/require")
        connect.hear("account.none")
        newer = _of(connect, "account.updated")
        for event in (newer, older):
            assert connect.outcome(event) == "processed"
        destination.refresh_from_db()
        assert destination.status == DestinationStatus.SUSPENDED

    def test_one_that_let_go_is_paid_nothing_more(self, connect: ConnectWorld) -> None:
        payee = connect.payee()
        payout = connect.approved(payee)
        destination = Destination.objects.get(payee=payee)
        connect.order(f"accounts/{destination.account_id}/deauthorize")
        event = _of(connect, "account.application.deauthorized")
        connect.deliver("connected_event", event)
        connect.work()
        destination.refresh_from_db()
        assert destination.status == DestinationStatus.SUSPENDED
        assert "disconnected" in destination.why
        assert connect.moved("transferred") == (0, 0)
        assert connect.books.again(payout).status == "approved"
        assert connect.standing(payee) == {"in_transit": 10_000, "clearing": 10_000}

    def test_a_type_that_says_nothing_of_payouts_is_ignored(self, connect: ConnectWorld) -> None:
        event = {
            "id": "evt_other", "object": "event", "api_version": None, "created": int(connect.world.at.timestamp()),
            "livemode": False, "type": "capability.updated", "account": "acct_1", "data": {"object": {"id": "x"}},
        }  # fmt: skip
        assert connect.outcome(event) == "ignored"
