"""Chooses the account that PostgreSQL runs as when we are root, and asks what that account may reach."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.local.problem import Problem

CANDIDATES = ("postgres", "nobody")


class NoUnprivilegedAccount(Problem):
    """We are root, and no existing account can take PostgreSQL, which refuses to run as root."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int


def account_for_postgres(*, candidates: Sequence[str] = CANDIDATES) -> Account | None:
    """The account to drop to, or None when we are an ordinary user already.

    Only existing accounts are used: a development run has no business adding users to a machine.
    Raises NoUnprivilegedAccount.
    """
    if os.geteuid() != 0:
        return None
    for name in candidates:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise NoUnprivilegedAccount(
        f"PostgreSQL refuses to run as root and there is no account named {' or '.join(candidates)}; "
        "run as an ordinary user, or set DATABASE_URL"
    )


def can_enter(*, folder: Path, account: Account | None) -> bool:
    """Whether the account (None: we ourselves) may enter the folder, asked of the kernel and not guessed from modes."""
    return run_as(command=["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)], account=account).returncode == 0


def can_execute(*, program: Path, account: Account | None) -> bool:
    """Whether the account (None: we ourselves) can start the program, which must know `--version`."""
    try:
        return run_as(command=[str(program), "--version"], account=account).returncode == 0
    except OSError:
        return False


def run_as(
    *, command: Sequence[str], account: Account | None, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as the account (None: as ourselves), from the root folder; its output is captured."""
    return subprocess.run(
        command,
        cwd="/",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
