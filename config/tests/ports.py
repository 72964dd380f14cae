"""Ports for servers of tests: free, and kept free until the server comes."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens at.

    It has just had a connection that its server closed, so that the system keeps it for a minute: nobody who asks for
    any port gets this one, and who asks for this very one may listen there.
    """
    with socket.create_server((HOST, 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        accepted.close()
        assert client.recv(1) == b""
        return int(server.getsockname()[1])
