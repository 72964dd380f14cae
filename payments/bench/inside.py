"""Runs one step with Django set up, in a process of its own: `python -m payments.bench.inside STEP ANSWER JSON`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django
from django.utils.module_loading import import_string


def main(name: str, answer: str, arguments: str) -> None:
    """Calls `payments.bench.steps.NAME` with the given arguments and writes what it returns into the file ANSWER."""
    django.setup()
    step = import_string(f"payments.bench.steps.{name}")
    Path(answer).write_text(json.dumps(step(**json.loads(arguments))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
