"""Reversals on the operator site."""

from __future__ import annotations

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, signed_in, somebody, text_of
from payouts.reversals.models import Reversal
from payouts.reversals.tests.owing import owing, taken_back
from payouts.tests.connect_world import ConnectWorld

pytestmark = pytest.mark.django_db(transaction=True)


class TestPage:
    def test_another_person_takes_it_back(self, connect: ConnectWorld) -> None:
        payout = owing(connect)
        reversal = Reversal.objects.get()
        client = signed_in(somebody(Role.FINANCE))
        text = text_of(client.get(page_of(reversal)))
        person = payout.payee.user
        whose = person.called
        for shown in (f"$30.00 from {whose}", "they owe us", payout.public_id, "Another person decides"):
            assert shown in text
        assert "Proposed by system:reversals" in text
        assert "could not be read" not in text
        assert "&lt;" not in client.get(page_of(reversal)).content.decode(), "nothing is shown as its own source"
        assert f"{whose} they owe us" in text_of(client.get(list_of(Reversal)))
        assert "It is being asked back" in text_of(confirm(client, reversal, "approve"))
        assert taken_back(connect).status == "succeeded"

    def test_it_may_be_left_with_them(self, connect: ConnectWorld) -> None:
        owing(connect)
        reversal = Reversal.objects.get()
        confirm(signed_in(somebody(Role.FINANCE)), reversal, "cancel")
        assert taken_back(connect).status == "cancelled"
        assert connect.moved("transfer_reversed") == (0, 0)

    def test_who_only_looks_cannot_decide(self, connect: ConnectWorld) -> None:
        owing(connect)
        reversal = Reversal.objects.get()
        client = as_role(Role.AUDITOR)
        assert reversal.public_id in client.get(list_of(Reversal)).content.decode()
        assert client.get(act_of(reversal, "approve")).status_code == 403
        assert taken_back(connect).status == "proposed"
