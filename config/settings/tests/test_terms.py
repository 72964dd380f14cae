"""The words of terms, of a folder: one file is one version."""

from __future__ import annotations

from pathlib import Path

from config.settings.terms import words_by_version
from config.settings.tests.starting import problems, start


class TestWordsByVersion:
    def test_are_files_by_their_names(self, tmp_path: Path) -> None:
        (tmp_path / "2026-01.txt").write_text("I agree.\n")
        (tmp_path / "1.2.txt").write_text("J’accepte.", encoding="utf-8")
        (tmp_path / "notes.md").write_text("not a version")
        (tmp_path / "broken.txt").write_bytes(b"\xff")
        assert words_by_version(str(tmp_path)) == {"1.2": "J’accepte.", "2026-01": "I agree."}

    def test_come_with_holdfast(self) -> None:
        assert "forgotten at any time" in words_by_version("")["2026-01"]

    def test_of_a_folder_that_is_not_there_are_none(self, tmp_path: Path) -> None:
        assert words_by_version(str(tmp_path / "nowhere")) == {}


class TestStart:
    CODE = "print(s.POLICY.saved_method_terms[s.POLICY.saved_method_terms_version])"

    def test_ones_own_words_are_taken(self, tmp_path: Path) -> None:
        (tmp_path / "7.txt").write_text("Ours.")
        done = start(SAVED_METHOD_TERMS_FOLDER=str(tmp_path), SAVED_METHOD_TERMS_VERSION="7", code=self.CODE)
        assert done.stdout.strip() == "Ours."

    def test_a_version_without_words_stops_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "7.txt").write_text(" ")
        named = ["SAVED_METHOD_TERMS_VERSION has no words: a file of that name with .txt in the terms' folder"]
        assert problems(start(SAVED_METHOD_TERMS_VERSION="2031-01")) == named
        empty = start(SAVED_METHOD_TERMS_FOLDER=str(tmp_path), SAVED_METHOD_TERMS_VERSION="7")
        assert problems(empty) == named
