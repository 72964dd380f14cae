"""A marketplace with something in every state, made by the verbs that production has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

from config.accounts.models import User
from config.accounts.roles import Role
from config.calls.models import GatewayCall
from config.inbox import bulk
from config.inbox.models import WebhookEvent
from config.inbox.storing import reject
from config.outbox.models import OutboxJob
from config.queue.pausing import pause
from orders.fulfilment.services import deliver
from orders.order.models import Order
from orders.tests.factories import item, make_order, make_product
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.freeze import freeze_hold
from payments.escrow.services.release import complete_fulfilment
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.decide import approve_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.settle import Kind, propose
from payments.tests.world import World

PASSWORD = "an operator's passphrase"


def person(role: Role, *, time_zone: str = "Asia/Kolkata", name: str = "") -> User:
    """Somebody who can log in."""
    return User.objects.create_user(
        f"{role.value}@example.com", PASSWORD, roles=[role], time_zone=time_zone, name=name or role.value.title()
    )


@dataclass
class Scene:
    """What stands, by name."""

    world: World
    awaiting: Order
    delivered: Order
    completed: Order
    cancelled: Order
    unpaid: Order
    declined: Order
    authorized: Payment
    frozen: EscrowHold
    dead_event: WebhookEvent
    dead_job: OutboxJob
    failed: Refund
    asked: Refund


def seller(name: str) -> User:
    first = name.lower().replace("'s", "").split()[0]
    return User.objects.create_user(f"{first}@example.com", None, roles=[Role.SELLER], name=name, time_zone="UTC")


def build(world: World) -> Scene:
    """Every kind of row, with times that end where the world's clock stands."""
    asha, bruno = seller("Asha's Records"), seller("Bruno Tickets")
    vinyl = make_product(seller=asha, sku="LP-KIND-OF-BLUE", name="Kind of Blue, 180 g vinyl",
                         prices={"INR": 329_900, "USD": 3_900}, stock=40, category="records")  # fmt: skip
    ticket = make_product(seller=bruno, sku="TKT-OPERA", name="The Magic Flute, first night",
                          prices={"INR": 1_499_900, "USD": 18_000}, stock=30, category="tickets")  # fmt: skip

    def order(*items: dict[str, Any], currency: str, email: str = "buyer@example.com") -> Order:
        return make_order(*items, currency=currency, email=email, at=world.at)

    def paid(*items: dict[str, Any], currency: str) -> Order:
        made = order(*items, currency=currency)
        world.pay(world.start(made))
        world.hear()
        made.refresh_from_db()
        return made

    completed = paid(item(vinyl), item(ticket, 2), currency="USD")
    for part in world.fulfilments(completed):
        deliver(fulfilment=part, actor=part.seller.actor, by_staff=False, at=world.at, policy=settings.POLICY)
        complete_fulfilment(fulfilment_pk=part.pk, actor="user:buyer", at=world.at)
    completed.refresh_from_db()
    delivered = paid(item(ticket), currency="INR")
    deliver(fulfilment=world.fulfilments(delivered)[0], actor=bruno.actor, by_staff=False, at=world.at,
            policy=settings.POLICY)  # fmt: skip
    cancelled = paid(item(vinyl), currency="INR")
    cancel_fulfilment(
        fulfilment_pk=world.fulfilments(cancelled)[0].pk, actor=asha.actor, reason="out of it", at=world.at
    )
    world.hear()
    declined = order(item(ticket), currency="USD")
    world.pay(world.start(declined), method="pm_card_chargeDeclined")
    world.hear()
    later = order(item(vinyl), currency="USD")
    started = world.start(later, capture_manually=True)
    world.pay(started)
    world.hear()
    unpaid = order(item(vinyl, 2), currency="USD", email="guest@example.com")
    frozen_order = paid(item(vinyl), currency="USD")
    frozen = world.holds(frozen_order)[0]
    freeze_hold(
        hold_pk=frozen.pk, reason="operator", actor="user:operations", note="the address looks odd", at=world.at
    )
    awaiting = paid(item(vinyl, 3), item(ticket), currency="INR")
    for row in (delivered, cancelled, declined, unpaid, awaiting):
        row.refresh_from_db()
    return Scene(
        world=world,
        awaiting=awaiting,
        delivered=delivered,
        completed=completed,
        cancelled=cancelled,
        unpaid=unpaid,
        declined=declined,
        authorized=Payment.objects.get(pk=started.payment.pk),
        frozen=EscrowHold.objects.get(pk=frozen.pk),
        **_troubles(world, awaiting),
        asked=ask_for_refunds(world, completed),
    )


def _troubles(world: World, order: Order) -> dict[str, Any]:
    """What waits for a person: rows that production only gets to by long bad luck are put there."""
    event = WebhookEvent.objects.filter(type="payment_intent.succeeded").latest("pk")
    WebhookEvent.objects.filter(pk=event.pk).update(
        state="dead", last_error_code="bug", last_error="KeyError: 'charge'", attempts=18
    )
    event.refresh_from_db()
    job = OutboxJob.objects.filter(topic="order.paid").latest("pk")
    OutboxJob.objects.filter(pk=job.pk).update(
        state="dead", last_error_code="SMTPServerDisconnected", last_error="Connection unexpectedly closed", attempts=6
    )
    job.refresh_from_db()
    call = GatewayCall.objects.filter(operation="payment.create").latest("pk")
    GatewayCall.objects.filter(pk=call.pk).update(
        status="unknown",
        state="dead",
        case_opened_at=world.at - timedelta(hours=3),
        last_error_code="no_answer",
        attempts=14,
    )
    refund = Refund.objects.latest("pk")
    Refund.objects.filter(pk=refund.pk).update(status="failed", failure_code="expired_or_canceled_card")
    hold = world.holds(order)[0]
    EscrowHold.objects.filter(pk=hold.pk).update(must_leave_by=world.at + timedelta(days=2), alarmed_at=world.at)
    pause(queue="outbox", kind="orders.order.notices.send_confirmation", actor="user:operations",
          reason="the mail server is down", at=world.at)  # fmt: skip
    for reason, count in (("bad_signature", 3), ("stale_timestamp", 1)):
        for _ in range(count):
            reject(
                source="stripe", reason=reason, remote_addr="203.0.113.7", body=b"{}", user_agent="curl/8", at=world.at
            )
    day = timedelta(days=1)
    bulk.request(
        selection=bulk.Selection(source="stripe", since=world.at - day, until=world.at + day),
        actor="user:somebody",
        reason="after the fix of the fee booking",
        at=world.at,
    )
    return {"dead_event": event, "dead_job": job, "failed": refund}


def ask_for_refunds(world: World, order: Order) -> Refund:
    """One that waits for a second person, and one that failed and that somebody proposed to pay from our bank."""

    def ask(wish: Wish, reason: str) -> Refund:
        return request_refund(order_id=order.public_id, wish=wish, reason=reason, requester="user:somebody",
                              policy=settings.POLICY, at=world.at)[0]  # fmt: skip

    failed = ask(Wish(500, bearer="platform"), "the sleeve is torn")
    approve_refund(refund_pk=failed.pk, actor="user:finance", reason="seen the photo", at=world.at)
    Refund.objects.filter(pk=failed.pk).update(status="failed", failure_code="expired_or_canceled_card")
    propose(refund_pk=failed.pk, kind=Kind.PAID_OTHERWISE, actor="user:somebody", reason="the card is closed",
            bank_account="main", reference="UTR 4711", bank_accounts=["main"], at=world.at)  # fmt: skip
    return ask(Wish(5_000), "two seats had no view; photo by mail")
