"""Which transfer providers there are, of the environment."""

from __future__ import annotations

import pytest

from config.settings.tests.starting import problems, start

SANDBOX = {
    "TRANSFER_SANDBOX_API_BASE": "http://127.0.0.1:8010/transfers",
    "TRANSFER_SANDBOX_API_KEY": "sound-transfer-key-0000",
    "TRANSFER_SANDBOX_WEBHOOK_SECRET": "sound-newer-hook-0000,sound-older-hook-0000",
}


class TestTransferProviders:
    def test_by_hand_is_always_one_and_has_no_door(self) -> None:
        done = start(code="print(sorted(s.TRANSFER_PROVIDERS), sorted(s.LISTENING_ACCOUNTS))")
        assert (done.stdout.strip(), problems(done)) == ("['manual'] []", [])

    def test_the_sandbox_is_one_with_debug_on_and_shows_no_secret(self) -> None:
        code = (
            "a = s.TRANSFER_PROVIDERS['sandbox'];"
            "print(a.code, a.gateway, a.livemode, len(a.webhook_secrets), list(s.LISTENING_ACCOUNTS), a)"
        )
        done = start({**SANDBOX, "DEBUG": "1"}, code=code)
        assert problems(done) == []
        assert done.stdout.startswith("transfer-sandbox transfer/sandbox False 2 ['transfer-sandbox'] ")
        assert "sound-" not in done.stdout

    @pytest.mark.parametrize("name", SANDBOX)
    def test_with_debug_off_nothing_of_it_is_taken(self, name: str) -> None:
        assert [each for each in problems(start({name: SANDBOX[name]})) if "DEBUG is off" in each]

    @pytest.mark.parametrize("name", ["TRANSFER_SANDBOX_API_BASE", "TRANSFER_SANDBOX_API_KEY"])
    def test_half_of_it_is_named(self, name: str) -> None:
        given = {key: value for key, value in SANDBOX.items() if key != name}
        assert [each for each in problems(start({**given, "DEBUG": "1"})) if "belong together" in each]
