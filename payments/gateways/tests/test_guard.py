"""No gateway call inside a transaction, none while the network is barred, each one counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_type_hints

import pytest
from django.db import connection, transaction

from config.calls.barrier import CallInsideTransaction, NetworkBarred, check_call_allowed, network_barred
from config.calls.tests.observing import Seen, methods
from config.kernel.backoff import Ladder
from config.kernel.money import Money
from payments.gateways.balance_views import BalanceTransactionView
from payments.gateways.contract import Absence, Answer, Capability, FetchedEvent, Gateway, NewPayment, Outcome
from payments.gateways.dispute_views import DisputeView, Evidence, EvidenceText
from payments.gateways.failures import GatewayFailure, GatewayMisconfigured, GatewayUnreachable
from payments.gateways.guard import Guarded
from payments.gateways.method_views import MethodView, SetupView
from payments.gateways.payment_views import PaymentView
from payments.gateways.refund_views import RefundView
from payments.gateways.settlement_views import SettlementLine, SettlementView

AT = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
RUPEE = Money(100, "INR")
NEW = NewPayment(our_id="pay_one", call_id="call_one", order_id="ord_one", amount=RUPEE)
EVIDENCE = Evidence(texts={EvidenceText.EXPLANATION: "it arrived"})
EVENT = FetchedEvent(event_id="evt_1", type="a.type", created_at=AT, body=b"{}")


class Recorder:
    """A gateway that notes what reaches it and does as it is told."""

    def __init__(self) -> None:
        self.name: str = "recorder"
        self.capabilities: frozenset[Capability] = frozenset({Capability.LIST_EVENTS})
        self.absent_payment = Absence(after=timedelta(hours=1))
        self.absent_refund = Absence(after=timedelta(hours=2), times=2)
        self.absent_charge = Absence(after=timedelta(minutes=3))
        self.public_key: str = "pk_of_the_recorder"
        self.schedule: Ladder | None = Ladder((1,))
        self.refund_schedule: Ladder | None = Ladder((2,))
        self.bounce_schedule: Ladder | None = Ladder((3,))
        self.reached: list[str] = []
        self.outcome = Outcome.SUCCEEDED
        self.raises: Exception | None = None
        self.events = 2

    def _note(self, name: str) -> None:
        self.reached.append(name)
        if self.raises is not None:
            raise self.raises

    def minimum_minor(self, currency: str) -> int | None:
        return 50 if currency == "INR" else None

    def why_not_charge(self, amount: Money) -> GatewayFailure | None:
        return None if amount.amount_minor else GatewayFailure("amount_too_small")

    def verify_confirmation(self, *, gateway_payment_id: str, proof: Mapping[str, str]) -> bool:
        return proof == {"signed": gateway_payment_id}

    def why_not_say(self, texts: Mapping[EvidenceText, str]) -> GatewayFailure | None:
        return GatewayFailure("evidence_too_long") if texts else None

    def create_payment(self, new: NewPayment) -> Answer:
        self._note("create_payment")
        return Answer(self.outcome, request_id=new.call_id)

    def capture_payment(self, *, key: str, gateway_payment_id: str, amount: Money) -> Answer:
        self._note("capture_payment")
        return Answer(self.outcome, request_id=f"{key} {gateway_payment_id} {amount}")

    def cancel_payment(self, *, key: str, gateway_payment_id: str, session_id: str) -> Answer:
        self._note("cancel_payment")
        return Answer(self.outcome, request_id=f"{key} {gateway_payment_id} {session_id}")

    def refund_payment(
        self, *, key: str, our_id: str, gateway_payment_id: str, charge_id: str, amount: Money
    ) -> Answer:
        self._note("refund_payment")
        return Answer(self.outcome, request_id=f"{key} {our_id} {gateway_payment_id} {charge_id} {amount}")

    def get_payment(self, *, gateway_payment_id: str, session_id: str) -> PaymentView | None:
        self._note("get_payment")
        return None

    def find_payment(self, *, our_id: str, call_id: str, since: datetime) -> PaymentView | None:
        self._note("find_payment")
        return None

    def get_refund(self, *, refund_id: str) -> RefundView | None:
        self._note("get_refund")
        return None

    def find_refund(self, *, our_id: str, call_id: str, gateway_payment_id: str) -> RefundView | None:
        self._note("find_refund")
        return None

    def list_refunds(self, *, gateway_payment_id: str) -> Iterator[RefundView]:
        self._note("list_refunds")
        yield from ()

    def get_dispute(self, *, dispute_id: str) -> DisputeView | None:
        self._note("get_dispute")
        return None

    def list_disputes(self, *, since: datetime) -> Iterator[DisputeView]:
        self._note("list_disputes")
        yield from ()

    def submit_evidence(self, *, key: str, dispute_id: str, evidence: Evidence, submit: bool) -> Answer:
        self._note("submit_evidence")
        said = evidence.texts[EvidenceText.EXPLANATION]
        return Answer(self.outcome, request_id=f"{key} {dispute_id} {said} {submit}")

    def accept_dispute(self, *, key: str, dispute_id: str) -> Answer:
        self._note("accept_dispute")
        return Answer(self.outcome, request_id=f"{key} {dispute_id}")

    def create_customer(self, *, key: str, our_id: str) -> Answer:
        self._note("create_customer")
        return Answer(self.outcome, request_id=f"{key} {our_id}")

    def start_setup(self, *, key: str, our_id: str, customer_id: str) -> Answer:
        self._note("start_setup")
        return Answer(self.outcome, request_id=f"{key} {our_id} {customer_id}")

    def cancel_setup(self, *, key: str, setup_id: str) -> Answer:
        self._note("cancel_setup")
        return Answer(self.outcome, request_id=f"{key} {setup_id}")

    def get_setup(self, *, setup_id: str) -> SetupView | None:
        self._note("get_setup")
        return None

    def get_method(self, *, method_id: str) -> MethodView | None:
        self._note("get_method")
        return None

    def list_methods(self, *, customer_id: str) -> Iterator[MethodView]:
        self._note("list_methods")
        yield from ()

    def detach_method(self, *, key: str, method_id: str) -> Answer:
        self._note("detach_method")
        return Answer(self.outcome, request_id=f"{key} {method_id}")

    def confirm_payment(self, *, key: str, gateway_payment_id: str, method_id: str) -> Answer:
        self._note("confirm_payment")
        return Answer(self.outcome, request_id=f"{key} {gateway_payment_id} {method_id}")

    def get_balance_transaction(self, *, transaction_id: str) -> BalanceTransactionView | None:
        self._note("get_balance_transaction")
        return None

    def list_balance_transactions(self, *, since: datetime, until: datetime) -> Iterator[BalanceTransactionView]:
        self._note("list_balance_transactions")
        yield from ()

    def get_settlement(self, *, settlement_id: str) -> SettlementView | None:
        self._note("get_settlement")
        return None

    def list_settlements(self, *, since: datetime) -> Iterator[SettlementView]:
        self._note("list_settlements")
        yield from ()

    def list_settlement_lines(self, *, day: date) -> Iterator[SettlementLine]:
        self._note("list_settlement_lines")
        yield from ()

    def list_events(self, *, since: datetime) -> Iterator[FetchedEvent]:
        for _ in range(self.events):
            self._note("list_events")
            yield EVENT


CALLS: dict[str, Callable[[Gateway], object]] = {
    "create_payment": lambda g: g.create_payment(NEW),
    "capture_payment": lambda g: g.capture_payment(key="k", gateway_payment_id="p", amount=RUPEE),
    "cancel_payment": lambda g: g.cancel_payment(key="k", gateway_payment_id="p", session_id="s"),
    "refund_payment": lambda g: g.refund_payment(
        key="k", our_id="rf", gateway_payment_id="p", charge_id="c", amount=RUPEE
    ),
    "submit_evidence": lambda g: g.submit_evidence(key="k", dispute_id="d", evidence=EVIDENCE, submit=True),
    "accept_dispute": lambda g: g.accept_dispute(key="k", dispute_id="d"),
    "create_customer": lambda g: g.create_customer(key="k", our_id="gcus"),
    "start_setup": lambda g: g.start_setup(key="k", our_id="set", customer_id="cus"),
    "cancel_setup": lambda g: g.cancel_setup(key="k", setup_id="s"),
    "detach_method": lambda g: g.detach_method(key="k", method_id="m"),
    "confirm_payment": lambda g: g.confirm_payment(key="k", gateway_payment_id="p", method_id="m"),
    "get_setup": lambda g: g.get_setup(setup_id="s"),
    "get_method": lambda g: g.get_method(method_id="m"),
    "list_methods": lambda g: list(g.list_methods(customer_id="cus")),
    "get_payment": lambda g: g.get_payment(gateway_payment_id="p", session_id=""),
    "find_payment": lambda g: g.find_payment(our_id="pay_one", call_id="call_one", since=AT),
    "get_refund": lambda g: g.get_refund(refund_id="r"),
    "find_refund": lambda g: g.find_refund(our_id="rf", call_id="call", gateway_payment_id="p"),
    "list_refunds": lambda g: list(g.list_refunds(gateway_payment_id="p")),
    "get_dispute": lambda g: g.get_dispute(dispute_id="d"),
    "list_disputes": lambda g: list(g.list_disputes(since=AT)),
    "get_balance_transaction": lambda g: g.get_balance_transaction(transaction_id="t"),
    "list_balance_transactions": lambda g: list(g.list_balance_transactions(since=AT, until=AT)),
    "get_settlement": lambda g: g.get_settlement(settlement_id="setl_1"),
    "list_settlements": lambda g: list(g.list_settlements(since=AT)),
    "list_settlement_lines": lambda g: list(g.list_settlement_lines(day=AT.date())),
    "list_events": lambda g: list(g.list_events(since=AT)),
}
QUESTIONS = {"minimum_minor", "why_not_charge", "why_not_say", "verify_confirmation"}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def gateway(recorder: Recorder, seen: Seen) -> Gateway:
    return Guarded(recorder, observe=seen)


class TestEveryMethod:
    def test_of_the_contract_is_guarded_and_tried_here(self) -> None:
        assert methods(Guarded) == methods(Gateway) == set(CALLS) | QUESTIONS

    def test_has_the_contracts_own_signature(self) -> None:
        for name in methods(Gateway):
            assert get_type_hints(getattr(Guarded, name)) == get_type_hints(getattr(Gateway, name))

    @pytest.mark.parametrize("name", CALLS)
    def test_reaches_the_adapter(self, gateway: Gateway, recorder: Recorder, name: str) -> None:
        CALLS[name](gateway)
        assert set(recorder.reached) == {name}

    def test_passes_on_what_it_is_given(self, gateway: Gateway) -> None:
        answers = [CALLS[name](gateway) for name in list(CALLS)[:11]]
        assert [answer.request_id for answer in answers if isinstance(answer, Answer)] == [
            "call_one",
            "k p 1.00 INR",
            "k p s",
            "k rf p c 1.00 INR",
            "k d it arrived True",
            "k d",
            "k gcus",
            "k set cus",
            "k s",
            "k m",
            "k p m",
        ]

    def test_shows_the_adapters_name_and_capabilities(self, gateway: Gateway) -> None:
        assert gateway.name == "recorder"
        assert gateway.capabilities == {Capability.LIST_EVENTS}


@pytest.mark.django_db
class TestInsideTheTestCasesOwnTransaction:
    """`django_db` wraps a test in a transaction that production does not have: the guard looks through it."""

    @pytest.mark.parametrize("name", CALLS)
    def test_a_call_is_allowed(self, gateway: Gateway, recorder: Recorder, name: str) -> None:
        assert connection.in_atomic_block
        CALLS[name](gateway)
        assert recorder.reached

    @pytest.mark.parametrize("name", CALLS)
    def test_a_transaction_of_our_own_is_still_seen(
        self, gateway: Gateway, recorder: Recorder, seen: Seen, name: str
    ) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            CALLS[name](gateway)
        assert recorder.reached == []
        assert seen.calls == []

    def test_a_nested_one_too(self, gateway: Gateway, recorder: Recorder) -> None:
        with transaction.atomic(), transaction.atomic(savepoint=False), pytest.raises(CallInsideTransaction):
            CALLS["get_payment"](gateway)
        assert recorder.reached == []

    def test_a_call_after_it_is_allowed_again(self, gateway: Gateway, recorder: Recorder) -> None:
        with transaction.atomic():
            pass
        CALLS["get_payment"](gateway)
        assert recorder.reached == ["get_payment"]

    def test_a_call_after_the_commit_is_allowed(
        self,
        gateway: Gateway,
        recorder: Recorder,
        django_capture_on_commit_callbacks: Callable[..., Any],
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            transaction.on_commit(lambda: gateway.get_refund(refund_id="r") and None)
        assert recorder.reached == ["get_refund"]

    def test_questions_that_ask_nobody_are_always_allowed(self, gateway: Gateway) -> None:
        with transaction.atomic(), network_barred():
            assert gateway.minimum_minor("INR") == 50
            assert gateway.why_not_charge(RUPEE) is None


@pytest.fixture
def no_test_case(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database as production uses it: nothing wrapped around, and so nothing to be cleaned up, for none writes."""
    del django_db_setup
    with django_db_blocker.unblock():
        yield
        connection.close()


@pytest.mark.usefixtures("no_test_case")
class TestWithNoTestCaseAround:
    @pytest.mark.parametrize("name", CALLS)
    def test_a_call_is_allowed(self, gateway: Gateway, recorder: Recorder, name: str) -> None:
        assert not connection.in_atomic_block
        CALLS[name](gateway)
        assert recorder.reached

    @pytest.mark.parametrize("name", CALLS)
    def test_a_transaction_is_seen(self, gateway: Gateway, recorder: Recorder, name: str) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction, match=f"recorder.{name}"):
            CALLS[name](gateway)
        assert recorder.reached == []

    def test_so_is_one_without_a_block(self) -> None:
        connection.ensure_connection()
        transaction.set_autocommit(False)
        try:
            with pytest.raises(CallInsideTransaction):
                check_call_allowed()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)

    def test_a_call_after_the_commit_is_allowed(self, gateway: Gateway, recorder: Recorder) -> None:
        with transaction.atomic():
            transaction.on_commit(lambda: gateway.get_refund(refund_id="r") and None)
        assert recorder.reached == ["get_refund"]

    def test_another_threads_transaction_is_its_own_affair(self, gateway: Gateway, recorder: Recorder) -> None:
        thread = threading.Thread(target=lambda: CALLS["get_payment"](gateway))
        with transaction.atomic():
            thread.start()
            thread.join()
        assert recorder.reached == ["get_payment"]

    def test_a_list_begun_outside_is_not_read_on_inside(self, gateway: Gateway, recorder: Recorder) -> None:
        events = gateway.list_events(since=AT)
        next(events)
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            next(events)
        assert recorder.reached == ["list_events"]

    def test_a_list_is_refused_before_it_is_read(self, gateway: Gateway) -> None:
        with transaction.atomic(), pytest.raises(CallInsideTransaction):
            gateway.list_events(since=AT)


class TestNetworkBarred:
    @pytest.mark.parametrize("name", CALLS)
    def test_no_call_goes_out(self, gateway: Gateway, recorder: Recorder, seen: Seen, name: str) -> None:
        with network_barred(), pytest.raises(NetworkBarred, match=f"recorder.{name}"):
            CALLS[name](gateway)
        assert recorder.reached == []
        assert seen.calls == []

    def test_it_ends_with_the_block_even_when_that_breaks(self, gateway: Gateway, recorder: Recorder) -> None:
        with pytest.raises(ZeroDivisionError), network_barred():
            raise ZeroDivisionError
        CALLS["get_payment"](gateway)
        assert recorder.reached == ["get_payment"]

    def test_it_nests(self, gateway: Gateway) -> None:
        with network_barred():
            with network_barred():
                pass
            with pytest.raises(NetworkBarred):
                CALLS["get_payment"](gateway)

    def test_another_thread_is_not_barred(self, gateway: Gateway, recorder: Recorder) -> None:
        thread = threading.Thread(target=lambda: CALLS["get_payment"](gateway))
        with network_barred():
            thread.start()
            thread.join()
        assert recorder.reached == ["get_payment"]

    def test_a_list_begun_before_is_not_read_on(self, gateway: Gateway) -> None:
        events = gateway.list_events(since=AT)
        next(events)
        with network_barred(), pytest.raises(NetworkBarred):
            next(events)


class TestObserving:
    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_a_change_is_counted_by_its_outcome(
        self, gateway: Gateway, recorder: Recorder, seen: Seen, outcome: Outcome
    ) -> None:
        recorder.outcome = outcome
        CALLS["refund_payment"](gateway)
        assert seen.calls == [("recorder", "refund_payment", outcome.value)]
        assert seen.seconds[0] >= 0

    def test_a_read_is_answered(self, gateway: Gateway, seen: Seen) -> None:
        CALLS["get_payment"](gateway)
        assert seen.calls == [("recorder", "get_payment", "answered")]

    @pytest.mark.parametrize("name", CALLS)
    @pytest.mark.parametrize(
        ("raised", "word"),
        [
            (GatewayMisconfigured("no"), "misconfigured"),
            (GatewayUnreachable("no"), "unreachable"),
            (KeyError("no"), "error"),
        ],
    )
    def test_what_is_raised_is_counted_and_raised(
        self, gateway: Gateway, recorder: Recorder, seen: Seen, name: str, raised: Exception, word: str
    ) -> None:
        recorder.raises = raised
        with pytest.raises(type(raised)):
            CALLS[name](gateway)
        assert seen.calls == [("recorder", name, word)]

    @pytest.mark.parametrize("events", [0, 1, 5])
    def test_a_list_is_one_call_however_long(
        self, gateway: Gateway, recorder: Recorder, seen: Seen, events: int
    ) -> None:
        recorder.events = events
        assert CALLS["list_events"](gateway) == [EVENT] * events
        assert seen.calls == [("recorder", "list_events", "answered")]

    def test_a_list_left_half_read_is_counted_too(self, gateway: Gateway, seen: Seen) -> None:
        events = gateway.list_events(since=AT)
        next(events)
        del events
        assert seen.calls == [("recorder", "list_events", "answered")]
