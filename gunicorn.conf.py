"""How gunicorn serves: small, threaded, bounded; every number can be set by the environment."""

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # this file is read before gunicorn finds the project

from config.ops.logs import dictionary

bind = f"{os.environ.get('BIND_HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104 - behind a proxy
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "8"))
preload_app = False  # connections must not be shared by forks

# A gateway call is bounded by its own timeout, far below this.
timeout = 60
graceful_timeout = 10
# A client that sends a part and then nothing holds a thread for no longer than this. Who sends a byte now and then is
# for the proxy to stop, which takes requests in whole before it hands them on.
SILENCE_S = int(os.environ.get("WEB_CLIENT_SILENCE_S", "10"))
keepalive = 5  # idle connections are parked and cost no thread

# Memory that a library leaks is given back; the jitter keeps the workers from all leaving at once.
max_requests = 20_000
max_requests_jitter = 2_000

# Nothing that we serve needs a longer line or more headers; the body's limit is Django's and the webhook door's.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

logconfig_dict = dictionary(level="WARNING", style=os.environ.get("LOG_FORMAT") or "json")
accesslog = None  # the application logs each request itself, with its id and without secrets
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")
control_socket_disable = True  # it would be a file in somebody's home, one for all instances
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats never wait for a disk


def when_ready(server: Any) -> None:
    """Connections inherit the timeouts of the socket that accepts them (Linux, socket(7))."""
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", SILENCE_S, 0))
