"""Reads and writes small private files of NAME=value lines."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def read_env_file(*, path: Path) -> dict[str, str]:
    """The pairs of the file, {} when there is none; # comments are passed over, quotes round a value dropped."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    pairs = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            pairs[name.strip()] = _unquoted(value.strip())
    return pairs


def write_env_file(*, path: Path, pairs: Mapping[str, str]) -> None:
    """Replace the file in one step, readable by its owner alone."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in pairs.items())
    Path(name).replace(path)


def is_given(*, environ: Mapping[str, str], name: str) -> bool:
    """Whether the variable is set, itself or as a file (`NAME_FILE`)."""
    return name in environ or f"{name}_FILE" in environ


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
