"""Every published sample of RazorpayX's events comes through the door, and to an end that is in the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.inbox.models import WebhookEvent
from payments.ledger.models import LedgerEntry
from payments.outflows.models import Outflow
from payouts.payout.models import Payout
from payouts.tests.razorpayx_world import RazorpayXWorld
from payouts.webhooks.razorpayx import TRANSLATIONS

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "razorpay"
# None of the objects in them is ours.
ENDS = {
    **dict.fromkeys((kind for kind in TRANSLATIONS if kind.startswith("payout.")), "foreign"),
    **dict.fromkeys((kind for kind in TRANSLATIONS if kind.startswith("payout_link.")), "foreign"),
    "payout.downtime.started": "ignored",
    "payout.downtime.resolved": "ignored",
    "fund_account.validation.completed": "foreign",
    "fund_account.validation.failed": "foreign",
    "transaction.created": "foreign",  # of another account
}


def published() -> list[Path]:
    """Those beside the checkout; where none lie, our own have the same shapes."""
    names = ("payout.*.json", "payout_link.*.json", "fund_account.*.json", "transaction.*.json")
    return [path for name in names for path in sorted(SHARED.glob(name))]


def own() -> list[Path]:
    return sorted(HERE.glob("*.json"))


class TestSamples:
    def test_there_is_one_of_ours_for_each_type(self) -> None:
        assert (
            {json.loads(path.read_text(encoding="utf-8"))["event"] for path in own()} == set(TRANSLATIONS) == set(ENDS)
        )

    @pytest.mark.parametrize("path", [*own(), *published()], ids=lambda path: f"{path.parent.name}/{path.stem}")
    def test_each_comes_to_its_end_and_moves_nothing(self, razorpayx: RazorpayXWorld, path: Path) -> None:
        event = json.loads(path.read_text(encoding="utf-8"))
        razorpayx.deliver([event], times=2)
        row = WebhookEvent.objects.get()
        assert (row.type, row.state) == (event["event"], ENDS[event["event"]])
        assert (row.account, row.deliveries, row.last_error_code) == ("razorpayx", 2, "")
        assert not Payout.objects.exists()
        assert not Outflow.objects.exists()
        assert not LedgerEntry.objects.exists()
