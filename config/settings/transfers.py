"""Which transfer providers hand tickets to their buyers, and with which credentials."""

from config.settings.gateways import GatewayCredentials

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
