"""The words of terms, kept by version: a folder with one file for each, to which files are only ever added."""

from __future__ import annotations

from pathlib import Path

OURS = Path(__file__).with_name("saved_method_terms")


def words_by_version(folder: str) -> dict[str, str]:
    """Of `2026-01.txt` the version is `2026-01`. "" is the folder that comes with Holdfast. A folder or a file that
    cannot be read has no words: whoever needs those says so."""
    words = {}
    for path in sorted((Path(folder) if folder else OURS).glob("*.txt")):
        try:
            words[path.stem] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
    return words
