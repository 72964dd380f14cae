"""Who is challenged and who is blocked, on plain numbers."""

from __future__ import annotations

import pytest

from payments.abuse.rules import LIMITS, Kind, Limit, Ruling, Seen, masked, rule


class TestLimit:
    @pytest.mark.parametrize(
        ("number", "ruling"),
        [(0, Ruling.PASS), (4, Ruling.PASS), (5, Ruling.CHALLENGE), (9, Ruling.CHALLENGE), (10, Ruling.BLOCK)],
    )
    def test_challenges_before_it_blocks(self, number: int, ruling: Ruling) -> None:
        assert Limit(challenge=5, block=10).over(number) is ruling

    def test_every_limit_challenges_first(self) -> None:
        for limits in LIMITS.values():
            for limit in (limits.payments, limits.declines, limits.cards):
                assert 1 < limit.challenge < limit.block


class TestRule:
    @pytest.mark.parametrize("kind", list(Kind))
    def test_somebody_with_two_cards_and_a_typo_passes(self, kind: Kind) -> None:
        assert rule(kind, Seen(payments=4, declines=3, cards=2)) is Ruling.PASS

    @pytest.mark.parametrize("kind", list(Kind))
    def test_the_worst_of_the_numbers_counts(self, kind: Kind) -> None:
        limits = LIMITS[kind]
        worst = Seen(payments=1, declines=limits.declines.challenge, cards=limits.cards.block)
        assert rule(kind, worst) is Ruling.BLOCK

    def test_an_office_shares_its_address(self) -> None:
        busy = Seen(payments=29, declines=5, cards=3)
        assert rule(Kind.ADDRESS, busy) is Ruling.PASS
        assert rule(Kind.EMAIL, busy) is not Ruling.PASS


class TestMasked:
    def test_leaves_enough_to_recognise(self) -> None:
        assert masked(Kind.EMAIL, "annabel@example.com") == "an…@example.com"
        assert masked(Kind.ADDRESS, "203.0.113.9") == "203.0.113.9"
