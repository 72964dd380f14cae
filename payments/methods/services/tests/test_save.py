"""Saving a method: consent first, then the gateway's objects, whatever becomes of their answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.calls.models import GatewayCall
from config.kernel.errors import NotFound
from payments.charges.services.start import GatewayDown, GatewayNotOffered, OutcomeUnknown
from payments.methods.models import GatewayCustomer, MethodSetup, SavedMethod
from payments.methods.services.save import ConsentMissing, SetupRefused, TermsNotCurrent, TooManySetups, go_on
from payments.methods.terms import current_terms
from payments.methods.tests.wallet import ADDRESS, Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS, SETUPS = "/v1/customers", "/v1/setup_intents"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def method() -> SavedMethod:
    return SavedMethod.objects.get()


class TestStart:
    def test_gives_the_browser_what_it_needs_and_says_nothing_of_the_person(self, wallet: Wallet) -> None:
        started = wallet.start()
        assert started.client_secret.startswith(f"{started.setup.gateway_setup_id}_secret")
        assert started.setup.status == "pending"
        assert (started.setup.consent_version, started.setup.consented_at) == ("2026-01", wallet.world.at)
        assert (started.setup.consent_digest, started.setup.consent_address) == (current_terms().digest, ADDRESS)
        (customer,) = wallet.world.sandbox.control.get("objects", kind="customer")["objects"]
        row = GatewayCustomer.objects.get()
        assert customer["body"]["metadata"]["customer"] == row.public_id
        assert (customer["body"]["email"], customer["body"]["name"]) == (None, None)
        assert row.gateway_customer_id == customer["body"]["id"]
        assert {call.status for call in GatewayCall.objects.all()} == {"succeeded"}

    def test_again_goes_on_with_the_same_customer(self, wallet: Wallet) -> None:
        first, second = wallet.start().setup, wallet.start().setup
        assert first.customer == second.customer
        assert wallet.world.requests("POST", CUSTOMERS) == 1

    def test_without_consent_nothing_is_asked(self, wallet: Wallet) -> None:
        before = everything()
        with pytest.raises(ConsentMissing):
            wallet.start(consents=False)
        assert everything() == before
        assert wallet.world.requests("POST", SETUPS) == 0

    def test_of_words_that_are_not_those_of_now_nothing_is_asked(self, wallet: Wallet) -> None:
        before = everything()
        with pytest.raises(TermsNotCurrent):
            wallet.start(terms="2025-06")
        assert everything() == before
        assert wallet.world.requests("POST", CUSTOMERS) == 0

    def test_at_no_gateway_is_refused(self, wallet: Wallet) -> None:
        before = everything()
        with pytest.raises(GatewayNotOffered):
            wallet.start(account="nowhere")
        assert everything() == before

    def test_in_place_of_what_is_not_theirs_is_refused(self, wallet: Wallet) -> None:
        theirs = Wallet(wallet.world).save()
        with pytest.raises(NotFound):
            wallet.start(replaces=theirs.public_id)
        assert MethodSetup.objects.count() == 1

    def test_only_so_many_are_open_at_a_time(self, wallet: Wallet) -> None:
        for _ in range(5):
            wallet.start()
        with pytest.raises(TooManySetups):
            wallet.start()
        assert MethodSetup.objects.count() == 5

    @pytest.mark.parametrize("path", [CUSTOMERS, SETUPS])
    def test_a_lost_answer_is_asked_about_and_makes_nothing_twice(self, wallet: Wallet, path: str) -> None:
        wallet.world.lose_answer(path)
        with pytest.raises(OutcomeUnknown):
            wallet.start()
        wallet.world.later(seconds=30)
        wallet.world.work()
        assert {call.status for call in GatewayCall.objects.all()} == {"succeeded"}
        kind = "customer" if path == CUSTOMERS else "setup_intent"
        assert len(wallet.world.sandbox.control.get("objects", kind=kind)["objects"]) == 1
        if path == SETUPS:
            assert go_on(MethodSetup.objects.get(), at=wallet.world.at).client_secret

    @pytest.mark.parametrize("path", [CUSTOMERS, SETUPS])
    def test_a_gateway_that_takes_nothing_now_leaves_the_way_free(self, wallet: Wallet, path: str) -> None:
        wallet.world.fail(path, status=429, code="rate_limit")
        with pytest.raises(GatewayDown):
            wallet.start()
        assert wallet.start().client_secret

    def test_what_the_gateway_refuses_is_over(self, wallet: Wallet) -> None:
        wallet.start()
        wallet.world.fail(SETUPS, status=400, code="parameter_invalid")
        with pytest.raises(SetupRefused):
            wallet.start()
        assert list(MethodSetup.objects.order_by("pk").values_list("status", flat=True)) == ["pending", "cancelled"]


class TestAsk:
    def test_a_setup_that_was_never_made_is_given_up_after_a_day(self, wallet: Wallet) -> None:
        wallet.start()
        wallet.world.refuse(SETUPS, times=1)
        with pytest.raises(OutcomeUnknown):
            wallet.start()
        for _ in range(3):
            wallet.world.later(hours=25)
            wallet.world.work()
        assert GatewayCall.objects.latest("pk").status == "not_executed"
        last = MethodSetup.objects.latest("pk")
        assert (last.status, last.ended_at is not None) == ("cancelled", True)
        assert wallet.world.at - last.created_at < timedelta(days=7)
