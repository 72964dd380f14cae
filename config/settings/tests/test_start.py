"""The process starts over a fit environment, and over an unfit one says everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings.tests.starting import SOUND, problems, start

REQUIRED = ("SECRET_KEY", "JWT_SIGNING_KEY", "FIELD_ENCRYPTION_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")


class TestStart:
    def test_over_a_sound_environment(self) -> None:
        done = start(code="print(s.DEBUG, s.GATEWAY_ACCOUNTS['stripe'].livemode, len(s.GATEWAY_ACCOUNTS))")
        assert (done.stdout.strip(), done.stderr) == ("False True 1", "")

    def test_names_everything_that_is_missing(self) -> None:
        done = start(without=tuple(SOUND))
        assert done.returncode != 0
        assert set(problems(done)) == {
            *(f"{name} is not set" for name in (*REQUIRED, "PUBLIC_URL")),
            "PUBLIC_URL is not https, and DEBUG is off",
        }

    def test_names_everything_that_is_weak_or_wrong(self, tmp_path: Path) -> None:
        """One line each, whatever kind of wrong: no value hides the problem of another."""
        unfit = {
            "SECRET_KEY": "weak-secret",
            "JWT_SIGNING_KEY": "x" * 31,
            "CRON_SECRET": "weak-cron",
            "FIELD_ENCRYPTION_KEYS": "weak-key",
            "STRIPE_SECRET_KEY": "sk_weak",
            "STRIPE_WEBHOOK_SECRET": "whsec_weak",
            "STRIPE_API_BASE": "http://127.0.0.1:8010/stripe",
            "DATABASE_URL": "mysql://weak@host/name",
            "REDIS_URL": "amqp://weak@host",
            "EMAIL_URL": "pigeon://weak",
            "PUBLIC_URL": "http://weak.example.com",
            "DEBUG": "perhaps",
            "DEFAULT_CURRENCY": "RUPEES",
            "PLATFORM_FEE_BPS": "9000",
            "GATEWAY_FEE_BPS": "9000",
            "ESCROW_TIMEOUT_MINUTES": "soon",
            "ESCROW_TIMEOUT_MINUTES_BY_CATEGORY": "tickets:99999999999",
            "LOG_LEVEL": "loud",
            "LOG_FORMAT": "verse",
            "METRICS_TOKEN_FILE": str(tmp_path / "gone"),
            "SENTRY_DSN": "weak-dsn",
            "TRUSTED_PROXIES": "99",
        }
        done = start(unfit)
        named = {problem.split()[0].removesuffix(",") for problem in problems(done)}
        assert done.returncode != 0
        assert named == (set(unfit) - {"GATEWAY_FEE_BPS"})
        assert "weak" not in done.stderr.replace("is too weak", "")

    def test_a_signing_key_of_32_characters_will_do_and_of_31_will_not(self) -> None:
        assert problems(start(JWT_SIGNING_KEY="x" * 32)) == []
        assert problems(start(JWT_SIGNING_KEY="x" * 31)) == ["JWT_SIGNING_KEY is too weak: 32 characters at least"]

    def test_a_secret_may_come_from_a_file(self, tmp_path: Path) -> None:
        kept = tmp_path / "key"
        kept.write_text("$" + "f" * 40 + "\n")
        done = start(without=("SECRET_KEY",), SECRET_KEY_FILE=str(kept), code="print(s.SECRET_KEY)")
        assert (done.stdout.strip(), done.stderr) == ("$" + "f" * 40, "")

    def test_no_secret_shows_in_a_repr(self) -> None:
        done = start(code="print(s.GATEWAY_ACCOUNTS, s.POLICY)")
        assert "stripe" in done.stdout
        assert not any(value in done.stdout + done.stderr for value in ("sound_stripe_key", "whsec_", "sound-"))


class TestGateways:
    def test_an_unset_webhook_secret_configures_no_door(self) -> None:
        done = start(STRIPE_WEBHOOK_SECRET=" , ", code="print(s.GATEWAY_ACCOUNTS['stripe'].webhook_secrets)")
        assert done.stdout.strip() == "()"

    def test_an_unset_key_configures_no_account(self) -> None:
        done = start(without=("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"), code="print(s.GATEWAY_ACCOUNTS)")
        assert done.stdout.strip() == "{}"

    def test_half_an_account_is_named(self) -> None:
        assert problems(start(without=("STRIPE_SECRET_KEY",))) == [
            "STRIPE_WEBHOOK_SECRET is set without STRIPE_SECRET_KEY"
        ]

    def test_with_debug_off_the_sandbox_is_refused_and_with_debug_on_it_is_taken(self) -> None:
        sandbox = "http://127.0.0.1:8010/stripe"
        assert problems(start(STRIPE_API_BASE=sandbox)) == [
            "STRIPE_API_BASE is not a gateway's https address, and DEBUG is off: the sandbox is refused"
        ]
        done = start(STRIPE_API_BASE=sandbox, DEBUG="1", code="print(s.GATEWAY_ACCOUNTS['stripe'].api_base)")
        assert (done.stdout.strip(), problems(done)) == (sandbox, [])


class TestDatabases:
    def test_migrations_go_as_the_owner_where_one_is_named(self) -> None:
        code = "print(sorted(s.DATABASES), s.MIGRATION_DATABASE_IS_ITS_OWN)"
        owner = start(MIGRATION_DATABASE_URL="postgresql://owner@db.example.com/holdfast", code=code)
        assert owner.stdout.strip() == "['default', 'owner'] True"
        assert start(code=code).stdout.strip() == "['default'] False"

    def test_nothing_is_kept_in_a_session_that_a_pooler_would_share(self) -> None:
        done = start(
            code="d = s.DATABASES['default']\n"
            "print(d['OPTIONS']['prepare_threshold'], d['DISABLE_SERVER_SIDE_CURSORS'])\n"
            "print(d['ATOMIC_REQUESTS'], d['CONN_HEALTH_CHECKS'])"
        )
        assert done.stdout.split() == ["None", "True", "False", "True"]


class TestPolicy:
    def test_numbers_are_the_designs(self) -> None:
        done = start(code="p = s.POLICY; print(p.platform_fee_bps, p.gateway_fee_bps, p.escrow_timeout_minutes)")
        assert done.stdout.split() == ["1000", "150", "60"]

    def test_timeouts_by_category(self) -> None:
        done = start(
            ESCROW_TIMEOUT_MINUTES_BY_CATEGORY="tickets:60, shoes:4320",
            code="print(dict(s.POLICY.escrow_timeout_minutes_by_category))",
        )
        assert done.stdout.strip() == "{'tickets': 60, 'shoes': 4320}"

    @pytest.mark.parametrize("value", ["tickets", "tickets:0", ":60", "tickets:1.5,shoes:60"])
    def test_a_timeout_that_is_none_is_named(self, value: str) -> None:
        assert problems(start(ESCROW_TIMEOUT_MINUTES_BY_CATEGORY=value)) == [
            "ESCROW_TIMEOUT_MINUTES_BY_CATEGORY is not a list like tickets:60,shoes:4320, in minutes up to a year"
        ]

    def test_fees_of_gateways_that_show_none_are_reckoned_by_account(self) -> None:
        done = start(FEE_ESTIMATE_BPS="phonepe:200", code="print(dict(s.POLICY.fee_estimate_bps))")
        assert done.stdout.strip() == "{'phonepe': 200}"
        assert problems(start(FEE_ESTIMATE_BPS="phonepe:10001")) == [
            "FEE_ESTIMATE_BPS is not a list like phonepe:200, in basis points"
        ]

    def test_refunds_need_a_second_person_above_a_number_per_currency(self) -> None:
        code = "p = s.POLICY; print(dict(p.refund_approval_threshold_minor), p.refund_window_days, p.bank_accounts)"
        assert start(code=code).stdout.strip() == "{'INR': 100000} 30 ('main',)"
        given = start(REFUND_APPROVAL_THRESHOLD_MINOR="INR:5000,USD:2000", BANK_ACCOUNTS="main,inr", code=code)
        assert given.stdout.strip() == "{'INR': 5000, 'USD': 2000} 30 ('main', 'inr')"

    def test_refunds_by_category(self) -> None:
        done = start(
            REFUND_WINDOW_DAYS_BY_CATEGORY="tickets:0, shoes:60",
            REFUND_PLATFORM_BEARS="gift-cards,digital",
            code="p = s.POLICY; print(dict(p.refund_window_days_by_category), sorted(p.refund_platform_bears))",
        )
        assert done.stdout.strip() == "{'tickets': 0, 'shoes': 60} ['digital', 'gift-cards']"

    def test_refund_settings_that_are_none_are_named(self) -> None:
        assert problems(
            start(
                REFUND_APPROVAL_THRESHOLD_MINOR="1.5",
                REFUND_WINDOW_DAYS_BY_CATEGORY="tickets",
                BANK_ACCOUNTS="main,main",
            )
        ) == [
            "REFUND_APPROVAL_THRESHOLD_MINOR is not a list like INR:100000,USD:2000 with each known currency once",
            "REFUND_WINDOW_DAYS_BY_CATEGORY is not a list like tickets:7,shoes:60, in days up to ten years",
            "BANK_ACCOUNTS is not a list of names like main,payouts-inr",
        ]

    def test_disputes_have_a_bearer_a_threshold_and_days(self) -> None:
        code = (
            "p = s.POLICY; print(p.dispute_bearer, sorted(p.dispute_platform_bears_reasons),"
            " dict(p.dispute_accept_below_minor), p.dispute_reminder_days)"
        )
        assert start(code=code).stdout.strip() == "seller [] {} (7, 3, 1)"
        given = start(
            DISPUTE_BEARER="platform",
            DISPUTE_PLATFORM_BEARS_REASONS="fraudulent, general",
            DISPUTE_ACCEPT_BELOW_MINOR="INR:500,USD:1000",
            DISPUTE_REMINDER_DAYS="1,5,5",
            code=code,
        )
        assert given.stdout.strip() == "platform ['fraudulent', 'general'] {'INR': 500, 'USD': 1000} (5, 1)"
        assert problems(start(DISPUTE_BEARER="buyer", DISPUTE_REMINDER_DAYS="soon")) == [
            "DISPUTE_BEARER is not one of seller, platform",
            "DISPUTE_REMINDER_DAYS is not a list of days like 7,3,1",
        ]
