"""How the server is started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from payments.sandbox.conftest import Raw
from payments.sandbox.serve import PROJECT, gunicorn_command, sandbox_environment
from payments.sandbox.testing import Sandbox


class TestCommand:
    def test_has_one_worker_because_its_locks_live_in_one_process(self) -> None:
        command = gunicorn_command(bind="127.0.0.1:8010")
        assert command[command.index("--workers") + 1] == "1"
        assert command[command.index("--bind") + 1] == "127.0.0.1:8010"

    def test_brings_its_own_settings(self) -> None:
        made = sandbox_environment(environ={"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": "/a", "X": "1"})
        assert made["DJANGO_SETTINGS_MODULE"] == "payments.sandbox.settings"
        assert made["PYTHONPATH"] == f"{PROJECT}{os.pathsep}/a"
        assert made["X"] == "1"


class TestServe:
    def test_becomes_the_server(self, tmp_path: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-c", f"from payments.sandbox.serve import serve; serve(bind='127.0.0.1:{port}')"],
            env={**os.environ, "PYTHONPATH": str(PROJECT), "SANDBOX_STATE": str(tmp_path / "state.sqlite3")},
            cwd=tmp_path,
        )
        sandbox = Sandbox(state=tmp_path / "state.sqlite3", environment={}, port=port, process=process)
        try:
            sandbox.wait_until_ready()
            assert Raw(sandbox)("GET", "/v1/balance").status == 200
        finally:
            process.terminate()
            process.wait()
