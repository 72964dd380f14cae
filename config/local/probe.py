"""Asks whether the demo's addresses are free, and whether its site answers."""

import errno
import socket
import urllib.error
import urllib.request

from config.local.problem import Problem

PROBE_S = 2.0


class PortTaken(Problem):
    """One of our programs cannot listen where it must."""


def require_free_port(*, host: str, port: str, variable: str) -> None:
    """Raises PortTaken, with the variable that chooses the port, when nothing of ours can listen there."""
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise PortTaken(f"{variable}={port} is not a port")
    with socket.socket() as probe:
        # As servers do, so that connections which are still closing from an earlier run are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortTaken(f"port {port} ({variable}) cannot be used: {error.strerror}") from None
            message = f"port {port} is in use by another program. Stop it, or choose another port with {variable}=…"
            raise PortTaken(message) from None


def answer_of(*, url: str) -> str:
    """'200' when the page is there; else its status and the beginning of its text, or why there was no answer."""
    try:
        # The address is our own, on loopback: no proxy of the environment knows it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=PROBE_S) as response:
            return str(response.status)
    except urllib.error.HTTPError as refusal:
        return f"{refusal.code} {refusal.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)
