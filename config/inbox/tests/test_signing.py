"""Who signed a webhook, by the widespread scheme of instant and bytes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from config.inbox.contract import Rejected
from config.inbox.signing import TOLERANCE_S, signer

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
BODY = b'{"id": "evt_1"}'
SECRETS = [("one", "secret of one"), ("two", "newer of two"), ("two", "older of two")]


def sign(secret: str, *, at: datetime = AT, body: bytes = BODY) -> str:
    stamp = int(at.timestamp())
    return f"t={stamp},v1=" + hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def who(header: str, *, body: bytes = BODY) -> str:
    return signer(header=header, body=body, secrets=SECRETS, at=AT)


class TestSigner:
    @pytest.mark.parametrize(("account", "secret"), SECRETS)
    def test_is_the_account_whose_secret_it_is(self, account: str, secret: str) -> None:
        assert who(sign(secret)) == account

    def test_one_of_several_signatures_is_enough(self) -> None:
        assert who(f"{sign('nobody')},{sign('older of two').partition(',')[2]}, v0=x") == "two"

    @pytest.mark.parametrize(
        "header", ["", "v1=abc", "t=1", "t=1,t=2,v1=abc", "t=now,v1=abc", "t=١,v1=abc", "nonsense"]
    )
    def test_without_a_signature_of_the_scheme_is_nobody(self, header: str) -> None:
        with pytest.raises(Rejected, match="no_signature"):
            who(header)

    @pytest.mark.parametrize("seconds", [-TOLERANCE_S - 1, TOLERANCE_S + 1])
    def test_too_old_or_too_new_is_stale(self, seconds: int) -> None:
        with pytest.raises(Rejected, match="stale_timestamp"):
            who(sign("secret of one", at=AT + timedelta(seconds=seconds)))

    def test_another_body_or_another_secret_is_bad(self) -> None:
        with pytest.raises(Rejected, match="bad_signature"):
            who(sign("secret of one"), body=BODY + b" ")
        with pytest.raises(Rejected, match="bad_signature"):
            who(sign("somebody else's"))

    def test_without_a_secret_is_nobody(self) -> None:
        with pytest.raises(Rejected, match="bad_signature"):
            signer(header=sign(""), body=BODY, secrets=[], at=AT)
