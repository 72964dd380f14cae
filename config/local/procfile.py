"""Reads a Procfile."""

import re
from pathlib import Path

LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")
RELEASE = "release"
"""By custom the name of what runs once, to its end, before the processes start."""


def read_procfile(*, path: Path) -> dict[str, str]:
    """Name → shell command, in the order of the file. Raises ValueError on a line that is something else."""
    commands = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"{path.name}, line {number}: expected `name: command`")
        commands[match[1]] = match[2]
    return commands
