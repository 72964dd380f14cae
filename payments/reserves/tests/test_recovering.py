"""What is said before money is taken back is what then happens, in the one order that the rule has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, look, page_of, signed_in, somebody, text_of
from orders.order.models import Order
from orders.tests.factories import policy
from payments.disputes.models import Dispute
from payments.ledger.models import PayeeBalance
from payments.ledger.rules import Recovery, Standing, recovery
from payments.refunds.models import Refund
from payments.refunds.services.tests.test_by_staff import ask
from payments.reserves.recovering import Taken
from payments.reserves.tests.kept import (
    another,
    balance,
    call_back,
    frozen,
    owner_of,
    paid_out,
    pending_minor,
    set_terms,
    told,
)  # fmt: skip
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _payouts(settings: Any) -> Iterator[None]:
    """Payouts are the business of another app: here they are lines in the books, and gone at the end."""
    settings.RECALLABLE = "payments.reserves.tests.kept.pending_minor"
    yield
    for owner in list(PayeeBalance.objects.values_list("owner", flat=True)):
        call_back({"owner": owner}, timezone.now())


def standing(world: World) -> tuple[Order, Order]:
    """Of 17,700 and 8,850 that were released, 5,000 are in reserve, 12,700 in an unsent payout and 5,850 payable."""
    order = world.order(20_000)
    owner = owner_of(order)
    set_terms(owner, 5_000, at=world.at)
    first = another(world, order)
    frozen(owner, at=world.at)
    product = order.lines.get().product
    product.prices.update(amount_minor=10_000)
    second = world.released_order(product=product)
    paid_out(owner, 3_000, at=world.at)
    assert (balance(owner), pending_minor(owner, "USD")) == ((5_850, 5_000, 0), 12_700)
    return first, second


class TestTheRuleAndWhatHappens:
    @pytest.mark.parametrize(
        ("amounts", "given"),
        [
            ((5_000, 0), Recovery(payable=4_425)),
            ((10_000, 0), Recovery(payable=5_850, pending=3_000)),
            ((20_000, 0), Recovery(payable=5_850, pending=11_850)),
            ((20_000, 5_000), Recovery(payable=5_850, pending=12_700, reserve=3_575)),
            ((20_000, 10_000), Recovery(payable=5_850, pending=12_700, reserve=5_000, receivable=3_000)),
        ],
    )
    def test_are_the_same(self, world: World, settings: Any, amounts: tuple[int, int], given: Recovery) -> None:
        orders = standing(world)
        owner = owner_of(orders[0])
        settings.LISTENERS = {**settings.LISTENERS, "payee.short": ["payments.reserves.tests.kept.call_back"]}
        assert recovery(sum(vars_of(given)), Standing(payable=5_850, pending=12_700, reserve=5_000)) == given
        for order, amount in zip(orders, amounts, strict=True):
            if amount:
                world.refund_outside(order, amount)
        world.hear()
        payable, reserve, receivable = balance(owner)
        assert payable + pending_minor(owner, "USD") == 5_850 + 12_700 - given.payable - given.pending
        assert (reserve, receivable) == (5_000 - given.reserve, given.receivable)

    def test_the_next_earnings_pay_the_debt(self, world: World, settings: Any) -> None:
        orders = standing(world)
        settings.LISTENERS = {**settings.LISTENERS, "payee.short": ["payments.reserves.tests.kept.call_back"]}
        for order, amount in zip(orders, (20_000, 10_000), strict=True):
            world.refund_outside(order, amount)
        world.hear()
        owner = owner_of(orders[0])
        assert balance(owner) == (0, 0, 3_000)
        world.released_order(product=orders[0].lines.get().product)
        assert balance(owner) == (850, 5_000, 0)


def vars_of(given: Recovery) -> tuple[int, ...]:
    return given.escrow, given.payable, given.pending, given.reserve, given.receivable


class TestSaying:
    def test_names_each_source_and_what_is_owed_already(self) -> None:
        found = Taken("usr_nobody", "USD", Recovery(100, 200, 300, 400, 500), owed_minor=50)
        assert str(found) == (
            "usr_nobody gives $15.00 back: $1.00 that is still held, $2.00 that is payable, $3.00 from payouts that"
            " were not sent, $4.00 from their reserve, $5.00 they will owe us until their next earnings pay it, beside"
            " $0.50 that they owe already."
        )

    def test_says_what_is_kept_back_for_it_apart_from_what_is_payable(self) -> None:
        assert str(Taken("usr_nobody", "USD", Recovery(payable=200), 0, kept_minor=150)) == (
            "usr_nobody gives $2.00 back: $1.50 that is kept back for it, $0.50 that is payable."
        )
        assert "kept back for it, $" not in str(Taken("usr_nobody", "USD", Recovery(payable=200), 0, kept_minor=500))

    def test_leaves_out_what_gives_nothing(self) -> None:
        assert str(Taken("usr_nobody", "USD", Recovery(payable=200), 0)) == (
            "usr_nobody gives $2.00 back: $2.00 that is payable."
        )


SHORT = "gives $88.50 back: $58.50 that is payable, $30.00 from payouts that were not sent."


class TestRefund:
    def test_approving_says_who_is_short_before_it_is_done(self, world: World) -> None:
        first, _ = standing(world)
        ask(world, first, 10_000)
        before = told()
        refund, finance = Refund.objects.get(), as_role(Role.FINANCE)
        assert SHORT in text_of(finance.get(act_of(refund, "approve")))
        assert told() == before

    def test_so_does_asking_whether_it_goes_alone_or_not(self, world: World, settings: Any) -> None:
        first, _ = standing(world)
        support = as_role(Role.SUPPORT)
        for threshold in (1, 100_000):
            settings.POLICY = policy(refund_approval_threshold_minor={"USD": threshold})
            assert SHORT in text_of(look(support, first, "refund", amount="100", part="", bearer=""))

    def test_says_nothing_where_what_is_payable_is_enough(self, world: World) -> None:
        first, _ = standing(world)
        ask(world, first, 5_000)
        text = text_of(as_role(Role.FINANCE).get(act_of(Refund.objects.get(), "approve")))
        assert "back:" not in text


class TestDispute:
    def disputed(self, world: World) -> Dispute:
        """17,700 are the first order's: 5,850 of them are kept for it, and the rest is not payable."""
        first, _ = standing(world)
        world.dispute(first)
        world.hear()
        assert balance(owner_of(first)) == (0, 10_850, 0)
        return Dispute.objects.get()

    def test_its_page_says_what_is_taken_back_if_it_is_lost(self, world: World) -> None:
        dispute = self.disputed(world)
        text = text_of(as_role(Role.FINANCE).get(page_of(dispute)))
        said = "gives $177.00 back: $58.50 that is kept back for it, $118.50 from payouts that were not sent."
        assert "If it is lost" in text
        assert said in text

    @pytest.mark.parametrize("threshold", [1, 100_000])
    def test_conceding_says_it_to_the_first_and_to_the_second(
        self, world: World, settings: Any, threshold: int
    ) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": threshold})
        dispute, client = self.disputed(world), signed_in(somebody(Role.FINANCE))
        assert "$118.50 from payouts that were not sent" in text_of(client.get(act_of(dispute, "accept")))

    def test_decided_it_says_nothing(self, world: World) -> None:
        dispute = self.disputed(world)
        world.decide(dispute.gateway_dispute_id, "win")
        world.hear()
        client: Client = as_role(Role.FINANCE)
        assert "If it is lost" not in text_of(client.get(page_of(dispute)))
