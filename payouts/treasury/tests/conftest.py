"""A rail that tells what comes to its float."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as project

from payouts.tests.payout_world import PayoutWorld


@pytest.fixture
def world(payouts: PayoutWorld, settings: Any) -> PayoutWorld:
    """The rail on paper tells what comes to its float."""
    paper = replace(project.RAIL_ACCOUNTS["paper"], told_by="paper")
    settings.RAIL_ACCOUNTS = {**project.RAIL_ACCOUNTS, "paper": paper}
    return payouts
