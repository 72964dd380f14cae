"""Stripe's webhooks: whose signature is believed, and what a translation does when the world is not ready for it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from config.inbox.contract import Rejected
from config.inbox.models import WebhookEvent
from payments.charges.models import Payment
from payments.refunds.models import Refund
from payments.tests.walking import everything
from payments.tests.world import World, post_event
from payments.webhooks.stripe import verify

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NEWER, OLDER = "whsec_of_tests_newer_0000", "whsec_of_tests_older_0000"
EVENT: dict[str, Any] = {
    "id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1_784_115_300, "livemode": False,
    "api_version": "2026-10-28.endive", "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _two_secrets(settings: Any) -> None:
    account = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], webhook_secrets=(NEWER, OLDER))
    settings.GATEWAY_ACCOUNTS = {"stripe": account}


def body(**changes: Any) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def signature(content: bytes, *, secret: str = NEWER, at: datetime = AT, scheme: str = "v1") -> str:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256).hexdigest()
    return f"t={stamp},{scheme}={digest}"


def verified(content: bytes, header: str | None = None, *, at: datetime = AT) -> Any:
    return verify(headers={} if header is None else {"Stripe-Signature": header}, body=content, at=at)


def rejection(content: bytes, header: str | None = None, *, at: datetime = AT) -> str:
    with pytest.raises(Rejected) as rejected:
        verified(content, header, at=at)
    return rejected.value.reason


class TestSignature:
    def test_by_either_of_two_secrets_is_believed(self) -> None:
        for secret in (NEWER, OLDER):
            found = verified(body(), signature(body(), secret=secret))
            assert (found.account, found.event_id, found.type, found.object_id, found.livemode) == (
                "stripe", "evt_1", "payment_intent.succeeded", "pi_1", False
            )  # fmt: skip
            assert (found.occurred_at, found.api_version) == (
                datetime(2026, 7, 15, 11, 35, tzinfo=UTC), "2026-10-28.endive"
            )  # fmt: skip

    def test_among_several_one_is_enough(self) -> None:
        """While a secret is rolled, Stripe signs with both."""
        good = signature(body()).split(",")[1]
        header = f"t={int(AT.timestamp())},v1={'0' * 64},{good},v0=whatever"
        assert verified(body(), header).event_id == "evt_1"

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "t=",
            "v1=abc",
            "t=now,v1=abc",
            "t=1,t=2,v1=abc",
            f"t={int(AT.timestamp())}",
            f"t={int(AT.timestamp())},v0=abc",
            "t=１７９５１７６０００,v1=abc",
            "nothing at all",
            "=,=,=",
        ],
    )
    def test_that_is_none_is_rejected(self, header: str | None) -> None:
        assert rejection(body(), header) == "no_signature"

    @pytest.mark.parametrize("secret", ["whsec_of_nobody", "", NEWER.upper(), NEWER[:-1]])
    def test_by_another_secret_is_rejected(self, secret: str) -> None:
        assert rejection(body(), signature(body(), secret=secret)) == "bad_signature"

    @pytest.mark.parametrize("late", [timedelta(seconds=300), -timedelta(seconds=300)])
    def test_within_five_minutes_either_way_is_believed(self, late: timedelta) -> None:
        assert verified(body(), signature(body(), at=AT - late)).event_id == "evt_1"

    @pytest.mark.parametrize("late", [timedelta(seconds=301), -timedelta(seconds=301), timedelta(days=365)])
    def test_stale_or_from_the_future_is_rejected(self, late: timedelta) -> None:
        assert rejection(body(), signature(body(), at=AT - late)) == "stale_timestamp"

    @pytest.mark.parametrize("stamp", ["9" * 12, "9" * 13, "9" * 4_000, "0"])
    def test_with_an_absurd_timestamp_is_rejected(self, stamp: str) -> None:
        assert rejection(body(), f"t={stamp},v1={'0' * 64}") == "stale_timestamp"

    def test_with_another_timestamp_than_the_signed_one_is_rejected(self) -> None:
        digest = signature(body()).split(",")[1]
        assert rejection(body(), f"t={int(AT.timestamp()) + 1},{digest}") == "bad_signature"

    @given(position=st.integers(0, len(body()) - 1), bit=st.integers(0, 7))
    def test_any_altered_bit_is_rejected(self, position: int, bit: int) -> None:
        altered = bytearray(body())
        altered[position] ^= 1 << bit
        assert rejection(bytes(altered), signature(body())) == "bad_signature"

    def test_of_other_white_space_is_rejected(self) -> None:
        """The exact bytes are signed, not what they mean."""
        assert rejection(json.dumps(EVENT, indent=1).encode(), signature(body())) == "bad_signature"

    def test_without_a_secret_nothing_is_believed(self, settings: Any) -> None:
        account = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], webhook_secrets=())
        settings.GATEWAY_ACCOUNTS = {"stripe": account}
        assert rejection(body(), signature(body(), secret="")) == "bad_signature"

    def test_of_another_gateways_account_is_rejected(self, settings: Any) -> None:
        other = replace(django_settings.GATEWAY_ACCOUNTS["stripe"], gateway="razorpay", code="razorpay")
        settings.GATEWAY_ACCOUNTS = {"razorpay": other}
        assert rejection(body(), signature(body())) == "bad_signature"

    def test_says_whose_it_is_where_there_are_two_accounts(self, settings: Any) -> None:
        mine = django_settings.GATEWAY_ACCOUNTS["stripe"]
        live = replace(mine, code="stripe-live", livemode=True, webhook_secrets=("whsec_of_live_0000",))
        settings.GATEWAY_ACCOUNTS = {"stripe": mine, "stripe-live": live}
        content = body(livemode=True)
        found = verified(content, signature(content, secret="whsec_of_live_0000"))
        assert (found.account, found.livemode) == ("stripe-live", True)
        assert rejection(body(), signature(body(), secret="whsec_of_live_0000")) == "wrong_livemode"


class TestBody:
    """Signed as it should be: what is in it decides."""

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "not_json"),
            (b"{", "not_json"),
            (b"[]", "not_an_object"),
            (b'"evt_1"', "not_an_object"),
            (b"\xff\xfe", "not_utf8"),
            (body(id=None), "no_id"),
            (body(id=""), "no_id"),
            (body(id=7), "no_id"),
            (body(id="e" * 256), "no_id"),
            (body(type=None), "no_type"),
            (body(type="t" * 121), "no_type"),
            (body(created="1784115300"), "no_created"),
            (body(created=1_784_115_300.0), "no_created"),
            (body(created=True), "no_created"),
            (body(created=-1), "no_created"),
            (body(created=10**18), "no_created"),
            (body(livemode=True), "wrong_livemode"),
            (body(livemode=None), "wrong_livemode"),
            (body(livemode=0), "wrong_livemode"),
            (body(data=None), "no_object"),
            (body(data=[]), "no_object"),
            (body(data={"object": None}), "no_object"),
            (body(data={"object": "pi_1"}), "no_object"),
            (body(data={"object": {"id": "\x00"}}), "nul_character"),
            (b'{"a":' * 100 + b"1" + b"}" * 100, "nested_too_deeply"),
        ],
    )
    def test_that_is_no_event_is_rejected(self, content: bytes, reason: str) -> None:
        assert rejection(content, signature(content)) == reason

    def test_of_an_object_without_an_id_is_kept(self) -> None:
        content = body(data={"object": {"object": "balance"}}, api_version=None)
        assert (verified(content, signature(content)).object_id, verified(content, signature(content)).api_version) == (
            "", ""
        )  # fmt: skip

    @given(st.binary(max_size=200))
    def test_of_noise_is_rejected_and_breaks_nothing(self, noise: bytes) -> None:
        assert rejection(noise, signature(noise)) in {
            "not_json", "not_utf8", "not_an_object", "no_id", "nested_too_deeply", "nul_character"
        }  # fmt: skip


@pytest.mark.django_db(transaction=True)
class TestTranslating:
    def test_what_cannot_be_read_is_dead_at_once_and_named(self, world: World) -> None:
        world.paid_order(10_000)
        event = next(event for event in world.all_events() if event["type"] == "payment_intent.succeeded")
        broken = {**event, "id": "evt_broken"}
        broken["data"] = {"object": {**event["data"]["object"], "amount": "10000"}}
        before = everything()
        world.hear([broken])
        row = WebhookEvent.objects.get(event_id="evt_broken")
        assert (row.state, row.last_error_code, row.last_error) == (
            "dead",
            "unreadable_object",
            "payment_intent.amount",
        )
        assert everything() == before

    def test_a_gateway_that_cannot_be_asked_is_asked_later_and_is_no_bug(self, world: World) -> None:
        order = world.order(10_000)
        world.pay_hosted(world.start(order, hosted=True))
        completed = [event for event in world.new_events() if event["type"] == "checkout.session.completed"]
        world.refuse("/v1/payment_intents/*", method="GET")
        world.hear(completed)
        row = WebhookEvent.objects.get()
        assert (row.state, row.last_error_code) == ("due", "gateway_unavailable")
        world.later(seconds=2)
        world.work()
        order.refresh_from_db()
        assert (order.status, WebhookEvent.objects.get().state) == ("paid", "processed")

    def test_money_whose_charge_the_gateway_will_not_name_is_never_passed_over(self, world: World) -> None:
        """`succeeded` without a charge, and the object gone when it is asked for: tried again until a person looks."""
        payment = world.start(world.order(10_000)).payment
        world.confirm(payment)
        (event,) = [event for event in world.new_events() if event["type"] == "payment_intent.succeeded"]
        event["data"]["object"]["latest_charge"] = None
        world.fail("/v1/payment_intents/*", method="GET", status=404, type="invalid_request_error",
                   code="resource_missing")  # fmt: skip
        world.hear([event])
        row = WebhookEvent.objects.get()
        assert (row.state, row.last_error_code) == ("due", "capture_unexplained")
        world.later(seconds=2)
        world.work()
        assert Payment.objects.get(pk=payment.pk).captured_minor == 10_000

    def test_an_event_that_came_before_its_object_is_woken_by_it(self, world: World) -> None:
        """A mark of ours whose row is not here: it is, once it is."""
        order = world.order(10_000)
        started = world.start(order)
        world.pay(started)
        hidden = Payment.objects.values().get(pk=started.payment.pk)
        Payment.objects.filter(pk=started.payment.pk).update(public_id="pay_of0somebody0else", gateway_payment_id=None)
        world.hear([event for event in world.new_events() if event["type"] == "payment_intent.succeeded"])
        row = WebhookEvent.objects.get()
        assert (row.state, row.wake_key) == ("parked", hidden["public_id"])
        Payment.objects.filter(pk=started.payment.pk).update(
            public_id=hidden["public_id"], gateway_payment_id=hidden["gateway_payment_id"]
        )
        world.later(minutes=1)
        world.work()
        order.refresh_from_db()
        assert (order.status, WebhookEvent.objects.get().state) == ("paid", "processed")

    def test_events_of_objects_that_others_made_in_the_same_account_touch_nothing(self, world: World) -> None:
        order = world.paid_order(10_000)
        made = world.sandbox.control.stripe("events", type="payment_intent.succeeded", object={
            "id": "pi_of_a_shop_plugin", "object": "payment_intent", "amount": 500, "currency": "usd", "created": 1,
            "status": "succeeded", "amount_received": 500, "latest_charge": "ch_of_a_shop_plugin", "livemode": False,
            "metadata": {"order": "4711", "payment": "first"},
        })  # fmt: skip
        before = everything()
        world.hear([made["object"]])
        assert WebhookEvent.objects.latest("pk").state == "foreign"
        assert everything() == before
        assert world.moved(order, "captured") == (1, 10_000)

    def test_letting_an_authorization_go_is_no_refund_of_money(self, world: World) -> None:
        order = world.order(10_000)
        world.pay(world.start(order, capture_manually=True))
        world.hear()
        world.at_gateway(world.payment(order), "expire")
        told = {event["type"] for event in world.new_events()}
        world.hear()
        assert "charge.expired" in told or "charge.refunded" in told
        assert (Refund.objects.count(), world.payment(order).status) == (0, "expired")

    def test_names_whom_it_concerns(self, world: World) -> None:
        order = world.paid_order(10_000)
        row = WebhookEvent.objects.filter(state="processed").first()
        assert row is not None
        assert (row.concerns, world.payment(order).public_id in row.note) == ([], True)

    def test_a_delivery_is_counted_when_it_comes_again(self, world: World) -> None:
        world.paid_order(10_000)
        (event,) = [event for event in world.all_events() if event["type"] == "payment_intent.succeeded"]
        assert post_event(event).json() == {"received": True, "duplicate": True}
        assert WebhookEvent.objects.get(event_id=event["id"]).deliveries == 2
