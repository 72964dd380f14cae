"""Ids."""

from __future__ import annotations

from payments.sandbox.ids import new_id


class TestNewId:
    def test_has_its_prefix_and_length_and_is_never_the_same(self) -> None:
        made = {new_id(prefix="pi") for _ in range(1_000)}
        assert len(made) == 1_000
        assert all(each.startswith("pi_") and len(each) == 27 for each in made)
        assert len(new_id(prefix="cus", length=14)) == 18
