"""Two of a person's methods come at the same moment: one is the default, with a control that shows the harm."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError

from orders.tests.together import TIMEOUT_S, together
from payments.methods.models import MethodSetup, SavedMethod
from payments.methods.services import record
from payments.methods.services.follow import follow_up
from payments.methods.services.keep import make_default
from payments.methods.tests.wallet import Wallet
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
SETUPS = 4


@pytest.fixture
def wallet(world: World) -> Wallet:
    return Wallet(world)


def confirmed(wallet: Wallet, count: int = SETUPS) -> list[MethodSetup]:
    setups = [wallet.start().setup for _ in range(count)]
    for setup in setups:
        wallet.confirm(setup)
    return setups


def coming_back(wallet: Wallet, setup: MethodSetup) -> Callable[[], None]:
    return lambda: follow_up(setup=setup, actor=wallet.person.actor, at=wallet.world.at)


class TestSavedAtTheSameMoment:
    def test_all_are_saved_and_one_is_the_default(self, wallet: Wallet) -> None:
        outcomes = together([coming_back(wallet, setup) for setup in confirmed(wallet)])
        assert outcomes == [None] * SETUPS
        assert SavedMethod.objects.count() == SETUPS
        assert SavedMethod.objects.filter(is_default=True).count() == 1

    def test_negative_control_without_the_persons_lock_they_meet(
        self, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        setups, meeting = confirmed(wallet, 2), threading.Barrier(2)
        exists = record._has_default

        def both_have_looked(person_pk: int) -> bool:
            found = exists(person_pk)
            meeting.wait(TIMEOUT_S)
            return found

        monkeypatch.setattr(record, "lock_person", lambda person_pk: None)
        monkeypatch.setattr(record, "_has_default", both_have_looked)
        outcomes = together([coming_back(wallet, setup) for setup in setups])
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [IntegrityError]
        assert SavedMethod.objects.filter(is_default=True).count() == 1

    def test_one_setup_told_by_many_is_one_method(self, wallet: Wallet) -> None:
        (setup,) = confirmed(wallet, 1)
        assert together([coming_back(wallet, setup)] * SETUPS) == [None] * SETUPS
        assert SavedMethod.objects.count() == 1


class TestMadeDefaultAtTheSameMoment:
    def test_one_stays(self, wallet: Wallet) -> None:
        methods = [wallet.save() for _ in range(SETUPS)]

        def choosing(method: SavedMethod) -> Callable[[], bool]:
            return lambda: make_default(method=method, actor="user:x", at=wallet.world.at)

        outcomes = together([choosing(method) for method in methods])
        assert {type(outcome) for outcome in outcomes} == {bool}
        assert SavedMethod.objects.filter(is_default=True).count() == 1
