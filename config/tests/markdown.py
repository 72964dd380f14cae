"""Reads the project's documents: their headings, links and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$", re.MULTILINE)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_QUOTED = re.compile(r"`([^`]+)`")

Row = dict[str, str]


def documents() -> list[Path]:
    """Every document of the project."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def prose(path: Path) -> str:
    """A document without its code blocks, which are the reader's to paste and no text of ours."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> Iterator[str]:
    """Where its links and images lead, as written."""
    yield from _LINK.findall(prose(path))


def anchors(path: Path) -> set[str]:
    """The fragments by which a heading can be reached, as GitHub makes them."""
    return {_anchor(title) for _, title in _HEADING.findall(prose(path))}


def contents(path: Path) -> tuple[list[str], list[str]]:
    """The fragments that the list above a document's first section leads to, and those of its sections, each as they
    follow. A document without such a list has none."""
    above, *_ = re.split(r"^## ", prose(path), maxsplit=1, flags=re.MULTILINE)
    listed = [link[1:] for link in _LINK.findall(above) if link.startswith("#")]
    return listed, [_anchor(title) for level, title in _HEADING.findall(prose(path)) if level == "##"]


def _anchor(title: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", title.replace("`", "").lower())
    return plain.replace(" ", "-")


def table(document: str, heading: str) -> list[Row]:
    """The rows of the first table below a heading, each by the names of its columns.

    Raises AssertionError when there is no such heading or no table below it.
    """
    text = prose(ROOT / document)
    found = re.search(rf"^(#+) {re.escape(heading)}\s*$", text, re.MULTILINE)
    assert found, f"{document} has no heading {heading!r}"
    section = text[found.end() :]
    following = re.search(rf"^#{{1,{len(found[1])}}} ", section, re.MULTILINE)
    rows = _rows(section[: following.start()] if following else section)
    assert rows, f"{document} has no table below {heading!r}"
    return rows


def _rows(section: str) -> list[Row]:
    block: list[list[str]] = []
    for line in section.splitlines():
        if line.startswith("|"):
            block.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif block:
            break
    if len(block) < 2:
        return []
    names, _, *rows = block
    return [dict(zip(names, row, strict=True)) for row in rows]


def quoted(cell: str) -> list[str]:
    """What stands in backticks."""
    return _QUOTED.findall(cell)


def name(row: Row, column: str) -> str:
    """The one name that a cell quotes."""
    (only,) = quoted(row[column])
    return only
