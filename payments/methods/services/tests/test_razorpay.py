"""Saved methods at Razorpay, end to end: accepted is not paid, mandates have a life, and nothing is charged twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from config.accounts.models import User
from config.audit.models import AuditEntry
from config.calls.models import GatewayCall
from config.calls.services import OpenCallExists
from config.inbox.models import WebhookEvent
from orders.order.models import Order
from orders.tests.together import together
from payments.charges.models import Payment
from payments.charges.services.checkout import ConfirmationNotGenuine
from payments.charges.services.close import AlreadyPaid, expire_reservation
from payments.charges.services.start import GatewayDown, OutcomeUnknown
from payments.gateways.contract import Outcome
from payments.gateways.razorpay import recurring
from payments.gateways.registry import gateway_for
from payments.ledger.queries import balance_minor
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.services.charge import MethodNotChargeable
from payments.methods.services.follow import follow_up
from payments.methods.services.keep import detach, expire_due, make_default
from payments.methods.services.save import SetupRefused, TooManySetups
from payments.methods.terms import current_terms
from payments.methods.tests.razorpay_wallet import ABROAD, ASKS, EMPTY, REVOKED, RazorpayWallet
from payments.methods.tests.wallet import ADDRESS, charge, order_of
from payments.tests.razorpay_world import EMPTY as DECLINED
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything

pytestmark = pytest.mark.django_db(transaction=True)
CHARGES = "/v1/payments/create/recurring"


@pytest.fixture
def wallet(razorpay: RazorpayWorld) -> RazorpayWallet:
    return RazorpayWallet(razorpay)


def calls(operation: str = "payment.confirm") -> list[str]:
    return list(GatewayCall.objects.filter(operation=operation).order_by("pk").values_list("status", flat=True))


def taken(wallet: RazorpayWallet, order: Order) -> tuple[int, int]:
    moved: tuple[int, int] = wallet.world.moved(order, "captured")
    return moved


class TestSetup:
    def test_gives_checkout_what_it_needs_and_says_nothing_of_the_person(self, wallet: RazorpayWallet) -> None:
        started = wallet.start()
        (order,) = wallet.world.sandbox.control.get("objects", gateway="razorpay", kind="order")["objects"]
        (customer,) = wallet.world.sandbox.control.get("objects", gateway="razorpay", kind="customer")["objects"]
        assert started.client_secret == started.setup.gateway_setup_id == order["body"]["id"]
        assert (order["body"]["amount"], order["body"]["customer_id"]) == (100, customer["body"]["id"])
        assert order["hidden"]["token"]["frequency"] == "as_presented"
        assert not order["hidden"]["capture"]
        assert customer["body"]["notes"]["customer"] == GatewayCustomer.objects.get().public_id
        assert (customer["body"]["email"], customer["body"]["contact"]) == (None, None)
        assert wallet.person.email not in str(customer)

    def test_saves_an_indian_card_with_four_digits_and_no_more(self, wallet: RazorpayWallet) -> None:
        saved = wallet.save()
        assert (saved.kind, saved.last4, saved.status, saved.is_default) == ("card", "1007", "active", True)
        assert (saved.network, saved.expiry_month, saved.expiry_year) == ("", None, None)
        assert (saved.consent_version, saved.setup.status) == ("2026-01", "succeeded")
        assert (saved.setup.consent_digest, saved.setup.consent_address) == (current_terms().digest, ADDRESS)

    def test_saves_of_a_card_from_abroad_what_may_be_kept(self, wallet: RazorpayWallet) -> None:
        saved = wallet.save(ABROAD)
        assert (saved.network, saved.expiry_month, saved.expiry_year) == ("MasterCard", 12, 2034)

    def test_moves_no_money_of_ours(self, wallet: RazorpayWallet) -> None:
        wallet.save()
        (payment,) = wallet.world.sandbox.control.get("objects", gateway="razorpay", kind="payment")["objects"]
        assert payment["body"]["status"] == "authorized"
        wallet.control(f"payments/{payment['body']['id']}/release")
        before = everything()
        wallet.world.hear()
        assert Payment.objects.count() == 0
        assert everything() == before

    def test_a_declined_card_leaves_it_open_for_another(self, wallet: RazorpayWallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup, DECLINED)
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code, SavedMethod.objects.count()) == ("failed", "insufficient_fund", 0)
        wallet.confirm(setup)
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, SavedMethod.objects.get().setup) == ("succeeded", setup)

    def test_told_twice_saves_once(self, wallet: RazorpayWallet) -> None:
        wallet.save()
        before = everything()
        wallet.world.delivered.clear()
        wallet.world.hear()
        assert SavedMethod.objects.count() == 1
        assert len(before) == len(everything())

    def test_what_the_client_brings_is_verified_and_only_a_reason_to_ask(self, wallet: RazorpayWallet) -> None:
        setup = wallet.start().setup
        proof = wallet.confirm(setup)["checkout"]
        before = everything()
        for forged in (proof | {"razorpay_signature": "0" * 64}, proof | {"razorpay_order_id": "order_Another000000"}):
            with pytest.raises(ConfirmationNotGenuine):
                follow_up(setup=setup, actor="test", at=wallet.world.at, proof=forged)
        assert everything() == before
        follow_up(setup=setup, actor="test", at=wallet.world.at, proof=proof)
        assert SavedMethod.objects.get().setup == setup

    def test_an_electronic_mandate_waits_for_its_bank(self, wallet: RazorpayWallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup, "netbanking")
        wallet.control(f"orders/{setup.gateway_setup_id}/authorize")
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, SavedMethod.objects.count()) == ("pending", 0)
        (token,) = wallet.tokens()
        wallet.control(f"tokens/{token['id']}/confirm")
        wallet.world.hear()
        method = SavedMethod.objects.get()
        assert (method.kind, method.issuer, method.expiry_year) == ("emandate", "HDFC", 2099)
        assert "vpa" not in str(everything())

    def test_a_mandate_that_the_bank_rejects_fails_and_may_be_tried_again(self, wallet: RazorpayWallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup, "netbanking")
        wallet.control(f"orders/{setup.gateway_setup_id}/authorize")
        wallet.world.hear()
        wallet.control(f"tokens/{wallet.tokens()[0]['id']}/reject")
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code, SavedMethod.objects.count()) == ("failed", "token_rejected", 0)

    @pytest.mark.parametrize(("path", "kind"), [("/v1/customers", "customer"), ("/v1/orders", "order")])
    def test_a_lost_answer_is_asked_about_and_makes_nothing_twice(
        self, wallet: RazorpayWallet, path: str, kind: str
    ) -> None:
        wallet.world.lose_answer(path)
        with pytest.raises(OutcomeUnknown):
            wallet.start()
        wallet.world.later(seconds=30)
        wallet.world.work()
        assert {call.status for call in GatewayCall.objects.all()} == {"succeeded"}
        assert len(wallet.world.sandbox.control.get("objects", gateway="razorpay", kind=kind)["objects"]) == 1

    def test_an_event_that_comes_before_its_setup_is_stored_finds_it(self, wallet: RazorpayWallet) -> None:
        wallet.world.lose_answer("/v1/orders")
        with pytest.raises(OutcomeUnknown):
            wallet.start()
        (order,) = wallet.world.sandbox.control.get("objects", gateway="razorpay", kind="order")["objects"]
        wallet.control(f"orders/{order['body']['id']}/pay")
        wallet.world.hear()
        setup = MethodSetup.objects.get()
        assert (setup.gateway_setup_id, setup.status) == (order["body"]["id"], "succeeded")
        assert (calls("method.setup"), SavedMethod.objects.get().setup) == (["succeeded"], setup)

    def test_another_persons_customer_is_never_taken(self, wallet: RazorpayWallet) -> None:
        """Razorpay might take two people for one; their methods are theirs all the same."""
        wallet.save()
        other = RazorpayWallet(wallet.world)
        customer = GatewayCustomer.objects.get()
        found = wallet.world.sandbox.control.get("objects", gateway="razorpay", kind="customer")["objects"][0]["body"]
        wallet.world.sandbox.control.fault(
            "error", gateway="razorpay", method="POST", path="/v1/customers", status=400, count=1,
            error={"description": f"Customer already exists: {found['id']}"},
        )  # fmt: skip
        with pytest.raises(SetupRefused):
            other.start()
        assert not MethodSetup.objects.filter(customer__person=other.person).exists()
        assert GatewayCustomer.objects.exclude(pk=customer.pk).get().gateway_customer_id is None

    def test_what_was_taken_though_only_authorised_waits_for_a_person(self, wallet: RazorpayWallet) -> None:
        setup = wallet.start().setup
        paid = wallet.confirm(setup)["object"]
        wallet.control(f"payments/{paid['id']}/capture")
        wallet.world.hear()
        assert "setup_was_captured" in dead_events()
        assert SavedMethod.objects.count() == 0

    def test_a_gateway_that_takes_nothing_now_leaves_the_way_free(self, wallet: RazorpayWallet) -> None:
        wallet.world.sandbox.control.fault(
            "error", gateway="razorpay", method="POST", path="/v1/orders", status=429, stage="before", count=1
        )
        with pytest.raises(GatewayDown):
            wallet.start()
        assert wallet.start().client_secret

    def test_left_by_its_person_it_is_over_after_days(self, wallet: RazorpayWallet) -> None:
        for _ in range(5):
            wallet.start()
        with pytest.raises(TooManySetups):
            wallet.start()
        for _ in range(14):
            wallet.world.later(hours=6)
            wallet.poll()
        assert set(MethodSetup.objects.values_list("status", "failure_code")) == {("cancelled", "forsaken")}
        assert wallet.start().setup.status == "pending"

    def given_up(self, wallet: RazorpayWallet) -> MethodSetup:
        setup = wallet.start().setup
        for _ in range(14):
            wallet.world.later(hours=6)
            wallet.poll()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code) == ("cancelled", "forsaken")
        return setup

    def test_who_comes_back_to_what_was_given_up_has_it_saved_and_can_have_it_forgotten(
        self, wallet: RazorpayWallet
    ) -> None:
        setup = self.given_up(wallet)
        wallet.confirm(setup)
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code, setup.ended_at is not None) == ("succeeded", "", True)
        detach(method=setup.method, actor=wallet.person.actor, reason="by its owner", at=wallet.world.at)
        wallet.world.work()
        assert wallet.tokens() == []

    @pytest.mark.parametrize("hears", [True, False])
    def test_who_comes_back_to_it_with_a_slow_bank_is_waited_for_again(
        self, wallet: RazorpayWallet, hears: bool
    ) -> None:
        setup = self.given_up(wallet)
        wallet.confirm(setup, "netbanking")
        wallet.control(f"orders/{setup.gateway_setup_id}/authorize")
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, setup.failure_code, setup.ended_at) == ("pending", "", None)
        wallet.control(f"tokens/{wallet.tokens()[0]['id']}/confirm")
        if hears:
            wallet.world.hear()
        else:
            wallet.world.later(hours=6)
            wallet.poll()
        assert SavedMethod.objects.get().setup == setup

    @pytest.mark.parametrize("who", ["deleted", "forgotten"])
    def test_nothing_is_saved_any_more_of_who_is_gone(self, wallet: RazorpayWallet, who: str) -> None:
        setup = self.given_up(wallet)
        if who == "deleted":
            GatewayCustomer.objects.update(deleted_at=wallet.world.at)
        else:
            User.objects.filter(pk=wallet.person.pk).update(is_active=False)
        wallet.confirm(setup)
        wallet.world.hear()
        setup.refresh_from_db()
        assert (setup.status, SavedMethod.objects.count()) == ("cancelled", 0)

    def test_five_open_ones_stand_in_the_way_for_an_hour_alone(self, wallet: RazorpayWallet) -> None:
        """The first of them is over then; the others no longer stand in anybody's way."""
        for _ in range(5):
            wallet.start()
        for minutes in (2, 3, 5, 10, 10, 29):
            wallet.world.later(minutes=minutes)
            wallet.poll()
        assert set(MethodSetup.objects.values_list("status", flat=True)) == {"pending"}
        wallet.world.later(minutes=2)
        wallet.poll()
        assert sorted(MethodSetup.objects.values_list("status", flat=True)) == ["cancelled", *["pending"] * 4]
        assert wallet.start().setup.status == "pending"

    def test_without_events_it_is_saved_by_asking(self, wallet: RazorpayWallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup)
        wallet.world.later(minutes=3)
        wallet.poll()
        assert SavedMethod.objects.get().setup == setup


class TestMandate:
    def test_paused_it_is_not_charged_and_resumed_it_is(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.mandate(method, "pause")
        method.refresh_from_db()
        assert (method.status, method.is_default) == ("paused", True)
        before = everything()
        with pytest.raises(MethodNotChargeable):
            charge(wallet, order, method)
        assert everything() == before
        wallet.mandate(method, "resume")
        method.refresh_from_db()
        assert method.status == "active"
        assert charge(wallet, order, method).status == "captured"

    def test_cancelled_it_is_gone_for_good(self, wallet: RazorpayWallet) -> None:
        method = wallet.save()
        wallet.mandate(method, "cancel")
        method.refresh_from_db()
        assert (method.status, method.is_default) == ("detached", False)
        assert method.detached_at is not None

    def test_forgotten_here_it_is_deleted_there(self, wallet: RazorpayWallet) -> None:
        method = wallet.save()
        assert detach(method=method, actor="test", reason="asked", at=wallet.world.at)
        wallet.world.work()
        method.refresh_from_db()
        assert (method.status, wallet.tokens()) == ("detached", [])

    def test_a_lost_answer_to_forgetting_is_asked_about(self, wallet: RazorpayWallet) -> None:
        method = wallet.save()
        detach(method=method, actor="test", reason="asked", at=wallet.world.at)
        wallet.world.lose_answer("/v1/customers/*", method="DELETE")
        wallet.world.work()
        wallet.world.later(minutes=1)
        wallet.world.work()
        method.refresh_from_db()
        assert (method.status, calls("method.detach")) == ("detached", ["succeeded"])

    def test_in_place_of_an_older_one_that_one_is_forgotten(self, wallet: RazorpayWallet) -> None:
        old = wallet.save()
        new = wallet.save(ABROAD, replaces=old.public_id)
        wallet.world.work()
        old.refresh_from_db()
        assert (old.status, new.is_default) == ("detached", True)
        assert [each["id"] for each in wallet.tokens()] == [wallet.token_id(new)]

    def test_one_of_two_is_the_default(self, wallet: RazorpayWallet) -> None:
        first, second = wallet.save(), wallet.save(ABROAD)
        assert make_default(method=second, actor="test", at=wallet.world.at)
        first.refresh_from_db()
        assert not first.is_default

    def test_a_card_from_abroad_expires(self, wallet: RazorpayWallet) -> None:
        method = wallet.save(ABROAD)
        SavedMethod.objects.filter(pk=method.pk).update(expiry_year=2025)
        assert expire_due(at=wallet.world.at) == 1
        method.refresh_from_db()
        assert method.status == "expired"


class TestCharge:
    def test_takes_the_money_once_and_holds_it(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        payment = charge(wallet, order, method)
        assert (payment.status, payment.captured_minor, payment.saved_method) == ("captured", 50_000, method)
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, balance_minor("escrow", currency="INR")) == ("paid", -50_000)
        assert (taken(wallet, order), calls()) == ((1, 50_000), ["succeeded"])
        with pytest.raises(AlreadyPaid):
            charge(wallet, order, method)
        assert taken(wallet, order) == (1, 50_000)

    def test_asks_razorpay_alone_whom_to_tell(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        charge(wallet, order, method)
        sent = wallet.world.sandbox.control.requests(method="POST", path=CHARGES)["requests"][0]["params"]
        assert (sent["email"], sent["contact"]) == ("buyer@example.com", "+919000090000")
        assert sent["notes"]["payment"] == Payment.objects.get().public_id
        assert "+919000090000" not in str(everything())

    def test_accepted_is_not_paid(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=130_000)
        payment = charge(wallet, order, method)
        assert (payment.status, payment.is_processing, calls()) == ("pending", True, ["pending"])
        with pytest.raises(OpenCallExists):
            charge(wallet, order, method)
        assert taken(wallet, order) == (0, 0)
        assert wallet.world.requests("POST", CHARGES) == 1

    def test_a_day_and_a_half_later_it_is_debited_and_the_order_has_waited(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=None)
        payment = charge(wallet, order, method)
        wallet.world.later(hours=36)
        assert not expire_reservation(order_pk=order.pk, at=wallet.world.at)
        wallet.world.at_gateway(payment, "authorize")
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, calls(), balance_minor("unapplied", currency="INR")) == ("paid", ["succeeded"], 0)

    def test_never_decided_it_is_given_up(self, wallet: RazorpayWallet) -> None:
        """The other side of the patience above: the stock is not kept for ever."""
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=None)
        charge(wallet, order, method)
        wallet.world.later(hours=121)
        wallet.world.work()
        expire_reservation(order_pk=order.pk, at=wallet.world.at)
        order.refresh_from_db()
        payment = Payment.objects.get()
        assert payment.closed_at is not None

    def test_without_events_it_is_asked_about_until_it_ends(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=None)
        payment = charge(wallet, order, method)
        for _ in range(3):
            wallet.world.later(minutes=3)
            wallet.poll()
        assert calls() == ["pending"]
        wallet.world.at_gateway(payment, "authorize")
        wallet.world.later(hours=7)
        wallet.poll()
        payment.refresh_from_db()
        assert (payment.status, calls()) == ("captured", ["succeeded"])

    def test_accepted_and_declined_later_may_be_tried_again_on_the_same_order(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=None)
        payment = charge(wallet, order, method)
        wallet.world.at_gateway(payment, "fail", reason="bank_technical_error")
        wallet.world.hear()
        payment.refresh_from_db()
        assert (payment.status, payment.failure_code, calls()) == ("failed", "bank_technical_error", ["declined"])
        method.refresh_from_db()
        assert method.status == "active"
        wallet.control("rules", debits_after_s=0)
        assert charge(wallet, order, method).status == "captured"
        assert (Payment.objects.count(), taken(wallet, order)) == (1, (1, 50_000))

    def test_where_the_bank_wants_the_buyer_they_go_on_with_the_same_payment(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(ASKS), order_of(wallet, 50_000)
        payment = charge(wallet, order, method)
        assert (payment.status, payment.failure_code) == ("failed", "authentication_required")
        wallet.world.hear()
        method.refresh_from_db()
        assert method.status == "active"
        (letter,) = [each for each in mail.outbox if "not paid yet" in each.subject]
        assert order.public_id in letter.body
        wallet.world.confirm(payment)
        wallet.world.hear()
        order.refresh_from_db()
        assert (order.status, Payment.objects.count(), taken(wallet, order)) == ("paid", 1, (1, 50_000))

    def test_a_declined_charge_may_be_repeated(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(EMPTY), order_of(wallet, 50_000)
        for _ in range(2):
            assert charge(wallet, order, method).status == "failed"
        assert (calls(), taken(wallet, order)) == (["declined", "declined"], (0, 0))

    def test_a_dead_mandate_bars_the_method(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(REVOKED), order_of(wallet, 50_000)
        assert charge(wallet, order, method).status == "failed"
        wallet.world.work()
        method.refresh_from_db()
        assert (method.status, method.barred_code) == ("barred", "mandate_cancelled")

    def test_above_the_mandate_it_is_refused_and_the_buyer_is_asked(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 1_500_100)
        payment = charge(wallet, order, method)
        wallet.world.work()
        assert (calls(), taken(wallet, order)) == (["declined"], (0, 0))
        assert payment.status in ("pending", "failed")
        assert [each for each in mail.outbox if "not paid yet" in each.subject]

    def test_a_lost_answer_is_asked_about_and_nothing_is_taken_twice(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.world.lose_answer(CHARGES)
        charge(wallet, order, method)
        with pytest.raises(OpenCallExists):
            charge(wallet, order, method)
        wallet.world.later(seconds=30)
        wallet.world.work()
        order.refresh_from_db()
        assert (order.status, calls(), taken(wallet, order)) == ("paid", ["succeeded"], (1, 50_000))
        assert wallet.world.requests("POST", CHARGES) == 1

    def test_a_request_that_never_came_is_sent_again_on_the_same_order(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        Order.objects.filter(pk=order.pk).update(reserved_until=wallet.world.at + timedelta(hours=2))
        wallet.world.refuse(CHARGES)
        charge(wallet, order, method)
        wallet.world.later(minutes=14)
        wallet.world.work()
        assert calls() == ["unknown"]
        for _ in range(3):
            wallet.world.later(minutes=6)
            wallet.world.work()
        assert calls() == ["not_executed"]
        assert charge(wallet, order, method).status == "captured"
        assert (calls(), taken(wallet, order), Payment.objects.count()) == (["succeeded"], (1, 50_000), 1)

    def test_at_the_same_moment_it_is_charged_once(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=None)  # so that nothing but ours keeps the second from being taken
        together([lambda: charge(wallet, order, method)] * 4)
        assert (wallet.world.requests("POST", CHARGES), Payment.objects.count()) == (1, 1)
        payment = Payment.objects.get()
        wallet.world.at_gateway(payment, "authorize")
        wallet.world.hear()
        assert (taken(wallet, order), calls()) == ((1, 50_000), ["succeeded"])

    def test_negative_control_without_looking_an_order_is_charged_twice(
        self, wallet: RazorpayWallet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its charges have no key: what is under way is left alone only because it is looked at before."""
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control("rules", debits_after_s=None)
        payment = charge(wallet, order, method)
        gateway = gateway_for("razorpay")
        asked = {"gateway_payment_id": payment.gateway_payment_id or "", "method_id": method.gateway_method_id}
        assert gateway.confirm_payment(key="call_second", **asked).outcome is Outcome.PENDING
        assert wallet.world.requests("POST", CHARGES) == 1
        monkeypatch.setattr(recurring, "_is_free", lambda attempts, view: True)
        gateway.confirm_payment(key="call_third", **asked)
        assert wallet.world.requests("POST", CHARGES) == 2

    def test_what_cannot_be_looked_up_first_is_not_sent(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.world.sandbox.control.fault(
            "error", gateway="razorpay", method="GET", path="/v1/orders/*", status=503, stage="before", count=1
        )
        charge(wallet, order, method)
        assert (calls(), wallet.world.requests("POST", CHARGES)) == (["not_executed"], 0)
        assert charge(wallet, order, method).status == "captured"

    def test_of_a_token_deleted_in_the_dashboard_is_declined(self, wallet: RazorpayWallet) -> None:
        method, order = wallet.save(), order_of(wallet, 50_000)
        wallet.control(f"tokens/{wallet.token_id(method)}/delete")
        charge(wallet, order, method)
        assert (calls(), taken(wallet, order)) == (["declined"], (0, 0))

    def test_each_step_is_in_the_history(self, wallet: RazorpayWallet) -> None:
        method = wallet.save()
        wallet.mandate(method, "pause")
        entry = AuditEntry.objects.filter(subject_id=method.public_id).latest("pk")
        assert (entry.actor, entry.reason) == ("gateway:razorpay", "paused at the gateway")


def dead_events() -> list[str]:
    return list(WebhookEvent.objects.filter(state="dead").values_list("last_error_code", flat=True))
