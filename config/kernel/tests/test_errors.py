"""Every refusal has a code of its own, stable, and an answer that fits."""

from __future__ import annotations

import importlib
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from config.kernel import errors
from config.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unavailable, Unprocessable

ROOT = Path(__file__).resolve().parents[3]
FAMILY = re.compile(r"class \w+\((\w+, )*(Refused|Invalid|NotFound|Forbidden|Conflict|Un\w+)\)")
# The same fact, refused in two places: for a client it is one.
TOLD_TWICE = {"amount_too_large", "exceeds_refundable", "idempotency_in_progress"}
APPS = ("config", "orders", "payments", "payouts", "crm", "engagement")


def refusals() -> list[type[Refused]]:
    """Every class of the family in the project, after importing whatever defines one."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if {"tests", "migrations", "commands", "bench"}.isdisjoint(parts) and FAMILY.search(path.read_text()):
                importlib.import_module(".".join(parts).removesuffix(".__init__"))
    found, pending = [], [Refused]
    while pending:
        kinds = [kind for kind in pending.pop().__subclasses__() if ".tests." not in kind.__module__]
        found += kinds
        pending += kinds
    return found


class TestRefused:
    def test_says_why_where_and_with_what(self) -> None:
        refusal = Unprocessable("there are 2 left", field="items", sku="A1", left=2)
        assert (str(refusal), refusal.detail, refusal.field) == ("there are 2 left", "there are 2 left", "items")
        assert refusal.facts == {"sku": "A1", "left": 2}

    def test_without_a_word_it_says_what_it_is(self) -> None:
        assert Conflict().detail == Conflict.__doc__
        assert NotFound().field is None

    @pytest.mark.parametrize(
        ("kind", "status"),
        [(Invalid, 400), (Forbidden, 403), (NotFound, 404), (Conflict, 409), (Unprocessable, 422), (Unavailable, 503)],
    )
    def test_each_kind_deserves_its_answer(self, kind: type[Refused], status: int) -> None:
        assert kind.http_status == status


class TestCodes:
    def test_each_is_given_once(self) -> None:
        """A kind without a code of its own is its parent's fact in other words."""
        given = Counter(kind.code for kind in refusals() if "code" in vars(kind))
        assert {code for code, times in given.items() if times > 1} == TOLD_TWICE
        assert len(given) > 50, "not everything was looked at"

    def test_each_is_always_answered_alike(self) -> None:
        answers = defaultdict(set)
        for kind in refusals():
            answers[kind.code].add(kind.http_status)
        assert {code: statuses for code, statuses in answers.items() if len(statuses) > 1} == {}

    def test_each_is_a_word_that_a_client_can_rely_on(self) -> None:
        assert [kind for kind in refusals() if not re.fullmatch(r"[a-z][a-z0-9_]{2,59}", kind.code)] == []

    def test_each_is_explained(self) -> None:
        assert [kind.__name__ for kind in refusals() if not (kind.__doc__ or "").strip()] == []

    def test_each_is_answered_with_a_clients_or_a_services_failure(self) -> None:
        assert {kind.http_status for kind in refusals()} <= {400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 503}

    def test_the_family_is_complete(self) -> None:
        assert {kind for kind in vars(errors).values() if isinstance(kind, type)} >= {Invalid, Unavailable}
