"""What somebody began to save and left is closed at the gateway; who is faster has it saved."""

from __future__ import annotations

from typing import Any

import pytest

from config.calls.models import GatewayCall
from config.calls.services import ask_due
from config.kernel.errors import Refused
from config.tests.together import together
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.services.abandon import abandoned, cancel, cancel_abandoned
from payments.methods.services.save import MOST_OPEN, TooManySetups
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CANCEL = "/v1/setup_intents/*/cancel"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def at_gateway(wallet: Wallet, setup: MethodSetup) -> str:
    found = wallet.world.sandbox.control.get("objects", kind="setup_intent", limit=100)["objects"]
    return next(str(each["body"]["status"]) for each in found if each["body"]["id"] == setup.gateway_setup_id)


def fresh(setup: MethodSetup) -> MethodSetup:
    return MethodSetup.objects.select_related("gateway_account", "customer").get(pk=setup.pk)


class TestCancelAbandoned:
    def test_closes_after_three_days_what_nobody_went_on_with(self, world: World, wallet: Wallet) -> None:
        setup = wallet.start().setup
        assert cancel_abandoned(at=world.later(days=2)) == 0
        assert at_gateway(wallet, setup) != "canceled"
        assert cancel_abandoned(at=world.later(days=1, seconds=1)) == 1
        assert at_gateway(wallet, setup) == "canceled"
        assert (fresh(setup).status, fresh(setup).failure_code) == ("cancelled", "forsaken")
        assert fresh(setup).ended_at == world.at
        before = everything()
        world.hear()
        assert everything() == before, "its event says nothing new"

    def test_five_open_ones_stand_in_the_way_for_an_hour_alone(self, world: World, wallet: Wallet) -> None:
        for _ in range(MOST_OPEN):
            wallet.start()
        with pytest.raises(TooManySetups):
            wallet.start()
        assert cancel_abandoned(at=world.later(minutes=59)) == 0
        assert cancel_abandoned(at=world.later(minutes=2)) == MOST_OPEN
        assert wallet.start().setup.status == "pending"

    def test_one_whose_person_was_faster_has_it_saved(self, world: World, wallet: Wallet) -> None:
        setup = wallet.start().setup
        wallet.confirm(setup)  # and no event of it ever comes
        assert cancel_abandoned(at=world.later(days=4)) == 0
        assert (fresh(setup).status, SavedMethod.objects.get().setup_id) == ("succeeded", setup.pk)
        assert GatewayCall.objects.get(operation="method.setup_cancel").status == "declined"

    def test_what_is_over_or_was_never_made_is_left_alone(self, world: World, wallet: Wallet) -> None:
        wallet.save()
        other = wallet.start().setup
        MethodSetup.objects.filter(pk=other.pk).update(gateway_setup_id=None)
        assert not abandoned(at=world.later(days=9)).exists()

    def test_one_whose_bank_takes_its_time_is_given_two_weeks(self, world: World, wallet: Wallet) -> None:
        setup = wallet.start().setup
        MethodSetup.objects.filter(pk=setup.pk).update(gateway_method_id="pm_at_the_bank")
        assert cancel_abandoned(at=world.later(days=13)) == 0
        assert cancel_abandoned(at=world.later(days=1, seconds=1)) == 1

    def test_what_broke_off_before_it_was_done_is_asked_about_and_done_again(
        self, world: World, wallet: Wallet
    ) -> None:
        setup = wallet.start().setup
        world.refuse(CANCEL)
        assert cancel_abandoned(at=world.later(days=4)) == 0
        assert (fresh(setup).status, fresh(setup).ended_at) == ("pending", None)
        world.later(minutes=2)
        ask_due(now=world.now)
        assert GatewayCall.objects.get(operation="method.setup_cancel").status == "not_executed"
        assert cancel_abandoned(at=world.later(minutes=10)) == 1
        assert at_gateway(wallet, setup) == "canceled"

    def test_a_lost_answer_is_asked_about(self, world: World, wallet: Wallet) -> None:
        setup = wallet.start().setup
        world.lose_answer(CANCEL)
        assert cancel_abandoned(at=world.later(days=4)) == 0
        assert fresh(setup).ended_at is None
        assert cancel_abandoned(at=world.later(seconds=1)) == 0, "its call is open: nothing is sent besides"
        world.later(minutes=2)
        ask_due(now=world.now)
        assert (fresh(setup).status, fresh(setup).failure_code) == ("cancelled", "forsaken")
        assert GatewayCall.objects.get(operation="method.setup_cancel").status == "succeeded"

    def test_two_sweeps_at_once_send_one(self, world: World, wallet: Wallet) -> None:
        setup = wallet.start().setup
        at = world.later(days=4)
        together([lambda: cancel(setup=fresh(setup), at=at)] * 4)
        assert GatewayCall.objects.filter(operation="method.setup_cancel").count() == 1
        assert fresh(setup).status == "cancelled"

    def test_one_that_fails_keeps_nobody_else(
        self, world: World, wallet: Wallet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        first, second = wallet.start().setup, Wallet(world).start().setup

        def refusing(*, setup: MethodSetup, at: Any) -> bool:
            if setup.pk == first.pk:
                raise Refused("not now")
            return cancel(setup=setup, at=at)

        monkeypatch.setattr("payments.methods.services.abandon.cancel", refusing)
        assert cancel_abandoned(at=world.later(days=4)) == 1
        assert (fresh(first).status, fresh(second).status) == ("pending", "cancelled")
        assert "still open" in caplog.text
