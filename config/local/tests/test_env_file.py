"""Small private files of variables."""

from pathlib import Path

import pytest

from config.local.env_file import is_given, read_env_file, write_env_file


class TestReadEnvFile:
    def test_of_no_file_is_empty(self, tmp_path: Path) -> None:
        assert read_env_file(path=tmp_path / "absent") == {}

    def test_reads_what_people_write(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("# a comment\n\nA=1\nexport B = two words \nC='# quoted'\nD=\"x=y\"\nE=\n#F=1\nno pair\n")
        assert read_env_file(path=path) == {"A": "1", "B": "two words", "C": "# quoted", "D": "x=y", "E": ""}


class TestWriteEnvFile:
    def test_is_read_back_and_private(self, tmp_path: Path) -> None:
        path = tmp_path / "demo.env"
        path.write_text("OLD=1\n")
        path.chmod(0o644)
        pairs = {"A": "1", "URL": "postgresql://x@/y?host=/z&port=1"}
        write_env_file(path=path, pairs=pairs)
        assert read_env_file(path=path) == pairs
        assert path.stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.iterdir()) == [path]


class TestIsGiven:
    @pytest.mark.parametrize(
        ("environ", "expected"),
        [
            ({}, False),
            ({"NAME": "x"}, True),
            ({"NAME": ""}, True),
            ({"NAME_FILE": "/x"}, True),
            ({"NAMES": "x"}, False),
        ],
    )
    def test_knows_both_ways(self, environ: dict[str, str], expected: bool) -> None:
        assert is_given(environ=environ, name="NAME") is expected
