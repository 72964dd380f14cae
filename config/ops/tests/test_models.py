"""One row for each label of a gauge."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from config.ops.models import StoredGauge


@pytest.mark.django_db
class TestStoredGauge:
    def test_is_kept_once_per_label(self) -> None:
        StoredGauge.objects.create(name="truth", label="a", value=1)
        StoredGauge.objects.create(name="truth", label="b", value=1)
        with pytest.raises(IntegrityError, match="a_gauge_is_kept_once_per_label"):
            StoredGauge.objects.create(name="truth", label="a", value=0)

    def test_reads_like_a_sentence(self) -> None:
        assert str(StoredGauge(name="truth", label="a", value=1.0)) == "truth a: 1.0"
