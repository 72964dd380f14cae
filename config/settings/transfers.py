"""Which transfer providers hand tickets to their buyers, and with which credentials."""

from config.settings.core import DEBUG
from config.settings.env import env
from config.settings.gateways import GatewayCredentials
from config.settings.rails import LISTENING_ACCOUNTS

# By name. Seller and buyer hand over by hand and say so here: nothing is needed for that.
TRANSFER_PROVIDERS: dict[str, GatewayCredentials] = {
    "manual": GatewayCredentials(
        code="transfer-manual",
        gateway="transfer/manual",
        api_base="",
        livemode=True,
        secret_key="",
        webhook_secrets=(),
    ),
}

_base, _key = env.text("TRANSFER_SANDBOX_API_BASE"), env.secret("TRANSFER_SANDBOX_API_KEY", at_least=16)
_secrets = env.secrets("TRANSFER_SANDBOX_WEBHOOK_SECRET")
if (_base or _key or _secrets) and not DEBUG:
    env.problems.append("TRANSFER_SANDBOX_… is set, and DEBUG is off: tickets of the sandbox admit nobody")
elif _base and _key:
    TRANSFER_PROVIDERS["sandbox"] = GatewayCredentials(
        code="transfer-sandbox",
        gateway="transfer/sandbox",
        api_base=_base.rstrip("/"),
        livemode=False,
        secret_key=_key,
        webhook_secrets=_secrets,
    )
elif _base or _key or _secrets:
    env.problems.append(
        "TRANSFER_SANDBOX_API_BASE and TRANSFER_SANDBOX_API_KEY belong together, and TRANSFER_SANDBOX_WEBHOOK_SECRET"
        " to them"
    )
# Their webhooks come in by /webhooks/transfer/{name}/, through the one door.
LISTENING_ACCOUNTS |= {account.code: account for account in TRANSFER_PROVIDERS.values() if account.webhook_secrets}
