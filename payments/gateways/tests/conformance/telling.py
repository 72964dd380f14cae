"""Webhooks as the gateway really sends them: believed under its own signature, refused under any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone
from django.utils.module_loading import import_string
from requests.structures import CaseInsensitiveDict

from config.inbox.contract import Rejected, Verified, Verify
from payments.gateways.contract import Capability, Gateway
from payments.gateways.tests.conformance.base import AMOUNT_MINOR, Proofs
from payments.gateways.tests.conformance.harness import Harness
from payments.sandbox.testing import Received, Receiver, receiving_webhooks


class ProvesWebhooks(Proofs):
    """Deliveries over real HTTP, and what the door makes of them."""

    proves = frozenset({Capability.SIGNED_BODIES})

    @pytest.fixture
    def receiver(self) -> Iterator[Receiver]:
        with receiving_webhooks() as receiver:
            yield receiver

    def received(self, harness: Harness, receiver: Receiver, secret: str) -> Received:
        """What the gateway sends when a payment was made, signed with this secret."""
        harness.tell(receiver.url, secret)
        self.paid(harness)
        return receiver.wait_for(1)[0]

    def verified(self, harness: Harness, headers: dict[str, str], body: bytes) -> Verified:
        account = replace(harness.account, webhook_secrets=harness.webhook_secrets)
        verify: Verify = import_string(settings.WEBHOOK_SOURCES[account.gateway]["verify"])
        with override_settings(GATEWAY_ACCOUNTS={account.code: account}):
            return verify(headers=CaseInsensitiveDict(headers), body=body, at=timezone.now())

    @pytest.mark.parametrize("number", [0, 1], ids=["newer", "older"])
    def test_is_taken_under_each_secret_that_is_in_force(
        self, harness: Harness, receiver: Receiver, number: int
    ) -> None:
        got = self.received(harness, receiver, harness.webhook_secrets[number])
        found = self.verified(harness, got.headers, got.body)
        assert (found.account, found.livemode) == (harness.account.code, False)
        assert found.event_id
        assert found.type
        assert found.object_id

    def test_told_twice_it_has_the_same_id(self, harness: Harness, receiver: Receiver) -> None:
        got = self.received(harness, receiver, harness.webhook_secrets[0])
        once, again = (self.verified(harness, got.headers, got.body) for _ in range(2))
        assert once.event_id == again.event_id

    def test_is_refused_under_another_secret(self, harness: Harness, receiver: Receiver) -> None:
        got = self.received(harness, receiver, f"{harness.webhook_secrets[0]}-of-somebody-else")
        with pytest.raises(Rejected, match="bad_signature"):
            self.verified(harness, got.headers, got.body)

    def test_is_refused_without_its_header(self, harness: Harness, receiver: Receiver) -> None:
        got = self.received(harness, receiver, harness.webhook_secrets[0])
        kept = {"Host", "Content-Type", "Content-Length", "User-Agent"}
        bare = {name: value for name, value in got.headers.items() if name in kept}
        with pytest.raises(Rejected, match="no_signature"):
            self.verified(harness, bare, got.body)

    def test_a_changed_body_is_noticed_where_the_signature_covers_it(
        self, harness: Harness, receiver: Receiver, gateway: Gateway
    ) -> None:
        """Where it does not, an event is no more than a hint."""
        got = self.received(harness, receiver, harness.webhook_secrets[0])
        changed = got.body.replace(str(AMOUNT_MINOR).encode(), str(AMOUNT_MINOR * 9).encode())
        assert changed != got.body
        if Capability.SIGNED_BODIES in gateway.capabilities:
            with pytest.raises(Rejected, match="bad_signature"):
                self.verified(harness, got.headers, changed)
        else:
            assert self.verified(harness, got.headers, changed).object_id
