"""What a transfer provider does that tells by webhooks: signed over the exact bytes, and never believed otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.inbox.contract import Rejected
from config.kernel import clock
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.tests.conformance.base import made, seen
from orders.tickets.providers.tests.conformance.harness import TellingHarness


class TellingConformance:
    """Mixed into a test class that has a `harness` fixture."""

    @pytest.mark.parametrize("which", [0, 1])
    def test_either_of_two_secrets_is_good(self, harness: TellingHarness, which: int) -> None:
        headers, body = harness.told(harness.webhook_secrets[which], made(harness))
        harness.provider.verify_webhook(headers=headers, body=body, at=clock.now())

    def test_another_secret_is_not(self, harness: TellingHarness) -> None:
        headers, body = harness.told("a secret of somebody else", made(harness))
        with pytest.raises(Rejected, match="bad_signature"):
            harness.provider.verify_webhook(headers=headers, body=body, at=clock.now())

    def test_nor_is_another_body_even_by_a_blank(self, harness: TellingHarness) -> None:
        headers, body = harness.told(harness.webhook_secrets[0], made(harness))
        with pytest.raises(Rejected, match="bad_signature"):
            harness.provider.verify_webhook(headers=headers, body=body + b" ", at=clock.now())

    def test_nor_an_old_signature(self, harness: TellingHarness) -> None:
        headers, body = harness.told(harness.webhook_secrets[0], made(harness))
        with pytest.raises(Rejected, match="stale_timestamp"):
            harness.provider.verify_webhook(headers=headers, body=body, at=clock.now() + timedelta(hours=1))

    def test_nor_none(self, harness: TellingHarness) -> None:
        _, body = harness.told(harness.webhook_secrets[0], made(harness))
        with pytest.raises(Rejected, match="no_signature"):
            harness.provider.verify_webhook(headers={}, body=body, at=clock.now())

    def test_it_tells_of_which_transfer_and_how_it_stands(self, harness: TellingHarness) -> None:
        view = made(harness)
        harness.accept(view)
        _, body = harness.told(harness.webhook_secrets[0], view)
        told = harness.provider.parse_webhook(body=body)
        now = seen(harness, view)
        assert (told.provider_id, told.livemode) == (view.provider_id, False)
        assert told.transfer is None or told.transfer == now
        assert now.state is TransferState.ACCEPTED

    def test_every_event_has_an_id_of_its_own(self, harness: TellingHarness) -> None:
        view = made(harness)
        ids = {harness.provider.parse_webhook(body=harness.told("x", view)[1]).event_id}
        harness.accept(view)
        ids.add(harness.provider.parse_webhook(body=harness.told("x", view)[1]).event_id)
        assert len(ids) == 2

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "evt_1"}', b"\xff"])
    def test_what_is_no_event_is_rejected(self, harness: TellingHarness, body: bytes) -> None:
        with pytest.raises(Rejected):
            harness.provider.parse_webhook(body=body)
