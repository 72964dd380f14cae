"""Which PostgreSQL is taken."""

import os
import shutil
from pathlib import Path

import pytest

from config.local.folders import STAND_INS
from config.local.postgres_binaries import (
    DEBIAN,
    NoPostgres,
    all_binaries,
    find_binaries,
    inspect,
    reachable_binaries,
)
from config.local.unprivileged import account_for_postgres, can_execute


def pretend(folder: Path, version: str) -> Path:
    """Programs that only say which version they are."""
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


class TestFindBinaries:
    def test_finds_one_on_this_machine(self) -> None:
        assert find_binaries(environ={}).major >= 15

    def test_takes_the_given_one_before_all_others(self, place: Path) -> None:
        given = pretend(place / "given" / "bin", "16.2 (Debian 16.2-1)")
        found = find_binaries(environ={"PG_BIN": str(given)})
        assert (found.folder, found.version, found.major) == (given, "16.2", 16)

    def test_does_not_look_further_when_the_given_one_is_no_good(self, place: Path) -> None:
        with pytest.raises(NoPostgres, match=r"PG_BIN=.*holds no PostgreSQL 15 or newer"):
            find_binaries(environ={"PG_BIN": str(place)})


class TestAllBinaries:
    def test_knows_each_place_once_and_debians_too(self) -> None:
        found = list(all_binaries())
        assert len({binaries.folder for binaries in found}) == len(found) >= 1
        for folder in DEBIAN.glob("*/bin"):
            if int(folder.parent.name) >= 15:
                assert folder in {binaries.folder for binaries in found}


class TestInspect:
    @pytest.mark.parametrize(
        ("said", "expected"), [("18.6", "18.6"), ("19beta1", "19beta1"), ("15.0", "15.0"), ("14.22", None), ("?", None)]
    )
    def test_reads_the_version_and_refuses_old_ones(self, place: Path, said: str, expected: str | None) -> None:
        found = inspect(folder=pretend(place / "bin", said))
        assert (found.version if found else None) == expected

    def test_wants_both_programs(self, place: Path) -> None:
        folder = pretend(place / "bin", "18.1")
        (folder / "initdb").unlink()
        assert inspect(folder=folder) is None


class TestReachableBinaries:
    def test_leaves_alone_what_can_be_reached(self) -> None:
        binaries = inspect(folder=pretend_of_system())
        assert binaries is not None
        assert reachable_binaries(binaries=binaries, account=account_for_postgres()) == binaries

    def test_copies_once_what_lies_below_a_private_folder(self, place: Path) -> None:
        private = place / "private"
        folder = pretend(private / "pkg" / "pginstall" / "bin", f"18.99 of {place.name}")
        library = private / "pkg.libs" / "libpq.so"
        library.parent.mkdir()
        library.write_text("a library")
        for path in (private, library):
            path.chmod(0o700)
        binaries = inspect(folder=folder)
        assert binaries is not None
        account = account_for_postgres()
        copy = reachable_binaries(binaries=binaries, account=account)
        if os.geteuid() != 0:
            assert copy == binaries
            return
        try:
            assert copy.folder.is_relative_to(STAND_INS)
            assert can_execute(program=copy.folder / "postgres", account=account)
            # Where a wheel's programs look for their libraries: beside the package.
            assert (copy.folder / "../../../pkg.libs/libpq.so").read_text() == "a library"
            written_at = (copy.folder / "postgres").stat().st_ctime_ns
            assert reachable_binaries(binaries=binaries, account=account) == copy
            assert (copy.folder / "postgres").stat().st_ctime_ns == written_at
        finally:
            shutil.rmtree(copy.folder.parents[2])


def pretend_of_system() -> Path:
    """A folder that everybody may enter."""
    return next(binaries.folder for binaries in all_binaries() if can_reach(binaries.folder))


def can_reach(folder: Path) -> bool:
    return can_execute(program=folder / "postgres", account=account_for_postgres())
