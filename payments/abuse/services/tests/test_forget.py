"""Where payments came from is forgotten by age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments.abuse.models import CardDecline, PaymentOrigin
from payments.abuse.services.forget import forget_origins
from payments.abuse.services.tests.test_screen import pays
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


class TestForget:
    def test_goes_by_age(self, world: World) -> None:
        pays(world, declines=2)
        assert forget_origins(at=world.at + timedelta(days=6)) == 0
        assert forget_origins(at=world.at + timedelta(days=8)) == 3
        assert (PaymentOrigin.objects.count(), CardDecline.objects.count()) == (0, 0)
