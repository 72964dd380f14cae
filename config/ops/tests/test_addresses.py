"""Where a request came from."""

from __future__ import annotations

from typing import Any

import pytest

from config.ops.addresses import client_address, counted_as


def meta(peer: str = "192.0.2.9", forwarded: str | None = None) -> dict[str, Any]:
    return {"REMOTE_ADDR": peer, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {})}


class TestClientAddress:
    def test_without_proxies_only_the_connection_is_believed(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = 0
        assert client_address(meta(forwarded="198.51.100.1")) == "192.0.2.9"

    @pytest.mark.parametrize(
        ("proxies", "forwarded", "address"),
        [
            (1, "198.51.100.1", "198.51.100.1"),
            (1, "203.0.113.66, 198.51.100.1", "198.51.100.1"),
            (2, "203.0.113.66, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
            (1, " 2001:DB8::1 ", "2001:db8::1"),
            (1, "::ffff:198.51.100.1", "198.51.100.1"),
            (1, "fe80::1%eth0", "fe80::1"),
        ],
    )
    def test_each_trusted_proxy_adds_one_from_the_right(
        self, settings: Any, proxies: int, forwarded: str, address: str
    ) -> None:
        settings.TRUSTED_PROXIES = proxies
        assert client_address(meta(forwarded=forwarded)) == address

    @pytest.mark.parametrize("forwarded", [None, "", "198.51.100.1", "unknown, 198.51.100.1", "1' OR 1=1, 10.0.0.1"])
    def test_with_too_few_or_broken_entries_the_connection_is_believed(
        self, settings: Any, forwarded: str | None
    ) -> None:
        settings.TRUSTED_PROXIES = 2
        assert client_address(meta(forwarded=forwarded)) == "192.0.2.9"

    def test_a_unix_socket_has_none(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = 0
        assert client_address({"REMOTE_ADDR": ""}) == client_address({}) == ""

    def test_is_never_longer_than_its_column(self, settings: Any) -> None:
        settings.TRUSTED_PROXIES = 1
        assert client_address(meta(forwarded="a" * 5000)) == "192.0.2.9"


class TestCountedAs:
    @pytest.mark.parametrize(
        ("address", "counted"),
        [
            ("192.0.2.9", "192.0.2.9"),
            ("", ""),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::99", "2001:db8:1:2::"),
            ("2001:db8:1:3::99", "2001:db8:1:3::"),
        ],
    )
    def test_ipv6_counts_by_the_customers_network(self, address: str, counted: str) -> None:
        assert counted_as(address) == counted
