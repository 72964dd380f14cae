"""gunicorn's hooks for the sandbox: neither it nor its worker outlives the process that it belongs to."""

from __future__ import annotations

import os
from typing import Any

from payments.sandbox.serve import PARENT, die_with_parent


def on_starting(server: Any) -> None:
    """In gunicorn's own process: asked for by whoever named itself in the environment as the parent."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return
    die_with_parent()
    if os.getppid() != int(parent):
        # The parent died before it could be watched.
        raise SystemExit(0)


def post_fork(server: Any, worker: Any) -> None:
    """A fork does not inherit the wish to die with the parent."""
    die_with_parent()
