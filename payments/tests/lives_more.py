"""Lives in which methods are saved, charged and forgotten, and in which requests fail or events come too early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from config.accounts.models import User
from config.accounts.roles import Role
from config.idempotency.services import Answer, claim, release
from config.inbox.storing import wake
from config.kernel.errors import Refused
from orders.order.models import Order
from orders.tests.factories import make_user
from payments.charges.models import Payment
from payments.charges.services.checkout import attempt
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.services.charge import charge_saved_method
from payments.methods.services.keep import detach
from payments.methods.services.save import start_setup
from payments.methods.terms import Consent
from payments.tests.lives import Life, Step
from payments.tests.world import BUYER


class Keeper:
    """The buyer of a life, with a method of theirs. Every step can be done twice."""

    def __init__(self, life: Life) -> None:
        self.life, self.person = life, make_user(Role.BUYER)
        Order.objects.filter(pk=life.order.pk).update(buyer=self.person)
        life.order.refresh_from_db()

    @property
    def method(self) -> SavedMethod | None:
        return SavedMethod.objects.select_related("gateway_account").filter(person=self.person).first()

    def save(self) -> None:
        """A request with an idempotency key, which goes on where the first died."""
        right = claim(scope="a life", key="of one method", body_sha256=b"y" * 32)
        assert not isinstance(right, Answer)
        with suppress(Refused):
            start_setup(
                person=User.objects.get(pk=self.person.pk), account="stripe",
                consent=Consent(is_given=True, terms_version="2026-01", address=""), replaces="",
                actor=self.person.actor, claim=right, at=self.life.world.at,
            )  # fmt: skip
        release(claim=right)

    def prove(self) -> None:
        """Their bank says yes, on the gateway's page."""
        made = MethodSetup.objects.filter(customer__person=self.person, gateway_setup_id__isnull=False).first()
        if made is not None:
            path = f"setup_intents/{made.gateway_setup_id}/confirm"
            self.life.world.sandbox.control.stripe(path, payment_method="pm_card_visa")

    def charge(self) -> None:
        """With nobody present; who does not know that it was charged tries again."""
        if self.method is not None:
            with suppress(Refused):
                charge_saved_method(
                    order=self.life.order, method=self.method, actor="system:autopay", at=self.life.world.at
                )

    def forget(self) -> None:
        if self.method is not None:
            detach(method=self.method, actor=self.person.actor, reason="", at=self.life.world.at)


def saved_and_charged(life: Life) -> Sequence[Step]:
    """A method is saved, charged while nobody is there, and forgotten."""
    keeper = Keeper(life)
    settled = (life.wait, life.work)
    return (
        keeper.save, *settled, keeper.save, keeper.prove, life.hear, keeper.charge, *settled, keeper.charge, life.hear,
        keeper.forget, life.work, *settled, keeper.forget, life.hear,
    )  # fmt: skip


def charged_with_lost_answers(life: Life) -> Sequence[Step]:
    """No answer to any of it: all is asked about, and the money is taken once."""
    keeper = Keeper(life)
    settled = (life.wait, life.work)
    return (
        life.lose_answers("/v1/customers"), keeper.save, *settled,
        life.lose_answers("/v1/setup_intents"), keeper.save, *settled, keeper.save, keeper.prove, life.hear,
        life.lose_answers("/v1/payment_intents/*/confirm"), keeper.charge, *settled, keeper.charge, life.hear,
        life.lose_answers("/v1/payment_methods/*/detach"), keeper.forget, life.work, *settled, life.hear,
    )  # fmt: skip


def attempted_twice(life: Life) -> Sequence[Step]:
    """The buyer comes back for the same page, and then wants another way."""

    def another_way() -> None:
        right = claim(scope="a life", key="of another way", body_sha256=b"z" * 32)
        assert not isinstance(right, Answer)
        with suppress(Refused):
            attempt(
                order=life.order, account="stripe", method="", hosted=False, actor=BUYER, claim=right, at=life.world.at
            )
        release(claim=right)

    return life.start, life.start, another_way, life.wait, life.work, another_way, life.pay, life.hear


def asked_in_vain(life: Life) -> Sequence[Step]:
    """The gateway cannot be asked when the event comes, nor does it take the refund: both are tried again."""

    def nobody_answers() -> None:
        life.world.refuse("/v1/*", method="GET")

    def too_many() -> None:
        life.world.fail("/v1/refunds", status=429, code="rate_limit")

    return (
        life.start_hosted, life.pay_hosted, nobody_answers, life.hear, life.wait, life.work,
        too_many, life.time_out, life.work, life.wait, life.work, life.hear,
    )  # fmt: skip


def told_too_early(life: Life) -> Sequence[Step]:
    """The commit that stores the payment is slower than its events."""
    hidden: dict[str, str] = {}

    def not_to_be_seen() -> None:
        payment = life.payment
        hidden.setdefault("payment", payment.public_id)
        Payment.objects.filter(pk=payment.pk).update(public_id="pay_notthereyet", gateway_payment_id=None)

    def tell() -> None:
        life.world.deliver(life.world.new_events())

    def stored() -> None:
        intent = life.world.objects("payment_intent")[0]
        Payment.objects.filter(public_id="pay_notthereyet").update(
            public_id=hidden["payment"], gateway_payment_id=intent["id"]
        )
        wake([hidden["payment"]], at=life.world.at)

    return life.start, life.pay, not_to_be_seen, tell, life.work, stored, life.work, life.hear


MORE_LIVES: dict[Callable[[Life], Sequence[Step]], str] = {
    saved_and_charged: "paid",
    charged_with_lost_answers: "paid",
    attempted_twice: "paid",
    asked_in_vain: "cancelled",
    told_too_early: "paid",
}
