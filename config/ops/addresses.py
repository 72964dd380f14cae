"""Which network address a request came from, behind the proxies that we trust."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

# One customer is given a whole /64 (RFC 6177): counting single IPv6 addresses would count nothing.
_IPV6_CUSTOMER_BITS = 64


def client_address(meta: Mapping[str, Any]) -> str:
    """The caller's address from a request's META, or "" where there is none (a Unix socket without a proxy).

    Each of our `TRUSTED_PROXIES` appended the address that it saw to X-Forwarded-For, so the caller is that many
    entries from the right; what stands further left was written by the caller. With fewer entries than proxies
    somebody went round them, and only the connection itself is believed.
    """
    peer = str(meta.get("REMOTE_ADDR") or "")
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        forwarded = [entry.strip() for entry in str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")]
        if len(forwarded) >= proxies:
            return _canonical(forwarded[-proxies]) or _canonical(peer)
    return _canonical(peer)


def counted_as(address: str) -> str:
    """What limits count: an IPv4 address, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    return str(ip_network((address, _IPV6_CUSTOMER_BITS), strict=False).network_address)


@lru_cache(maxsize=1024)  # gateways call from few addresses, all day long
def _canonical(entry: str) -> str:
    try:
        address = ip_address(entry.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
