"""Nothing secret is written down, however it is wrapped, and what operators need stays readable."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.ids import new_id
from config.ops.redaction import DEEPEST, HIDDEN, LONGEST_TEXT, is_secret, mask, redact, redact_path, redact_text

# The gateways' published test numbers.
CARDS = {
    "visa": "4242424242424242",
    "old visa": "4222222222222",
    "mastercard": "5555555555554444",
    "mastercard 2": "2223003122003222",
    "amex": "378282246310005",
    "diners": "30569309025904",
    "discover": "6011111111111117",
    "rupay": "6082015309577308",
    "rupay 8": "8175000000000002",
    "maestro 19": "6304000000000000000",
    "union pay 19": "6205500000000000004",
}
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJlLXRoYXQtc2VjdXJlcw"


class TestMask:
    @pytest.mark.parametrize("number", CARDS.values(), ids=CARDS.keys())
    def test_hides_the_number_and_leaves_its_last_four(self, number: str) -> None:
        assert mask(f"charge {number} please") == f"charge [card {number[-4:]}] please"

    @pytest.mark.parametrize(
        "written",
        [
            "4242 4242 4242 4242",
            "4242-4242-4242-4242",
            "4242.4242.4242.4242",
            "4242_4242_4242_4242",
            "4242/4242/4242/4242",
            "4242  4242  4242  4242",
            "4242 - 4242 - 4242 - 4242",
            "4242-4242 4242.4242",
            "4242\u00a04242\u00a04242\u00a04242",
            "4242\u20094242\u20094242\u20094242",
            "4242\u20134242\u20134242\u20134242",
            "4242\u200b4242\u200b4242\u200b4242",
            "4242\t4242\n4242\r4242",
            "4242+4242+4242+4242",
            "4242%204242%204242%204242",
            "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
            "42 42 42 42 42 42 42 42",
            "424242 4242424242",
            "\uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12 \uff14\uff12\uff14\uff12",
            "\u096a\u0968\u096a\u0968\u096a\u0968\u096a\u0968\u096a\u0968\u096a\u0968\u096a\u0968\u096a\u0968",
        ],
    )
    def test_hides_it_however_it_is_written(self, written: str) -> None:
        masked = mask(f"a {written} z")
        assert masked.startswith("a [card ")
        assert masked.endswith("] z")

    @pytest.mark.parametrize("written", ["3782 822463 10005", "3056 930902 5904", "6304 0000 0000 0000 000"])
    def test_knows_the_groups_of_other_brands(self, written: str) -> None:
        assert mask(written).startswith("[card ")

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("1 4242 4242 4242 4242", "1 [card 4242]"),
            ("amount 5000 4242424242424242 12/28 123", "amount 5000 [card 4242] 12/28 123"),
            ("4242424242424242 5555555555554444", "[card 4242] [card 4444]"),
            ("4242 4242 4242 4242 5555 5555 5555 4444", "[card 4242] [card 4444]"),
            ("x4242424242424242x", "x[card 4242]x"),
            ('{"number":"4242424242424242"}', '{"number":"[card 4242]"}'),
            (";4242424242424242=28121010000000000000?", ";[card 4242]=28121010000000000000?"),
        ],
    )
    def test_finds_it_between_other_things(self, text: str, masked: str) -> None:
        assert mask(text) == masked

    @pytest.mark.parametrize(
        "text",
        [
            "4242424242424241",  # fails Luhn
            "1766271600000",  # a time in milliseconds
            "1766271600000000",  # … microseconds
            "1766271600000000000",  # … nanoseconds
            "2026-11-21 00:41:33.123456",
            "2026-11-21 2026-11-22 2026-11-23",
            "10.0.0.1 10.0.0.2 192.168.10.12",
            "+91 98765 43210",
            "pi_3MtwBwLkdIwHu7ix28a3tqPa",
            "424242424242",  # too short
            "42424242424242424242",  # too long, and nobody says where it begins
            "",
        ],
    )
    def test_leaves_other_numbers_alone(self, text: str) -> None:
        assert mask(text) == text

    def test_twice_is_once(self) -> None:
        once = mask("4242 4242 4242 4242, 5555-5555-5555-4444")
        assert mask(once) == once

    @given(
        prefix=st.text(max_size=20).filter(lambda text: not text or not text[-1].isdecimal()),
        suffix=st.text(max_size=20).filter(lambda text: not text or not text[0].isdecimal()),
        number=st.sampled_from(sorted(CARDS.values())),
    )
    def test_no_surroundings_save_a_bare_number(self, prefix: str, suffix: str, number: str) -> None:
        assert number not in mask(prefix + number + suffix)


class TestRedactText:
    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            ("key sk_live_51HyPhEnAtEd is bad", "51HyPhEnAtEd"),
            ("Invalid API Key provided: sk_test_abcdefgh", "abcdefgh"),
            ("rk_live_aaaabbbb", "aaaabbbb"),
            ("rzp_live_AbCdEfGh", "AbCdEfGh"),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw==", "MfKQ9r8"),
            ("Authorization: Bearer abc.def.ghi", "abc.def.ghi"),
            ("authorization:Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
            ("Authorization: Digest username=admin, response=deadbeef", "deadbeef"),
            ("{'Authorization': 'Api-Key hf_0123456789'}", "hf_0123456789"),
            ('headers={"Cookie": "session=s3cr3t; other=1"}', "s3cr3t"),
            ("Set-Cookie: __Host-session=s3cr3t; Secure", "s3cr3t"),
            ("sent Api-Key 0123456789abcdef", "0123456789abcdef"),
            ("password=hunter2&next=/", "hunter2"),
            ("password='hunter 2 with blanks'", "blanks"),
            ('{"password": "hun\\"ter2"}', "ter2"),
            ("password='hunter2", "hunter2"),
            ("PASSWORD: hunter2", "hunter2"),
            ("db_password => hunter2", "hunter2"),
            ("refresh_token=abcdef", "abcdef"),
            ("/x?token=abcdef&a=1", "abcdef"),
            ("client_secret=pi_123_secret_abc", "secret_abc"),
            ("secret is pi_3MtwBwLkdIwHu7ix_secret_YrKJUKribcBjcG8HVhfZ", "YrKJUKribc"),
            ("cs_test_a1b2c3d4_secret_fidwbEhqYWAn", "fidwbEhqYWAn"),
            (f"cannot decode {JWT}", "eyJzdWIi"),
            ("postgresql://holdfast:p@ss:w0rd@db:5432/holdfast", "w0rd"),
            ("redis://:hunter2@127.0.0.1:6379/0", "hunter2"),
            ("amqp://user:pa$$@broker", "pa$$"),
            ("cvc=123", "123"),
            ("card_number: 4000 0000", "4000"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "MIIEpAIB"),
            ("-----BEGIN PRIVATE KEY-----\nMIIEcut", "MIIEcut"),
            ("mail to asha.rao+tickets@mail.example.co.in failed", "asha"),
            ("mail to o'brien@example.com", "brien@"),
            ("ünïcode@exämple.com", "code@"),
            ("to=asha%40example.com", "asha"),
            ("collect from asha.rao@okaxis", "asha"),
            ("call +91 98765 43210 now", "98765"),
            ("call +14155552671", "4155552671"),
            ("GET /x/AbCdEfGhIjKl/ HTTP/1.1", "AbCdEfGhIjKl"),
            ("POST /unsubscribe/abcdefghijkl", "abcdefghijkl"),
            ("Card 4242 4242 4242 4242 declined", "4242 4242"),
        ],
    )
    def test_takes_the_secret_out(self, text: str, secret: str) -> None:
        assert secret in text
        assert secret not in redact_text(text)

    @pytest.mark.parametrize(
        "text",
        [
            "webhook rejected",
            "payment_intent.succeeded evt_1NG8Du2eZvKYlo2CUI79vXWy for ord_0aZ9",
            "jwt.exceptions.InvalidTokenError: Signature has expired",
            "cryptography.fernet.InvalidToken: no key fits",
            "POST /v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa/confirm 402 in 310 ms",
            "celery@worker-1 ready.",
            "amount_minor=105000 currency=INR at 2026-11-21T00:41:33.123+05:30",
            "the tokens were counted",
            "https://api.stripe.com/v1/refunds?limit=3",
            "idempotency_key=ord_123 fact_key=a:b",
        ],
    )
    def test_leaves_what_operators_need(self, text: str) -> None:
        assert redact_text(text) == text

    def test_keeps_the_names_around_a_secret(self) -> None:
        assert redact_text("login password=abc user=usr_1") == f"login password={HIDDEN} user=usr_1"
        assert redact_text("secret of pi_123456_secret_x1") == f"secret of pi_123456_secret_{HIDDEN}"

    def test_several_secrets_in_one_line(self) -> None:
        clean = redact_text(f"a@b.example Bearer {JWT} sk_live_abcdef 4242424242424242 password=x")
        assert clean == f"[email] Bearer {HIDDEN} {HIDDEN} [card 4242] password={HIDDEN}"

    def test_a_text_that_is_far_too_long_is_cut(self) -> None:
        assert len(redact_text("x " * LONGEST_TEXT)) == LONGEST_TEXT

    @pytest.mark.parametrize(
        "unit",
        [
            "1 ",
            "a@",
            "token",
            "token='",
            "ab.cd-",
            "://",
            "eyJ",
            "+1 ",
            "4242 ",
            '"',
            "=",
            "-----BEGIN PRIVATE KEY-----",
        ],
    )
    def test_its_cost_grows_no_faster_than_the_text(self, unit: str) -> None:
        text = unit * (20_000 // len(unit))
        started = time.process_time()
        redact_text(text)
        assert time.process_time() - started < 2.0  # a quadratic pattern takes minutes


class TestIsSecret:
    @pytest.mark.parametrize(
        "key",
        [
            "password", "PASSWORD", "db_passwd", "client_secret", "api_key", "apiKey", "X-Api-Key", "Authorization",
            "csrftoken", "access_token", "Set-Cookie", "session_key", "stripe-signature", "private_key", "cvc", "card",
            "card_number", "account_number", "iban", "otp", "barcode", "email", "buyer_email", "email_address", "phone",
            "mobile_number", "vpa", "body", "payload", "query_string", "request", "SENTRY_DSN",
        ],
    )  # fmt: skip
    def test_hides_by_name(self, key: str) -> None:
        assert is_secret(key)

    @pytest.mark.parametrize(
        "key",
        ["order_id", "public_id", "idempotency_key", "fact_key", "amount_minor", "status", "address", "shipping",
         "mapping", "discard", "request_id", "last4", "emails_sent", "company"],
    )  # fmt: skip
    def test_leaves_other_names(self, key: str) -> None:
        assert not is_secret(key)


class TestRedact:
    def test_goes_through_every_kind_of_container(self) -> None:
        clean = redact(
            {
                "user": {"password": "hunter2", "id": "usr_1"},
                "list": ["4242424242424242", {"token": "abc"}],
                "tuple": ("a@b.example",),
                "set": {"sk_live_abc"},
                "bytes": b"Bearer abcdefgh",
                "number": 4242424242424242,
            }
        )
        assert clean == {
            "user": {"password": HIDDEN, "id": "usr_1"},
            "list": ["[card 4242]", {"token": HIDDEN}],
            "tuple": ["[email]"],
            "set": [HIDDEN],
            "bytes": f"Bearer {HIDDEN}",
            "number": "[card 4242]",
        }

    @pytest.mark.parametrize("value", [None, True, False, 0, -5, 105000, 1766271600000, 1.5, "order paid"])
    def test_leaves_plain_values_as_they_are(self, value: Any) -> None:
        assert redact(value) == value

    def test_a_secret_that_is_unset_may_be_seen_to_be_unset(self) -> None:
        assert redact({"token": None, "password": False}) == {"token": None, "password": False}

    def test_a_number_is_a_secret_too(self) -> None:
        assert redact({"otp": 123456}) == {"otp": HIDDEN}

    def test_other_objects_become_redacted_text(self) -> None:
        assert redact(Decimal("1.50")) == "1.50"
        assert redact(datetime(2026, 11, 21, tzinfo=UTC)) == "2026-11-21T00:00:00+00:00"
        assert redact(ValueError("password=hunter2")) == f"password={HIDDEN}"

    def test_a_secret_used_as_a_key_is_redacted(self) -> None:
        assert redact({"a@b.example": 1}) == {"[email]": 1}

    def test_bytes_that_are_no_text(self) -> None:
        assert redact(b"\xff\xfe4242424242424242") == "\ufffd\ufffd[card 4242]"

    def test_a_structure_that_contains_itself_ends(self) -> None:
        loop: dict[str, Any] = {}
        loop["again"] = loop
        found = redact(loop)
        for _ in range(DEEPEST - 1):
            found = found["again"]
        assert found == {"again": "[too deep]"}

    def test_a_huge_list_is_cut(self) -> None:
        assert len(redact(list(range(100_000)))) == 200

    def test_the_original_is_not_changed(self) -> None:
        original = {"password": "hunter2"}
        redact(original)
        assert original == {"password": "hunter2"}


class TestRedactPath:
    def test_hides_long_mixed_parts(self) -> None:
        assert redact_path("/orders/Zk3vN0qH8mXwT1yLr5bPc9Ds/pay/") == "/orders/…/pay/"

    def test_leaves_our_public_ids_and_words(self) -> None:
        path = f"/api/v1/orders/{new_id('ord')}/a-long-word-made-of-small-letters/"
        assert redact_path(path) == path
