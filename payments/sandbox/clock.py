"""The sandbox's one clock: the machine's, moved by what the control endpoint asked for."""

from __future__ import annotations

import time

from payments.sandbox.store import Store, get_meta, set_meta

_OFFSET = "clock_offset_s"
_SIGNATURES = "clock_signatures"


class Clock:
    """Epoch seconds. The offset is kept in the state file, so that a restart does not travel in time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reload()

    def now(self) -> float:
        """The sandbox's time in epoch seconds."""
        return time.time() + self._offset_s

    def signing_now(self) -> float:
        """The time that goes into webhook signatures.

        Receivers refuse old signatures and live on the real clock, so the machine's clock is the default; a test that
        has moved the receiver's clock too asks for the sandbox's.
        """
        return self.now() if self._signatures == "sandbox" else time.time()

    @property
    def offset_s(self) -> float:
        """Seconds ahead of the machine's clock."""
        return self._offset_s

    @property
    def signatures(self) -> str:
        """Which clock signs: `wall` or `sandbox`."""
        return self._signatures

    def set(self, *, offset_s: float, signatures: str) -> None:
        """Moves the clock to `offset_s` seconds ahead of the machine's (negative: behind)."""
        with self._store.write() as transaction:
            set_meta(transaction, key=_OFFSET, value=offset_s)
            set_meta(transaction, key=_SIGNATURES, value=signatures)
        self.reload()

    def reload(self) -> None:
        """Reads the state file again."""
        with self._store.read() as transaction:
            self._offset_s = float(get_meta(transaction, key=_OFFSET, default=0.0))
            self._signatures = str(get_meta(transaction, key=_SIGNATURES, default="wall"))
