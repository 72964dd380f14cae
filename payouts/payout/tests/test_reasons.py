"""What a payee is told of a payout that did not arrive."""

from __future__ import annotations

import pytest

from payouts.payout.reasons import OURS_TO_CHANGE, WORDS, in_words
from payouts.rails.connect.advice import OF_FAILURES
from payouts.rails.contract import Advice
from payouts.rails.razorpayx.reasons import ENDED, OTHERS


class TestInWords:
    @pytest.mark.parametrize("code", [*ENDED, *OTHERS])
    def test_of_razorpayx_what_stands_beside_the_reason(self, code: str) -> None:
        assert in_words(code=code, advice="ask") == {**ENDED, **OTHERS}[code].payee

    @pytest.mark.parametrize("code", OF_FAILURES)
    def test_of_stripe_no_code_of_its(self, code: str) -> None:
        words = in_words(code=code, advice=OF_FAILURES[code].value)
        assert words.endswith(".")
        assert code not in words

    @pytest.mark.parametrize("advice", [*Advice, ""])
    def test_one_that_nobody_wrote_words_for_is_told_by_what_there_is_to_do(self, advice: str) -> None:
        assert in_words(code="brand_new", advice=advice).endswith(".")

    @pytest.mark.parametrize("code", sorted(OURS_TO_CHANGE))
    def test_what_we_have_to_change_is_not_asked_of_them(self, code: str) -> None:
        assert "has to change first" not in in_words(code=code, advice="fix")
        assert "give us another" not in in_words(code=code, advice="fix")

    def test_promises_nobody_that_it_goes_again_by_itself(self) -> None:
        """Of a payee who is paid on request nothing goes before they ask."""
        assert not any("again." in words or "we try" in words.lower() for words in WORDS.values())

    def test_says_nothing_in_the_words_of_a_machine(self) -> None:
        assert not any("_" in words for words in WORDS.values())
