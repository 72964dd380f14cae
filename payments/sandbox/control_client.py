"""A client of the control endpoint, for tests, drills and the demo."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


class ControlFailed(Exception):
    """The control endpoint refused an order; the message says why."""


@dataclass(slots=True)
class Control:
    """A client of the control endpoint (`payments.sandbox.control` lists all orders)."""

    host: str
    port: int

    def get(self, path: str, /, **query: object) -> dict[str, Any]:
        """`GET /_control/{path}`."""
        text = urlencode({name: value for name, value in query.items() if value is not None})
        return self._ask("GET", f"/_control/{path}" + (f"?{text}" if text else ""), None)

    def post(self, path: str, /, **order: object) -> dict[str, Any]:
        """`POST /_control/{path}` with the order as JSON; raises ControlFailed when it is refused."""
        return self._ask("POST", f"/_control/{path}", order)

    def delete(self, path: str) -> dict[str, Any]:
        """`DELETE /_control/{path}`."""
        return self._ask("DELETE", f"/_control/{path}", None)

    def reset(self) -> None:
        """Forgets everything."""
        self.post("reset")

    def shift_clock(self, seconds: float) -> float:
        """Moves the sandbox's clock and does at once what is due then; returns its time."""
        return float(self.post("clock", shift_s=seconds)["now"])

    def fault(self, kind: str, /, **rule: object) -> int:
        """Orders a fault (`payments.sandbox.faults.Fault`); returns its id."""
        return int(self.post("faults", kind=kind, **rule)["id"])

    def clear_faults(self) -> None:
        """Takes all faults back."""
        self.delete("faults")

    def pause(self) -> None:
        """Webhooks wait from here on; what was on its way has arrived."""
        self.post("deliveries/pause")

    def resume(self) -> None:
        """Webhooks flow again."""
        self.post("deliveries/resume")

    def flush(self, *, order: str = "created", type: str = "", event: str = "") -> list[dict[str, Any]]:
        """Delivers what waits, one by one, in the order of creation or reversed."""
        sent: list[dict[str, Any]] = self.post("deliveries/flush", order=order, type=type, event=event)["sent"]
        return sent

    def settle_deliveries(self, *, timeout_s: float = 10) -> bool:
        """Waits until no webhook is due or on its way."""
        return bool(self.post("deliveries/settle", timeout_s=timeout_s)["settled"])

    def resend(self, event: str, *, times: int = 1) -> None:
        """Queues an event again for every endpoint that it was sent to."""
        self.post("deliveries/resend", event=event, times=times)

    def requests(self, *, method: str = "", path: str = "", key: str = "", limit: int = 100) -> dict[str, Any]:
        """How many requests were seen, and the newest."""
        return self.get("requests", method=method, path=path, key=key, limit=limit)

    def effects(self, subject: str = "", *, effect: str = "") -> dict[str, Any]:
        """The money that moved, by object id or by `key=value` of its metadata."""
        return self.get("effects", subject=subject, effect=effect)

    def moved(self, subject: str, effect: str) -> tuple[int, int]:
        """(how often, how much in minor units) money moved; raises ControlFailed for more than one currency."""
        totals = self.effects(subject, effect=effect)["totals"]
        if len(totals) > 1:
            raise ControlFailed(f"{subject} moved several currencies: {totals}")
        return (totals[0]["count"], totals[0]["amount_minor"]) if totals else (0, 0)

    def stripe(self, path: str, /, **order: object) -> dict[str, Any]:
        """`POST /_control/stripe/{path}` (`payments.sandbox.stripe.control` lists the verbs)."""
        return self.post(f"stripe/{path}", **order)

    def phonepe(self, path: str, /, **order: object) -> dict[str, Any]:
        """`POST /_control/phonepe/{path}` (`payments.sandbox.phonepe.control` lists the verbs)."""
        return self.post(f"phonepe/{path}", **order)

    def razorpay(self, path: str, /, **order: object) -> dict[str, Any]:
        """`POST /_control/razorpay/{path}` (`payments.sandbox.razorpay.control` lists the verbs)."""
        return self.post(f"razorpay/{path}", **order)

    def _ask(self, method: str, path: str, order: dict[str, object] | None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        body = None if order is None else json.dumps(order)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            given: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ControlFailed(f"{method} {path}: {answer.status} {given}")
        return given
