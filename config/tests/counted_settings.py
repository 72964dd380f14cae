"""The project's settings, with a source and a topic whose every effect can be counted afterwards."""

from config.settings import *  # noqa: F403
from config.settings import GATEWAY_ACCOUNTS, LISTENERS, WEBHOOK_SOURCES
from config.settings.gateways import GatewayCredentials

WEBHOOK_SOURCES = {
    **WEBHOOK_SOURCES,
    "counted": {name: f"config.tests.counted.{name}" for name in ("verify", "handle", "fetch")},
}
GATEWAY_ACCOUNTS = {
    **GATEWAY_ACCOUNTS,
    "counted": GatewayCredentials(
        code="counted", gateway="counted", api_base="", livemode=False, secret_key="", webhook_secrets=("counted",)
    ),
}
LISTENERS = {**LISTENERS, "counted.done": ["config.tests.counted.hear"]}
