"""What a person does with what they saved: one default, forgetting for good, and what a month does to a card."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.calls.models import GatewayCall
from config.outbox.models import OutboxJob
from payments.methods.models import SavedMethod
from payments.methods.services.keep import MethodGone, detach, expire_due, make_default, send_away
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DETACH = "/v1/payment_methods/*/detach"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def gone(wallet: Wallet, method: SavedMethod) -> bool:
    return detach(method=method, actor=wallet.person.actor, reason="asked", at=wallet.world.at)


class TestMakeDefault:
    def test_there_is_one(self, wallet: Wallet) -> None:
        first, second = wallet.save(), wallet.save("pm_card_mastercard")
        assert make_default(method=second, actor="user:x", at=wallet.world.at)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.is_default, second.is_default) == (False, True)
        before = everything()
        assert not make_default(method=second, actor="user:x", at=wallet.world.at)
        assert everything() == before

    def test_what_is_gone_cannot_be_it(self, wallet: Wallet) -> None:
        method = wallet.save()
        gone(wallet, method)
        before = everything()
        with pytest.raises(MethodGone):
            make_default(method=method, actor="user:x", at=wallet.world.at)
        assert everything() == before


class TestDetach:
    def test_it_is_charged_no_more_at_once_and_the_gateway_forgets_it(self, wallet: Wallet) -> None:
        method = wallet.save()
        assert gone(wallet, method)
        method.refresh_from_db()
        assert (method.status, method.is_default) == ("detaching", False)
        wallet.world.work()
        method.refresh_from_db()
        assert (method.status, method.detached_at is not None) == ("detached", True)
        assert wallet.at_gateway(method)["customer"] is None
        call = GatewayCall.objects.get(operation="method.detach")
        assert (call.status, call.external_id) == ("succeeded", method.gateway_method_id)

    def test_told_again_it_does_nothing(self, wallet: Wallet) -> None:
        method = wallet.save()
        gone(wallet, method)
        wallet.world.hear()
        before = everything()
        assert not gone(wallet, method)
        send_away({"method": method.public_id}, wallet.world.at)
        wallet.world.hear(wallet.world.all_events())
        assert everything() == before
        assert wallet.world.requests("POST", DETACH) == 1

    def test_a_gateway_that_takes_nothing_now_is_asked_later_under_the_same_key(self, wallet: Wallet) -> None:
        method = wallet.save()
        wallet.world.fail(DETACH, status=429, code="rate_limit")
        gone(wallet, method)
        wallet.world.work()
        assert GatewayCall.objects.get(operation="method.detach").status == "not_executed"
        wallet.world.later(minutes=6)
        wallet.world.work()
        method.refresh_from_db()
        assert method.status == "detached"
        assert GatewayCall.objects.get(operation="method.detach").resends == 1

    def test_a_lost_answer_is_asked_about(self, wallet: Wallet) -> None:
        method = wallet.save()
        wallet.world.lose_answer(DETACH)
        gone(wallet, method)
        wallet.world.work()
        wallet.world.later(seconds=30)
        wallet.world.work()
        method.refresh_from_db()
        assert method.status == "detached"
        assert GatewayCall.objects.get(operation="method.detach").status == "succeeded"

    def test_a_request_that_never_came_is_sent_again(self, wallet: Wallet) -> None:
        method = wallet.save()
        wallet.world.refuse(DETACH)
        gone(wallet, method)
        wallet.world.work()
        for _ in range(20):
            wallet.world.later(minutes=10)
            wallet.world.work()
        method.refresh_from_db()
        assert method.status == "detached"
        assert wallet.at_gateway(method)["customer"] is None

    def test_somebody_was_faster_at_the_gateway(self, wallet: Wallet) -> None:
        method = wallet.save()
        wallet.control(f"payment_methods/{method.gateway_method_id}/detach")
        gone(wallet, method)
        wallet.world.hear()
        method.refresh_from_db()
        assert method.status == "detached"


class TestExpire:
    def test_after_its_month_it_is_charged_no_more_until_it_is_renewed(self, wallet: Wallet) -> None:
        method, indian = wallet.save(), wallet.save("pm_card_in")
        assert expire_due(at=datetime(2034, 12, 31, tzinfo=UTC)) == 0
        late = datetime(2035, 1, 2, tzinfo=UTC)
        assert expire_due(at=late) == 1
        method.refresh_from_db()
        indian.refresh_from_db()
        assert (method.status, method.is_default, indian.status) == ("expired", True, "active")
        assert expire_due(at=late) == 0
        wallet.control(f"payment_methods/{method.gateway_method_id}/renew", exp_month=1, exp_year=2040, last4="1881")
        wallet.world.hear()
        method.refresh_from_db()
        assert method.status == "active"
        assert not OutboxJob.objects.filter(state="dead").exists()

    def test_those_that_are_good_until_december_keep_nobody_who_is_over_waiting(self, wallet: Wallet) -> None:
        good, over = wallet.save(), wallet.save("pm_card_mastercard")
        SavedMethod.objects.filter(pk=good.pk).update(expiry_month=12, expiry_year=2035)
        SavedMethod.objects.filter(pk=over.pk).update(expiry_month=1, expiry_year=2035)
        assert expire_due(at=datetime(2035, 3, 1, tzinfo=UTC), most=1) == 1
        over.refresh_from_db()
        assert over.status == "expired"
