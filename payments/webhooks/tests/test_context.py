"""Whose an object is, what is asked about it, and whom its event concerns; with nothing at a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from config.inbox.contract import Event, Hopeless, NeedsFetch, Park
from config.kernel.money import Money
from orders.tests.factories import make_user
from payments.charges.models import Payment
from payments.charges.services.start import GatewayDown
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.payment_views import PaymentState, PaymentView
from payments.gateways.refund_views import RefundState, RefundView
from payments.tests.walking import a_payment, everything
from payments.webhooks import context as module
from payments.webhooks.context import Context, Fetched, fetch, mark, people, translate_payment, translate_refund

AT = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
VIEW = PaymentView(
    gateway_payment_id="pi_1", session_id="", our_id="", state=PaymentState.PENDING, amount=Money(10_000, "USD"),
    captures=(), livemode=False, created_at=AT,
)  # fmt: skip
REFUND = RefundView(
    refund_id="re_1", our_id="", charge_id="ch_1", gateway_payment_id="", state=RefundState.PENDING,
    amount=Money(4_000, "USD"), at=AT,
)  # fmt: skip
UNKNOWN = "pay_0000000000000000000000"


def context(fetched: Fetched | None = None, *, account: str = "stripe", **options: Any) -> Context:
    event = Event(
        id=1, source="stripe", account=account, event_id="evt_1", type="x", object_id="", livemode=False,
        occurred_at=AT, payload={},
    )  # fmt: skip
    return Context(event, fetched or {}, AT, obj={}, **options)


class TestMark:
    @pytest.mark.parametrize(
        ("our_id", "kept"),
        [
            (UNKNOWN, True), ("", False), ("rf_0000000000000000000000", False), ("pay_", False), ("pay_12", False),
            ("pay_00000000' OR 1=1", False), (f"{UNKNOWN}{'0' * 20}", False), (f"x{UNKNOWN}", False),
        ],
    )  # fmt: skip
    def test_is_an_id_of_ours_or_nothing(self, our_id: str, kept: bool) -> None:
        assert mark(our_id, "pay") == (our_id if kept else "")


class TestPeople:
    def test_are_who_bought(self) -> None:
        payment = a_payment()
        assert people(payment) == ()
        assert payment.order is not None
        payment.order.buyer = make_user()
        assert people(payment) == (payment.order.buyer.public_id,)
        payment.order = None
        assert people(payment) == ()


class TestFetch:
    ASKED = {
        "payment": "get_payment", "refund": "get_refund", "method": "get_method", "dispute": "get_dispute",
        "balance_transaction": "get_balance_transaction", "refunds": "list_refunds",
    }  # fmt: skip

    def gateway(self, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
        def of(name: str) -> Any:
            return lambda **given: answer(name, given)

        calls = SimpleNamespace(**{name: of(name) for name in self.ASKED.values()})
        monkeypatch.setattr(module, "gateway_for", lambda account: calls if account == "stripe" else None)

    @pytest.mark.parametrize(("kind", "call"), ASKED.items())
    def test_asks_for_each_kind_by_its_id(self, monkeypatch: pytest.MonkeyPatch, kind: str, call: str) -> None:
        self.gateway(monkeypatch, lambda name, given: [(name, given)])
        [(asked, given)] = fetch(account="stripe", kind=kind, object_id="x_1")
        assert asked == call
        assert [value for value in given.values() if value] == ["x_1"]

    def test_refunds_are_all_of_them_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def pages(name: str, given: Any) -> Iterator[int]:
            del name, given
            yield from (1, 2)

        self.gateway(monkeypatch, pages)
        assert fetch(account="stripe", kind="refunds", object_id="pi_1") == (1, 2)

    def test_a_gateway_that_does_not_answer_is_asked_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def silent(name: str, given: Any) -> None:
            del name, given
            raise GatewayUnreachable

        self.gateway(monkeypatch, silent)
        with pytest.raises(GatewayDown):
            fetch(account="stripe", kind="refund", object_id="re_1")


class TestAsk:
    def test_what_is_here_is_not_asked_again_also_where_there_was_nothing(self) -> None:
        here = context({("refund", "re_1"): REFUND, ("refund", "re_2"): None})
        assert here.ask("refund", "re_1") is REFUND
        assert here.ask("refund", "re_2") is None

    def test_what_is_not_here_is_fetched(self) -> None:
        with pytest.raises(NeedsFetch) as needed:
            context().ask("payment", "pi_1")
        assert (needed.value.kind, needed.value.object_id) == ("payment", "pi_1")


class TestOwnerOf:
    @pytest.fixture
    def payment(self) -> Payment:
        return a_payment(gateway_payment_id="pi_1", charge_id="ch_1")

    def test_our_mark_tells(self, payment: Payment) -> None:
        assert context().owner_of(replace(VIEW, our_id=payment.public_id)) == payment

    def test_else_the_gateways_ids_do(self, payment: Payment) -> None:
        assert context().owner_of(VIEW) == payment
        assert context().owner_of(REFUND) == payment
        assert context(account="razorpay").owner_of(REFUND) is None

    def test_a_mark_that_is_not_stored_yet_is_waited_for(self) -> None:
        with pytest.raises(Park) as parked:
            context().owner_of(replace(VIEW, our_id=UNKNOWN))
        assert parked.value.wake_key == UNKNOWN

    def test_somebody_elses_mark_is_none(self, payment: Payment) -> None:
        assert context().owner_of(replace(VIEW, our_id="order 17")) == payment

    def test_what_names_an_unknown_payment_asks_whose_that_is(self) -> None:
        ours = a_payment()
        view = replace(REFUND, gateway_payment_id="pi_new")
        with pytest.raises(NeedsFetch):
            context().owner_of(view)
        above = replace(VIEW, gateway_payment_id="pi_new", our_id=ours.public_id)
        assert context({("payment", "pi_new"): above}).owner_of(view) == ours
        foreign = replace(above, our_id="")
        assert context({("payment", "pi_new"): foreign}).owner_of(view) is None
        assert context({("payment", "pi_new"): None}).owner_of(view) is None

    def test_a_payment_itself_says_all_that_there_is(self) -> None:
        assert context(is_payment=True).owner_of(replace(VIEW, gateway_payment_id="pi_other")) is None


class TestNobodys:
    def test_a_payment_of_nobody_here_is_foreign(self) -> None:
        before = everything()
        payment, handled = translate_payment(context(is_payment=True), VIEW)
        assert (payment, handled.outcome) == (None, "foreign")
        assert everything() == before

    def test_so_is_a_refund(self) -> None:
        before = everything()
        assert translate_refund(context(), REFUND).outcome == "foreign"
        assert everything() == before

    def test_a_refund_with_our_mark_is_waited_for(self) -> None:
        ours = "rf_0000000000000000000000"
        with pytest.raises(Park) as parked:
            translate_refund(context(), replace(REFUND, our_id=ours))
        assert parked.value.wake_key == ours


class TestARefundInAnotherCurrency:
    @pytest.mark.parametrize("state", [RefundState.PENDING, RefundState.SUCCEEDED])
    @pytest.mark.parametrize("currency", ["JPY", "KWD"])
    def test_is_left_to_a_person_and_nothing_is_taken(self, state: RefundState, currency: str) -> None:
        """500 yen are not 500 cents of the seller's."""
        payment = a_payment(gateway_payment_id="pi_1")
        before = everything()
        with pytest.raises(Hopeless) as hopeless:
            context().record_refund(payment, replace(REFUND, state=state, amount=Money(500, currency)))
        assert hopeless.value.code == "refund_in_another_currency"
        assert everything() == before
