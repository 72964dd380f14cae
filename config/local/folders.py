"""Private folders for the local services, and who is using them."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from config.local.problem import Problem
from config.local.unprivileged import Account, can_enter

STAND_INS = Path("/var/lib/holdfast")
"""Where root's services live when the account that they run as cannot reach the folder asked for."""
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
"""A folder below one of these that is gone does not come back."""
ORIGIN, NOTE = "stands-in-for", "is-stood-in-for-by"
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
"""unix(7): a socket's path has room for 107 bytes."""
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")
HANDOVER_S = 20.0


class InUse(Problem):
    """Another live process works in the folder."""

    def __init__(self, *, folder: Path, pid: int) -> None:
        super().__init__(f"{folder} is in use by process {pid}")
        self.pid = pid


class NotOurs(Problem):
    """A folder that we would have to trust belongs to somebody else."""


@dataclass(frozen=True, kw_only=True)
class FolderLock:
    """The right to work in a folder, held as long as this process, or a child that inherited `descriptor`, lives."""

    folder: Path
    descriptor: int

    def release(self) -> None:
        """Give up our own hold."""
        os.close(self.descriptor)


def lock_folder(*, folder: Path, patience_s: float = HANDOVER_S) -> FolderLock:
    """Take the folder; waits up to `patience_s` while children of a dead holder still end. Raises InUse."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience_s
    while not _locked(descriptor):
        holder = int(os.pread(descriptor, 20, 0) or 0)
        if Path(f"/proc/{holder}").exists() or time.monotonic() > deadline:
            os.close(descriptor)
            raise InUse(folder=folder, pid=holder)
        time.sleep(0.1)
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return FolderLock(folder=folder, descriptor=descriptor)


def own_folder(*, path: Path, account: Account | None, mode: int = 0o700) -> Path:
    """Make the folder, or check that it is one of ours: no link, nobody else's. Raises NotOurs."""
    uid = account.uid if account else os.geteuid()
    try:
        path.mkdir(parents=True)
        os.chown(path, uid, account.gid if account else -1)
        path.chmod(mode)
    except FileExistsError:
        found = path.lstat()
        if path.is_symlink() or not path.is_dir() or found.st_uid != uid:
            raise NotOurs(
                f"{path} is not a folder of user {uid} but of user {found.st_uid}: "
                "remove it, or start as the user who made it"
            ) from None
        if found.st_mode & 0o777 != mode:
            path.chmod(mode)
    return path


def reachable(*, folder: Path, account: Account | None) -> Path:
    """The folder itself where the account may enter it, else its stand-in, which only root can have to make."""
    own_folder(path=folder, account=None, mode=0o711)
    if can_enter(folder=folder, account=account):
        return folder
    own_folder(path=STAND_INS, account=None, mode=0o711)
    stand_in = STAND_INS / _digest(folder)
    note = folder / NOTE
    if not note.exists() and stand_in.exists():
        shutil.rmtree(stand_in)  # the folder was removed by hand, to begin anew
    own_folder(path=stand_in, account=None, mode=0o711)
    (stand_in / ORIGIN).write_text(str(folder), encoding="utf-8")
    note.write_text(str(stand_in), encoding="utf-8")
    return stand_in


def socket_folder(*, home: Path, account: Account | None) -> Path:
    """Where its socket goes: into `home`, if that is short and plain enough for a socket's address and a URL."""
    path = home / "socket"
    if len(str(path)) > LONGEST_SOCKET_FOLDER or not PLAIN_PATH.fullmatch(str(path)):
        path = Path("/tmp") / f"holdfast-{account.uid if account else os.geteuid()}-{_digest(home)}"
    return path


def temporary_home() -> FolderLock:
    """A fresh, locked folder for one run; folders of runs that died are removed, folders of live ones left alone."""
    base = Path(tempfile.gettempdir()) / f"holdfast-runs-{os.geteuid()}"
    own_folder(path=base, account=None, mode=0o711)
    gate = os.open(base, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(gate, fcntl.LOCK_EX)  # between a folder's making and its locking it would look dead
        for run in base.iterdir():
            _remove_if_dead(run)
        fresh = own_folder(path=Path(tempfile.mkdtemp(prefix="run-", dir=base)), account=None, mode=0o711)
        return lock_folder(folder=fresh)
    finally:
        os.close(gate)


def remove_orphaned_stand_ins() -> None:
    """Remove the stand-ins of temporary folders that are gone; what stands in for any other folder is kept for ever."""
    if os.geteuid() != 0 or not STAND_INS.exists():
        return
    for note in STAND_INS.glob(f"*/{ORIGIN}"):
        origin = Path(note.read_text(encoding="utf-8"))
        was_temporary = any(origin.is_relative_to(base) for base in (*TEMPORARY, tempfile.gettempdir()))
        if was_temporary and not origin.exists() and not _lived_in(note.parent):
            shutil.rmtree(note.parent, ignore_errors=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_if_dead(run: Path) -> None:
    try:
        descriptor = os.open(run / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        descriptor = -1  # its maker died before locking it: makers hold the gate
    if descriptor < 0 or _locked(descriptor):
        shutil.rmtree(run, ignore_errors=True)
    if descriptor >= 0:
        os.close(descriptor)


def _lived_in(folder: Path) -> bool:
    """Whether a process works in a folder below this one, as a postmaster does in its data."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if (process / "cwd").readlink().is_relative_to(folder):
                    return True
            except OSError:
                continue  # it ended while we looked, or is a thread of the kernel
    return False


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
