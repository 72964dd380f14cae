"""Lives of an order, step by step as processes would live them, so that one of those can die at any named place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

from config.calls.models import GatewayCall
from config.idempotency.models import IdempotencyKey
from config.idempotency.services import Answer, claim
from config.inbox.models import WebhookEvent
from config.kernel.errors import Refused
from config.kernel.faultpoints import armed
from config.outbox.models import OutboxJob
from orders.catalog.models import Product
from orders.fulfilment.services import deliver
from orders.order.models import Order
from orders.tests.factories import item, make_product
from payments.charges.models import Payment
from payments.charges.services.capture_later import NotAuthorized, capture_payment
from payments.charges.services.checkout import Cart, check_out, go_on
from payments.charges.services.close import cancel_unpaid, expire_reservation
from payments.disputes.models import Dispute
from payments.disputes.services.answer import accept_dispute, submit_evidence
from payments.disputes.services.evidence import write_evidence
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.sweeps import release_due, time_out_due
from payments.gateways.dispute_views import EvidenceText
from payments.methods.models import MethodSetup, SavedMethod
from payments.refunds.models import Refund
from payments.refunds.services.again import send_again
from payments.refunds.services.by_staff import request_refund
from payments.refunds.services.decide import approve_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.settle import Kind, confirm, propose
from payments.tests.world import BUYER, World

QUEUES = (WebhookEvent, OutboxJob, GatewayCall)
LEASED = (*QUEUES, IdempotencyKey)


class Died(BaseException):
    """The process is gone: no handler of ours may catch this, as none runs when a process is killed."""


@contextmanager
def dying_at(point: str, *, at_hit: int = 1) -> Iterator[list[str]]:
    """Raises Died when `point` is reached for the `at_hit`th time. Yields the points that were passed."""
    passed: list[str] = []

    def hook(reached: str) -> None:
        passed.append(reached)
        if reached == point and passed.count(point) == at_hit:
            raise Died(point)

    with armed(hook):
        yield passed


def forget_leases() -> None:
    """What a dead process had leased is free again: the lease's time has passed, by the database's clock."""
    with connection.cursor() as cursor:
        for table in LEASED:
            cursor.execute(
                f"UPDATE {table._meta.db_table} SET lease_until = now() - interval '1 second'"
                " WHERE lease_until IS NOT NULL"
            )


@dataclass
class Life:
    """One order's life. Each step is the work of one process, and is done again by the next where it died."""

    world: World
    order: Order = field(init=False)
    shelf: Product = field(init=False)

    def __post_init__(self) -> None:
        self.order = self.world.order(10_000)
        self.shelf = make_product(prices={"USD": 10_000})

    @property
    def payment(self) -> Payment:
        return self.world.payment(self.order)

    # What a buyer, a seller, an operator or a worker does. Every step can be done twice.

    def start(self, **options: Any) -> None:
        """A request with an idempotency key: the second one goes on where the first died, as the API does."""
        try:
            if Payment.objects.filter(order=self.order).exists():
                go_on(order=self.order, account="stripe", hosted=False, actor=BUYER, at=self.world.at)
            else:
                self.world.start(self.order, **options)
        except Refused:
            return  # the answer was lost: whoever asks later will know

    def check_out(self) -> None:
        """The same from the cart on: whoever comes with the key goes on with what stands under it."""
        right = claim(scope="a life", key="of one order", body_sha256=b"x" * 32)
        assert not isinstance(right, Answer)
        cart = Cart(items=[item(self.shelf)], currency="USD", email="guest@example.com", accept_terms=True, metadata={})
        self.order, _ = check_out(cart=cart, account="stripe", hosted=False, buyer=None, claim=right, at=self.world.at)

    def start_manual(self) -> None:
        self.start(capture_manually=True)

    def start_hosted(self) -> None:
        self.start(hosted=True)

    def lose_answers(self, path: str) -> Callable[[], None]:
        return lambda: self.world.lose_answer(path)

    def wait(self) -> None:
        self.world.outlast(seconds=301)

    def wait_long(self) -> None:
        self.world.outlast(minutes=20)

    def pay(self) -> None:
        self.world.confirm(self.payment)

    def pay_hosted(self) -> None:
        session = self.payment.gateway_order_id
        self.world.sandbox.control.stripe(f"sessions/{session}/pay", payment_method="pm_card_visa")

    def capture(self) -> None:
        try:
            capture_payment(payment_id=self.payment.public_id, actor="user:ops", reason="", at=self.world.at)
        except (NotAuthorized, Refused):
            return

    def hear(self) -> None:
        self.world.sandbox.control.stripe("settle")
        self.world.hear()

    def work(self) -> None:
        self.world.work()

    def time_out(self) -> None:
        self.world.later(minutes=61)
        time_out_due(at=self.world.at)

    def hand_over(self) -> None:
        for part in self.world.fulfilments(self.order):
            deliver(fulfilment=part, actor="user:seller", by_staff=False, at=self.world.at, policy=settings.POLICY)

    def cancel_parts(self) -> None:
        for part in self.world.fulfilments(self.order):
            cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="sold out", at=self.world.at)

    def cancel_unpaid(self) -> None:
        cancel_unpaid(order_id=self.order.public_id, actor=BUYER, reason="changed my mind", at=self.world.at)

    def release(self) -> None:
        self.world.later(minutes=settings.POLICY.release_delay_minutes + 1)
        release_due(at=self.world.at)

    def expire(self) -> None:
        self.world.later(minutes=31)
        expire_reservation(order_pk=self.order.pk, at=self.world.at)

    def expire_again(self) -> None:
        expire_reservation(order_pk=self.order.pk, at=self.world.at)

    @property
    def asked(self) -> Refund | None:
        return Refund.objects.filter(payment__order=self.order, cause="requested").first()

    def ask_for_a_part(self) -> None:
        """A request with an idempotency key, which goes on where the first died."""
        if self.asked is None:
            request_refund(order_id=self.order.public_id, wish=Wish(4_000), reason="torn", requester="user:support",
                           policy=settings.POLICY, at=self.world.at)  # fmt: skip

    def _decide(self, verb: Callable[..., object], **given: Any) -> None:
        """A person's act, done again by somebody who does not know that it was done."""
        if self.asked is not None:
            with suppress(Refused):
                verb(refund_pk=self.asked.pk, reason="seen", at=self.world.at, **given)

    def approve(self) -> None:
        self._decide(approve_refund, actor="user:finance")

    def make_anew(self) -> None:
        self._decide(send_again, actor="user:finance")

    def propose_to_give_up(self) -> None:
        self._decide(propose, actor="user:support", kind=Kind.VOIDED)

    def confirm(self) -> None:
        self._decide(confirm, actor="user:finance")

    @property
    def dispute(self) -> Dispute | None:
        return Dispute.objects.filter(payment__order=self.order).first()

    def charge_back(self) -> None:
        self.world.dispute(self.order)

    def write_evidence(self) -> None:
        self._answer(write_evidence, texts={EvidenceText.EXPLANATION: "It was delivered."})

    def submit_evidence(self) -> None:
        self._answer(submit_evidence, reason="complete")

    def concede(self) -> None:
        self._answer(accept_dispute, reason="not worth it")

    def _answer(self, verb: Callable[..., object], **given: Any) -> None:
        if self.dispute is not None:
            with suppress(Refused):
                verb(dispute_pk=self.dispute.pk, actor="user:finance", at=self.world.at, **given)


Step = Callable[[], None]


def paid_and_timed_out(life: Life) -> Sequence[Step]:
    """Checkout, payment, capture, timeout, refund: every beat of the spine."""
    return life.start, life.pay, life.hear, life.time_out, life.work, life.hear


def on_the_gateways_page(life: Life) -> Sequence[Step]:
    """A hosted session, whose events make the inbox ask the gateway."""
    return life.start_hosted, life.pay_hosted, life.hear


def with_lost_answers(life: Life) -> Sequence[Step]:
    """No answer to making the object nor to the refund: both are asked about."""
    return (
        life.lose_answers("/v1/payment_intents"), life.start, life.wait, life.work, life.pay, life.hear,
        life.lose_answers("/v1/refunds"), life.time_out, life.work, life.wait, life.work, life.hear,
    )  # fmt: skip


def with_refused_requests(life: Life) -> Sequence[Step]:
    """The same, where nothing was executed: asking sends again."""
    world = life.world
    return (
        lambda: world.refuse("/v1/payment_intents"), life.start, life.wait, life.work, life.pay, life.hear,
        lambda: world.refuse("/v1/refunds"), life.time_out, life.work, life.wait, life.work, life.hear,
    )  # fmt: skip


def refund_never_made(life: Life) -> Sequence[Step]:
    """The refund is absent for so long that it was never made; then it is sent anew."""

    def no_refund_is_taken_for_a_while() -> None:
        life.world.sandbox.control.fault("refuse", method="POST", path="/v1/refunds", count=6)

    return (
        life.start, life.pay, life.hear, no_refund_is_taken_for_a_while, life.time_out, life.work,
        *(life.wait_long, life.work) * 8, life.hear,
    )  # fmt: skip


def checked_out_and_released(life: Life) -> Sequence[Step]:
    """From the cart to the seller's balance."""
    return life.check_out, life.pay, life.hear, life.hand_over, life.release, life.work


def paid_and_cancelled(life: Life) -> Sequence[Step]:
    """The seller has none left."""
    return life.start, life.pay, life.hear, life.cancel_parts, life.work, life.hear


def refunded_in_part(life: Life) -> Sequence[Step]:
    """A part goes back on request; it bounces, is made anew, bounces again, and is given up by two people."""

    def bounce() -> None:
        refund = life.asked
        if refund is not None and refund.status == "succeeded":
            life.world.sandbox.control.stripe(f"refunds/{refund.gateway_refund_id}/fail")

    return (
        life.start, life.pay, life.hear, life.ask_for_a_part, life.approve, life.work, life.hear, bounce, life.hear,
        life.make_anew, life.work, life.hear, bounce, life.hear, life.propose_to_give_up, life.confirm, life.hear,
    )  # fmt: skip


def disputed_and_answered(life: Life) -> Sequence[Step]:
    """The evidence is handed in, once; whoever was not told what became of it tries again later."""
    return (
        life.start, life.pay, life.hear, life.charge_back, life.hear, life.write_evidence, life.submit_evidence,
        life.wait, life.work, *(life.wait_long, life.work) * 8, life.submit_evidence, life.hear,
    )  # fmt: skip


def disputed_and_conceded(life: Life) -> Sequence[Step]:
    return (
        life.start, life.pay, life.hear, life.charge_back, life.hear, life.concede,
        life.wait, life.work, *(life.wait_long, life.work) * 8, life.concede, life.hear,
    )  # fmt: skip


def answered_into_the_void(life: Life) -> Sequence[Step]:
    """The gateway has the evidence, and its answer is lost."""
    return (
        life.start, life.pay, life.hear, life.charge_back, life.hear, life.write_evidence,
        life.lose_answers("/v1/disputes/*"), life.submit_evidence, life.wait, life.work,
        life.submit_evidence, life.hear,
    )  # fmt: skip


def cancelled_unpaid(life: Life) -> Sequence[Step]:
    """The buyer changes their mind before paying."""
    return life.start, life.cancel_unpaid, life.hear


def never_made(life: Life) -> Sequence[Step]:
    """No request to make the object gets through: it is looked for until it was never made, and the order ends."""

    def no_payment_is_taken_for_a_while() -> None:
        life.world.sandbox.control.fault("refuse", method="POST", path="/v1/payment_intents", count=100)

    return (
        no_payment_is_taken_for_a_while, life.start, life.wait, life.work, life.expire, life.work,
        *(life.wait, life.work) * 3, life.expire_again, life.hear,
    )  # fmt: skip


def captured_later(life: Life) -> Sequence[Step]:
    """An authorization is captured, and the answer to that is lost."""
    return (
        life.start_manual, life.pay, life.hear, life.lose_answers("/v1/payment_intents/*/capture"), life.capture,
        life.wait, life.work, life.capture, life.hear,
    )  # fmt: skip


def captured_at_once(life: Life) -> Sequence[Step]:
    return life.start_manual, life.pay, life.hear, life.capture, life.wait, life.work, life.capture, life.hear


def expired(life: Life) -> Sequence[Step]:
    """Nobody pays: the gateway's object is closed, then the stock is free."""
    return life.start, life.expire, life.wait, life.work, life.expire_again, life.hear


LIVES: dict[Callable[[Life], Sequence[Step]], str] = {
    paid_and_timed_out: "cancelled",
    on_the_gateways_page: "paid",
    with_lost_answers: "cancelled",
    with_refused_requests: "cancelled",
    refund_never_made: "cancelled",
    checked_out_and_released: "completed",
    paid_and_cancelled: "cancelled",
    refunded_in_part: "paid",
    disputed_and_answered: "paid",
    disputed_and_conceded: "refunded",
    answered_into_the_void: "paid",
    cancelled_unpaid: "cancelled",
    never_made: "expired",
    captured_later: "paid",
    captured_at_once: "paid",
    expired: "expired",
}


def live(world: World, course: Callable[[Life], Sequence[Step]]) -> Life:
    """Lives a course to its end, with nobody dying."""
    life = Life(world)
    for step in course(life):
        step()
    heal(life)
    return life


def live_and_die(
    world: World, course: Callable[[Life], Sequence[Step]], point: str, *, at_hit: int, healed: bool = True
) -> Life:
    """Lives a course; the process that reaches `point` for the `at_hit`th time dies there, and another takes over.

    Without being `healed` the life ends at that death. Raises AssertionError when the point is never reached: a crash
    test that crashes nothing proves nothing.
    """
    life = Life(world)
    has_died = False
    with dying_at(point, at_hit=at_hit):
        for step in course(life):
            try:
                step()
            except Died:
                has_died = True
                if not healed:
                    return life
                forget_leases()
                world.outlast(seconds=301)
                step()
    assert has_died, f"{course.__name__} never reaches {point} {at_hit} times"
    heal(life)
    return life


def heal(life: Life) -> None:
    """Time passes and everything that is due is done, whoever died before."""
    for _ in range(6):
        forget_leases()
        life.world.outlast(minutes=6)
        life.hear()


def ending(life: Life) -> dict[str, Any]:
    """All that must not depend on who died where: rows, the gateway's money, and that nothing waits any more."""
    life.order.refresh_from_db()
    order, world = life.order, life.world
    refunds = Refund.objects.filter(payment__order=order)
    left = WebhookEvent.objects.exclude(state__in=["processed", "ignored"])
    # Told before the setup that makes the method ours, and nobody's until then.
    left = left.exclude(state="foreign", type="payment_method.attached")
    return {
        "order": (order.status, order.payment_status, order.applied_minor, order.refunded_minor, order.open_attempts),
        "payments": [(each.status, each.captured_minor, each.refunded_minor, each.refunding_minor)
                     for each in Payment.objects.filter(order=order).order_by("pk")],
        "holds": [(hold.status, hold.remaining_minor) for hold in world.holds(order)],
        "refunds": list(refunds.order_by("pk").values_list("status", "cause", "amount_minor")),
        "disputes": [(each.status, each.is_submitted, each.lost_minor, each.withdrawn_minor)
                     for each in Dispute.objects.filter(payment__order=order)],
        "methods": Counter(SavedMethod.objects.values_list("status", flat=True)),
        "setups": Counter(MethodSetup.objects.values_list("status", flat=True)),
        "customers": len(world.objects("customer")),
        "stock": order.lines.get().product.stock,
        "gateway": {effect: world.moved(order, effect) for effect in ("captured", "refunded", "refund_returned")},
        "objects": Counter(body["status"] for body in world.objects("payment_intent", order=order.public_id)),
        "open calls": list(GatewayCall.objects.filter(status__in=["sent", "unknown", "pending"]).values("operation")),
        "inbox": Counter(left.values_list("state", "type", "note")),
        "outbox": Counter(OutboxJob.objects.exclude(state="done").values_list("state", flat=True)),
    }  # fmt: skip
