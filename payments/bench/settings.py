"""The project's own settings, with a listener that does nothing and, where it is named, the sandbox for a gateway."""

import os
from dataclasses import replace

from config.settings import *  # noqa: F403 - all of them
from config.settings import GATEWAY_ACCOUNTS, LISTENERS
from payments.bench import NOTHING

LISTENERS = {**LISTENERS, "bench.nothing": [NOTHING]}
# With DEBUG off the environment cannot name the sandbox; checkouts are measured against it all the same.
if sandbox := os.environ.get("BENCH_STRIPE_API_BASE"):
    GATEWAY_ACCOUNTS = {**GATEWAY_ACCOUNTS, "stripe": replace(GATEWAY_ACCOUNTS["stripe"], api_base=sandbox)}
