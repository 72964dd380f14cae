"""Writes figures as text that can be read and pasted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from payments.bench.figures import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one measurement found, under which conditions, and how many cores others kept busy meanwhile."""

    title: str
    figures: Sequence[Figure]
    conditions: Sequence[str] = field(default=())
    others_cores: float = 0.0
    took_s: float = 0.0

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.is_missed]


def head(conditions: Sequence[str]) -> str:
    return "\n".join(["Holdfast, measured", "", *(f"  {condition}" for condition in conditions)])


def section(chapter: Chapter) -> str:
    """A chapter: its figures with their promises, then how they came about."""
    lines = ["", chapter.title]
    lines += [line(figure) for figure in chapter.figures]
    lines += [f"      {condition}" for condition in chapter.conditions]
    lines.append(f"      {chapter.took_s:.0f} s; other programs kept {chapter.others_cores:.1f} cores busy meanwhile")
    return "\n".join(lines)


def line(figure: Figure) -> str:
    """`kept`, `MISSED`, or a dot for what was not promised; the number; the promise; the note."""
    mark = "·" if not figure.is_promised else "MISSED" if figure.is_missed else "kept"
    value = f"{figure.value:,.{figure.digits}f}{figure.unit and ' '}{figure.unit}"
    text = f"  {mark:<6}  {figure.name:<44} {value:>16}"
    if figure.at_least is not None:
        text += f"   at least {figure.at_least:,.{figure.digits}f}"
    if figure.at_most is not None:
        text += f"   at most {figure.at_most:,.{figure.digits}f}"
    return f"{text}   {figure.note}".rstrip() if figure.note else text


def verdict(chapters: Sequence[Chapter]) -> str:
    missed = [figure.name for chapter in chapters for figure in chapter.missed]
    promised = sum(figure.is_promised for chapter in chapters for figure in chapter.figures)
    if not missed:
        return f"All {promised} promises are kept."
    text = f"{len(missed)} of {promised} promises are missed: {'; '.join(missed)}."
    if any(chapter.others_cores > 0.2 for chapter in chapters):
        text += "\nOther programs were busy on this machine; measure again when it is calm before you believe it."
    return text
