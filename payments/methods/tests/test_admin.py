"""Saved methods and erasure requests on the operator site."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import as_role, list_of, page_of, text_of
from config.erasure.models import ErasureRequest
from config.erasure.panels import erasures_to_settle
from config.erasure.running import run_due
from config.erasure.services import refuse_erasure, request_erasure
from payments.methods.admin import DETACH
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.terms import current_terms
from payments.methods.tests.razorpay_wallet import RazorpayWallet
from payments.methods.tests.wallet import ADDRESS, Wallet
from payments.tests.razorpay_world import RazorpayWorld
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def method(world: World) -> SavedMethod:
    return Wallet(world).save()


class TestSavedMethods:
    def test_show_what_is_kept_and_what_was_agreed_to(self, method: SavedMethod) -> None:
        text = text_of(as_role(Role.SUPPORT).get(page_of(method)))
        for shown in ("card visa •••• 4242", "12/2034", "2026-01", method.gateway_method_id, "active"):
            assert shown in text
        assert "could not be read" not in text

    def test_show_the_words_that_were_agreed_to_and_never_others(self, method: SavedMethod, settings: Any) -> None:
        viewer, terms = as_role(Role.SUPPORT), current_terms()
        text = text_of(viewer.get(page_of(method)))
        for shown in ("charged to it later", terms.digest, ADDRESS):
            assert shown in text
        settings.POLICY = replace(settings.POLICY, saved_method_terms={terms.version: "Something else."})
        text = text_of(viewer.get(page_of(method)))
        assert "changed since: not what was agreed to" in text
        assert "Something else." not in text
        settings.POLICY = replace(settings.POLICY, saved_method_terms={})
        assert "not kept" in text_of(viewer.get(page_of(method)))

    def test_of_before_words_were_kept_show_none(self, method: SavedMethod) -> None:
        MethodSetup.objects.update(consent_digest="", consent_address="")
        text = text_of(as_role(Role.SUPPORT).get(page_of(method)))
        assert "no digest of them was kept then" in text
        assert "charged to it later" not in text

    @pytest.mark.parametrize("name", ["public_id", "gateway_method_id"])
    def test_are_found_by_our_id_and_the_gateways(self, method: SavedMethod, name: str) -> None:
        page = as_role(Role.SUPPORT).get(list_of(SavedMethod), {"q": getattr(method, name)}).content.decode()
        assert page_of(method) in page

    def test_are_not_for_sellers(self, method: SavedMethod) -> None:
        assert as_role(Role.SELLER).get(page_of(method)).status_code in (302, 403)

    def test_the_act_says_what_it_does_and_fits_what_is_kept(self, method: SavedMethod, world: World) -> None:
        effect = DETACH.effect(method, None, world.at)
        assert effect.jobs == (f"stripe: forget {method.gateway_method_id}",)
        assert DETACH.fits(method)
        SavedMethod.objects.filter(pk=method.pk).update(status="detaching", is_default=False)
        method.refresh_from_db()
        assert not DETACH.fits(method)

    def test_at_razorpay_is_found_by_its_token_and_says_that_it_is_paused(self, razorpay: RazorpayWorld) -> None:
        wallet = RazorpayWallet(razorpay)
        paused = wallet.save()
        wallet.mandate(paused, "pause")
        found = as_role(Role.SUPPORT).get(list_of(SavedMethod), {"q": wallet.token_id(paused)}).content.decode()
        assert page_of(paused) in found
        text = text_of(as_role(Role.SUPPORT).get(page_of(paused)))
        for shown in ("card •••• 1007", "not kept", "paused", "once they let it", paused.gateway_method_id):
            assert shown in text
        assert "could not be read" not in text


class TestErasureRequests:
    def test_wait_in_the_work_list_until_they_are_settled(self, method: SavedMethod, world: World) -> None:
        row = request_erasure(person=method.person, cause="customer.deleted", actor="test", at=world.at)
        again = request_erasure(person=method.person, cause="asked", actor="test", at=world.at)
        assert row == again
        (item,) = erasures_to_settle(world.at).items
        assert item.label == row.public_id
        text = text_of(as_role(Role.ADMINISTRATOR).get(page_of(row)))
        assert method.person.public_id in text
        run_due(now=world.now)
        row.refresh_from_db()
        assert "1 saved method is not detached" in row.waits_for
        page = text_of(as_role(Role.ADMINISTRATOR).get(page_of(row)))
        for shown in ("1 saved method is not detached", "Bring to an end what it waits for"):
            assert shown in page
        assert refuse_erasure(request_pk=row.pk, actor="test", reason="the tax law", at=world.at)
        assert erasures_to_settle(world.at).items == ()
        assert ErasureRequest.objects.get().ended_at == world.at
        request_erasure(person=method.person, cause="asked", actor="test", at=world.at)
        assert ErasureRequest.objects.count() == 2
