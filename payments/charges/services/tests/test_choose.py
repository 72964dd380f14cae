"""Which account a checkout goes through, and why: asked for, by rule, and around one that is not well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.settings.gateways import GatewayRule
from orders.catalog.models import Product
from orders.tests.factories import item, make_product
from payments.charges.models import Payment
from payments.charges.services.checkout import Cart, check_out, go_on
from payments.charges.services.choose import GatewayPaused
from payments.charges.services.start import AmountTooSmall, GatewayNotOffered
from payments.health.models import GatewayHealth
from payments.health.services.force import force_breaker
from payments.health.services.measure import health_of
from payments.tests.phonepe_world import PhonePeWorld
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(world: World) -> Product:
    del world
    return make_product(prices={"USD": 2_000}, stock=5)


@pytest.fixture
def second(world: World, settings: Any) -> str:
    """A second account at the same gateway."""
    del world
    known = settings.GATEWAY_ACCOUNTS
    settings.GATEWAY_ACCOUNTS = {**known, "stripe_eu": replace(known["stripe"], code="stripe_eu")}
    return "stripe_eu"


def out(
    world: World, product: Product, *, account: str = "", method: str = "", currency: str = "USD", hosted: bool = False
) -> Payment:
    cart = Cart(items=[item(product)], currency=currency, email="guest@example.com", accept_terms=True, metadata={})
    _, started = check_out(
        cart=cart, account=account, hosted=hosted, buyer=None, claim=None, at=world.at, method=method
    )  # fmt: skip
    return started.payment


def shut(world: World, account: str) -> None:
    row = health_of(account, at=world.at)
    force_breaker(health_pk=row.pk, to="open", actor="user:op", reason="test", at=world.at)


class TestCheckOut:
    def test_goes_where_it_is_asked_to(self, world: World, product: Product, second: str) -> None:
        payment = out(world, product, account=second)
        assert (payment.gateway_account.code, payment.choice) == (second, "asked for")

    def test_without_a_word_the_rules_decide(self, world: World, product: Product, second: str, settings: Any) -> None:
        settings.GATEWAY_RULES = (GatewayRule(gateways=(second,), currencies=("USD",), methods=("card",)),)
        assert out(world, product).choice == "no rule fits"
        payment = out(world, product, method="card")
        assert (payment.gateway_account.code, payment.choice) == (second, "rule 1")

    def test_goes_around_one_that_is_shut(self, world: World, product: Product, second: str) -> None:
        shut(world, "stripe")
        assert out(world, product).gateway_account.code == second

    def test_goes_around_one_where_all_tries_are_taken(self, world: World, product: Product, second: str) -> None:
        health_of("stripe", at=world.at)
        GatewayHealth.objects.update(status="half_open", probes_left=1)
        assert [out(world, product).gateway_account.code for _ in range(2)] == ["stripe", second]

    def test_one_that_is_shut_is_refused_and_nothing_is_written(self, world: World, product: Product) -> None:
        shut(world, "stripe")
        before = everything()
        for account in ("stripe", ""):
            with pytest.raises(GatewayPaused):
                out(world, product, account=account)
        assert everything() == before
        assert world.requests("POST", "/v1/payment_intents") == 0

    def test_what_nobody_takes_is_refused_with_the_reason(self, world: World) -> None:
        with pytest.raises(AmountTooSmall):
            out(world, make_product(prices={"USD": 10}, stock=1))

    def test_an_account_that_is_not_there_is_refused(self, world: World, product: Product) -> None:
        with pytest.raises(GatewayNotOffered):
            out(world, product, account="nobody")

    @pytest.mark.parametrize("account", ["phonepe", ""])
    def test_what_the_gateway_cannot_do_is_refused_and_nothing_is_written(
        self, phonepe: PhonePeWorld, settings: Any, account: str
    ) -> None:
        """Before the order: else a refusal would keep the stock until its reservation ended."""
        settings.GATEWAY_ACCOUNTS = {"phonepe": settings.GATEWAY_ACCOUNTS["phonepe"]}
        product = make_product(prices={"INR": 20_000}, stock=1)
        before = everything()
        with pytest.raises(GatewayNotOffered):
            out(phonepe, product, account=account, currency="INR", hosted=True)
        assert everything() == before

    def test_without_any_gateway_nothing_is_offered(self, world: World, product: Product, settings: Any) -> None:
        settings.GATEWAY_ACCOUNTS = {}
        with pytest.raises(GatewayNotOffered):
            out(world, product)


class TestGoOn:
    def test_another_attempt_goes_around_one_that_was_shut_meanwhile(self, world: World, second: str) -> None:
        order = world.order()
        world.confirm(world.start(order).payment, "pm_card_chargeDeclined")
        world.hear()
        shut(world, "stripe")
        started = go_on(order=order, account="", hosted=False, actor="guest", at=world.at)
        assert started.payment.gateway_account.code == second
