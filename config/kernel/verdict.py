"""The answer of a rule: yes, or no with a reason code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok`, and when not, a stable `code` that reaches API, admin and log unchanged."""

    ok: bool
    code: str = ""
    detail: str = ""

    @classmethod
    def yes(cls) -> Verdict:
        return cls(ok=True)

    @classmethod
    def no(cls, code: str, detail: str = "") -> Verdict:
        return cls(ok=False, code=code, detail=detail)

    def __bool__(self) -> bool:
        return self.ok
