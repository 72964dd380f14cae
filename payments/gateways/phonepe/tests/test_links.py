"""Links to the page: kept sealed for as long as they work, and missed by nobody but the buyer."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from config.kernel.ids import new_id
from payments.gateways.phonepe.links import Links

URL = "https://page.test/transact?token=secret"


@pytest.fixture
def links() -> Links:
    return Links(account="phonepe")


class TestLinks:
    def test_are_told_again(self, links: Links) -> None:
        order = new_id("pay")
        links.keep(order, URL, seconds=60)
        assert Links(account="phonepe").find(order) == URL
        assert Links(account="another").find(order) == ""
        assert links.find(new_id("pay")) == ""

    def test_are_sealed(self, links: Links) -> None:
        order = new_id("pay")
        links.keep(order, URL, seconds=60)
        assert b"secret" not in cache.get(links._key(order))

    @pytest.mark.parametrize(("url", "seconds"), [("", 60), (URL, 0), (URL, -5)])
    def test_what_is_over_is_not_kept(self, links: Links, url: str, seconds: int) -> None:
        order = new_id("pay")
        links.keep(order, url, seconds=seconds)
        assert links.find(order) == ""

    @pytest.mark.parametrize("found", [b"", b"not sealed", 5, "text"])
    def test_what_cannot_be_read_is_none(self, links: Links, found: object) -> None:
        order = new_id("pay")
        cache.set(links._key(order), found, 60)
        assert links.find(order) == ""
