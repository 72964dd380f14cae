"""What the adapter's tests share: a TLS server whose certificate nobody signed."""

from payments.gateways.stripe.tests.conftest import untrusted_https

__all__ = ["untrusted_https"]
