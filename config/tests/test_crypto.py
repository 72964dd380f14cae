"""What is sealed is read with any key that is configured, and by nobody else."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.crypto import digest_key, digests, open_sealed, seal

PLAIN = b'{"name": "a name"}'


def key() -> str:
    return Fernet.generate_key().decode()


class TestSeal:
    def test_hides_what_it_holds(self) -> None:
        sealed = seal(PLAIN)
        assert b"a name" not in sealed
        assert open_sealed(sealed) == PLAIN
        assert open_sealed(memoryview(sealed)) == PLAIN

    @pytest.mark.parametrize(
        "plain", [b"", b"x" * 511, b"x\x01" + b"y" * 9, b"x\x01", b"{}" * 300, bytes(range(256)) * 9]
    )
    def test_gives_back_exactly_what_it_was_given(self, plain: bytes) -> None:
        assert open_sealed(seal(plain)) == plain

    def test_makes_small_what_is_long(self) -> None:
        """So that an event's body stays beside its row, and years of them are kept for little."""
        assert len(seal(PLAIN * 100)) < 400

    def test_opens_what_was_sealed_as_it_was(self, settings: Any) -> None:
        long = PLAIN * 100
        assert open_sealed(Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).encrypt(long)) == long

    def test_the_same_twice_does_not_look_the_same(self) -> None:
        assert seal(PLAIN) != seal(PLAIN)

    def test_the_newest_key_seals_and_every_key_opens(self, settings: Any) -> None:
        older, newer = key(), key()
        settings.FIELD_ENCRYPTION_KEYS = (older,)
        before = seal(PLAIN)
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        after = seal(PLAIN)
        assert (open_sealed(before), open_sealed(after)) == (PLAIN, PLAIN)
        settings.FIELD_ENCRYPTION_KEYS = (newer,)
        assert open_sealed(after) == PLAIN
        with pytest.raises(InvalidToken):
            open_sealed(before)

    @pytest.mark.parametrize("sealed", [b"", b"nonsense", PLAIN])
    def test_what_was_not_sealed_is_not_opened(self, sealed: bytes) -> None:
        with pytest.raises(InvalidToken):
            open_sealed(sealed)

    def test_an_altered_byte_is_noticed_wherever_it_stands(self) -> None:
        whole = seal(PLAIN)
        for place in range(len(whole)):
            altered = bytearray(whole)
            altered[place] ^= 1
            with pytest.raises(InvalidToken):
                open_sealed(bytes(altered))

    def test_what_was_cut_short_is_noticed_wherever_it_ends(self) -> None:
        whole = seal(PLAIN)
        for length in range(len(whole)):
            with pytest.raises(InvalidToken):
                open_sealed(whole[:length])

    def test_costs_few_bytes(self) -> None:
        assert len(seal(PLAIN)) - len(PLAIN) == 29

    def test_what_an_older_key_sealed_as_a_fernet_token_opens_beside_a_newer_one(self, settings: Any) -> None:
        older, newer = key(), key()
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        assert open_sealed(Fernet(older).encrypt(PLAIN)) == PLAIN
        assert not seal(PLAIN).startswith(b"gAAAA")

    def test_the_configured_key_itself_encrypts_nothing(self, settings: Any) -> None:
        """It would serve two algorithms."""
        sealed = seal(PLAIN)
        raw = urlsafe_b64decode(settings.FIELD_ENCRYPTION_KEYS[0])
        with pytest.raises(InvalidTag):
            AESGCM(raw).decrypt(sealed[1:13], sealed[13:], sealed[:1])


class TestDigests:
    def test_are_the_same_for_the_same_text_and_purpose_alone(self) -> None:
        assert digests(purpose="seats", text="A1") == digests(purpose="seats", text="A1")
        assert digests(purpose="seats", text="A1") != digests(purpose="gates", text="A1")
        assert digests(purpose="seats", text="A1") != digests(purpose="seats", text="A2")

    def test_there_is_one_for_each_key_the_newest_first(self, settings: Any) -> None:
        older, newer = key(), key()
        settings.FIELD_ENCRYPTION_KEYS = (older,)
        before, named = digests(purpose="seats", text="A1"), digest_key()
        settings.FIELD_ENCRYPTION_KEYS = (newer, older)
        after = digests(purpose="seats", text="A1")
        assert (len(before), len(after), after[1]) == (1, 2, before[0])
        assert digest_key() != named
        settings.FIELD_ENCRYPTION_KEYS = (older, newer)
        assert digest_key() == named

    def test_the_name_of_the_key_is_not_the_key(self, settings: Any) -> None:
        assert len(digest_key()) == 16
        assert digest_key() not in settings.FIELD_ENCRYPTION_KEYS[0]
