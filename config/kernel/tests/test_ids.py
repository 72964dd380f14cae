"""Public ids say what they are, and nobody guesses one."""

from __future__ import annotations

import math
import re
import secrets
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from config.kernel.ids import MAX_LENGTH, PATTERN, new_id

PREFIXES = ["ord", "pay", "rf", "po", "call", "evt", "abcdefgh"]


class TestNewId:
    @pytest.mark.parametrize("prefix", PREFIXES)
    def test_is_at_most_36_letters_digits_and_underscores(self, prefix: str) -> None:
        made = new_id(prefix)
        assert len(made) <= MAX_LENGTH == 36
        assert re.fullmatch(r"[A-Za-z0-9_]+", made)
        assert made.startswith(f"{prefix}_")
        assert PATTERN.fullmatch(made)

    def test_holds_100_random_bits_or_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Counted, not believed: the digits hold that many, and the source is asked for as many."""
        length = len(new_id("x")) - 2
        assert length * math.log2(62) >= 100
        asked: list[int] = []
        monkeypatch.setattr(secrets, "randbits", lambda bits: asked.append(bits) or 0)  # type: ignore[func-returns-value]
        new_id("x")
        assert min(asked) >= length * math.log2(62)

    def test_every_bit_of_the_number_is_in_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ids differ when any of the lowest 130 bits of the source differ."""
        made = set()
        for bit in range(130):
            monkeypatch.setattr(secrets, "randbits", lambda _, bit=bit: 1 << bit)
            made.add(new_id("x"))
        assert len(made) == 130

    def test_uses_the_whole_alphabet(self) -> None:
        seen = set("".join(new_id("x")[2:] for _ in range(400)))
        assert len(seen) == 62

    def test_is_never_the_same(self) -> None:
        assert len({new_id("ord") for _ in range(5_000)}) == 5_000


def public_ids() -> list[tuple[type[models.Model], models.CharField[Any, Any]]]:
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name == "public_id" and isinstance(field, models.CharField)
    ]


class TestModels:
    def test_each_kind_has_a_prefix_of_its_own_and_its_ids_fit(self) -> None:
        prefixes: dict[str, type[models.Model]] = {}
        for model, field in public_ids():
            made = field.get_default()
            assert PATTERN.fullmatch(made), model
            assert len(made) <= (field.max_length or 0) == MAX_LENGTH, model
            assert field.unique, model
            prefix = made.partition("_")[0]
            assert prefixes.setdefault(prefix, model) is model, f"{prefix} names two kinds"
        assert len(prefixes) >= 6
