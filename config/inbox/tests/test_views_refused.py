"""What is not signed, not fresh or no event is refused with its reason, counted, and never kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from config.inbox.models import WebhookEvent, WebhookRejection
from config.inbox.tests import stripes
from config.inbox.tests.stripes import event, post, signature, without
from config.inbox.views import FAILURES_A_MINUTE
from config.kernel.clock import now


def nested(depth: int) -> bytes:
    return json.dumps(event()).encode()[:-1] + b', "deep": ' + b"[" * depth + b"]" * depth + b"}"


def with_text(escaped: str) -> bytes:
    return json.dumps(event()).encode()[:-1] + f', "note": "a{escaped}b"}}'.encode()


BODIES: dict[str, tuple[bytes, str]] = {
    "not utf-8": (b'{"id": "evt_\xff"}', "not_utf8"),
    "utf-16": (json.dumps(event()).encode("utf-16"), "not_utf8"),
    "not json": (b"id=evt_1&type=charge.captured", "not_json"),
    "half of it": (json.dumps(event()).encode()[:-20], "not_json"),
    "with a byte order mark": (b"\xef\xbb\xbf" + json.dumps(event()).encode(), "not_json"),
    "a number too long to read": (b'{"id": "evt_1", "created": ' + b"9" * 5_000 + b"}", "not_json"),
    "a list": (b"[]", "not_an_object"),
    "a text": (b'"evt_1"', "not_an_object"),
    "a number": (b"1", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "no id": (json.dumps(without("id")).encode(), "no_id"),
    "an empty id": (json.dumps(event(id="")).encode(), "no_id"),
    "an id that is a number": (json.dumps(event(id=5)).encode(), "no_id"),
    "an id that is too long": (json.dumps(event(id="e" * 256)).encode(), "no_id"),
    "no type": (json.dumps(without("type")).encode(), "no_type"),
    "a type that is too long": (json.dumps(event(type="t" * 121)).encode(), "no_type"),
    "no created": (json.dumps(without("created")).encode(), "no_created"),
    "created before time": (json.dumps(event(created=-1)).encode(), "no_created"),
    "created after time": (json.dumps(event(created=10**18)).encode(), "no_created"),
    "created is true": (json.dumps(event(created=True)).encode(), "no_created"),
    "no object": (json.dumps(event(data={"object": []})).encode(), "no_object"),
    "live among tests": (json.dumps(event(livemode=True)).encode(), "wrong_livemode"),
    "livemode as a word": (json.dumps(event(livemode="false")).encode(), "wrong_livemode"),
    "no livemode": (json.dumps(without("livemode")).encode(), "wrong_livemode"),
    "nul, escaped": (with_text(r"\u0000"), "nul_character"),
    "nul in a key": (json.dumps(event(data={"object": {"a\x00": 1}})).encode(), "nul_character"),
    "nul in the id": (json.dumps(event(id="evt_\x00")).encode(), "nul_character"),
    "nul, raw": (with_text("\x00"), "not_json"),
    "half a character": (with_text(r"\ud83d"), "half_a_character"),
    "half a character in the id": (json.dumps(event(id="evt_\udc00")).encode(), "half_a_character"),
    "nested too deeply": (nested(70), "nested_too_deeply"),
    "nested absurdly": (nested(100_000), "nested_too_deeply"),
}  # fmt: skip


def other_gateways(body: bytes) -> dict[str, dict[str, str]]:
    """Signatures as Razorpay and PhonePe send them, made with our Stripe secret for good measure."""
    plain = hmac.new(stripes.newer().encode(), body, hashlib.sha256).hexdigest()
    return {
        "razorpay": {"Stripe-Signature": "", "X-Razorpay-Signature": plain},
        "razorpay in stripe's header": {"Stripe-Signature": plain},
        "phonepe": {"Stripe-Signature": "", "Authorization": hashlib.sha256(b"user:password").hexdigest()},
    }


@pytest.mark.django_db
class TestRefused:
    def refused(self, answer: Any, reason: str) -> None:
        assert (answer.status_code, answer.json()) == (400, {"received": False, "code": reason})
        assert not WebhookEvent.objects.exists()
        rejection = WebhookRejection.objects.get()
        assert (rejection.source, rejection.reason, rejection.count) == ("stripe", reason, 1)

    @pytest.mark.parametrize("name", sorted(BODIES))
    def test_a_body_that_is_no_event_though_it_is_signed(self, name: str) -> None:
        body, reason = BODIES[name]
        self.refused(post(body), reason)

    def test_an_empty_body(self) -> None:
        self.refused(post(b"", **{"Content-Length": "0"}), "not_json")

    @pytest.mark.parametrize("secret", ["whsec_of_somebody_else", "", "whsec_test_newer_000", "WHSEC_TEST_NEWER_0000"])
    def test_a_wrong_signature(self, secret: str) -> None:
        """The empty secret among them: what it signs is signed by nobody."""
        body = json.dumps(event()).encode()
        self.refused(post(body, header=signature(body, secret=secret)), "bad_signature")

    @pytest.mark.parametrize("seconds", [-301, -3_600, 301])
    def test_a_stale_timestamp(self, seconds: int) -> None:
        body = json.dumps(event()).encode()
        self.refused(post(body, header=signature(body, stamp=int(time.time()) + seconds)), "stale_timestamp")

    def test_a_timestamp_made_fresh_without_signing_anew(self) -> None:
        body, old = json.dumps(event()).encode(), int(time.time()) - 3_600
        header = signature(body, stamp=old).replace(f"t={old}", f"t={int(time.time())}")
        self.refused(post(body, header=header), "bad_signature")

    @pytest.mark.parametrize("position", [0, 10, -1])
    def test_an_altered_byte(self, position: int) -> None:
        body = json.dumps(event()).encode()
        altered = bytearray(body)
        altered[position] ^= 1
        self.refused(post(bytes(altered), header=signature(body)), "bad_signature")

    def test_a_byte_more(self) -> None:
        body = json.dumps(event()).encode()
        self.refused(post(body + b" ", header=signature(body)), "bad_signature")

    @pytest.mark.parametrize("gateway", ["razorpay", "razorpay in stripe's header", "phonepe"])
    def test_another_gateways_signature(self, gateway: str) -> None:
        body = json.dumps(event()).encode()
        headers = other_gateways(body)[gateway]
        self.refused(post(body, header=headers.pop("Stripe-Signature"), **headers), "no_signature")

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=",
            "v1=",
            "t=,v1=",
            "t=now,v1=00",
            "t=1,t=2,v1=00",
            "x",
            "=",
            ",,,",
            "t=٣,v1=00",
            "v1=00,t=-5",
            "t==,v1==",
        ],
    )
    def test_a_header_that_is_none(self, header: str) -> None:
        self.refused(post(event(), header=header), "no_signature")

    def test_a_timestamp_of_a_thousand_digits(self) -> None:
        self.refused(post(event(), header=f"t={'9' * 1_000},v1=00"), "stale_timestamp")

    def test_says_nothing_of_the_inside(self) -> None:
        answer = post(event(), header="t=1,v1=00")
        assert set(answer.json()) == {"received", "code"}


@pytest.mark.django_db
class TestRejection:
    def test_keeps_where_it_came_from_and_not_what_it_said(self) -> None:
        body = json.dumps(event(note="a name and an address")).encode()
        post(body, header="t=1,v1=00", address="2001:db8::1", **{"User-Agent": "x" * 500})
        rejection = WebhookRejection.objects.get()
        assert rejection.remote_addr.startswith("2001:db8:")
        assert (rejection.body_size, rejection.user_agent) == (len(body), "x" * 120)
        assert bytes(rejection.body_sha256) == hashlib.sha256(body).digest()
        assert b"a name" not in str(WebhookRejection.objects.values().get()).encode()

    def test_is_one_row_per_source_address_reason_and_minute(self) -> None:
        """A flood cannot fill the disk."""
        with time_machine.travel("2026-11-21T12:00:05Z", tick=False):
            for _ in range(5):
                post(event(), header="nothing")
            post(event(), header="nothing", address="192.0.2.8")
            post(event(), header="t=1,v1=00")
        with time_machine.travel("2026-11-21T12:01:05Z", tick=False):
            post(event(), header="nothing")
        assert sorted(WebhookRejection.objects.values_list("remote_addr", "reason", "count")) == [
            ("192.0.2.7", "no_signature", 1),
            ("192.0.2.7", "no_signature", 5),
            ("192.0.2.7", "stale_timestamp", 1),
            ("192.0.2.8", "no_signature", 1),
        ]


def failed_often(*, minute: datetime) -> None:
    WebhookRejection.objects.create(
        source="stripe", reason="no_signature", remote_addr="192.0.2.7", count=10_000, body_sha256=b"",
        minute=minute.replace(second=0, microsecond=0),
    )  # fmt: skip


@pytest.mark.django_db
class TestTooManyFailures:
    @pytest.fixture(autouse=True)
    def _one_minute(self) -> Iterator[None]:
        with time_machine.travel("2026-11-21T12:00:05Z", tick=False):
            yield

    def test_slows_down_who_fails_again_and_again_and_nobody_else(self) -> None:
        for _ in range(FAILURES_A_MINUTE):
            assert post(event(), header="nothing").status_code == 400
        answer = post(event(), header="nothing")
        assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "too_many_failures", "60")
        assert post(event(), header="nothing", address="192.0.2.8").status_code == 400
        assert WebhookRejection.objects.get(remote_addr="192.0.2.7").count == FAILURES_A_MINUTE + 1

    def test_never_slows_down_what_is_signed(self) -> None:
        failed_often(minute=now())
        assert post(event(), header="nothing").status_code == 429
        assert post(event()).status_code == 200

    def test_begins_anew_each_minute(self) -> None:
        failed_often(minute=now() - timedelta(minutes=1))
        assert post(event(), header="nothing").status_code == 400
