"""Every truth of money out is seen broken in some test of its own."""

from __future__ import annotations

from django.conf import settings

from payouts.tests.test_crashes import texts


def test_every_one_is_broken_somewhere() -> None:
    told = texts(tests=True)
    ours = [path.rpartition(".")[2] for path in settings.TRUTHS if path.startswith("payouts.")]
    assert len(ours) >= 3
    assert [name for name in ours if name not in told and name.replace("_", " ") not in told] == []
