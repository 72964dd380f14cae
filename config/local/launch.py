"""Ties this process's life to its parent's and then becomes the given command.

Run as `python -I -S launch.py PARENT SIGNAL UID GID COMMAND…` by `children.spawn`. A program of its own, because the
same steps between fork and exec (`preexec_fn`) are unsafe as soon as the parent has a second thread.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to this process when the thread that made it ends."""


def tie_to_parent(*, parent: int, death_signal: int) -> None:
    """Ask the kernel for `death_signal` when the parent dies; raises SystemExit if process `parent` is gone already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    # A parent that died before the request will never be announced: without this look we would outlive it.
    if os.getppid() != parent:
        raise SystemExit(1)


def become(*, uid: int, gid: int) -> None:
    """Drop root for good: no supplementary groups, no saved ids to return to."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def main(arguments: list[str]) -> None:
    """Drop privileges if asked to, tie, and replace this program by the command."""
    parent, death_signal, uid, gid = (int(argument) for argument in arguments[:4])
    command = arguments[4:]
    if uid >= 0:
        become(uid=uid, gid=gid)  # before the tie: a change of identity clears the parent-death signal
    tie_to_parent(parent=parent, death_signal=death_signal)
    # Python ignores the first two, and our caller may leave Ctrl-C to the command.
    for inherited in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(inherited, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
