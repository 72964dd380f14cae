"""A process that does one act of ours and is really killed, with -9, where it is told to: `python -m …mortal`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import django
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from config.kernel.faultpoints import armed

ACTS: Mapping[str, str] = {
    "start": "payments.charges.services.start.start_payment",
    "capture": "payments.charges.services.capture_later.capture_payment",
    "close": "payments.charges.services.close.expire_reservation",
    "inbox": "config.inbox.processor.process_inbox",
    "outbox": "config.outbox.runner.run_outbox",
    "ask": "config.calls.services.ask_due",
}


def main(order: Mapping[str, Any]) -> None:
    """Does `order["act"]` over the given sandbox; at the point named it is gone in the middle of a statement."""
    django.setup()
    account = replace(settings.GATEWAY_ACCOUNTS["stripe"], api_base=order["api_base"])
    settings.GATEWAY_ACCOUNTS = {**settings.GATEWAY_ACCOUNTS, "stripe": account}
    at = parse_datetime(order["at"])
    arguments: dict[str, Any] = dict(order["arguments"])
    arguments |= {"now": lambda: at} if order["act"] in ("inbox", "outbox", "ask") else {"at": at}
    act: Callable[..., object] = import_string(ACTS[order["act"]])

    def die(reached: str) -> None:
        if reached == order["point"]:
            os.kill(os.getpid(), signal.SIGKILL)

    with armed(die):
        act(**arguments)
    sys.stdout.write("survived\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
