"""Who comes back from saving a method before the gateway has told us is believed, because it is asked."""

from __future__ import annotations

import pytest

from payments.methods.models import SavedMethod
from payments.methods.services.follow import follow_up
from payments.methods.tests.wallet import Wallet
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS, SETUPS = "/v1/customers", "/v1/setup_intents"


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def method() -> SavedMethod:
    return SavedMethod.objects.get()


class TestFollowUp:
    def test_who_comes_back_before_we_are_told_is_not_told_to_wait(self, wallet: Wallet) -> None:
        setup = wallet.start().setup
        follow_up(setup=setup, actor=wallet.person.actor, at=wallet.world.at)
        assert not SavedMethod.objects.exists()
        wallet.confirm(setup)
        follow_up(setup=setup, actor=wallet.person.actor, at=wallet.world.at)
        before = everything()
        assert method().status == "active"
        wallet.world.hear()
        after = everything()
        assert {name: after[name] for name in ("SavedMethod", "MethodSetup")} == {
            name: before[name] for name in ("SavedMethod", "MethodSetup")
        }
