"""A marketplace in which anything may happen in any order, and any process may die in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.calls.services import ask_due
from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox, unpark_due
from config.kernel.errors import Refused
from config.outbox.models import OutboxJob
from config.outbox.runner import LANES, run_outbox
from orders.fulfilment.models import Fulfilment
from orders.order.models import Order
from payments.charges.models import Payment
from payments.charges.services.capture_later import capture_payment
from payments.charges.services.checkout import go_on
from payments.charges.services.close import cancel_unpaid, replace_payments
from payments.charges.services.sweeps import expire_due
from payments.escrow.models import EscrowHold
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.sweeps import release_due, time_out_due
from payments.ledger.checks import broken_truths
from payments.ledger.queries import balance_minor
from payments.refunds.models import Refund
from payments.sandbox.control_client import ControlFailed
from payments.tests.happenings import HAPPENINGS, OFTEN, WHICH, Death, deaths, happening
from payments.tests.lives import QUEUES, Died, dying_at, forget_leases
from payments.tests.machine_refunds import StaffRefunds, people_decide, refunds_reached
from payments.tests.walking import everything
from payments.tests.world import BUYER, World

ORDERS = 3
AMOUNTS = [(10_000,), (6_667, 3_333), (199,)]
CARDS = ["pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail"]
OTHER_WAYS = ["pm_card_chargeDeclined", "pm_usBankAccount", "pm_card_threeDSecureRequired"]
# Where an answer may be lost or a request refused, for the next call there.
CALLS = [
    "/v1/payment_intents",
    "/v1/checkout/sessions",
    "/v1/payment_intents/*/capture",
    "/v1/payment_intents/*/cancel",
    "/v1/checkout/sessions/*/expire",
    "/v1/refunds",
]


class Marketplace(StaffRefunds, RuleBasedStateMachine):
    """Buyers, sellers, operators, banks, the gateway, workers, clocks and death. All that may happen is drawn within
    one rule, so that no walk is without any of it. Books balance after every step."""

    make_world: ClassVar[Callable[[], World]]

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.world = type(self).make_world()
        self.orders: list[Order] = []
        self.deaths = 0
        self.do("checks_out", data)

    @rule(data=st.data(), name=st.deferred(lambda: st.sampled_from(OFTEN)))
    def happens(self, data: st.DataObject, name: str) -> None:
        self.do(name, data)

    def do(self, name: str, data: st.DataObject) -> None:
        drawn = {argument: data.draw(strategy, label=argument) for argument, strategy in HAPPENINGS[name].items()}
        getattr(self, name)(**drawn)

    def act(self, death: Death, act: Callable[[], object]) -> None:
        """One process does one act: it may be refused, and it may die in the middle."""
        try:
            if death is None:
                with suppress(Refused):
                    act()
                return
            with dying_at(death[0], at_hit=death[1]), suppress(Refused):
                act()
        except Died:
            self.deaths += 1
            forget_leases()
            self.world.later(minutes=6)

    def order(self, which: int) -> Order:
        return self.orders[which % len(self.orders)]

    def part(self, which: int) -> Fulfilment:
        parts = self.world.fulfilments(self.order(which))
        return parts[which % len(parts)]

    def payment(self, which: int) -> Payment | None:
        payments = list(self.order(which).payments.order_by("pk"))
        return payments[which % len(payments)] if payments else None

    def outside(self, order: Callable[[], object]) -> None:
        """What happens at the gateway; it refuses what is not possible there now."""
        with suppress(ControlFailed):
            order()

    # The buyer

    @happening(often=2, amounts=st.sampled_from(AMOUNTS), way=st.sampled_from(["card", "card", "hosted", "manual"]),
          method=st.sampled_from([*CARDS, *OTHER_WAYS, ""]), death=deaths("payment.create"))  # fmt: skip
    def checks_out(self, amounts: tuple[int, ...], way: str, method: str, death: Death) -> None:
        """And mostly pays at once."""
        if len(self.orders) == ORDERS:
            return
        order = self.world.order(*amounts)
        self.orders.append(order)
        options = {"hosted": way == "hosted", "capture_manually": way == "manual"}
        self.act(death, lambda: self.world.start(order, **options))
        if method:
            self.tries_to_pay(order.payments.first(), method)

    @happening(which=WHICH, method=st.sampled_from(CARDS + OTHER_WAYS))
    def pays(self, which: int, method: str) -> None:
        self.tries_to_pay(self.payment(which), method)

    def tries_to_pay(self, payment: Payment | None, method: str) -> None:
        if payment is None:
            return
        if payment.gateway_order_id and not payment.gateway_payment_id:
            session = f"sessions/{payment.gateway_order_id}/pay"
            self.outside(lambda: self.world.sandbox.control.stripe(session, payment_method=method))
        elif payment.gateway_payment_id:
            self.outside(lambda: self.world.confirm(payment, method))

    @happening(often=2, which=WHICH, what=st.sampled_from(["again", "another way", "cancel", "content", "content"]),
          death=deaths("payment.create", "payment.cancel"))  # fmt: skip
    def wants(self, which: int, what: str, death: Death) -> None:
        order, world = self.order(which), self.world

        def another_way() -> None:
            order.refresh_from_db()
            replace_payments(order=order, actor=BUYER, at=world.at)
            world.start(order)

        acts: dict[str, Callable[[], object]] = {
            "again": lambda: go_on(order=order, account="stripe", hosted=False, actor=BUYER, at=world.at),
            "another way": another_way,
            "cancel": lambda: cancel_unpaid(order_id=order.public_id, actor=BUYER, reason="", at=world.at),
            "content": lambda: world.complete_part(self.part(which)),
        }
        self.act(death, acts[what])

    # Sellers and operators

    @happening(often=3, which=WHICH, what=st.sampled_from(["hand over", "hand over", "give up", "capture", "capture"]),
          death=deaths("payment.capture"))  # fmt: skip
    def does_their_part(self, which: int, what: str, death: Death) -> None:
        part, payment, at = self.part(which), self.payment(which), self.world.at
        if what == "capture" and payment is not None:
            capture = payment.public_id
            self.act(death, lambda: capture_payment(payment_id=capture, actor="user:ops", reason="", at=at))
        elif what == "hand over":
            self.act(None, lambda: self.world.hand_over_part(part))
        else:
            self.act(None, lambda: cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=at))

    @happening(which=WHICH, amount_minor=st.sampled_from([1, 100, 3_333, 10_000]))
    def refunds_in_the_dashboard(self, which: int, amount_minor: int) -> None:
        charges = [each for each in self.world.objects("charge") if each["captured"]]
        if charges:
            charge = f"charges/{charges[which % len(charges)]['id']}/refund"
            self.outside(lambda: self.world.sandbox.control.stripe(charge, amount=amount_minor))

    # The gateway and its banks

    @happening(which=WHICH, verb=st.sampled_from(["finish", "authenticate", "settle", "succeed", "fail", "advance"]),
          succeeds=st.booleans())  # fmt: skip
    def moves_at_the_gateway(self, which: int, verb: str, succeeds: bool) -> None:
        stripe = self.world.sandbox.control.stripe
        kind = "payment_intent" if verb in ("finish", "authenticate") else "refund"
        objects = self.world.objects(kind)
        if verb == "settle":
            stripe("settle")
        elif objects:
            path = f"{kind}s/{objects[which % len(objects)]['id']}/{verb}"
            self.outside(lambda: stripe(path, succeeds=succeeds))

    @happening(path=st.sampled_from(CALLS), kind=st.sampled_from(["lost_answer", "refuse", "error"]))
    def fails_at_the_next_call(self, path: str, kind: str) -> None:
        if kind == "error":
            self.world.fail(path, status=429, code="rate_limit")
        else:
            self.world.sandbox.control.fault(kind, method="POST", path=path, count=2)

    @happening(often=4, which=WHICH, works=st.booleans(), death=deaths("inbox"),
          how=st.sampled_from(["one", "one twice", "all", "all", "all backwards", "an old one"]))  # fmt: skip
    def tells(self, which: int, how: str, works: bool, death: Death) -> None:
        """Any event that was not told yet, before or after those that happened before it, or one told long ago."""
        events = self.world.new_events()
        if how == "an old one":
            events = [event for event in self.world.all_events() if event["id"] in self.world.delivered]
        if events:
            one = events[which % len(events)]
            chosen = {"one twice": [one, one], "all": events, "all backwards": events[::-1]}.get(how, [one])
            self.world.deliver(chosen)
        if works:
            self.works_the_inbox(death=death)

    # Workers and clocks

    def works_the_inbox(self, death: Death) -> None:
        def act() -> None:
            unpark_due(at=self.world.now())
            process_inbox(now=self.world.now)

        self.act(death, act)

    @happening(often=2, death=deaths("outbox", "refund.create", "payment.cancel"))
    def works_the_outbox(self, death: Death) -> None:
        self.act(death, lambda: [run_outbox(lane=lane, now=self.world.now) for lane in LANES])

    @happening(death=deaths("call", "payment.create.asked", "payment.object", "refund.create"))
    def asks(self, death: Death) -> None:
        self.act(death, lambda: ask_due(now=self.world.now))

    @happening(
        minutes=st.sampled_from([1, 1, 1, 1, 6, 6, 31, 61]),
        sweeps=st.booleans(),
        death=deaths("payment.cancel", "reservation", "escrow"),
    )
    def time_passes(self, minutes: int, sweeps: bool, death: Death) -> None:
        self.world.later(minutes=minutes)
        if sweeps:
            acts = (expire_due, time_out_due, release_due)
            self.act(death, lambda: [act(at=self.world.at) for act in acts])

    @invariant()
    def the_books_hold(self) -> None:
        if hasattr(self, "world"):
            assert broken_truths() == []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.sandbox.control.clear_faults()
            settle(self.world)
            prove_the_end(self.world)
            WALKED.append(reached_by(self))


# What happens after the money came, refunds more often than anything else.
AFTERWARDS = [
    *["asks_for_a_refund"] * 3, *["decides"] * 3, *["ends_what_failed"] * 4, *["tells"] * 3, "works_the_outbox",
    "does_their_part", "refunds_in_the_dashboard", "moves_at_the_gateway", "fails_at_the_next_call", "asks",
    "time_passes", "wants",
]  # fmt: skip


class Refunding(Marketplace):
    """The same marketplace, entered when its orders are paid, and one is delivered."""

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.world = type(self).make_world()
        self.deaths = 0
        self.orders = [self.world.paid_order(*amounts) for amounts in AMOUNTS]
        for part in self.world.fulfilments(self.orders[0]):
            self.world.hand_over_part(part)

    @rule(data=st.data(), name=st.sampled_from(AFTERWARDS))
    def happens(self, data: st.DataObject, name: str) -> None:
        self.do(name, data)


# What the walks came to, so that a test can see that they went somewhere.
WALKED: list[Counter[str]] = []


def reached_by(walk: Marketplace) -> Counter[str]:
    """Where orders, payments and refunds of one walk ended, and how often somebody died."""
    found = Counter({"deaths": walk.deaths})
    found.update(f"order {status}" for status in Order.objects.values_list("status", flat=True))
    found.update(f"payment {status}" for status in Payment.objects.values_list("status", flat=True))
    found.update(refunds_reached())
    found.update(f"hold {status}" for status in EscrowHold.objects.values_list("status", flat=True))
    found["lost answers"] = AuditEntry.objects.filter(subject_type="gatewaycall", to_state="unknown").count()
    return found


def settle(world: World) -> None:
    """Banks answer, all is told, time passes, an operator puts back what was put aside as poison, people decide what
    waits for them, and everything that is due is done, until nothing is."""
    for _ in range(3):
        people_decide(world)
        for intent in world.objects("payment_intent"):
            verb = {"processing": "finish", "requires_action": "authenticate"}.get(intent["status"])
            if verb:
                world.sandbox.control.stripe(f"payment_intents/{intent['id']}/{verb}", succeeds=False)
        for refund in world.objects("refund"):
            if refund["status"] in ("pending", "requires_action"):
                world.sandbox.control.stripe(f"refunds/{refund['id']}/succeed")
        world.sandbox.control.stripe("settle")
        for queue in QUEUES:
            queue._base_manager.filter(state="dead", last_error_code="poison").update(
                state="due", attempts=0, lost_leases=0
            )
        for minutes in (6, 21, 21, 61, 61, 181, 181, 2 * 24 * 60):
            forget_leases()
            world.later(minutes=minutes)
            world.hear()
            for sweep in (expire_due, time_out_due, release_due):
                assert sweep(at=world.at).failed == 0
        world.hear()


def prove_the_end(world: World) -> None:
    """What must hold when all is said and done, whatever the order in which it was."""
    nothing_waits()
    for order in Order.objects.order_by("pk"):
        ends_well(world, order)
    for payment in Payment.objects.exclude(gateway_payment_id=None):
        is_what_the_gateway_has(world, payment)
    the_gateways_money_is_ours(world)
    told_again_backwards_changes_nothing(world)


def nothing_waits() -> None:
    assert not list(GatewayCall.objects.filter(status__in=["sent", "unknown", "pending"]).values("operation", "state"))
    for queue in (WebhookEvent, OutboxJob):
        left = queue._base_manager.exclude(state__in=["processed", "ignored", "done"])
        assert not list(left.values("state", "last_error_code", "last_error"))


GIVEN_UP = ["timeout", "cancelled", "cancelled_by_staff"]


def ends_well(world: World, order: Order) -> None:
    """Closed to money, everything at the gateway closed with it, and nobody with both the piece and the money."""
    assert order.status != "pending_payment"
    assert not [payment for payment in order.payments.all() if payment.is_open]
    for payment in order.payments.filter(captured_minor=0):
        assert payment.closed_at is not None
    for part in order.fulfilments.all():
        given_up = Refund.objects.filter(
            shares__hold__fulfilment=part, cause__in=["timeout", "cancelled", "cancelled_by_staff"]
        )
        given_up = given_up.exclude(status__in=["requested", "rejected", "cancelled"])
        assert not given_up.exists() or part.status == "cancelled"
        if part.status == "completed":
            assert part.hold.status == "released"
    lines = order.lines.exclude(fulfilment__status="cancelled")
    sold = {line.product_id: line.quantity for line in lines}
    for line in order.lines.all():
        assert line.product.stock == 10 - sold.get(line.product_id, 0)


def is_what_the_gateway_has(world: World, payment: Payment) -> None:
    """The row is a function of the gateway's object, not of how we came to hear of it."""
    (intent,) = (each for each in world.objects("payment_intent") if each["id"] == payment.gateway_payment_id)
    assert payment.captured_minor == intent["amount_received"]
    assert intent["status"] in ("succeeded", "canceled"), intent["status"]
    assert (payment.status == "captured") == (intent["status"] == "succeeded")
    refunds = [each for each in world.objects("refund") if each["payment_intent"] == intent["id"]]
    assert payment.refunded_minor == sum(each["amount"] for each in refunds if is_money(each))
    marks = [each["metadata"]["refund"] for each in refunds if "refund" in each["metadata"]]
    assert len(marks) == len(set(marks)), "one refund of ours was made twice"


def is_money(refund: dict[str, Any]) -> bool:
    """A refund that succeeded, and is not the letting go of an authorization."""
    return bool(refund["status"] == "succeeded" and refund["balance_transaction"])


def the_gateways_money_is_ours(world: World) -> None:
    """What the gateway took and gave is what stands in clearing, before its fees."""
    totals = {each["effect"]: each["amount_minor"] for each in world.sandbox.control.effects()["totals"]}
    net = totals.get("captured", 0) - totals.get("refunded", 0) + totals.get("refund_returned", 0)
    assert balance_minor("clearing", currency="USD") + balance_minor("gateway_fees", currency="USD") == net


def told_again_backwards_changes_nothing(world: World) -> None:
    before = everything()
    count = WebhookEvent.objects.count()
    for row in WebhookEvent.objects.order_by("pk"):
        WebhookEvent.objects.filter(pk=row.pk).update(
            state="due", attempts=0, due_at=world.at - timedelta(seconds=row.pk), processed_at=None
        )
    world.work()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) <= {"processed", "ignored"}
    assert WebhookEvent.objects.count() == count
    assert everything() == before
