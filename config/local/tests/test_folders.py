"""Private folders, and who is using them."""

import os
import sys
from pathlib import Path

import pytest

from config.local.folders import (
    LONGEST_SOCKET_FOLDER,
    ORIGIN,
    PLAIN_PATH,
    STAND_INS,
    InUse,
    NotOurs,
    lock_folder,
    own_folder,
    remove_orphaned_stand_ins,
    socket_folder,
    temporary_home,
)
from config.local.tests.conftest import plain_environ, process, wait_until

HOLDER = """
import os, subprocess, sys, time
from pathlib import Path
from config.local.folders import lock_folder
lock = lock_folder(folder=Path(sys.argv[1]))
child = subprocess.Popen(["/bin/sleep", sys.argv[2]], pass_fds=[lock.descriptor])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


class TestOwnFolder:
    def test_makes_it_private(self, tmp_path: Path) -> None:
        assert own_folder(path=tmp_path / "new", account=None).stat().st_mode & 0o777 == 0o700

    def test_mends_the_mode_of_one_that_is_ours(self, tmp_path: Path) -> None:
        (tmp_path / "old").mkdir(mode=0o755)
        assert own_folder(path=tmp_path / "old", account=None).stat().st_mode & 0o777 == 0o700

    def test_refuses_a_link_and_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path)
        (tmp_path / "file").write_text("")
        for name in ("link", "file"):
            with pytest.raises(NotOurs, match=name):
                own_folder(path=tmp_path / name, account=None)

    def test_refuses_what_somebody_else_made(self) -> None:
        foreign = Path("/proc/1") if os.geteuid() else Path("/home/foreign-folder-of-a-test")
        if os.geteuid() == 0:
            foreign.mkdir()
            os.chown(foreign, 65534, 65534)
        try:
            with pytest.raises(NotOurs, match="start as the user who made it"):
                own_folder(path=foreign, account=None)
        finally:
            if os.geteuid() == 0:
                foreign.rmdir()


class TestLockFolder:
    def test_names_the_live_process_that_has_it(self, place: Path) -> None:
        lock = lock_folder(folder=place)
        with pytest.raises(InUse) as taken:
            lock_folder(folder=place)
        assert taken.value.pid == os.getpid()
        lock.release()
        lock_folder(folder=place).release()

    def test_waits_for_the_children_of_a_dead_holder(self, place: Path) -> None:
        command = [sys.executable, "-c", HOLDER, str(place), "1"]
        with process(*command, env=plain_environ()) as holder:
            assert holder.stdout is not None
            _, child = map(int, holder.stdout.readline().split())
            holder.kill()
            holder.wait()
            lock = lock_folder(folder=place)
            assert not Path(f"/proc/{child}/cwd").exists()
            lock.release()

    def test_does_not_wait_for_ever(self, place: Path) -> None:
        command = [sys.executable, "-c", HOLDER, str(place), "600"]
        with process(*command, env=plain_environ()) as holder:
            assert holder.stdout is not None
            _, child = map(int, holder.stdout.readline().split())
            holder.kill()
            holder.wait()
            with pytest.raises(InUse):
                lock_folder(folder=place, patience_s=0.1)
            os.kill(child, 9)


class TestSocketFolder:
    def test_lies_in_the_home_where_that_is_short_and_plain(self, place: Path) -> None:
        assert socket_folder(home=place, account=None) == place / "socket"

    @pytest.mark.parametrize("name", ["with space", "per%cent", "com,ma", "x" * LONGEST_SOCKET_FOLDER])
    def test_lies_in_a_short_plain_place_otherwise(self, place: Path, name: str) -> None:
        chosen = socket_folder(home=place / name, account=None)
        assert not chosen.is_relative_to(place)
        assert len(str(chosen)) <= LONGEST_SOCKET_FOLDER
        assert PLAIN_PATH.fullmatch(str(chosen))
        assert chosen == socket_folder(home=place / name, account=None)
        assert chosen != socket_folder(home=place / f"{name}2", account=None)


class TestTemporaryHome:
    def test_is_never_shared(self) -> None:
        first, second = temporary_home(), temporary_home()
        assert first.folder != second.folder
        assert first.folder.exists()
        for lock in (first, second):
            lock.folder.joinpath("lock").unlink()
            lock.folder.rmdir()
            lock.release()

    def test_removes_what_dead_runs_left_and_nothing_else(self) -> None:
        live = temporary_home()
        base = live.folder.parent
        for name in ("run-dead", "run-never-locked"):
            (base / name).mkdir()
            (base / name / "data").write_text("of a dead run")
        (base / "run-dead" / "lock").write_text("1")
        fresh = temporary_home()
        assert {live.folder, fresh.folder} <= set(base.iterdir())
        assert not (base / "run-dead").exists()
        assert not (base / "run-never-locked").exists()
        for lock in (live, fresh):
            lock.folder.joinpath("lock").unlink()
            lock.folder.rmdir()
            lock.release()


class TestRemoveOrphanedStandIns:
    def test_removes_only_what_stood_in_for_a_temporary_folder_that_is_gone(self, place: Path) -> None:
        if os.geteuid() != 0:
            remove_orphaned_stand_ins()  # nobody else has any
            return
        own_folder(path=STAND_INS, account=None, mode=0o711)
        origins = {"gone": place / "gone", "there": place, "elsewhere": Path("/srv/gone"), "lived-in": place / "gone"}
        stand_ins = {name: STAND_INS / f"{place.name}-{name}" for name in origins}
        for name, stand_in in stand_ins.items():
            stand_in.mkdir()
            (stand_in / ORIGIN).write_text(str(origins[name]))
        with process("/bin/sleep", "600", cwd=stand_ins["lived-in"]) as postmaster:
            wait_until(lambda: Path(f"/proc/{postmaster.pid}/cwd").readlink() == stand_ins["lived-in"], "its start")
            remove_orphaned_stand_ins()
            left = {name for name, stand_in in stand_ins.items() if stand_in.exists()}
        for stand_in in stand_ins.values():
            if stand_in.exists():
                (stand_in / ORIGIN).unlink()
                stand_in.rmdir()
        assert left == {"there", "elsewhere", "lived-in"}
