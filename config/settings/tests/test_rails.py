"""Which floats payouts are drawn on, of the environment."""

from __future__ import annotations

import pytest

from config.settings.tests.starting import problems, start

RAZORPAYX = {
    "RAZORPAYX_KEY_ID": "rzp_live_SoundKeyOfX000",
    "RAZORPAYX_KEY_SECRET": "sound-razorpayx-key-0000",
    "RAZORPAYX_WEBHOOK_SECRET": "sound-razorpayx-hook-0000",
    "RAZORPAYX_ACCOUNT_NUMBER": "7878780080316316",
}


class TestRailAccounts:
    def test_are_stripe_where_it_is_configured_and_every_bank_account(self) -> None:
        done = start(
            BANK_ACCOUNTS="main,euro",
            code="print({c: a.rail for c, a in s.RAIL_ACCOUNTS.items()}, s.LISTENING_ACCOUNTS)",
        )
        told = "{'stripe': 'stripe_connect', 'bank:main': 'bank_file', 'bank:euro': 'bank_file'} {}"
        assert (done.stdout.strip(), problems(done)) == (told, [])

    def test_razorpayx_is_one_and_its_webhooks_come_by_razorpays_door(self) -> None:
        code = (
            "x, h = s.RAIL_ACCOUNTS['razorpayx'], s.LISTENING_ACCOUNTS['razorpayx'];"
            "print(x.rail, x.livemode, x.api_base, h.gateway, h.livemode, len(h.webhook_secrets), x, h,"
            "'razorpayx' in s.GATEWAY_ACCOUNTS)"
        )
        done = start(RAZORPAYX, code=code)
        assert problems(done) == []
        assert done.stdout.startswith("razorpayx True https://api.razorpay.com razorpay True 1 ")
        assert done.stdout.strip().endswith("False")
        assert "sound-" not in done.stdout
        assert RAZORPAYX["RAZORPAYX_ACCOUNT_NUMBER"] not in done.stdout

    @pytest.mark.parametrize("name", ["RAZORPAYX_KEY_ID", "RAZORPAYX_KEY_SECRET", "RAZORPAYX_ACCOUNT_NUMBER"])
    def test_half_an_account_is_named(self, name: str) -> None:
        given = {key: value for key, value in RAZORPAYX.items() if key != name}
        assert [found for found in problems(start(given)) if "belong together" in found]

    def test_everything_that_is_wrong_is_named_at_once(self) -> None:
        unfit = {
            "RAZORPAYX_KEY_ID": "key_of_nobody",
            "RAZORPAYX_KEY_SECRET": "weak",
            "RAZORPAYX_WEBHOOK_SECRET": "weak",
            "RAZORPAYX_ACCOUNT_NUMBER": "12 34",
            "RAZORPAY_API_BASE": "http://127.0.0.1:8010/razorpay",
        }
        assert {found.split()[0] for found in problems(start(unfit))} == set(unfit)

    def test_a_secret_that_is_another_accounts_too_is_refused(self) -> None:
        shared = RAZORPAYX | {
            "RAZORPAY_KEY_ID": "rzp_live_SoundKey000000",
            "RAZORPAY_KEY_SECRET": "sound-razorpay-key-0000",
            "RAZORPAY_WEBHOOK_SECRET": RAZORPAYX["RAZORPAYX_WEBHOOK_SECRET"],
        }
        assert problems(start(shared)) == [
            "RAZORPAYX_WEBHOOK_SECRET is another account's too: nobody could tell whose event it is"
        ]


class TestConnect:
    def test_its_webhooks_come_by_stripes_door_under_a_secret_of_their_own(self) -> None:
        code = (
            "h = s.LISTENING_ACCOUNTS['stripe-connect'];"
            "print(h.code, h.gateway, h.livemode == s.GATEWAY_ACCOUNTS['stripe'].livemode, len(h.webhook_secrets), h)"
        )
        done = start({"STRIPE_CONNECT_WEBHOOK_SECRET": "sound-connect-hook-000,sound-connect-hook-111"}, code=code)
        assert problems(done) == []
        assert done.stdout.startswith("stripe-connect stripe True 2 ")
        assert "sound-" not in done.stdout

    def test_without_stripe_it_is_a_mistake(self) -> None:
        given = {"STRIPE_CONNECT_WEBHOOK_SECRET": "sound-connect-hook-000", "STRIPE_SECRET_KEY": ""}
        assert "STRIPE_CONNECT_WEBHOOK_SECRET is set without STRIPE_SECRET_KEY" in problems(start(given))

    def test_the_secret_of_our_own_account_is_refused(self) -> None:
        shared = {
            "STRIPE_WEBHOOK_SECRET": "sound-stripe-hook-0000",
            "STRIPE_CONNECT_WEBHOOK_SECRET": "sound-stripe-hook-0000",
        }
        assert problems(start(shared)) == [
            "STRIPE_CONNECT_WEBHOOK_SECRET is another account's too: nobody could tell whose event it is"
        ]
