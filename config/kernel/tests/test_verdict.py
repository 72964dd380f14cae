"""A rule answers yes, or no with a code."""

from config.kernel.verdict import Verdict


class TestVerdict:
    def test_yes_is_true_and_needs_no_reason(self) -> None:
        verdict = Verdict.yes()
        assert verdict
        assert (verdict.code, verdict.detail) == ("", "")

    def test_no_is_false_and_says_why(self) -> None:
        verdict = Verdict.no("exceeds_refundable", "500 more than is left")
        assert not verdict
        assert (verdict.code, verdict.detail) == ("exceeds_refundable", "500 more than is left")

    def test_is_a_value(self) -> None:
        assert Verdict.no("late") == Verdict.no("late")
        assert Verdict.no("late") != Verdict.yes()
