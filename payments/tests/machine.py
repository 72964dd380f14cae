"""A marketplace in which anything may happen in any order, and any process may die in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from config.audit.models import AuditEntry
from config.calls.services import ask_due
from config.inbox.processor import process_inbox, unpark_due
from config.kernel.errors import Refused
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
from payments.ledger.models import LedgerEntry
from payments.tests.happenings import HAPPENINGS, OFTEN, WHICH, Death, deaths, happening
from payments.tests.lives import Died, dying_at, forget_leases
from payments.tests.machine_disputes import Cardholders, disputes_reached
from payments.tests.machine_ends import prove_the_end, settle
from payments.tests.machine_gateways import RazorpaySide, StripeSide, impossible_now
from payments.tests.machine_refunds import StaffRefunds, refunds_reached
from payments.tests.world import BUYER, World

ORDERS = 3
AMOUNTS = [(10_000,), (6_667, 3_333), (199,)]
CARDS = ["pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail"]
OTHER_WAYS = ["pm_card_chargeDeclined", "pm_usBankAccount", "pm_card_threeDSecureRequired"]


class Marketplace(StaffRefunds, Cardholders, RuleBasedStateMachine):
    """Buyers, sellers, operators, banks, the gateway, workers, clocks and death. All that may happen is drawn within
    one rule, so that no walk is without any of it. Books balance after every step."""

    make_world: ClassVar[Callable[[], World]]
    side_of: ClassVar[type[StripeSide]] = StripeSide
    # What `watching_what_is_sent` has seen.
    seen_wrong: ClassVar[list[str]] = []

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.begin()
        self.do("checks_out", data)

    def begin(self) -> None:
        self.world = type(self).make_world()
        self.side = type(self).side_of(self.world)
        self.orders: list[Order] = []
        self.wrongly_sent = type(self).seen_wrong
        self.wrongly_sent.clear()
        self.deaths = 0
        self.has_news = True

    @rule(data=st.data(), name=st.deferred(lambda: st.sampled_from(OFTEN)))
    def happens(self, data: st.DataObject, name: str) -> None:
        self.do(name, data)

    def do(self, name: str, data: st.DataObject) -> None:
        before = WRITTEN.rows
        drawn = {argument: data.draw(strategy, label=argument) for argument, strategy in HAPPENINGS[name].items()}
        getattr(self, name)(**drawn)
        self.has_news = WRITTEN.rows != before

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
            impossible_now(lambda: self.world.sandbox.control.stripe(session, payment_method=method))
        elif payment.gateway_payment_id:
            impossible_now(lambda: self.world.confirm(payment, method))

    @happening(often=2, which=WHICH, what=st.sampled_from(["again", "another way", "cancel", "content", "content"]),
          death=deaths("payment.create", "payment.cancel"))  # fmt: skip
    def wants(self, which: int, what: str, death: Death) -> None:
        order, world = self.order(which), self.world

        def another_way() -> None:
            order.refresh_from_db()
            replace_payments(order=order, actor=BUYER, at=world.at)
            world.start(order)

        acts: dict[str, Callable[[], object]] = {
            "again": lambda: go_on(order=order, account=self.side.account, hosted=False, actor=BUYER, at=world.at),
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
        if charges := self.side.charges():
            self.side.refund(charges[which % len(charges)], amount_minor)

    # The gateway and its banks

    @happening(which=WHICH, verb=st.sampled_from(["finish", "authenticate", "settle", "succeed", "fail", "advance"]),
          succeeds=st.booleans())  # fmt: skip
    def moves_at_the_gateway(self, which: int, verb: str, succeeds: bool) -> None:
        self.side.moves(which, verb, succeeds=succeeds)

    @happening(which=WHICH, kind=st.sampled_from(["lost_answer", "refuse", "error"]))
    def fails_at_the_next_call(self, which: int, kind: str) -> None:
        path = self.side.calls[which % len(self.side.calls)]
        if kind == "error":
            self.world.fail(path, status=429, code="rate_limit")
        elif kind == "lost_answer":
            self.world.lose_answer(path)
        else:
            self.world.refuse(path)

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

    @happening(death=deaths("call", "payment.create.asked", "payment.object", "refund.create", "dispute.answer.asked"))
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
        if self.has_news:
            assert broken_truths() == []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.sandbox.control.clear_faults()
            settle(self.world, self.side)
            prove_the_end(self.world, self.side)
            WALKED.append(reached_by(self))


# What happens after the money came, refunds and disputes more often than anything else.
AFTERWARDS = [
    *["asks_for_a_refund"] * 3, *["decides"] * 3, *["ends_what_failed"] * 4, *["is_charged_back"] * 2,
    *["a_bank_decides"] * 4, *["tells"] * 3, *["works_the_outbox"] * 2, "staff_answer", "does_their_part",
    "refunds_in_the_dashboard", "moves_at_the_gateway", "fails_at_the_next_call", "asks", "time_passes", "wants",
]  # fmt: skip


class Returning(Marketplace):
    """The same marketplace, entered when its orders are paid, and one is delivered."""

    amounts: ClassVar[list[tuple[int, ...]]] = AMOUNTS[:2]

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.begin()
        self.orders = [self.world.paid_order(*amounts) for amounts in self.amounts]
        for part in self.world.fulfilments(self.orders[0]):
            self.world.hand_over_part(part)

    @rule(data=st.data(), name=st.sampled_from(AFTERWARDS))
    def happens(self, data: st.DataObject, name: str) -> None:
        self.do(name, data)


class ReturningAtRazorpay(Returning):
    """The same at Razorpay, whose refunds and disputes are of another shape."""

    side_of = RazorpaySide


class Written:
    """How many rows this process has written: as many as before where nothing happened, so that nothing has to be
    proved again, whatever others write in databases of their own."""

    rows = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not str(sql).lstrip().upper().startswith("SELECT"):
            self.rows += max(0, context["cursor"].rowcount)
        return result


WRITTEN = Written()
# What the walks came to, so that a test can see that they went somewhere.
WALKED: list[Counter[str]] = []


def reached_by(walk: Marketplace) -> Counter[str]:
    """Where orders, payments and refunds of one walk ended, and how often somebody died."""
    found = Counter({"deaths": walk.deaths})
    found.update(f"order {status}" for status in Order.objects.values_list("status", flat=True))
    found.update(f"payment {status}" for status in Payment.objects.values_list("status", flat=True))
    found.update(refunds_reached())
    found.update(disputes_reached())
    found.update(f"hold {status}" for status in EscrowHold.objects.values_list("status", flat=True))
    found.update(f"booked {event}" for event in LedgerEntry.objects.values_list("event", flat=True))
    found["lost answers"] = AuditEntry.objects.filter(subject_type="gatewaycall", to_state="unknown").count()
    return found
