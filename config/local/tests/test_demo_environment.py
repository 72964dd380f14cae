"""What is given wins; what is missing is made up once."""

from pathlib import Path

from cryptography.fernet import Fernet

from config.local.demo_environment import MADE_UP, demo_environment


class TestDemoEnvironment:
    def test_fills_in_everything_that_is_missing(self, tmp_path: Path) -> None:
        filled = demo_environment(environ={"HOME": "/h"}, folder=tmp_path)
        assert filled["HOME"] == "/h"
        assert filled["DEBUG"] == "1"
        assert filled["PUBLIC_URL"] == "http://127.0.0.1:8000"
        assert filled["STRIPE_API_BASE"] == "http://127.0.0.1:8010/stripe"
        assert filled["STRIPE_SECRET_KEY"].startswith("sk_test_")
        assert filled["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
        assert filled["PHONEPE_API_BASE"] == "http://127.0.0.1:8010/phonepe/apis/pg-sandbox"
        assert filled["PHONEPE_CLIENT_ID"].startswith("DEMO")
        assert 8 <= len(filled["PHONEPE_WEBHOOK_PASSWORD"]) <= 20, "as PhonePe wants it"
        assert len(filled["JWT_SIGNING_KEY"]) >= 32
        Fernet(filled["FIELD_ENCRYPTION_KEYS"])
        assert len({filled[name] for name in MADE_UP}) == len(MADE_UP)

    def test_addresses_follow_the_ports(self, tmp_path: Path) -> None:
        filled = demo_environment(environ={"PORT": "9000", "SANDBOX_PORT": "9010"}, folder=tmp_path)
        assert filled["PUBLIC_URL"] == "http://127.0.0.1:9000"
        assert filled["STRIPE_API_BASE"] == "http://127.0.0.1:9010/stripe"

    def test_keeps_its_secrets_between_starts_and_from_others(self, tmp_path: Path) -> None:
        first = demo_environment(environ={}, folder=tmp_path)
        assert demo_environment(environ={}, folder=tmp_path) == first
        assert (tmp_path / "demo.env").stat().st_mode & 0o777 == 0o600

    def test_adds_a_secret_that_an_older_version_did_not_know(self, tmp_path: Path) -> None:
        (tmp_path / "demo.env").write_text("SECRET_KEY=of-an-older-version\n")
        filled = demo_environment(environ={}, folder=tmp_path)
        assert filled["SECRET_KEY"] == "of-an-older-version"
        assert demo_environment(environ={}, folder=tmp_path)["CRON_SECRET"] == filled["CRON_SECRET"]

    def test_never_replaces_what_is_given_and_never_stores_it(self, tmp_path: Path) -> None:
        given = {"STRIPE_WEBHOOK_SECRET": "whsec_mine", "DEBUG": "0", "STRIPE_API_BASE": ""}
        filled = demo_environment(environ=given, folder=tmp_path)
        assert given.items() <= filled.items()
        assert "whsec_mine" not in (tmp_path / "demo.env").read_text()

    def test_a_secret_given_as_a_file_is_given(self, tmp_path: Path) -> None:
        filled = demo_environment(environ={"STRIPE_SECRET_KEY_FILE": "/run/secrets/stripe"}, folder=tmp_path)
        assert "STRIPE_SECRET_KEY" not in filled
