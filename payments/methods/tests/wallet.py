"""A person with saved methods in a test, made as production makes them: with the sandbox's customer behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from config.accounts.models import User
from config.accounts.roles import Role
from orders.order.models import Order
from orders.tests.factories import make_user
from payments.charges.models import Payment
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.services.charge import charge_saved_method
from payments.methods.services.save import StartedSetup, start_setup
from payments.methods.terms import Consent
from payments.tests.world import World

ADDRESS = "203.0.113.77"


@dataclass
class Wallet:
    world: World
    person: User = field(default_factory=lambda: make_user(Role.BUYER))

    def start(
        self, *, consents: bool = True, terms: str = "2026-01", replaces: str = "", account: str = "stripe"
    ) -> StartedSetup:
        return start_setup(
            person=self.person,
            account=account,
            consent=Consent(is_given=consents, terms_version=terms, address=ADDRESS),
            replaces=replaces,
            actor=self.person.actor,
            claim=None,
            at=self.world.at,
        )

    def confirm(self, setup: MethodSetup, card: str = "pm_card_visa") -> dict[str, Any]:
        """The person confirms in their browser; we hear of it only by webhook."""
        return self.control(f"setup_intents/{setup.gateway_setup_id}/confirm", payment_method=card)

    def authenticate(self, setup: MethodSetup, *, succeeds: bool = True) -> dict[str, Any]:
        return self.control(f"setup_intents/{setup.gateway_setup_id}/authenticate", succeeds=succeeds)

    def save(self, card: str = "pm_card_visa", *, replaces: str = "") -> SavedMethod:
        """A saved method of which we have heard."""
        setup = self.start(replaces=replaces).setup
        if self.confirm(setup, card)["object"]["status"] == "requires_action":
            self.authenticate(setup)
        self.world.hear()
        return SavedMethod.objects.select_related("gateway_account", "customer").get(setup=setup)

    def control(self, path: str, **order: Any) -> dict[str, Any]:
        """Somebody does something at the gateway."""
        done: dict[str, Any] = self.world.sandbox.control.stripe(path, **order)
        return done

    def at_gateway(self, method: SavedMethod) -> dict[str, Any]:
        """The method as the gateway has it."""
        found = self.world.sandbox.control.get("objects", kind="payment_method", limit=1_000)["objects"]
        body: dict[str, Any] = next(each["body"] for each in found if each["body"]["id"] == method.gateway_method_id)
        return body


def order_of(wallet: Wallet, amount_minor: int = 10_000) -> Order:
    """An order of that person, not paid yet."""
    order = wallet.world.order(amount_minor)
    Order.objects.filter(pk=order.pk).update(buyer=wallet.person)
    order.refresh_from_db()
    return order


def charge(wallet: Wallet, order: Order, method: SavedMethod) -> Payment:
    """The person charges a saved method for an order of theirs, now."""
    return charge_saved_method(order=order, method=method, actor=wallet.person.actor, at=wallet.world.at)
