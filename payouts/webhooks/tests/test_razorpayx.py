"""What RazorpayX tells of payouts, accounts and the float, in any order and twice."""

from __future__ import annotations

import json
import random
from itertools import permutations
from typing import Any

import pytest

from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.processor import process_inbox
from config.kernel import clock
from config.outbox.models import OutboxJob
from payments.ledger.models import LedgerEntry
from payments.ledger.queries import balance_minor
from payments.outflows.models import Outflow
from payouts.payees.models import Destination
from payouts.payees.services.observe import observe_destination
from payouts.payout.models import Payout
from payouts.payout.services.due import retry_payout
from payouts.payout.services.freeze import PayoutNotPossible
from payouts.rails.contract import CheckState, DestinationView
from payouts.rails.razorpayx.reasons import reason_of
from payouts.rails.registry import rail_for
from payouts.tests.payout_world import a_destination, lines_of
from payouts.tests.razorpayx_world import SECRETS, RazorpayXWorld, post_razorpayx
from payouts.treasury.models import FloatCredit
from payouts.treasury.services import confirm_float_move, propose_float_move

pytestmark = pytest.mark.django_db
FUNDS = 1_000_000


def outcomes() -> list[tuple[str, str]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("type", "state"))


def float_minor() -> int:
    return balance_minor("float", currency="INR", owner="razorpayx")


def at_razorpayx() -> int:
    told = rail_for("razorpayx").get_float(currency="INR")
    assert told is not None
    return told.amount_minor


class TestDoor:
    def test_its_own_secrets_open_it_and_its_events_are_its_own(self, razorpayx: RazorpayXWorld) -> None:
        body = json.dumps({"entity": "event", "event": "payout.processed", "payload": {}}).encode()
        for secret in SECRETS:
            assert post_razorpayx(body, secret=secret).status_code == 200
        (event,) = WebhookEvent.objects.all()
        assert (event.source, event.account, event.deliveries) == ("razorpay", "razorpayx", 2)

    def test_another_secret_does_not(self, razorpayx: RazorpayXWorld) -> None:
        assert post_razorpayx(b"{}", secret="of nobody").status_code == 400
        assert not WebhookEvent.objects.exists()
        assert WebhookRejection.objects.get().reason == "bad_signature"

    def test_a_type_that_nobody_knows_is_ignored(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.deliver([{"entity": "event", "event": "payout.celebrated", "payload": {}}])
        assert outcomes() == [("payout.celebrated", "ignored")]

    @pytest.mark.django_db(transaction=True)
    def test_what_cannot_be_read_waits_for_a_person(self, razorpayx: RazorpayXWorld) -> None:
        broken = {"payout": {"entity": {"entity": "payout", "id": "pout_1", "status": "evaporated"}}}
        post_razorpayx(json.dumps({"event": "payout.processed", "payload": broken}).encode())
        process_inbox(once=True, now=clock.now)
        assert WebhookEvent.objects.get().last_error_code == "unreadable_object"


class TestPaid:
    def test_it_is_paid_with_its_fee_and_its_reference(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out()
        assert payout.status == "in_transit"
        razorpayx.settle()
        payout = razorpayx.again(payout)
        assert (payout.status, bool(payout.reference), payout.waits_because) == ("paid", True, "")
        assert lines_of(payout.public_id)[-5:] == [
            ("payout_paid", "in_transit", payout.owner, 50_000), ("payout_paid", "float", "razorpayx", -50_000),
            ("payout_fee", "payout_fees", "", 500), ("payout_fee", "input_tax", "", 90),
            ("payout_fee", "float", "razorpayx", -590),
        ]  # fmt: skip
        assert float_minor() == at_razorpayx() == FUNDS - 50_590
        assert not Outflow.objects.exists()

    def test_told_again_nothing_changes(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        razorpayx.paid_out()
        razorpayx.settle()
        before = LedgerEntry.objects.count()
        for event in razorpayx.told():  # under other bodies, so that they are events of their own
            razorpayx.deliver([{**event, "created_at": event["created_at"] + 1}], times=2)
        assert LedgerEntry.objects.count() == before
        assert {state for _, state in outcomes()} == {"processed"}

    def test_in_any_order(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out()
        events = razorpayx.told("payout.initiated", "payout.processed", "payout.updated", "transaction.created")
        random.Random(7).shuffle(events)
        for event in events:
            razorpayx.deliver([event])
        assert razorpayx.again(payout).status == "paid"
        assert float_minor() == at_razorpayx()

    def test_what_is_told_before_our_answer_came_is_ours_by_its_mark(self, razorpayx: RazorpayXWorld) -> None:
        """Its debit too: nobody takes it for money that left unexplained."""
        razorpayx.top_up(FUNDS)
        payout = razorpayx.to_pay()
        assert razorpayx.sandbox is not None
        razorpayx.sandbox.control.fault("lost_answer", gateway="razorpay", method="POST", path="/v1/payouts", count=1)
        razorpayx.work()
        assert razorpayx.again(payout).rail_payout_id is None
        razorpayx.deliver(razorpayx.told("transaction.created"))
        assert razorpayx.again(payout).status == "paid"  # it asked how the payout stands, and that is it
        razorpayx.settle()
        assert not Outflow.objects.exists()
        assert float_minor() == at_razorpayx() == FUNDS - 50_590


class TestWaiting:
    def test_one_that_is_queued_says_for_what(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.fund(FUNDS, rail_account="razorpayx")  # in our books, and not there
        payout = razorpayx.paid_out()
        razorpayx.settle()
        payout = razorpayx.again(payout)
        assert payout.status == "in_transit"
        assert payout.waits_because == "our RazorpayX account has too little: fund it"
        razorpayx.at_rail("fund", amount=FUNDS)
        razorpayx.settle()
        assert (razorpayx.again(payout).status, razorpayx.again(payout).waits_because) == ("paid", "")

    def test_one_that_is_rejected_in_the_dashboard_comes_to_nothing(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out(word="pending", reason="pending_approval")
        razorpayx.settle()
        assert razorpayx.again(payout).waits_because == "it waits for an approval in RazorpayX's dashboard"
        razorpayx.at_rail(f"payouts/{razorpayx.again(payout).rail_payout_id}/reject")
        razorpayx.settle()
        payout = razorpayx.again(payout)
        assert (payout.status, payout.failure_code, payout.advice) == ("failed", "rejected", "ask")
        assert razorpayx.balance(payout.payee) == (50_000, 0, 0)


class TestFailed:
    @pytest.mark.parametrize(
        "reason", ["bank_account_closed", "beneficiary_bank_offline", "imps_not_allowed", "server_error"]
    )
    def test_its_reason_is_kept_with_what_to_do(self, razorpayx: RazorpayXWorld, reason: str) -> None:
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out(word="failed", reason=reason)
        razorpayx.settle()
        payout = razorpayx.again(payout)
        known = reason_of(reason)
        assert (payout.status, payout.failure_code, payout.advice) == ("failed", reason, known.advice)
        assert payout.failure_detail == known.operator
        assert razorpayx.balance(payout.payee) == (50_000, 0, 0)
        assert float_minor() == at_razorpayx() == FUNDS
        assert not Outflow.objects.exists()

    def test_a_retry_goes_by_another_mode_where_the_first_is_shut(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        failed = razorpayx.paid_out(word="failed", reason="imps_not_allowed")
        razorpayx.settle()
        again = razorpayx.approve(razorpayx.freeze(failed.payee, retry_of=razorpayx.again(failed)))
        razorpayx.work()
        assert razorpayx.sandbox is not None
        made = razorpayx.sandbox.control.get("objects", gateway="razorpay", kind="payout", limit=10)["objects"]
        modes = {each["body"]["reference_id"]: each["body"]["mode"] for each in made}
        assert (modes[failed.public_id], modes[again.public_id]) == ("IMPS", "NEFT")

    def test_reversed_after_it_failed_changes_no_label(self, razorpayx: RazorpayXWorld) -> None:
        """The money that was debited comes back: the float is credited there, and here it never left."""
        razorpayx.at_rail("rules", payouts_return_after_s=3600)
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out(word="credited", reason="gateway_timeout")
        razorpayx.settle()
        assert razorpayx.again(payout).status == "failed"
        assert razorpayx.sandbox is not None
        razorpayx.sandbox.control.shift_clock(3601)
        razorpayx.settle()
        assert razorpayx.again(payout).status == "failed"
        assert float_minor() == at_razorpayx() == FUNDS
        assert not Outflow.objects.exists()


class TestAfterAFailure:
    """What RazorpayX says to do about it is done, and not left to the payee's next payout."""

    def failed(self, razorpayx: RazorpayXWorld, reason: str, word: str = "failed") -> Payout:
        razorpayx.top_up(FUNDS)
        razorpayx.paid_out(word=word, reason=reason)
        razorpayx.settle()
        payout = Payout.objects.get()
        assert payout.status == ("failed" if word == "failed" else "returned")
        return payout

    @pytest.mark.parametrize("word", ["failed", "returned"])
    @pytest.mark.parametrize("reason", ["bank_account_closed", "invalid_ifsc_code"])
    def test_what_only_another_account_ends_is_not_sent_there_again(
        self, razorpayx: RazorpayXWorld, reason: str, word: str
    ) -> None:
        failed = self.failed(razorpayx, reason, word)
        entries = LedgerEntry.objects.count()
        with pytest.raises(PayoutNotPossible) as refused:
            razorpayx.freeze(failed.payee)
        assert refused.value.facts["reason"] == "destination_shut"
        assert (Payout.objects.count(), LedgerEntry.objects.count()) == (1, entries)
        Destination.objects.filter(pk=failed.destination_id).update(status="retired")
        a_destination(failed.payee, rail="razorpayx", account_id=razorpayx.known_at_rail())
        assert razorpayx.freeze(failed.payee).gross_minor == 50_000

    @pytest.mark.parametrize("word", ["failed", "returned"])
    def test_somebody_may_try_it_once_more_with_a_reason(self, razorpayx: RazorpayXWorld, word: str) -> None:
        failed = self.failed(razorpayx, "bank_account_closed", word)
        retry = retry_payout(payout_pk=failed.pk, actor="user:ops", reason="they opened it", at=razorpayx.at)
        assert (retry.gross_minor, retry.failed_before) == (50_000, "bank_account_closed")

    def test_what_may_pass_is_sent_there_again(self, razorpayx: RazorpayXWorld) -> None:
        failed = self.failed(razorpayx, "beneficiary_bank_offline")
        assert razorpayx.freeze(failed.payee).gross_minor == 50_000

    def test_where_a_mode_is_shut_the_next_payout_goes_another_way_and_so_do_those_after_it(
        self, razorpayx: RazorpayXWorld
    ) -> None:
        failed = self.failed(razorpayx, "imps_not_allowed")
        assert razorpayx.sandbox is not None
        Destination.objects.filter(pk=failed.destination_id).update(account_id=razorpayx.known_at_rail())
        for _ in range(2):
            payout = razorpayx.freeze(failed.payee)
            if payout.status == "awaiting_approval":
                razorpayx.approve(payout)
            razorpayx.work()
            razorpayx.settle()
            assert razorpayx.again(Payout.objects.latest("pk")).status == "paid"
            razorpayx.later(minutes=1)
            razorpayx.earn(failed.payee, 50_000)
        found = razorpayx.sandbox.control.get("objects", gateway="razorpay", kind="payout", limit=10)["objects"]
        assert [each["body"]["mode"] for each in reversed(found)] == ["IMPS", "NEFT", "NEFT"]


class TestReturned:
    def returned(self, razorpayx: RazorpayXWorld) -> Payout:
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out(word="returned", reason="bank_account_closed")
        razorpayx.told()
        return payout

    def test_it_is_payable_again_and_its_fee_came_back(self, razorpayx: RazorpayXWorld) -> None:
        payout = self.returned(razorpayx)
        razorpayx.settle()
        payout = razorpayx.again(payout)
        assert (payout.status, payout.advice) == ("returned", "final")
        assert razorpayx.balance(payout.payee) == (50_000, 0, 0)
        assert float_minor() == at_razorpayx() == FUNDS
        assert balance_minor("payout_fees", currency="INR") == 0
        assert balance_minor("input_tax", currency="INR") == 0

    @pytest.mark.parametrize("order", range(6))
    def test_in_any_order_nobody_is_taken_to_be_paid_twice(self, razorpayx: RazorpayXWorld, order: int) -> None:
        """`reversed` may come before `processed`: an older word that it was paid is asked about, not believed."""
        payout = self.returned(razorpayx)
        names = list(permutations(("payout.initiated", "payout.processed", "payout.reversed")))[order]
        for name in names:
            razorpayx.deliver(razorpayx.told(name))
        razorpayx.settle()
        payout = razorpayx.again(payout)
        assert payout.status in ("returned", "failed")  # whether we ever heard that it was paid
        assert razorpayx.balance(payout.payee) == (50_000, 0, 0)
        assert float_minor() == FUNDS


class TestForeign:
    def test_a_payout_of_the_dashboard_is_not_ours(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        account_id = razorpayx.known_at_rail()
        razorpayx.at_rail("dashboard_payout", fund_account_id=account_id, amount=10_000)
        razorpayx.deliver(razorpayx.told("payout.initiated", "payout.processed", "payout.updated"))
        assert {state for _, state in outcomes()} == {"foreign"}
        assert not Payout.objects.exists()

    def test_what_it_took_stands_in_suspense_until_it_is_back(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        account_id = razorpayx.known_at_rail()
        made = razorpayx.at_rail("dashboard_payout", fund_account_id=account_id, amount=10_000)["object"]
        razorpayx.settle()
        outflow = Outflow.objects.get()
        assert (outflow.status, outflow.amount_minor, outflow.drawn_on) == ("open", 10_590, "float")
        assert (outflow.gateway_transfer_id, outflow.destination) == (made["id"], account_id)
        assert lines_of(outflow.public_id) == [
            ("outflow_found", "suspense", outflow.public_id, 10_590),
            ("outflow_found", "float", "razorpayx", -10_590),
        ]
        assert OutboxJob.objects.filter(topic="outflow.found").count() == 0  # nobody listens yet: the list shows it
        assert float_minor() == at_razorpayx()
        razorpayx.at_rail(f"payouts/{made['id']}/reverse")
        razorpayx.settle()
        outflow.refresh_from_db()
        assert (outflow.status, float_minor()) == ("returned", FUNDS)
        assert at_razorpayx() == FUNDS

    def test_back_before_it_was_seen_to_leave_it_is_closed_at_once(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        account_id = razorpayx.known_at_rail()
        made = razorpayx.at_rail("dashboard_payout", fund_account_id=account_id, amount=10_000)["object"]
        razorpayx.told()
        razorpayx.at_rail(f"payouts/{made['id']}/reverse")
        for event in reversed(razorpayx.told("transaction.created")):
            razorpayx.deliver([event])
        assert (Outflow.objects.get().status, float_minor()) == ("returned", FUNDS)

    def test_our_mark_on_another_payout_makes_it_not_ours(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        ours = razorpayx.paid_out()
        account_id = razorpayx.known_at_rail("765432123456780")
        stolen = {"fund_account_id": account_id, "amount": 50_000, "reference_id": ours.public_id}
        made = razorpayx.at_rail("dashboard_payout", **stolen)["object"]
        razorpayx.settle()
        assert razorpayx.again(ours).rail_payout_id != made["id"]
        assert Outflow.objects.get().gateway_transfer_id == made["id"]
        assert float_minor() == at_razorpayx() == FUNDS - 2 * 50_590

    def test_a_line_of_another_account_is_not_ours(self, razorpayx: RazorpayXWorld, settings: Any) -> None:
        razorpayx.at_rail("fund", amount=-100)
        (event,) = razorpayx.told()
        event["payload"]["transaction"]["entity"]["account_number"] = "1121431121541121"
        razorpayx.deliver([event])
        assert outcomes() == [("transaction.created", "foreign")]
        assert not Outflow.objects.exists()

    def test_money_that_left_by_no_payout_is_unexplained_too(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        razorpayx.at_rail("fund", amount=-700)
        razorpayx.settle()
        assert Outflow.objects.get().amount_minor == 700
        assert float_minor() == at_razorpayx() == FUNDS - 700

    def test_money_that_came_is_booked_by_the_treasury(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.at_rail("fund", amount=FUNDS)
        razorpayx.settle()
        assert WebhookEvent.objects.get().note.endswith("came to the float (bank_transfer)")
        assert not LedgerEntry.objects.exists()

    def test_money_that_came_is_kept_once_with_what_finds_it_at_the_bank(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.at_rail("fund", amount=FUNDS)
        (event,) = razorpayx.told()
        razorpayx.deliver([event, {**event, "created_at": event["created_at"] + 1}])
        line = event["payload"]["transaction"]["entity"]
        credit = FloatCredit.objects.get()
        assert (credit.rail_account, credit.transaction_id, credit.amount_minor) == ("razorpayx", line["id"], FUNDS)
        assert (credit.reference, credit.source) == (line["source"]["bank_reference"], "bank_transfer")
        assert credit.is_unexplained

    def test_money_that_two_people_said_came_is_explained(self, razorpayx: RazorpayXWorld) -> None:
        move = propose_float_move(
            rail_account="razorpayx", bank_account="main", currency="INR", amount_minor=FUNDS, reference="UTR-1",
            actor="user:first", reason="for this week", at=clock.now(),
        )  # fmt: skip
        confirm_float_move(move_pk=move.pk, actor="user:second", reason="on the statement", at=clock.now())
        razorpayx.at_rail("fund", amount=FUNDS)
        razorpayx.settle()
        assert FloatCredit.objects.get().move == move
        assert float_minor() == at_razorpayx() == FUNDS
        assert LedgerEntry.objects.count() == 1

    def test_what_comes_back_of_a_payout_is_nobodys_transfer(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.top_up(FUNDS)
        payout = razorpayx.paid_out()
        razorpayx.at_rail(f"payouts/{razorpayx.again(payout).rail_payout_id}/reverse")
        razorpayx.settle()
        assert [row.amount_minor for row in FloatCredit.objects.all()] == [FUNDS]


class TestValidation:
    def validated(self, razorpayx: RazorpayXWorld, our_id: str, verdict: str) -> list[dict[str, Any]]:
        status = "failed" if verdict == "failed" else "completed"
        account = {"id": "fa_1", "entity": "fund_account", "contact_id": "cont_1", "active": True}
        entity = {
            "id": "fav_1", "entity": "fund_account.validation", "fund_account": account, "status": status,
            "notes": {"destination": our_id} if our_id else [], "created_at": 1_599_473_659,
            "results": {"account_status": verdict},
        }  # fmt: skip
        payload = {"fund_account.validation": {"entity": entity}}
        return [{"entity": "event", "event": f"fund_account.validation.{status}", "payload": payload}]

    @pytest.mark.parametrize(
        ("verdict", "status"), [("active", "active"), ("invalid", "rejected"), ("failed", "rejected")]
    )
    def test_it_moves_the_destination(self, razorpayx: RazorpayXWorld, verdict: str, status: str) -> None:
        payee = razorpayx.payee(currency="USD")
        waiting = a_destination(payee, rail="razorpayx", status="verifying", account_id="fa_1")
        razorpayx.deliver(self.validated(razorpayx, waiting.public_id, verdict), times=2)
        seen = razorpayx.known(waiting)
        assert (seen.status, bool(seen.why)) == (status, status == "rejected")
        assert WebhookEvent.objects.get().concerns == [payee.user.public_id]

    def test_without_a_mark_it_is_found_by_the_account(self, razorpayx: RazorpayXWorld) -> None:
        waiting = a_destination(
            razorpayx.payee(currency="USD"), rail="razorpayx", status="verifying", account_id="fa_1"
        )
        razorpayx.deliver(self.validated(razorpayx, "", "active"))
        assert razorpayx.known(waiting).status == "active"

    def test_a_mark_alone_does_not_say_where_money_goes(self, razorpayx: RazorpayXWorld) -> None:
        payee = razorpayx.payee(currency="USD")
        other = a_destination(payee, rail="razorpayx", status="verifying", account_id="fa_2")
        razorpayx.deliver(self.validated(razorpayx, other.public_id, "active"))
        assert (razorpayx.known(other).status, razorpayx.known(other).account_id) == ("verifying", "fa_2")

    def test_before_we_know_its_account_it_waits_for_that(self, razorpayx: RazorpayXWorld) -> None:
        """The payee's bank is faster than RazorpayX's answer to us."""
        payee = razorpayx.payee(currency="USD")
        early = a_destination(payee, rail="razorpayx", status="verifying", account_id="")
        razorpayx.deliver(self.validated(razorpayx, early.public_id, "active"))
        assert (razorpayx.known(early).status, WebhookEvent.objects.get().state) == ("verifying", "parked")
        learned = DestinationView(recipient_id="cont_1", account_id="fa_1", check=CheckState.PENDING)
        observe_destination(destination=early, view=learned, actor="system:test", at=razorpayx.at)
        process_inbox(once=True, now=lambda: razorpayx.at)
        assert (razorpayx.known(early).status, WebhookEvent.objects.get().state) == ("active", "processed")

    def test_of_one_that_has_ended_without_an_account_nothing_is_done(self, razorpayx: RazorpayXWorld) -> None:
        gone = a_destination(razorpayx.payee(currency="USD"), rail="razorpayx", status="retired", account_id="")
        razorpayx.deliver(self.validated(razorpayx, gone.public_id, "active"))
        assert (razorpayx.known(gone).status, outcomes()[0][1]) == ("retired", "processed")

    def test_of_nobody_here_it_is_foreign(self, razorpayx: RazorpayXWorld) -> None:
        razorpayx.deliver(self.validated(razorpayx, "", "active"))
        assert outcomes() == [("fund_account.validation.completed", "foreign")]
