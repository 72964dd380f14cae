"""What operators do to money: the effect is shown truly, the reason kept, refusals said, and others kept out."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.order.models import Order
from orders.tests.factories import policy
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.freeze import freeze_hold
from payments.ledger.models import LedgerEntry, LedgerLine, PayeeBalance
from payments.refunds.models import Refund
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operations() -> Client:
    return as_role(Role.OPERATIONS)


def delivered(world: World, *amounts: int) -> Fulfilment:
    part = world.fulfilments(world.paid_order(*amounts))[0]
    deliver(fulfilment=part, actor="user:seller", by_staff=False, at=world.at, policy=settings.POLICY)
    return part


def traces() -> dict[str, Any]:
    """Everything that looking at an act, and an act that is refused, must leave as it was."""
    tables = (
        Order,
        Fulfilment,
        Payment,
        EscrowHold,
        Refund,
        PayeeBalance,
        LedgerEntry,
        LedgerLine,
        OutboxJob,
        AuditEntry,
    )
    rows: dict[str, Any] = {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}
    return {**rows, "calls": list(GatewayCall.objects.order_by("pk").values())}


class TestComplete:
    def test_shows_the_lines_that_it_will_post_and_posts_them(self, world: World, operations: Client) -> None:
        part = delivered(world, 10_000)
        before = traces()
        text = text_of(operations.get(act_of(part, "complete")))
        for shown in (
            "delivered → completed", "held → released", "escrow", "platform fees", "$10.00", "fees recovered", "$1.50",
            "payable", "$88.50", "Sum USD $100.00 $100.00",
        ):  # fmt: skip
            assert shown in text
        assert traces() == before, "looking changes nothing"
        response = confirm(operations, part, "complete", reason="the buyer wrote that it arrived")
        assert "It is completed, and the money is the seller's." in text_of(response)
        entry = LedgerEntry.objects.get(event="release")
        posted = sorted(entry.lines.values_list("account", "amount_minor"))
        assert posted == [("escrow", 10_000), ("fees_recovered", -150), ("payable", -8_850), ("platform_fees", -1_000)]
        assert AuditEntry.objects.filter(to_state="completed", reason="the buyer wrote that it arrived").exists()

    def test_says_why_it_cannot_be_done_and_does_nothing(self, world: World, operations: Client) -> None:
        part = delivered(world, 10_000)
        freeze_hold(hold_pk=part.hold.pk, reason="operator", actor="user:x", note="odd", at=world.at)
        before = traces()
        text = text_of(operations.get(act_of(part, "complete")))
        assert "Not possible now: the money is frozen hold_frozen" in text
        assert "Why?" not in text
        body = {"reason": "because", "seen": "delivered frozen 10000", "nonce": "x" * 32}
        assert "Refused: the money is frozen (hold_frozen)" in text_of(operations.post(act_of(part, "complete"), body))
        assert traces() == before

    def test_is_looked_at_again_when_the_hold_changed_meanwhile(self, world: World, operations: Client) -> None:
        part = delivered(world, 10_000)
        before = traces()
        body = {"reason": "because", "seen": "delivered held 9000", "nonce": "x" * 32}
        assert "It changed while you were looking." in text_of(operations.post(act_of(part, "complete"), body))
        assert traces() == before

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.AUDITOR])
    def test_is_for_operations(self, world: World, role: Role) -> None:
        part, client = delivered(world, 10_000), as_role(role)
        before = traces()
        assert "Complete and release…" not in text_of(client.get(page_of(part)))
        assert client.get(act_of(part, "complete")).status_code == 403
        assert client.post(act_of(part, "complete"), {"reason": "because"}).status_code == 403
        assert traces() == before

    def test_is_never_for_the_seller(self, world: World) -> None:
        part = delivered(world, 10_000)
        assert signed_in(part.seller).post(act_of(part, "complete"), {"reason": "because"}).status_code == 302
        assert Fulfilment.objects.get(pk=part.pk).status == "delivered"


@pytest.fixture
def one_person_may(settings: Any) -> None:
    """Decide about a refund of a hundred dollars."""
    settings.POLICY = policy(refund_approval_threshold_minor={"USD": 10_000})


class TestCancelFulfilment:
    @pytest.mark.usefixtures("one_person_may")
    def test_shows_and_starts_the_refund(self, world: World, operations: Client) -> None:
        part = world.fulfilments(world.paid_order(10_000, 3_333))[1]
        before = traces()
        text = text_of(operations.get(act_of(part, "cancel")))
        for shown in (
            "awaiting → cancelling",
            "cancelling → cancelled",
            "held → returned",
            "$33.33",
            "refund.approved",
        ):
            assert shown in text
        assert traces() == before
        confirm(operations, part, "cancel", reason="the seller is out of it")
        world.hear()
        refund = Refund.objects.get()
        assert (refund.status, refund.amount_minor, refund.reason) == ("succeeded", 3_333, "the seller is out of it")
        assert Fulfilment.objects.get(pk=part.pk).status == "cancelled"
        assert world.holds(part.order)[0].status == "held", "the other seller's part stands"

    @pytest.mark.usefixtures("one_person_may")
    def test_may_be_done_by_support(self, world: World) -> None:
        part = world.fulfilments(world.paid_order(10_000))[0]
        confirm(as_role(Role.SUPPORT), part, "cancel", reason="the buyer asked")
        assert Fulfilment.objects.get(pk=part.pk).status == "cancelled"

    def test_above_the_threshold_is_asked_for_and_changes_nothing_yet(self, world: World, operations: Client) -> None:
        part = world.fulfilments(world.paid_order(10_000))[0]
        text = text_of(operations.get(act_of(part, "cancel")))
        assert "held → frozen" in text
        assert "awaiting → cancelling" not in text
        said = text_of(confirm(operations, part, "cancel", reason="the seller is out of it"))
        assert "a second person must approve its refund" in said
        assert (Refund.objects.get().status, Fulfilment.objects.get(pk=part.pk).status) == ("requested", "awaiting")

    def test_is_not_offered_before_the_money_or_after_delivery(self, world: World, operations: Client) -> None:
        unpaid = world.fulfilments(world.order(10_000))[0]
        for part in (unpaid, delivered(world, 10_000)):
            assert "Cancel and refund…" not in text_of(operations.get(page_of(part)))
        before = traces()
        body = {"reason": "because", "seen": "awaiting ", "nonce": "x" * 32}
        assert "cannot_cancel" in text_of(operations.post(act_of(unpaid, "cancel"), body))
        assert traces() == before

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
    def test_is_not_for_others(self, world: World, role: Role) -> None:
        part = world.fulfilments(world.paid_order(10_000))[0]
        assert as_role(role).get(act_of(part, "cancel")).status_code == 403
        assert Fulfilment.objects.get(pk=part.pk).status == "awaiting"


class TestCancelUnpaid:
    def test_says_what_the_gateway_will_be_asked_and_asks_it(self, world: World, operations: Client) -> None:
        order = world.order(10_000)
        payment = world.start(order).payment
        before = traces()
        text = text_of(operations.get(act_of(order, "cancel")))
        for shown in (
            f"stripe: cancel {payment.gateway_payment_id}",
            "pending payment → cancelled",
            "its stock is free",
        ):
            assert shown in text
        assert traces() == before, "nothing was asked of the gateway"
        confirm(operations, order, "cancel", reason="the buyer asked")
        order.refresh_from_db()
        payment.refresh_from_db()
        assert (order.status, payment.status) == ("cancelled", "cancelled")
        assert AuditEntry.objects.filter(subject_id=order.public_id, reason="the buyer asked").exists()

    def test_does_not_cancel_what_was_paid_meanwhile(self, world: World, operations: Client) -> None:
        order = world.order(10_000)
        started = world.start(order)
        page = operations.get(act_of(order, "cancel"))
        world.pay(started)  # at the gateway; we have not heard of it
        from_page = {"reason": "the buyer asked", "seen": "pending_payment", "nonce": "x" * 32}
        assert page.status_code == 200
        assert "order_already_paid" in text_of(operations.post(act_of(order, "cancel"), from_page))
        order.refresh_from_db()
        assert order.status == "paid", "its money was booked, not lost"

    def test_is_not_offered_for_a_paid_order(self, world: World, operations: Client) -> None:
        order = world.paid_order(10_000)
        assert "Cancel the order…" not in text_of(operations.get(page_of(order)))
        assert "Not possible now: it is paid" in text_of(operations.get(act_of(order, "cancel")))


class TestCapture:
    def authorized(self, world: World) -> Payment:
        started = world.start(world.order(10_000, 3_333), capture_manually=True)
        world.pay(started)
        world.hear()
        return Payment.objects.get(pk=started.payment.pk)

    def test_shows_the_books_as_they_will_stand_and_captures(self, world: World) -> None:
        payment, finance = self.authorized(world), as_role(Role.FINANCE)
        before = traces()
        text = text_of(finance.get(act_of(payment, "capture")))
        for shown in (
            "The buyer is charged $133.33 now.", "stripe: capture $133.33", "authorized → captured", "a new hold",
            "$100.00", "$33.33", "Sum USD $133.33 $133.33",
        ):  # fmt: skip
            assert shown in text
        assert traces() == before, "looking asks nothing of the gateway"
        assert "The gateway has captured it." in text_of(confirm(finance, payment, "capture", reason="ready to ship"))
        world.hear()
        payment.refresh_from_db()
        assert (payment.status, payment.captured_minor) == ("captured", 13_333)
        call = GatewayCall.objects.get(operation="payment.capture")
        assert (call.status, call.request_facts["reason"]) == ("succeeded", "ready to ship")

    def test_twice_confirmed_is_one_call(self, world: World) -> None:
        payment, finance = self.authorized(world), as_role(Role.FINANCE)
        body = {"reason": "ready to ship", "seen": "authorized", "nonce": "y" * 32}
        finance.post(act_of(payment, "capture"), body)
        assert "Done once already" in text_of(finance.post(act_of(payment, "capture"), body, follow=True))
        assert GatewayCall.objects.filter(operation="payment.capture").count() == 1

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_for_finance(self, world: World, role: Role) -> None:
        payment = self.authorized(world)
        before = traces()
        assert as_role(role).post(act_of(payment, "capture"), {"reason": "because"}).status_code == 403
        assert traces() == before


class TestFreezing:
    def test_stops_the_money_and_lets_it_go_again(self, world: World, operations: Client) -> None:
        hold = world.holds(world.paid_order(10_000))[0]
        before = traces()
        assert "held → frozen" in text_of(operations.get(act_of(hold, "freeze")))
        assert traces() == before
        confirm(operations, hold, "freeze", reason="the address looks odd")
        hold.refresh_from_db()
        freeze = hold.freezes.get()
        assert (hold.status, freeze.reason, freeze.note) == ("frozen", "operator", "the address looks odd")
        page = text_of(operations.get(page_of(hold)))
        assert "Lift the freeze…" in page
        assert "Freeze…" not in page.replace("Lift the freeze…", "")
        confirm(operations, hold, "unfreeze", reason="they sent a photo")
        hold.refresh_from_db()
        assert hold.status == "held"

    def test_lifts_only_the_operators_own_reason(self, world: World, operations: Client) -> None:
        hold = world.holds(world.paid_order(10_000))[0]
        freeze_hold(hold_pk=hold.pk, reason="dispute", ref="dp_1", actor="gateway:stripe", note="", at=world.at)
        assert "Lift the freeze…" not in text_of(operations.get(page_of(hold)))
        confirm(operations, hold, "freeze", reason="me too")
        confirm(operations, hold, "unfreeze", reason="not me any more")
        hold.refresh_from_db()
        assert hold.status == "frozen"

    def test_is_not_offered_for_money_that_has_left(self, world: World, operations: Client) -> None:
        part = delivered(world, 10_000)
        confirm(operations, part, "complete")
        hold = world.holds(part.order)[0]
        assert "Freeze…" not in text_of(operations.get(page_of(hold)))

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
    def test_is_not_for_others(self, world: World, role: Role) -> None:
        hold = world.holds(world.paid_order(10_000))[0]
        assert as_role(role).get(act_of(hold, "freeze")).status_code == 403
        assert EscrowHold.objects.get(pk=hold.pk).status == "held"


def test_a_stranger_with_every_right_but_staff_gets_nowhere(world: World) -> None:
    part = delivered(world, 10_000)
    client = signed_in(somebody(Role.SELLER, Role.ORGANIZER, Role.SCOUT, Role.BUYER))
    for name in ("complete", "deliver", "cancel"):
        assert client.get(act_of(part, name)).status_code == 302
