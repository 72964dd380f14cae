"""Checking a cart out, and going on with one that was interrupted."""

from __future__ import annotations

from typing import Any

import pytest

from config.idempotency.models import IdempotencyKey
from config.idempotency.services import Answer, Claim, claim
from config.kernel.errors import Refused
from orders.catalog.models import Product
from orders.catalog.services import OutOfStock
from orders.order.models import Order
from orders.tests.factories import item, make_product
from payments.charges.models import Payment
from payments.charges.services.checkout import Cart, ask_again, check_out, go_on, reread
from payments.charges.services.start import AmountTooSmall, GatewayDown, OutcomeUnknown, Started
from payments.health.models import GatewayHealth
from payments.health.services.measure import health_of
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
INTENTS = "/v1/payment_intents"


@pytest.fixture
def product(world: World) -> Product:
    del world
    return make_product(prices={"USD": 2_000}, stock=5)


def out(world: World, product: Product, *, claim: Claim | None = None, **changes: Any) -> tuple[Order, Started]:
    fields = {"items": [item(product)], "currency": "USD", "email": "guest@example.com", "accept_terms": True,
              "metadata": {}}  # fmt: skip
    cart = Cart(**{**fields, **changes})
    return check_out(cart=cart, account="stripe", hosted=False, buyer=None, claim=claim, at=world.at)


def a_claim() -> Claim:
    made = claim(scope="test", key="key", body_sha256=b"x" * 32)
    assert not isinstance(made, Answer)
    return made


def died(claim: Claim) -> Claim:
    """The claim of who comes next with the same key, after the first died with it."""
    del claim
    IdempotencyKey.objects.update(lease_until="2000-01-01T00:00:00Z")
    return a_claim()


class TestCheckOut:
    def test_places_the_order_and_opens_its_payment(self, world: World, product: Product) -> None:
        order, started = out(world, product)
        assert (order.total_minor, started.payment.amount_minor, started.payment.status) == (2_000, 2_000, "pending")
        product.refresh_from_db()
        assert product.stock == 4

    def test_an_amount_that_the_gateway_refuses_writes_nothing(self, world: World) -> None:
        cheap = make_product(prices={"USD": 10}, stock=5)
        before = everything()
        with pytest.raises(AmountTooSmall):
            out(world, cheap)
        assert everything() == before

    @pytest.mark.parametrize("changes", [{"accept_terms": False}, {"items": []}, {"currency": "EUR"}, {"email": "x"}])
    def test_what_the_cart_lacks_writes_nothing(self, world: World, product: Product, changes: dict[str, Any]) -> None:
        before = everything()
        with pytest.raises(Refused):
            out(world, product, **changes)
        assert everything() == before
        assert world.requests("POST", INTENTS) == 0


class TestGoOn:
    @pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
    def test_an_interrupted_checkout_places_nothing_twice(self, world: World, product: Product, executed: bool) -> None:
        first = a_claim()
        (world.lose_answer if executed else world.refuse)(INTENTS)
        with pytest.raises(OutcomeUnknown):
            out(world, product, claim=first)
        order, started = out(world, product, claim=died(first))
        assert (Order.objects.count(), Payment.objects.count(), len(world.objects("payment_intent"))) == (1, 1, 1)
        assert started.client_secret
        assert started.payment.order_id == order.pk

    def test_what_is_still_unknown_stays_unknown_and_is_no_refusal(self, world: World, product: Product) -> None:
        """A refusal would be kept under the idempotency key and answered for ever."""
        first = a_claim()
        world.refuse(INTENTS, times=2)
        with pytest.raises(OutcomeUnknown):
            out(world, product, claim=first)
        with pytest.raises(OutcomeUnknown) as unknown:
            out(world, product, claim=died(first))
        assert unknown.value.http_status == 503
        _, started = out(world, product, claim=died(first))
        assert (started.payment.status, len(world.objects("payment_intent"))) == ("pending", 1)

    def test_a_payment_that_stands_is_read_again(self, world: World) -> None:
        order = world.order(10_000)
        started = world.start(order)
        again = go_on(order=order, account="stripe", hosted=False, actor="guest", at=world.at)
        assert again == Started(payment=started.payment, client_secret=started.client_secret, redirect_url="")
        assert len(world.objects("payment_intent")) == 1

    def test_after_a_failed_payment_there_is_a_new_one(self, world: World) -> None:
        order = world.order(10_000)
        world.fail(INTENTS, status=429, code="rate_limit")
        with pytest.raises(GatewayDown):
            world.start(order)
        assert (
            go_on(order=order, account="stripe", hosted=False, actor="guest", at=world.at).payment.status == "pending"
        )


class TestReading:
    def test_a_gateway_that_does_not_answer_is_down(self, world: World) -> None:
        payment = world.start(world.order(10_000)).payment
        world.refuse(f"{INTENTS}/*", method="GET", times=2)
        for read in (lambda: reread(payment), lambda: ask_again(payment, at=world.at)):
            with pytest.raises(GatewayDown):
                read()

    def test_a_payment_that_was_never_made_is_not_asked_for(self, world: World) -> None:
        order = world.order(10_000)
        world.refuse(INTENTS)
        with pytest.raises(OutcomeUnknown):
            world.start(order)
        payment = world.payment(order)
        ask_again(payment, at=world.at)
        assert reread(payment).client_secret == ""
        assert world.requests("GET", "*") == 0


class TestProbe:
    """While a breaker is half open, only who really asks the gateway uses one of the few tries."""

    @pytest.fixture(autouse=True)
    def _half_open(self, world: World) -> None:
        health_of("stripe", at=world.at)
        GatewayHealth.objects.update(status="half_open", probes_left=2)

    def left(self) -> int:
        return GatewayHealth.objects.get().probes_left

    def test_a_cart_without_stock_gives_its_try_back(self, world: World) -> None:
        with pytest.raises(OutOfStock):
            out(world, make_product(prices={"USD": 2_000}, stock=0))
        assert (self.left(), world.requests("POST", INTENTS)) == (2, 0)

    def test_a_payment_that_was_asked_for_keeps_it(self, world: World, product: Product) -> None:
        out(world, product)
        assert self.left() == 1

    def test_so_does_one_that_the_gateway_did_not_answer(self, world: World, product: Product) -> None:
        world.lose_answer(INTENTS)
        with pytest.raises(OutcomeUnknown):
            out(world, product)
        assert self.left() == 1
