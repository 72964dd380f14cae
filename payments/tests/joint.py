"""One sold ticket as a small pure world: order, part, ticket, transfer, provider, hold and refund, moved together by
the project's own tables and rules. What the services glue together is said here once more, without a database."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from config.kernel.states import StateTable
from orders.fulfilment.rules import may_begin_cancelling, may_deliver
from orders.fulfilment.states import FULFILMENT_STATES
from orders.order.rules import derive_status
from orders.order.states import ORDER_STATES
from orders.tickets.providers.contract import TransferState
from orders.tickets.rules import may_find_invalid, may_send_out
from orders.tickets.states import OUT, TICKET_STATES
from orders.tickets.transfers.rules import what_follows
from orders.tickets.transfers.states import ENDED, OPEN, TRANSFER_STATES
from payments.escrow.rules import may_release, may_time_out
from payments.escrow.states import HOLD_STATES

AT = datetime(2026, 11, 21, tzinfo=UTC)
TABLES: dict[str, StateTable] = {
    "order": ORDER_STATES, "part": FULFILMENT_STATES, "ticket": TICKET_STATES, "transfer": TRANSFER_STATES,
    "hold": HOLD_STATES,
}  # fmt: skip


# What each part costs, and what is given back where it is not all.
PART_MINOR, SOME_MINOR = 2, 1
ON_ITS_WORD = "on its word"
UNPREVENTED = ("after delivery", "taken while it was out", ON_ITS_WORD)


class World(NamedTuple):
    """`there`: what is true at the provider, whether or not anybody heard of it. `jobs`: what was told and not heard
    yet. `asked`: what waits for a second person. `back`: how the buyer got the money, if so; `some`: when a part of it
    alone, if so. `by_hand`: staff say that the buyer got the ticket past every provider. `invalid`: staff found that it
    lets nobody in. `contradicted`: its provider gave it back, and then said that the buyer has it. `other`: another
    seller's part of the same order, without tickets."""

    order: str = "pending_payment"
    part: str = "awaiting"
    ticket: str = "reserved"
    transfer: str = ""
    is_sent: bool = False
    there: str = ""
    heard: str = ""
    hold: str = ""
    reasons: frozenset[str] = frozenset()
    asked: str = ""
    back: str = ""
    jobs: frozenset[str] = frozenset()
    by_hand: bool = False
    invalid: bool = False
    some: str = ""
    contradicted: bool = False
    other: str = "awaiting"

    @property
    def is_out(self) -> bool:
        return self.ticket in OUT

    @property
    def with_buyer(self) -> bool:
        return self.by_hand or self.there == "accepted"

    @property
    def is_wrong(self) -> bool:
        """Ticket and money with the buyer, and no person gave the money for a ticket that had arrived. What a gateway
        takes while the ticket is out, nobody here can prevent; nor that a provider takes back the word by which money
        was given."""
        return self.with_buyer and bool(self.back) and self.back not in UNPREVENTED

    @property
    def is_over(self) -> bool:
        is_paid_back = self.hold == "returned" and self.part in ("cancelled", "delivered", "completed")
        is_unpaid = self.order in ("cancelled", "expired") and not self.hold
        is_done = self.other in ("completed", "cancelled") and (self.hold == "released" or is_paid_back)
        return is_unpaid or is_done

    @property
    def refunded_minor(self) -> int:
        mine = PART_MINOR if self.back else SOME_MINOR if self.some else 0
        return mine + (PART_MINOR if self.other == "cancelled" and self.hold else 0)


@dataclass(frozen=True)
class Laws:
    """What keeps ticket and money apart; a test takes one away."""

    money_stands_still: bool = True  # nothing goes out while its money is frozen or gone
    waits_for_the_provider: bool = True  # what is out is called back before its money goes
    refund_means_cancel: bool = True  # all of the money is not given while the ticket is out
    tickets_follow_money: bool = True  # money that is gone takes the ticket back
    sellers_do_not_deliver: bool = True
    people_look_first: bool = True  # who ends a review has found out
    invalid_goes_nowhere: bool = True  # what was found invalid is not sent to anybody
    given_back_stays_here: bool = True  # of what some money went back for, nothing is sent
    hears_the_last_word: bool = True  # an older word gives no money once a newer one was said
    contradicted_is_off_sale: bool = True  # what may be its former buyer's is offered to nobody
    freezes_for_reasons: bool = True  # that one reason is over frees nothing that another keeps


def replace(world: World, **to: Any) -> World:
    """As `_replace`, but quicker: most of the search's time goes here."""
    values = list(world)
    for name, value in to.items():
        values[_PLACES[name]] = value
    return World._make(values)


_PLACES = {name: place for place, name in enumerate(World._fields)}


def become(world: World, **to: Any) -> World:
    """By the tables alone: what they do not have raises."""
    for name, target in to.items():
        known = getattr(world, name)
        if known and known != target:
            TABLES[name].check(known, target)
    return replace(world, **to)


def settled(world: World) -> World:
    """The order follows its part and its money, as the project derives it."""
    while True:
        status = _order_status(world.order, bool(world.hold), world.refunded_minor, world.part, world.other)
        if status == world.order:
            return world
        world = become(world, order=status)


@cache
def _order_status(status: str, is_paid: bool, refunded_minor: int, *parts: str) -> str:
    derived = derive_status(
        status=status, total_minor=2 * PART_MINOR, applied_minor=2 * PART_MINOR if is_paid else 0,
        refunded_minor=refunded_minor, lost_minor=0, fulfilments=list(parts),
    )  # fmt: skip
    return str(derived)


def tell(world: World, job: str) -> World:
    return replace(world, jobs=world.jobs | {job})


def freeze(world: World, reason: str) -> World:
    if world.hold not in ("held", "frozen"):
        return world
    return replace(become(world, hold="frozen"), reasons=world.reasons | {reason})


def lift(world: World, reason: str) -> World:
    left = world.reasons - {reason}
    world = replace(world, reasons=left)
    return become(world, hold="held") if world.hold == "frozen" and not left else world


def give_back(world: World, how: str) -> World:
    if world.there == "accepted" and world.heard == "ended":
        how = ON_ITS_WORD  # nobody has heard yet that it says otherwise now
    return settled(replace(become(world, hold="returned"), reasons=frozenset(), back=world.back or how))


def finish(world: World, how: str) -> World:
    """Cancelled, the ticket is its seller's, and the money goes where it may."""
    if world.part == "awaiting":
        world = become(world, part="cancelling")
    is_void = world.invalid and world.ticket not in ("transferring", "cancelling")
    world = settled(become(world, part="cancelled", ticket="void" if is_void else "released_back_to_seller"))
    return give_back(world, how) if world.hold == "held" else world


def begin(world: World, laws: Laws, how: str) -> World | None:
    if not may_begin_cancelling(status=world.part, order_status=world.order):
        return None
    if world.is_out and laws.waits_for_the_provider:
        world = become(world, part="cancelling")
        world = become(world, ticket="cancelling") if world.ticket == "transferring" else world
        return tell(world, "called back")
    return finish(world, how)


def arrive(world: World) -> World:
    world = become(world, part="delivered")
    world = become(world, ticket="transferring") if world.ticket == "in_escrow" else world
    return settled(become(world, ticket="delivered"))


# What may happen: each is one commit, or one thing outside of us.


def pays(world: World, laws: Laws) -> Iterator[World]:
    if world.order == "pending_payment":
        yield settled(become(replace(world, hold="held"), ticket="in_escrow"))
        expired = become(world, order="expired", part="cancelling", ticket="listed")
        yield replace(expired, part="cancelled", other="cancelled")
        if may_find_invalid(status=world.ticket):
            found = become(world, order="cancelled", part="cancelling", ticket="void")
            yield replace(found, part="cancelled", other="cancelled", invalid=True)


def seller(world: World, laws: Laws) -> Iterator[World]:
    refunded = PART_MINOR if world.back else SOME_MINOR if world.some and laws.given_back_stays_here else 0
    may_go = may_send_out(
        fulfilment_status=world.part, order_status=world.order, tickets=[world.ticket], refunded_minor=refunded,
        any_invalid=world.invalid and laws.invalid_goes_nowhere,
    )  # fmt: skip
    may_go_now = (may_go and world.hold == "held") or not laws.money_stands_still
    went_back = world.ticket == "released_back_to_seller" and world.hold
    if went_back and (world.transfer not in ("review", "accepted") or not laws.contradicted_is_off_sale):
        yield become(world, ticket="listed")
    if world.ticket == "in_escrow" and may_go_now:
        yield replace(become(world, ticket="transferring"), transfer="starting", there="")
    by_staff = not laws.sellers_do_not_deliver
    if (
        may_deliver(status=world.part, order_status=world.order, by_staff=by_staff, is_ticketed=True, reason="I did")
        and world.part == "awaiting"
    ):
        yield arrive(world)  # nobody has looked whether the buyer has anything
    may_begin = world.part == "awaiting" and world.hold in ("held", "returned")
    if may_begin and (after := begin(world, laws, "cancelled")):
        yield after


def clocks(world: World, laws: Laws) -> Iterator[World]:
    is_due = may_time_out(fulfilment_status=world.part, deliver_by=AT, at=AT) and world.hold in ("held", "returned")
    if is_due and (after := begin(world, laws, "timeout")):
        yield after
    if world.hold and may_release(
        hold_status=world.hold, fulfilment_status=world.part, has_open_refund=world.asked != ""
    ):
        yield settled(become(world, part="completed", hold="released"))
    says_otherwise = world.transfer in ("review", "accepted") and laws.hears_the_last_word
    if world.part == "cancelled" and world.hold == "held" and not says_otherwise:
        yield give_back(world, "of a cancelled part")


def provider(world: World, laws: Laws) -> Iterator[World]:
    """What we send there, what happens there, and what of it we hear."""
    if world.transfer == "starting" and not world.is_sent:
        yield replace(world, is_sent=True)
    if world.is_sent and world.there == "" and world.transfer in ("starting", "cancelling"):
        yield replace(world, there="open")
        if world.transfer == "cancelling":  # it certainly never came there
            yield tell(become(world, transfer="cancelled"), "ended")
    if world.there == "open":
        yield replace(world, there="accepted")
        yield replace(world, there="ended")
    if world.there == "ended" and world.transfer and world.heard == "ended":
        given = ON_ITS_WORD if world.back and world.back not in UNPREVENTED else world.back
        yield replace(world, there="accepted", back=given, contradicted=True)
    told = {"open": TransferState.INITIATED, "accepted": TransferState.ACCEPTED, "ended": TransferState.EXPIRED}
    if world.transfer and world.there and world.heard != world.there:
        step = what_follows(
            status=world.transfer, told=told[world.there], told_at=AT,
            known=str(told[world.heard]) if world.heard else "", known_at=None,
        )  # fmt: skip
        after = replace(world, heard=world.there)
        yield followed(after, str(step.to)) if step.to else after
    if world.transfer == "cancelling" or (world.transfer in OPEN and world.there):
        yield followed(world, "review")  # no answer, or a word that nobody understands


def followed(world: World, to: str) -> World:
    world = become(world, transfer=to)
    if to in OPEN:
        return world
    return tell(world, "accepted" if to == "accepted" else "ended" if to in ENDED else "unanswered")


def jobs(world: World, laws: Laws) -> Iterator[World]:
    for job in {"unanswered"} & world.jobs or world.jobs:  # what is said of a transfer is heard in turn
        yield HEARS[job](replace(world, jobs=world.jobs - {job}), laws)


def hears_called_back(world: World, laws: Laws) -> World:
    if world.transfer == "starting" and not world.is_sent:
        return tell(become(world, transfer="cancelled"), "ended")
    return become(world, transfer="cancelling") if world.transfer in ("starting", *OPEN) else world


def hears_accepted(world: World, laws: Laws) -> World:
    if laws.hears_the_last_word and world.transfer != "accepted":
        return world
    if world.part == "cancelled":
        return lift(off_sale(world, laws), "review")
    return lift(arrive(world) if world.part not in ("delivered", "completed") else world, "review")


def off_sale(world: World, laws: Laws) -> World:
    """What is its former buyer's, or may be, is taken off the shelf, and what a person said to be theirs is void."""
    offered = ("listed", "released_back_to_seller") if world.transfer == "accepted" else ("listed",)
    is_on_offer = world.ticket in offered and laws.contradicted_is_off_sale
    return become(world, ticket="void") if is_on_offer else world


def hears_ended(world: World, laws: Laws) -> World:
    if laws.hears_the_last_word and world.transfer in ("review", "accepted"):
        return world
    if world.part == "delivered" and "review" in world.reasons:
        lifted = lift(world, "review")
        if lifted.hold == "held":
            return give_back(lifted, "after delivery")
        return freeze(lifted, "operator") if laws.freezes_for_reasons else lifted
    if world.part == "cancelled":
        return lift(world, "review")
    if world.part in ("delivered", "completed"):
        return world
    world = lift(lift(replace(world, asked=""), "review"), "refund requested")
    return finish(world, "transfer ended")


def hears_unanswered(world: World, laws: Laws) -> World:
    if world.part == "delivered":
        return freeze(world, "review")
    if world.part == "cancelled":
        return freeze(off_sale(world, laws), "review")
    if world.part not in ("awaiting", "cancelling"):
        return world
    world = become(world, part="cancelling")
    return freeze(become(world, part="review", ticket="review"), "review")


def hears_emptied(world: World, laws: Laws) -> World:
    if world.part != "awaiting" or world.hold != "returned" or not laws.tickets_follow_money:
        return world
    return begin(world, laws, world.back) or world


def hears_reviewed(world: World, laws: Laws) -> World:
    """A person has said of the part how it is: so is its transfer."""
    world = lift(world, "review")
    if world.transfer != "review":
        return world
    arrived = world.part in ("delivered", "completed")
    return become(world, transfer="accepted" if arrived else "cancelled")


HEARS: dict[str, Callable[[World, Laws], World]] = {
    "called back": hears_called_back,
    "accepted": hears_accepted,
    "ended": hears_ended,
    "unanswered": hears_unanswered,
    "emptied": hears_emptied,
    "reviewed": hears_reviewed,
}


def staff(world: World, laws: Laws) -> Iterator[World]:
    yield from _asks(world, laws)
    if world.part == "review" and world.hold == "returned" and world.there in ("", "ended"):
        yield tell(finish(world, world.back), "reviewed")
    yield from _decides(world, laws)
    if world.transfer == "review" and world.part in ("delivered", "cancelled") and "unanswered" not in world.jobs:
        if world.with_buyer:
            yield tell(become(world, transfer="accepted"), "accepted")
        if world.there in ("", "ended"):  # also where staff had said otherwise, and were wrong
            yield tell(replace(become(world, transfer="cancelled"), by_hand=False), "ended")
    is_theirs_to_give = world.part == "cancelled" and world.hold == "held" and world.transfer == "accepted"
    if world.reasons == {"operator"} or is_theirs_to_give:
        yield give_back(lift(world, "operator"), "after delivery")  # a person says so, and why
    if "refund requested" in world.reasons:
        yield lift(world, "refund requested")
    if may_deliver(status=world.part, order_status=world.order, by_staff=True, is_ticketed=True, reason="seen"):
        looked = world.with_buyer or not laws.people_look_first
        if world.part == "review" and looked:
            yield tell(arrive(world), "reviewed")
        if world.part == "awaiting" and not world.back:
            yield arrive(replace(world, by_hand=True))


def _asks(world: World, laws: Laws) -> Iterator[World]:
    if world.asked or world.hold not in ("held", "frozen") or world.part in ("cancelling", "cancelled"):
        return
    if not world.is_out or not laws.refund_means_cancel:
        yield freeze(replace(world, asked="refund"), "refund requested")
    nothing_there = world.there in ("", "ended") or not laws.people_look_first
    may_cancel = world.part == "awaiting" or (world.part == "review" and nothing_there)
    lifted = lift(world, "review")
    if may_cancel and lifted.hold == "held":
        yield freeze(replace(lifted, asked="cancel"), "refund requested")
        if may_find_invalid(status=world.ticket):
            yield freeze(replace(lifted, asked="cancel", invalid=True), "refund requested")


def _decides(world: World, laws: Laws) -> Iterator[World]:
    """A second person: no, or yes by what is true by now."""
    if not world.asked:
        return
    none = replace(lift(world, "refund requested"), asked="")
    stays_good = world.asked == "cancel" and world.ticket != "void"
    yield replace(none, invalid=False) if stays_good else none
    if world.hold not in ("held", "frozen"):
        return
    if world.asked == "refund" and world.is_out and laws.refund_means_cancel:
        return
    if world.asked == "refund" and world.part in ("delivered", "completed"):
        yield give_back(none, "after delivery")
    elif world.part == "review":
        if world.asked == "cancel" and (world.there in ("", "ended") or not laws.people_look_first):
            yield tell(_whole(none), "reviewed")
    elif world.part == "awaiting" and world.is_out and world.asked == "cancel":
        yield begin(none, laws, "cancelled by staff") or none
    elif world.part == "awaiting":
        yield _whole(none)


def _whole(world: World) -> World:
    """Cancelled with its refund, whatever else keeps the money still: it goes to the buyer."""
    return finish(replace(world, hold="held", reasons=frozenset()), "refunded by staff")


def gateway(world: World, laws: Laws) -> Iterator[World]:
    """A dispute, and money that somebody takes there past us."""
    if world.hold not in ("held", "frozen"):
        return
    if not world.some:
        # Some of it alone, there or by a person here: it keeps nothing still, and says only that nothing goes any more.
        when = "after it went" if world.is_out or world.part in ("delivered", "completed") else "before it went"
        yield settled(replace(world, some=when))
    if "dispute" not in world.reasons:
        yield freeze(world, "dispute")
    else:
        yield lift(world, "dispute")
    arrived = world.part in ("delivered", "completed")
    how = (
        "after delivery"
        if arrived
        else "taken while it was out"
        if world.is_out or world.contradicted
        else "taken before it went"
    )
    after = give_back(world, how)
    yield tell(after, "emptied") if world.part == "awaiting" else after


def others(world: World, laws: Laws) -> Iterator[World]:
    """The other seller hands over, or gives up; their buyer is content in the end."""
    if not world.hold:
        return
    for to in {"awaiting": ("delivered", "cancelled"), "delivered": ("completed",)}.get(world.other, ()):
        yield settled(replace(world, other=to))


HAPPENINGS = (pays, seller, clocks, provider, jobs, staff, gateway, others)


@dataclass
class Found:
    """Every world that can come about, and what each can become next."""

    after: dict[World, set[World]]

    @property
    def wrong(self) -> list[World]:
        return [world for world in self.after if world.is_wrong]

    @property
    def stuck(self) -> list[World]:
        """Without a way to an end."""
        before: dict[World, list[World]] = {}
        for world, nexts in self.after.items():
            for following in nexts:
                before.setdefault(following, []).append(world)
        saved = {world for world in self.after if world.is_over}
        todo = deque(saved)
        while todo:
            for earlier in before.get(todo.popleft(), ()):
                if earlier not in saved:
                    saved.add(earlier)
                    todo.append(earlier)
        return [world for world in self.after if world not in saved]


def search(laws: Laws, *, until: Callable[[World], bool] = lambda world: False) -> Found:
    """All of them, from an order that waits for its money; or as many as there are before one that is sought."""
    found = Found({})
    todo = deque([World()])
    while todo:
        world = todo.popleft()
        if until(world):
            found.after[world] = set()
            break
        if world in found.after:
            continue
        found.after[world] = {after for happens in HAPPENINGS for after in happens(world, laws)} - {world}
        todo.extend(after for after in found.after[world] if after not in found.after)
    return found
