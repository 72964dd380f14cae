"""Runs one command with the services up and the demo's environment, as `bin/dev exec` does."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.local.children import LAUNCHER
from config.local.demo_environment import demo_environment
from config.local.env_file import read_env_file
from config.local.folders import InUse, own_folder
from config.local.guardian import StopRequested, guarded
from config.local.problem import Problem
from config.local.services import start_services, temporary_services
from config.local.supervisor import CHECKOUT, LOCAL, RUNNING

STOP_S = 5.0


def run(*, checkout: Path, command: Sequence[str], environ: Mapping[str, str], temporary: bool, durable: bool) -> int:
    """Run `command` in `checkout` to its end and return its exit code.

    With `temporary` on fresh services of its own; else on those of a running demo, else on the demo's data, with
    services that stop again afterwards.
    """
    given = {**read_env_file(path=checkout / ".env"), **environ}
    own_folder(path=checkout / LOCAL, account=None, mode=0o711)
    with _services_environ(checkout=checkout, environ=given, temporary=temporary, durable=durable) as found:
        complete = demo_environment(environ={**found, **given}, folder=checkout / LOCAL)
        return _foreground(command=command, environ=complete, cwd=checkout)


@contextmanager
def _services_environ(
    *, checkout: Path, environ: Mapping[str, str], temporary: bool, durable: bool
) -> Iterator[Mapping[str, str]]:
    try:
        if temporary:
            services = temporary_services(durable=durable, environ=environ)
        else:
            services = start_services(folder=checkout / LOCAL, durable=durable, environ=environ)
    except InUse as holder:
        running = read_env_file(path=checkout / LOCAL / RUNNING)
        if not running:
            message = f"process {holder.pid} is using the services of this checkout; try again when it has ended"
            raise Problem(message) from None
        yield running
        return
    try:
        yield services.environ()
    finally:
        services.stop()


def _foreground(*, command: Sequence[str], environ: Mapping[str, str], cwd: Path) -> int:
    """In our own process group, so that it may read from the terminal and gets Ctrl-C itself."""
    tie = [str(number) for number in (os.getpid(), int(signal.SIGTERM), -1, -1)]
    process = subprocess.Popen([sys.executable, "-I", "-S", str(LAUNCHER), *tie, *command], env=dict(environ), cwd=cwd)
    try:
        code = process.wait()
    except StopRequested:
        process.terminate()
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    return 128 - code if code < 0 else code


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bin/dev exec", description=__doc__)
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help=argparse.SUPPRESS)
    parser.add_argument("--temporary", action="store_true", help="fresh services of its own, removed afterwards")
    parser.add_argument("--careless", action="store_true", help="with --temporary: do not wait for the disk")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("a command is needed")
    return guarded(
        program=lambda: run(
            checkout=arguments.checkout.resolve(),
            command=command,
            environ=os.environ,
            temporary=arguments.temporary,
            durable=not arguments.careless,
        ),
        interactive=True,
    )


if __name__ == "__main__":
    sys.exit(main())
