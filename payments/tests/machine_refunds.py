"""What staff do about refunds in a marketplace in which anything may happen: ask, decide, and end what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant

from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.refunds.models import CHOSEN, GOODWILL, Refund, RefundShare
from payments.refunds.queries import left_of, reserved_by_hold
from payments.refunds.services.again import send_again
from payments.refunds.services.by_staff import cancel_by_staff, request_refund
from payments.refunds.services.decide import approve_refund, reject_refund, withdraw_refund
from payments.refunds.services.plan import Wish
from payments.refunds.services.settle import Kind, confirm, decline, propose
from payments.tests.happenings import WHICH, Death, happening
from payments.tests.machine_gateways import StripeSide
from payments.tests.world import World

if TYPE_CHECKING:
    from orders.fulfilment.models import Fulfilment
    from orders.order.models import Order

STAFF = ["user:finance", "user:support"]
# One person may give back so much alone.
POLICY = replace(settings.POLICY, refund_approval_threshold_minor={"USD": 2_000, "INR": 2_000})


class StaffRefunds:
    """Staff with their four eyes, within the machine that `Marketplace` is."""

    world: World
    orders: list[Order]
    act: Callable[[Death, Callable[[], object]], None]
    side: StripeSide
    has_news: bool
    order: Callable[[int], Order]
    part: Callable[[int], Fulfilment]

    @happening(often=3, which=WHICH, amount_minor=st.sampled_from([None, 1, 1_000, 3_333, 5_000]),
               what=st.sampled_from(["order", "order", "part", "goodwill", "cancel", "cancel"]),
               by=st.sampled_from(STAFF))  # fmt: skip
    def asks_for_a_refund(self, which: int, amount_minor: int | None, what: str, by: str) -> None:
        part, world = self.part(which), self.world
        if what == "cancel":
            self.act(None, lambda: cancel_by_staff(
                fulfilment_pk=part.pk, requester=by, reason="", policy=POLICY, at=world.at))  # fmt: skip
            return
        wish = {
            "part": Wish(amount_minor, fulfilment=part.public_id),
            "goodwill": Wish(amount_minor, bearer="platform"),
        }.get(what, Wish(amount_minor))
        order_id = self.order(which).public_id
        self.act(None, lambda: request_refund(
            order_id=order_id, wish=wish, reason="", requester=by, policy=POLICY, at=world.at))  # fmt: skip

    @happening(often=3, which=WHICH, by=st.sampled_from(STAFF),
               what=st.sampled_from(["approve", "approve", "approve", "reject", "withdraw"]))  # fmt: skip
    def decides(self, which: int, what: str, by: str) -> None:
        """Who asked is refused. Where nothing waits, somebody asks for all that a part has left."""
        verb: Any = {"approve": approve_refund, "reject": reject_refund, "withdraw": withdraw_refund}[what]
        if not Refund.objects.filter(status="requested").exists():
            self.asks_for_a_refund(which, None, "part", STAFF[1])
        if refunds := list(Refund.objects.filter(status="requested").order_by("pk")):
            pk = refunds[which % len(refunds)].pk
            self.act(None, lambda: verb(refund_pk=pk, actor=by, reason="", at=self.world.at))

    @happening(often=4, which=WHICH, what=st.sampled_from(["again", "paid", "paid", "void", "void", "confirm"]),
               by=st.sampled_from(STAFF), confirmed=st.sampled_from([True, True, False]))  # fmt: skip
    def ends_what_failed(self, which: int, what: str, by: str, confirmed: bool) -> None:
        """Where nothing has failed, a bank sends a refund back, and we are told."""
        if not Refund.objects.filter(status="failed").exists():
            self.a_refund_comes_back(which)
        refunds, at = list(Refund.objects.filter(status="failed").order_by("pk")), self.world.at
        if not refunds:
            return
        pk = refunds[which % len(refunds)].pk
        acts: dict[str, Callable[[], object]] = {
            "again": lambda: send_again(refund_pk=pk, actor=by, reason="", at=at),
            "paid": lambda: propose(refund_pk=pk, kind=Kind.PAID_OTHERWISE, actor=by, reason="", at=at,
                                    bank_account="main", reference="UTR", bank_accounts=["main"]),
            "void": lambda: propose(refund_pk=pk, kind=Kind.VOIDED, actor=by, reason="", at=at),
        }  # fmt: skip
        if what in acts:
            self.act(None, acts[what])
        if what == "confirm" or confirmed:
            self.act(None, lambda: confirm(refund_pk=pk, actor="user:second", reason="", at=at))

    def a_refund_comes_back(self, which: int) -> None:
        if made := self.side.given():
            self.side.comes_back(made[which % len(made)])
            self.world.hear()

    @invariant()
    def nothing_of_ours_is_above_what_was_left(self) -> None:
        """What went back, is owed, and is asked for, of each hold and of each payment. Where the gateway itself gave
        more than there was, that is a loss."""
        if not self.has_news:
            return
        holds = {hold.pk: hold for hold in EscrowHold.objects.all()}
        reserved, owed = reserved_by_hold(holds), reserved_by_hold(holds, requested=False)
        for pk, hold in holds.items():
            assert reserved[pk] <= hold.amount_minor
            assert owed[pk] <= left_of(hold)
        for payment in Payment.objects.exclude(refunds__shares__pot="loss"):
            paid = RefundShare.objects.filter(refund__payment=payment, refund__status="paid_otherwise")
            elsewhere = sum(paid.values_list("amount_minor", flat=True))
            assert payment.refunded_minor + payment.refunding_minor + elsewhere <= payment.captured_minor


def people_decide(world: World) -> None:
    """Nobody leaves the money of an order frozen for ever."""
    for refund in Refund.objects.filter(status="requested"):
        reject_refund(refund_pk=refund.pk, actor="user:last", reason="", at=world.at)
    for refund in Refund.objects.filter(proposals__status="proposed"):
        decline(refund_pk=refund.pk, actor="user:last", reason="", at=world.at)


def refunds_reached() -> Counter[str]:
    """Where the refunds of one walk ended, and what staff had to do with it."""
    found = Counter(f"refund {cause}" for cause in Refund.objects.values_list("cause", flat=True))
    found.update(f"refund is {status}" for status in Refund.objects.values_list("status", flat=True))
    found["refunds approved"] = Refund.objects.filter(cause__in=CHOSEN, approved_by__startswith="user:").count()
    found["refunds of goodwill"] = RefundShare.objects.filter(pot=GOODWILL).count()
    found["refunds made anew"] = Refund.objects.filter(sendings__gt=1).count()
    found["bounces"] = Refund.objects.filter(bounces__gt=0).count()
    return found
