"""The doors to a person's saved methods, over HTTP, with the sandbox behind them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.accounts.tokens import issue
from config.idempotency.models import IdempotencyKey
from orders.order.models import Order
from orders.tests.factories import make_user
from payments.abuse.models import PaymentOrigin
from payments.abuse.rules import Kind
from payments.abuse.services import screen as screening
from payments.abuse.services.learn import note_setup_declines
from payments.abuse.services.screen import digest_of
from payments.charges.models import Payment
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.terms import current_terms
from payments.methods.tests.razorpay_wallet import RazorpayWallet
from payments.methods.tests.wallet import Wallet
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/payment-methods/"
AGREED = {"consent": True, "terms_version": "2026-01"}


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def headers(user: User | None, key: str = "") -> dict[str, str]:
    found = {"Idempotency-Key": key or uuid.uuid4().hex}
    return found | ({"Authorization": f"Bearer {issue(user=user).access}"} if user is not None else {})


def post(path: str, user: User | None, body: Any = None, *, key: str = "") -> Any:
    return Client().post(path, data=body or {}, content_type="application/json", headers=headers(user, key))


def get(user: User | None) -> Any:
    return Client().get(PATH, headers=headers(user))


def codes(response: Any) -> set[str]:
    return {error["code"] for error in response.json()["errors"]}


class TestStart:
    def test_gives_the_browser_its_secret(self, wallet: Wallet) -> None:
        response = post(PATH, wallet.person, AGREED)
        assert response.status_code == 201, response.content
        body = response.json()
        assert body["client_secret"].startswith(body["gateway_setup_id"])
        assert (body["status"], body["gateway"], body["method"]) == ("pending", "stripe", None)
        setup = MethodSetup.objects.get()
        assert (setup.consent_version, setup.consent_address) == ("2026-01", "127.0.0.1")

    def test_again_with_the_same_key_is_the_same_and_its_secret_is_kept_nowhere(self, wallet: Wallet) -> None:
        key = uuid.uuid4().hex
        first, again = (post(PATH, wallet.person, AGREED, key=key) for _ in range(2))
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert MethodSetup.objects.count() == 1
        assert first.json()["client_secret"].encode() not in bytes(IdempotencyKey.objects.get().answer or b"")

    def test_without_consent_is_refused(self, wallet: Wallet) -> None:
        before = everything()
        response = post(PATH, wallet.person)
        assert (response.status_code, codes(response)) == (422, {"consent_missing"})
        assert everything() == before

    @pytest.mark.parametrize("gateway", ["stripe", "razorpay"])
    @pytest.mark.parametrize("shown", ["2025-06", "", None])
    def test_to_words_that_are_not_those_of_now_nobody_consents(
        self, wallet: Wallet, gateway: str, shown: str | None
    ) -> None:
        body = {"consent": True, "gateway": gateway} | ({} if shown is None else {"terms_version": shown})
        before = everything()
        response = post(PATH, wallet.person, body)
        assert (response.status_code, codes(response)) == (422, {"terms_not_current"})
        assert response.json()["errors"][0]["attr"] == "terms_version"
        assert everything() == before

    def test_who_was_shown_the_words_before_a_new_version_is_refused(self, wallet: Wallet, settings: Any) -> None:
        shown = Client().get(f"{PATH}terms/", headers=headers(wallet.person)).json()["version"]
        words = {**settings.POLICY.saved_method_terms, "2027-01": "I agree to more."}
        settings.POLICY = replace(settings.POLICY, saved_method_terms=words, saved_method_terms_version="2027-01")
        refused = post(PATH, wallet.person, {"consent": True, "terms_version": shown})
        assert codes(refused) == {"terms_not_current"}
        now = Client().get(f"{PATH}terms/", headers=headers(wallet.person)).json()
        assert now == {"version": "2027-01", "text": "I agree to more."}
        assert post(PATH, wallet.person, {"consent": True, "terms_version": now["version"]}).status_code == 201
        assert MethodSetup.objects.get().consent_digest == sha256(b"I agree to more.").hexdigest()

    def test_without_a_key_is_refused(self, wallet: Wallet) -> None:
        token = headers(wallet.person)["Authorization"]
        response = Client().post(PATH, data=AGREED, content_type="application/json", headers={"Authorization": token})
        assert codes(response) == {"idempotency_key_required"}

    @pytest.mark.parametrize("role", [None, Role.SCOUT, Role.SUPPORT])
    def test_is_for_who_pays(self, world: World, role: Role | None) -> None:
        response = post(PATH, make_user(role) if role else None, AGREED)
        assert response.status_code in (401, 403)
        assert not MethodSetup.objects.exists()


class TestTerms:
    def test_are_the_words_of_now(self, wallet: Wallet) -> None:
        body = Client().get(f"{PATH}terms/", headers=headers(wallet.person)).json()
        assert body == {"version": "2026-01", "text": current_terms().words}
        assert "while I am not present" in body["text"].replace("\n", " ")

    @pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.SUPPORT, 403)])
    def test_are_for_who_saves(self, db: None, role: Role | None, status: int) -> None:
        user = make_user(role) if role else None
        assert Client().get(f"{PATH}terms/", headers=headers(user)).status_code == status


class TestConfirm:
    def test_asks_the_gateway_at_once(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup)
        body = post(f"{PATH}setups/{setup.public_id}/confirm/", wallet.person).json()
        assert (body["status"], body["method"]) == ("succeeded", SavedMethod.objects.get().public_id)

    def test_of_anybody_else_is_not_there(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        assert post(f"{PATH}setups/{setup.public_id}/confirm/", make_user(Role.BUYER)).status_code == 404


class TestList:
    def test_shows_what_may_be_shown_newest_first(self, wallet: Wallet) -> None:
        first, second, left = wallet.save(), wallet.save("pm_card_in"), wallet.save()
        post(f"{PATH}{left.public_id}/detach/", wallet.person)
        rows = get(wallet.person).json()["results"]
        assert [row["id"] for row in rows] == [second.public_id, first.public_id]
        assert (rows[0]["last4"], rows[0]["network"], rows[0]["expiry_year"]) == ("0008", None, None)
        assert (rows[1]["network"], rows[1]["expiry_year"], rows[1]["is_default"]) == ("visa", 2034, True)
        assert "gateway_method_id" not in rows[0]

    def test_is_ones_own(self, wallet: Wallet) -> None:
        wallet.save()
        assert get(make_user(Role.BUYER)).json()["results"] == []
        assert get(make_user(Role.OPERATIONS)).status_code == 403
        assert get(None).status_code == 401


class TestDefault:
    def test_is_moved(self, wallet: Wallet) -> None:
        wallet.save()
        second = wallet.save()
        body = post(f"{PATH}{second.public_id}/default/", wallet.person).json()
        assert body["is_default"] is True
        assert SavedMethod.objects.get(is_default=True) == second

    def test_of_what_is_gone_is_refused(self, wallet: Wallet) -> None:
        method = wallet.save()
        post(f"{PATH}{method.public_id}/detach/", wallet.person)
        response = post(f"{PATH}{method.public_id}/default/", wallet.person)
        assert (response.status_code, codes(response)) == (409, {"method_gone"})


class TestDetach:
    def test_is_at_once_and_told_twice_the_same(self, wallet: Wallet) -> None:
        method = wallet.save()
        for _ in range(2):
            response = post(f"{PATH}{method.public_id}/detach/", wallet.person)
            assert (response.status_code, response.json()["status"]) == (200, "detaching")
        wallet.world.work()
        assert post(f"{PATH}{method.public_id}/detach/", wallet.person).json()["status"] == "detached"

    @pytest.mark.parametrize("verb", ["default", "detach"])
    def test_anybody_elses_is_not_there(self, wallet: Wallet, verb: str) -> None:
        method = wallet.save()
        before = everything()
        for stranger in (make_user(Role.BUYER), make_user(Role.ORGANIZER)):
            assert post(f"{PATH}{method.public_id}/{verb}/", stranger).status_code == 404
        assert everything() == before


class TestCharge:
    @pytest.fixture
    def order(self, wallet: Wallet) -> Order:
        order = wallet.world.order(10_000)
        Order.objects.filter(pk=order.pk).update(buyer=wallet.person)
        return order

    def test_pays_ones_own_order_once_for_a_key(self, wallet: Wallet, order: Order) -> None:
        method, key = wallet.save(), uuid.uuid4().hex
        for _ in range(2):
            response = post(f"{PATH}{method.public_id}/charge/", wallet.person, {"order": order.public_id}, key=key)
            assert (response.status_code, response.json()["status"]) == (200, "captured"), response.content
        assert wallet.world.moved(order, "captured") == (1, 10_000)

    def test_where_the_bank_wants_the_buyer_the_same_payments_secret_is_told_to_them_alone(
        self, wallet: Wallet, order: Order
    ) -> None:
        method = wallet.save("pm_card_authenticationRequired")
        body = post(f"{PATH}{method.public_id}/charge/", wallet.person, {"order": order.public_id}).json()
        assert (body["status"], body["failure_code"]) == ("failed", "authentication_required")
        place = f"/api/v1/payments/{body['id']}/"
        told = Client().get(place, headers=headers(wallet.person)).json()["payment"]
        assert told["client_secret"].startswith(told["gateway_payment_id"])
        assert Client().get(place, headers=headers(make_user(Role.BUYER))).status_code == 404
        assert Client().get(place).status_code in (401, 403)
        assert Client().get("/api/v1/payments/pay_of_nobody/", headers=headers(wallet.person)).status_code == 404

    def test_nobody_elses_order(self, wallet: Wallet) -> None:
        method, order = wallet.save(), wallet.world.order(10_000)
        response = post(f"{PATH}{method.public_id}/charge/", wallet.person, {"order": order.public_id})
        assert response.status_code == 404
        assert wallet.world.moved(order, "captured") == (0, 0)

    def test_by_nobody_elses_method(self, wallet: Wallet, order: Order) -> None:
        theirs = Wallet(wallet.world).save()
        response = post(f"{PATH}{theirs.public_id}/charge/", wallet.person, {"order": order.public_id})
        assert response.status_code == 404


class TestScreen:
    """Whoever may not pay may not try their cards by saving them either."""

    @pytest.fixture
    def tried(self, wallet: Wallet) -> Wallet:
        """Somebody whose cards were declined five times while they saved them."""
        wallet.world.at = wallet.world.now()
        assert post(PATH, wallet.person, AGREED).status_code == 201
        setup = MethodSetup.objects.get()
        told = [f"setatt_{number}" for number in range(5)]
        note_setup_declines(setup=setup, told=told, fingerprint="card", at=wallet.world.at)
        return wallet

    def test_a_setup_is_counted_where_it_came_from(self, tried: Wallet) -> None:
        origin = PaymentOrigin.objects.get()
        assert (origin.payment, origin.setup) == (None, MethodSetup.objects.get())
        assert bytes(origin.email) == digest_of(Kind.EMAIL, tried.person.email)
        assert origin.address_shown == "127.0.0.1"

    def test_after_several_declines_a_proof_is_asked_for(self, tried: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
        before = everything()
        refused = post(PATH, tried.person, AGREED)
        assert (refused.status_code, codes(refused)) == (429, {"challenge_required"})
        assert everything() == before
        monkeypatch.setattr(screening, "verifier", AnyToken)
        assert post(PATH, tried.person, {**AGREED, "challenge_token": "good"}).status_code == 201

    def test_who_is_blocked_saves_nothing_and_charges_nothing(self, tried: Wallet) -> None:
        method, order = tried.save(), tried.world.order()
        Order.objects.filter(pk=order.pk).update(buyer=tried.person)
        told = [f"setatt_more{number}" for number in range(7)]
        setup = MethodSetup.objects.order_by("pk")[0]
        with transaction.atomic():
            note_setup_declines(setup=setup, told=told, fingerprint="", at=tried.world.at)
        for path, body in (
            (PATH, AGREED),
            (f"{PATH}{method.public_id}/charge/", {"order": order.public_id}),
        ):
            refused = post(path, tried.person, body)
            assert (refused.status_code, codes(refused)) == (403, {"payments_blocked"})
        assert (MethodSetup.objects.count(), Payment.objects.count()) == (2, 0)

    def test_a_charge_is_counted_where_it_came_from(self, wallet: Wallet) -> None:
        method, order = wallet.save(), wallet.world.order()
        Order.objects.filter(pk=order.pk).update(buyer=wallet.person)
        assert post(f"{PATH}{method.public_id}/charge/", wallet.person, {"order": order.public_id}).status_code == 200
        assert bytes(PaymentOrigin.objects.get().email) == digest_of(Kind.EMAIL, wallet.person.email)


class AnyToken:
    """A verifier that takes every token."""

    name, site_key = "test", "site"

    def verify(self, *, token: str, address: str) -> bool:
        return bool(token and address)


class TestRazorpay:
    def test_from_setup_to_charge(self, razorpay: RazorpayWorld) -> None:
        wallet = RazorpayWallet(razorpay)
        body = post(PATH, wallet.person, {**AGREED, "gateway": "razorpay"}).json()
        assert body["gateway_customer_id"].startswith("cust_")
        assert body["public_key"].startswith("rzp_test_")
        assert body["client_secret"] == body["gateway_setup_id"]
        proof = wallet.confirm(MethodSetup.objects.get())["checkout"]
        place = f"{PATH}setups/{body['id']}/confirm/"
        before = everything()
        forged = post(place, wallet.person, proof | {"razorpay_signature": "0" * 64})
        assert (forged.status_code, codes(forged)) == (422, {"confirmation_not_genuine"})
        assert everything() == before
        saved = post(place, wallet.person, proof).json()
        assert (saved["status"], saved["method"].startswith("met_")) == ("succeeded", True)
        order = razorpay.order(50_000)
        Order.objects.filter(pk=order.pk).update(buyer=wallet.person)
        paid = post(f"{PATH}{saved['method']}/charge/", wallet.person, {"order": order.public_id}).json()
        assert (paid["status"], razorpay.moved(order, "captured")) == ("captured", (1, 50_000))
        assert post(f"{PATH}{saved['method']}/detach/", wallet.person).json()["status"] == "detaching"
        razorpay.work()
        assert (wallet.tokens(), get(wallet.person).json()["results"]) == ([], [])

    def test_what_is_paused_is_shown_and_not_charged(self, razorpay: RazorpayWorld) -> None:
        wallet = RazorpayWallet(razorpay)
        method, order = wallet.save(), razorpay.order(50_000)
        Order.objects.filter(pk=order.pk).update(buyer=wallet.person)
        wallet.mandate(method, "pause")
        (shown,) = get(wallet.person).json()["results"]
        assert (shown["status"], shown["network"], shown["expiry_year"]) == ("paused", None, None)
        refused = post(f"{PATH}{method.public_id}/charge/", wallet.person, {"order": order.public_id})
        assert codes(refused) == {"method_not_chargeable"}
        assert razorpay.requests("POST", "/v1/payments/create/recurring") == 0
