"""Whom PostgreSQL runs as."""

import os
import pwd
from pathlib import Path

import pytest

from config.local.unprivileged import (
    Account,
    NoUnprivilegedAccount,
    account_for_postgres,
    can_enter,
    can_execute,
    run_as,
)

ROOT = os.geteuid() == 0


class TestAccountForPostgres:
    def test_is_an_existing_account_for_root_and_nobody_else_for_a_user(self) -> None:
        account = account_for_postgres()
        if ROOT:
            assert account is not None
            assert account.uid == pwd.getpwnam(account.name).pw_uid != 0
        else:
            assert account is None

    def test_passes_over_accounts_that_do_not_exist(self) -> None:
        account = account_for_postgres(candidates=("no-such-account", "nobody"))
        assert account is None if not ROOT else account is not None and account.name == "nobody"

    def test_says_so_when_there_is_none(self) -> None:
        if ROOT:
            with pytest.raises(NoUnprivilegedAccount, match="no account named no-such-account"):
                account_for_postgres(candidates=("no-such-account",))
        else:
            assert account_for_postgres(candidates=("no-such-account",)) is None


class TestCanEnter:
    def test_asks_for_the_account_and_not_for_us(self, place: Path) -> None:
        account = account_for_postgres()
        closed = place / "closed -- folder"
        (closed / "inner").mkdir(parents=True)
        closed.chmod(0o700 if ROOT else 0o000)
        assert can_enter(folder=place, account=account)
        assert not can_enter(folder=closed / "inner", account=account)
        closed.chmod(0o711)
        assert can_enter(folder=closed / "inner", account=account)


class TestCanExecute:
    def test_is_false_for_what_is_not_there_or_hidden(self, place: Path) -> None:
        assert can_execute(program=Path("/bin/sh").resolve(), account=None) in (True, False)  # dash knows no --version
        assert can_execute(program=Path("/bin/cat"), account=account_for_postgres())
        assert not can_execute(program=place / "absent", account=None)


class TestRunAs:
    def test_runs_as_that_account_and_in_no_private_folder(self) -> None:
        account = account_for_postgres() or Account(name="ourselves", uid=os.geteuid(), gid=os.getegid())
        done = run_as(
            command=["/bin/sh", "-c", "id -u; pwd; echo $LC_ALL"],
            account=account if ROOT else None,
            environ={"LC_ALL": "C.UTF-8"},
        )
        assert done.stdout.split() == [str(account.uid), "/", "C.UTF-8"]
