"""Every truth holds over honest books, and each is seen broken when somebody breaks just it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone

from config.kernel.money import Money
from config.tests.owner import owner_connection, tamper
from orders.fulfilment.services import deliver
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_tickets
from payments import panels
from payments.disputes.models import Dispute
from payments.disputes.services.observe import observe_dispute
from payments.escrow.models import EscrowHold
from payments.escrow.services.release import complete_fulfilment
from payments.gateways.dispute_views import DisputeMovement, DisputeState, DisputeView
from payments.ledger import recipes
from payments.ledger.accounts import Account
from payments.ledger.checks import SHOWN, broken_truths, check_books
from payments.ledger.models import LedgerEntry
from payments.ledger.recipes import Line
from payments.ledger.sealing import seal
from payments.ledger.services import post
from payments.ledger.settlement_recipes import settlement_announced
from payments.reserves.models import ReserveSlice
from payments.tests.process import python
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world: World) -> Order:
    """Two sellers' order: one part released, the other held."""
    order = world.paid_order(10_000, 3_333)
    first = world.fulfilments(order)[0]
    deliver(fulfilment=first, actor="user:seller", by_staff=False, at=world.at, policy=settings.POLICY)
    complete_fulfilment(fulfilment_pk=first.pk, actor="user:buyer", at=world.at)
    return order


def by_hand(*lines: tuple[Account, int, str, str]) -> None:
    """A balanced entry that no act of ours would make: (account, minor units, owner, ref)."""
    drafted = [Line(account, Money(minor, "USD"), owner=owner, ref=ref) for account, minor, owner, ref in lines]
    with transaction.atomic():
        entry = recipes.draft("by hand", event="test", subject_id="x", lines=drafted)
        post(entry, actor="test", at=timezone.now())


def hold_of(order: Order) -> EscrowHold:
    return EscrowHold.objects.get(fulfilment__order=order, status="held")


def unbalance_an_entry(order: Order) -> str:
    del order
    entry = LedgerEntry.objects.filter(event="capture").get()
    tamper("payments_ledgerline", "UPDATE payments_ledgerline SET amount_minor = amount_minor + 1 WHERE entry_id = %s"
           " AND account = 'clearing'", entry.pk)  # fmt: skip
    return entry.key


def unbalance_a_currency(order: Order) -> str:
    unbalance_an_entry(order)
    return "USD"


def overdraw(order: Order) -> str:
    del order
    by_hand((Account.IN_TRANSIT, 50, "usr_x", "po_overdrawn"), (Account.BANK, -50, "bank", ""))
    return "po_overdrawn"


def raise_a_balance(order: Order) -> str:
    owner = EscrowHold.objects.get(fulfilment__order=order, status="released").owner
    tamper("payments_payeebalance", "UPDATE payments_payeebalance SET payable_minor = payable_minor + 1")
    return owner


def falsify_a_seal(order: Order) -> str:
    del order
    assert seal(at=timezone.now())
    tamper("payments_sealedbalance", "UPDATE payments_sealedbalance SET amount_minor = amount_minor + 1"
           " WHERE account = 'clearing'")  # fmt: skip
    return "clearing"


def raise_a_hold(order: Order) -> str:
    hold = hold_of(order)
    tamper("payments_escrowhold", "UPDATE payments_escrowhold SET amount_minor = amount_minor + 1,"
           " remaining_minor = remaining_minor + 1 WHERE id = %s", hold.pk)  # fmt: skip
    return hold.public_id


def owe_a_refund_of_nothing(order: Order) -> str:
    del order
    by_hand((Account.BANK, 9, "bank", ""), (Account.REFUNDS, -9, "", "rf_nobodys"))
    return "rf_nobodys"


def keep_money_unapplied(order: Order) -> str:
    payment = order.payments.get().public_id
    by_hand((Account.BANK, 9, "bank", ""), (Account.UNAPPLIED, -9, "", payment))
    return payment


def lose_while_something_is_left(order: Order) -> str:
    payment = order.payments.get().public_id
    by_hand((Account.CHARGEBACK_LOSSES, 9, "", payment), (Account.BANK, -9, "bank", ""))
    return payment


def dispute_of(order: Order) -> Dispute:
    """A chargeback of a part, undecided."""
    payment, at = order.payments.get(), timezone.now()
    view = DisputeView(
        dispute_id="dp_tampered", charge_id=payment.charge_id, gateway_payment_id="", state=DisputeState.NEEDS_RESPONSE,
        amount=Money(500, "USD"), reason="general", network_reason="", phase="", opened_at=at, evidence_due_at=None,
        is_submitted=False, livemode=False,
        movements=(DisputeMovement(transaction_id="txn_taken", amount=Money(-500, "USD"), fee_minor=0, at=at),),
    )  # fmt: skip
    observe_dispute(payment=payment, view=view, told_at=at, actor="test", at=at)
    return Dispute.objects.get()


def withdraw_for_nobody(order: Order) -> str:
    del order
    by_hand((Account.WITHDRAWN, 9, "", "dsp_nobodys"), (Account.BANK, -9, "bank", ""))
    return "dsp_nobodys"


def raise_a_dispute(order: Order) -> str:
    dispute = dispute_of(order)
    tamper("payments_dispute", "UPDATE payments_dispute SET withdrawn_minor = withdrawn_minor + 1")
    return dispute.public_id


def lose_for_nobody(order: Order) -> str:
    hold = hold_of(order)
    tamper("payments_escrowhold", "UPDATE payments_escrowhold SET lost_minor = 1, remaining_minor = remaining_minor - 1"
           " WHERE id = %s", hold.pk)  # fmt: skip
    return hold.public_id


def forget_a_dispute(order: Order) -> str:
    dispute_of(order)
    tamper("payments_payment", "UPDATE payments_payment SET open_disputes = 0, disputed_minor = 0")
    return str(order.payments.get().public_id)


def raise_a_capture(order: Order) -> str:
    tamper("payments_payment", "UPDATE payments_payment SET captured_minor = captured_minor + 1")
    return str(order.payments.get().public_id)


def lower_what_was_applied(order: Order) -> str:
    tamper("orders_order", "UPDATE orders_order SET applied_minor = applied_minor - 1")
    return order.public_id


def change_a_frozen_fee(order: Order) -> str:
    tamper("orders_orderline", "UPDATE orders_orderline SET platform_fee_minor = platform_fee_minor + 1"
           " WHERE order_id = %s", order.pk)  # fmt: skip
    return "USD"


def promise_a_ticket_twice(order: Order) -> str:
    """The ticket of one order is named by another one, so that the first has none."""
    del order
    listing = make_tickets(2)[0].product
    first, second = make_order(item(listing)), make_order(item(listing))
    tamper("orders_ticket", "UPDATE orders_ticket SET line_id = %s WHERE line_id = %s", second.lines.get().pk,
           first.lines.get().pk)  # fmt: skip
    return first.public_id


def count_a_ticket_that_is_not_there(order: Order) -> str:
    del order
    listing = make_tickets(2)[0].product
    tamper("orders_product", "UPDATE orders_product SET stock = stock + 1 WHERE id = %s", listing.pk)
    return listing.sku


def announce_a_settlement_that_nobody_told(order: Order) -> str:
    draft = settlement_announced(settlement_id="stl_x", account="stripe", amount=Money(7, "USD"), external_ref="po_x")
    with transaction.atomic():
        post(draft, actor="test", at=timezone.now())
    del order
    return "stripe"


def suspend_money_of_no_case(order: Order) -> str:
    del order
    by_hand((Account.SUSPENSE, 9, "", "out_nobodys"), (Account.BANK, -9, "bank", ""))
    return "out_nobodys"


def keep_what_nothing_explains(order: Order) -> str:
    owner = EscrowHold.objects.get(fulfilment__order=order, status="released").owner
    by_hand((Account.PAYABLE, 9, owner, ""), (Account.RESERVE, -9, owner, ""))
    return owner


def keep_more_than_was_booked(order: Order) -> str:
    hold = EscrowHold.objects.get(fulfilment__order=order, status="released")
    ReserveSlice.objects.create(
        hold=hold, owner=hold.owner, currency="USD", earned_minor=9, rolling_minor=9, kept_until=timezone.now()
    )
    return hold.public_id


def keep_for_a_decided_dispute(order: Order) -> str:
    dispute = dispute_of(order)
    tamper("payments_dispute", "UPDATE payments_dispute SET status = 'won', closed_at = now()")
    return str(dispute.public_id)


def write_off_what_nobody_confirmed(order: Order) -> str:
    del order
    by_hand((Account.BAD_DEBT, 9, "usr_forgiven", ""), (Account.BANK, -9, "bank", ""))
    return "usr_forgiven"


BREAKERS: dict[str, Callable[[Order], str]] = {
    "payments.ledger.truths.entries_balance": unbalance_an_entry,
    "payments.ledger.truths.every_currency_sums_to_zero": unbalance_a_currency,
    "payments.ledger.truths.nothing_stands_on_the_wrong_side": overdraw,
    "payments.ledger.truths.payee_balances_are_their_lines": raise_a_balance,
    "payments.ledger.truths.the_seal_is_the_sum_of_its_lines": falsify_a_seal,
    "payments.escrow.truths.escrow_is_what_holds_keep": raise_a_hold,
    "payments.refunds.truths.refunds_are_what_is_owed": owe_a_refund_of_nothing,
    "payments.refunds.truths.unapplied_money_is_on_its_way_back": keep_money_unapplied,
    "payments.disputes.truths.losses_leave_nothing_behind": lose_while_something_is_left,
    "payments.disputes.truths.withdrawn_is_what_moved_and_is_not_lost": withdraw_for_nobody,
    "payments.disputes.truths.disputes_are_their_movements": raise_a_dispute,
    "payments.disputes.truths.holds_lost_what_disputes_took": lose_for_nobody,
    "payments.disputes.truths.payments_and_orders_know_their_disputes": forget_a_dispute,
    "payments.charges.truths.payments_are_their_captures": raise_a_capture,
    "payments.charges.truths.orders_took_what_was_applied": lower_what_was_applied,
    "payments.escrow.truths.fees_are_what_lines_froze": change_a_frozen_fee,
    "payments.escrow.custody_truths.no_ticket_is_in_two_custodies": promise_a_ticket_twice,
    "payments.escrow.custody_truths.stock_of_ticketed_listings_is_their_tickets": count_a_ticket_that_is_not_there,
    "payments.reserves.truths.what_stands_in_reserve_is_explained": keep_what_nothing_explains,
    "payments.reserves.truths.slices_are_what_releases_kept": keep_more_than_was_booked,
    "payments.reserves.truths.decided_disputes_keep_nothing_back": keep_for_a_decided_dispute,
    "payments.debts.truths.bad_debt_is_what_two_people_wrote_off": write_off_what_nobody_confirmed,
    "payments.settlements.truths.settling_is_what_was_announced": announce_a_settlement_that_nobody_told,
    "payments.outflows.truths.suspense_is_what_nobody_explained": suspend_money_of_no_case,
}


def named(path: str) -> str:
    return path.rpartition(".")[2].replace("_", " ")


class TestTruths:
    def test_every_one_can_be_broken_here(self) -> None:
        """Those of money out have breakers in their own tests."""
        assert list(BREAKERS) == [path for path in settings.TRUTHS if not path.startswith("payouts.")]

    def test_all_hold_over_honest_books(self, order: Order) -> None:
        assert broken_truths() == []
        assert [truth.name for truth in check_books()] == [named(path) for path in settings.TRUTHS]

    @pytest.mark.broken_books
    @pytest.mark.parametrize("path", list(BREAKERS))
    def test_is_seen_broken_and_says_where(self, order: Order, path: str) -> None:
        where = BREAKERS[path](order)
        broken = {truth.name: truth.broken for truth in broken_truths()}
        assert named(path) in broken
        assert any(where in row for row in broken[named(path)]), broken

    @pytest.mark.broken_books
    @pytest.mark.parametrize(
        "path", ["payments.escrow.truths.escrow_is_what_holds_keep", "payments.refunds.truths.refunds_are_what_is_owed"]
    )
    def test_breaking_one_does_not_accuse_all(self, order: Order, path: str) -> None:
        BREAKERS[path](order)
        assert len(broken_truths()) <= 2

    @pytest.mark.broken_books
    def test_an_entry_without_lines_is_seen(self, order: Order) -> None:
        tamper("payments_ledgerentry", "INSERT INTO payments_ledgerentry (key, event, subject_id, actor, memo,"
               " posted_at, effective_at, xact_id) VALUES ('empty', 'test', '', '', '', now(), now(), 1)")  # fmt: skip
        assert [truth.name for truth in broken_truths()] == ["entries balance"]

    @pytest.mark.broken_books
    def test_shows_the_first_rows_only(self, order: Order) -> None:
        for number in range(SHOWN + 5):
            with transaction.atomic():
                lines = [
                    Line(Account.BANK, Money(9, "USD"), owner="bank"),
                    Line(Account.REFUNDS, Money(-9, "USD"), ref=f"rf_{number}"),
                ]
                entry = recipes.draft(f"hand {number}", event="test", subject_id="x", lines=lines)
                post(entry, actor="test", at=timezone.now())
        (truth,) = broken_truths()
        assert len(truth.broken) == SHOWN


SNAPSHOT = """
    SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'), count(*)
      FROM payments_ledgerentry
"""
MEANWHILE = """
    WITH made AS (
        INSERT INTO payments_ledgerentry (key, event, subject_id, actor, memo, posted_at, effective_at)
        VALUES (%s, 'test', '', '', '', now(), now()) RETURNING id
    )
    INSERT INTO payments_ledgerline
           (entry_id, account, owner, ref, currency, amount_minor, external_ref, effective_at)
    SELECT id, 'bank', 'bank', '', 'USD', amount, '', now() FROM made, unnest(ARRAY[1, -1]) AS amount
"""


class TestCheckBooks:
    def test_sees_one_snapshot_and_writes_nothing(self, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
        """What commits between two truths is seen by neither, so that they never contradict each other."""
        seen: list[tuple[str, str, int]] = []

        def look(_: int) -> list[str]:
            with connection.cursor() as cursor:
                cursor.execute(SNAPSHOT)
                seen.append(cursor.fetchone())
            with owner_connection() as owner:
                owner.execute(MEANWHILE, [f"meanwhile {len(seen)}"])
            return []

        monkeypatch.setattr("payments.ledger.truths.entries_balance", look)
        monkeypatch.setattr("payments.ledger.truths.every_currency_sums_to_zero", look)
        check_books()
        assert seen[0][:2] == ("repeatable read", "on")
        assert seen[0] == seen[1]

    def test_inside_a_transaction_that_transaction_is_the_snapshot(self, order: Order) -> None:
        with transaction.atomic():
            assert not any(truth.broken for truth in check_books())

    def test_the_command_names_what_it_proved(self, order: Order, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("check_books")
        shown = capsys.readouterr().out
        assert "The books are proved" in shown
        assert all(named(path) in shown for path in settings.TRUTHS)

    @pytest.mark.broken_books
    def test_the_overview_hears_of_what_the_command_proved(self, order: Order) -> None:
        assert [item.label for item in panels.broken_truths(timezone.now()).items] == ["The books were never proved"]
        call_command("check_books")
        assert panels.broken_truths(timezone.now()).items == ()
        raise_a_hold(order)
        with pytest.raises(CommandError):
            call_command("check_books", "--full")
        assert "escrow is what holds keep" in [item.label for item in panels.broken_truths(timezone.now()).items]

    @pytest.mark.broken_books
    def test_the_command_names_what_is_broken_and_fails(self, order: Order, capsys: pytest.CaptureFixture[str]) -> None:
        hold = raise_a_hold(order)
        with pytest.raises(CommandError, match="escrow is what holds keep") as failed:
            call_command("check_books", "--full")
        assert failed.value.returncode == 1
        assert hold in capsys.readouterr().out

    @pytest.mark.broken_books
    def test_the_process_ends_with_1_where_a_truth_is_broken_and_with_0_where_none_is(self, order: Order) -> None:
        whole = python("manage.py", "check_books")
        assert whole.returncode == 0, whole.stderr
        raise_a_balance(order)
        broken = python("manage.py", "check_books")
        assert broken.returncode == 1
        assert "payee balances are their lines" in broken.stderr
