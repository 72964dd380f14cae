"""The work list of what nobody decided."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.admin.panel import Tone
from config.admin.worklist import SHOWN
from payments.watching.models import Watch
from payments.watching.panels import undecided

pytestmark = pytest.mark.django_db


class TestUndecided:
    def test_names_what_was_given_up_and_leads_to_it(self) -> None:
        Watch.objects.create(
            kind="payment", ref="pay_one", account="phonepe", state="dead", last_error_code="never_decided"
        )
        Watch.objects.create(kind="refund", ref="rf_one", account="phonepe", state="due")
        found = undecided(timezone.now())
        (item,) = found.items
        assert (found.count, found.tone) == ("1", Tone.BAD)
        assert (item.label, item.detail) == ("payment pay_one", "never_decided")
        assert "pay_one" in item.url

    def test_is_content_with_nothing(self) -> None:
        assert (undecided(timezone.now()).count, undecided(timezone.now()).tone) == ("0", Tone.GOOD)

    def test_shows_a_few_of_many(self) -> None:
        Watch.objects.bulk_create(
            Watch(kind="payment", ref=f"pay_{number}", account="phonepe", state="dead") for number in range(SHOWN + 5)
        )
        found = undecided(timezone.now())
        assert (found.count, len(found.items)) == (str(SHOWN + 5), SHOWN)
