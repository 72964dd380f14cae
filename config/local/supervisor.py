"""Runs the whole demo: services, migrations, seed, and the processes of the Procfile, until it is told to stop."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from config.local.console import Console
from config.local.demo_environment import HOST, METRICS, demo_environment
from config.local.env_file import read_env_file, write_env_file
from config.local.folders import InUse
from config.local.guardian import StopRequested, guarded
from config.local.probe import answer_of, require_free_port
from config.local.problem import Problem
from config.local.processes import Processes, ProcessGaveUp
from config.local.procfile import RELEASE, read_procfile
from config.local.restarts import Restarts
from config.local.services import Services, start_services

CHECKOUT = Path(__file__).resolve().parents[2]
PORTS = ("PORT", "SANDBOX_PORT")
LOCAL, RUNNING = ".local", "running.env"
SEED = "python manage.py seed_demo"
SEED_ORDERS = f"{SEED} --orders"
"""Orders are placed through the running sandbox, and paid when the running site hears its webhooks."""
ADMINISTRATOR = "admin@example.com"
READY_S = 180.0
QUIET_S, SETTLE_S = 1.0, 6.0
STOP_S = 12.0
"""For all processes together; with the services everything is over within 20 s."""
PARENT = "HOLDFAST_PARENT"
"""The process that started us, if it was `make`: a supervisor whose make was killed has nobody left to answer to."""


class NotReady(Problem):
    """The processes run, but the site does not say that it is ready."""


def run(*, checkout: Path, environ: Mapping[str, str]) -> int:
    """Everything from start to stop; returns the exit code."""
    console = Console()
    try:
        given = {**read_env_file(path=checkout / ".env"), **environ}
        services = _services(folder=checkout / LOCAL, environ=given)
        try:
            _serve(checkout=checkout, environ=given, services=services, console=console)
        finally:
            console.say("stopping the services")
            (checkout / LOCAL / RUNNING).unlink(missing_ok=True)
            services.stop()
    except StopRequested:
        console.say("stopped")
        return 0
    except Problem as problem:
        console.say(str(problem))
        return 1


def _services(*, folder: Path, environ: Mapping[str, str]) -> Services:
    try:
        return start_services(folder=folder, durable=True, environ=environ)
    except InUse as taken:
        raise Problem(
            f"Holdfast already runs in this checkout, as process {taken.pid}. Stop that one, or use another checkout."
        ) from None


def _serve(*, checkout: Path, environ: Mapping[str, str], services: Services, console: Console) -> NoReturn:
    """Returns never: ends with StopRequested or a Problem."""
    complete = demo_environment(environ={**environ, **services.environ()}, folder=checkout / LOCAL)
    host = complete["BIND_HOST"]
    own_host = HOST if host in ("0.0.0.0", "::") else host
    for variable in PORTS:
        require_free_port(host=host, port=complete[variable], variable=variable)
    # For `bin/dev exec` in another terminal. What was given, secrets among it, is not written down; ports are none.
    added = {name: value for name, value in complete.items() if name not in environ or name in PORTS}
    write_env_file(path=checkout / LOCAL / RUNNING, pairs=added)
    commands = read_procfile(path=checkout / "Procfile")
    shutil.rmtree(checkout / LOCAL / METRICS, ignore_errors=True)  # counters of processes that are gone
    processes = Processes(folder=checkout, environ=complete, console=console, keep_open=services.keep_open())
    try:
        if release := commands.pop(RELEASE, None):
            processes.run(name=RELEASE, command=release)
        processes.run(name="seed", command=SEED)
        processes.start(commands=commands)
        _wait_until_ready(url=f"http://{own_host}:{complete['PORT']}/readyz", processes=processes, console=console)
        _place_orders(processes=processes, console=console)
        _let_settle(processes=processes, console=console)
        chosen = "DEMO_ADMIN_PASSWORD" in complete
        password = "DEMO_ADMIN_PASSWORD" if chosen else "the password that the first start printed"
        console.say(f"ready: open {complete['PUBLIC_URL']}/admin/ and sign in as {ADMINISTRATOR} with {password}")
        _look_after(processes=processes, services=services, console=console)
    finally:
        console.say("stopping")
        processes.stop(patience_s=STOP_S)


def _wait_until_ready(*, url: str, processes: Processes, console: Console) -> None:
    deadline = time.monotonic() + READY_S
    while (answer := answer_of(url=url)) != "200":
        if time.monotonic() > deadline:
            raise NotReady(f"{url} did not answer 200 within {READY_S:g} s but: {answer}")
        console.pump(timeout_s=0.1)
        processes.check(now_s=time.monotonic(), forgiving=False)


def _place_orders(*, processes: Processes, console: Console) -> None:
    """Through the site and the sandbox that now run; a demo with gateways of its own has no orders, and goes on."""
    try:
        processes.run(name="seed", command=SEED_ORDERS)
    except ProcessGaveUp as reason:
        console.say(f"{reason}: no demo orders")


def _let_settle(*, processes: Processes, console: Console) -> None:
    """Until nobody had anything to say for a moment: where to go is the last line of the start, and easily found."""
    deadline = time.monotonic() + SETTLE_S
    while console.pump(timeout_s=QUIET_S) and time.monotonic() < deadline:
        processes.check(now_s=time.monotonic(), forgiving=False)


def _look_after(*, processes: Processes, services: Services, console: Console) -> NoReturn:
    restarts = Restarts()
    while True:
        console.pump(timeout_s=0.25)
        processes.check(now_s=time.monotonic(), forgiving=True)
        for name in services.revive():
            if restarts.pause_after(now_s=time.monotonic()) is None:
                raise Problem(f"{name} ends again and again; its log lies where its data do")
            console.say(f"{name} had ended and was started again")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bin/dev run", description=__doc__)
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help=argparse.SUPPRESS)
    checkout = parser.parse_args().checkout.resolve()
    parent = os.environ.get(PARENT)
    return guarded(program=lambda: run(checkout=checkout, environ=os.environ), parent=int(parent) if parent else None)


if __name__ == "__main__":
    sys.exit(main())
