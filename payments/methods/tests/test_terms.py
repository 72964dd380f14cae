"""The words that people agree to, and by what it shows that they are still the same."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from payments.methods.terms import Terms, current_terms, terms_of


class TestTerms:
    def test_are_those_of_the_version_of_now(self, settings: Any) -> None:
        settings.POLICY = replace(
            settings.POLICY, saved_method_terms={"1": "one", "2": "two"}, saved_method_terms_version="2"
        )
        assert current_terms() == Terms(version="2", words="two")

    def test_of_earlier_versions_are_known_while_they_are_kept(self, settings: Any) -> None:
        settings.POLICY = replace(settings.POLICY, saved_method_terms={"1": "one"})
        assert terms_of("1") == Terms(version="1", words="one")
        assert terms_of("0") is None

    def test_another_letter_is_another_digest(self) -> None:
        assert Terms(version="1", words="one").digest == sha256(b"one").hexdigest()
        assert Terms(version="1", words="one").digest != Terms(version="1", words="one.").digest
