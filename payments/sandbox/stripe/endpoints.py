"""Webhook endpoints: the one of the environment, those that were created through the API, and their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payments.sandbox.config import SandboxConfig
from payments.sandbox.ids import new_id, random_text
from payments.sandbox.objects import Objects, Stored
from payments.sandbox.store import Transaction, get_meta, set_meta
from payments.sandbox.stripe.call import GATEWAY, Call
from payments.sandbox.stripe.errors import invalid, missing_parameter
from payments.sandbox.stripe.lists import PAGING, list_objects
from payments.sandbox.stripe.params import merge_metadata

KIND = "webhook_endpoint"
# The endpoint of the environment has no object in the API: it is the account that the application knows of.
DEFAULT = "default"
# The environment's second: it listens to connected accounts, with a secret of its own.
DEFAULT_CONNECT = "default_connect"
_META = {DEFAULT: "stripe_default_endpoint", DEFAULT_CONNECT: "stripe_connect_endpoint"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    url: str
    secrets: tuple[str, ...]


def default_endpoint(transaction: Transaction, name: str = DEFAULT) -> dict[str, Any]:
    """`url`, `secrets` and `sign_with_all` of an endpoint that needs no object."""
    nothing = {"url": "", "secrets": [], "sign_with_all": False}
    found: dict[str, Any] = get_meta(transaction, key=_META[name], default=nothing)
    return found


def set_default_endpoint(
    transaction: Transaction, *, url: str, secrets: tuple[str, ...], sign_with_all: bool, name: str = DEFAULT
) -> dict[str, Any]:
    """Without a url or a secret nothing is sent to it."""
    value = {"url": url, "secrets": list(secrets), "sign_with_all": sign_with_all}
    set_meta(transaction, key=_META[name], value=value)
    return value


def adopt_environment(transaction: Transaction, *, config: SandboxConfig) -> None:
    """At the start of the process the environment's endpoints replace whatever was in force before."""
    for name, secrets in ((DEFAULT, config.webhook_secrets), (DEFAULT_CONNECT, config.connect_webhook_secrets)):
        set_default_endpoint(
            transaction,
            url=config.webhook_url,
            secrets=secrets,
            sign_with_all=config.sign_with_all_secrets,
            name=name,
        )


def endpoints_for(call: Call, *, event_type: str, connected: bool) -> list[str]:
    """The ids of the endpoints that get events of this type, of the platform or of connected accounts."""
    name = DEFAULT_CONNECT if connected else DEFAULT
    default = default_endpoint(call.transaction, name)
    wanted = [name] if default["url"] and default["secrets"] else []
    for each in call.objects.all(kind=KIND):
        chosen = each.body["enabled_events"]
        if each.hidden.get("connect", False) is not connected:
            continue
        if each.body["status"] == "enabled" and ("*" in chosen or event_type in chosen):
            wanted.append(each.id)
    return wanted


def endpoint_named(transaction: Transaction, *, endpoint_id: str) -> Endpoint | None:
    """Where and with which secrets to sign; None when the endpoint is gone."""
    if endpoint_id in _META:
        default = default_endpoint(transaction, endpoint_id)
        secrets = tuple(default["secrets"])
        if not default["url"] or not secrets:
            return None
        return Endpoint(url=default["url"], secrets=secrets if default["sign_with_all"] else secrets[:1])
    stored = Objects(transaction, GATEWAY).get(kind=KIND, object_id=endpoint_id)
    if stored is None or stored.body["status"] != "enabled":
        return None
    return Endpoint(url=stored.body["url"], secrets=(stored.hidden["secret"],))


def create(call: Call) -> dict[str, Any]:
    """The secret is shown here and never again."""
    params = call.params
    params.only("url", "enabled_events", "api_version", "connect", "description", "metadata")
    url = params.required_text("url")
    if not url.startswith(("http://", "https://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
    enabled = params.texts("enabled_events", most=300)
    if not enabled:
        raise missing_parameter("enabled_events")
    secret = f"whsec_{random_text(length=32)}"
    hidden = {"secret": secret, "connect": params.flag("connect")}
    stored = Stored(kind=KIND, id=new_id(prefix="we"), created_s=call.now_s, body={}, hidden=hidden)
    stored.body = {
        "id": stored.id,
        "object": KIND,
        "api_version": params.text("api_version"),
        "application": None,
        "created": call.now_s,
        "description": params.text("description"),
        "enabled_events": enabled,
        "livemode": False,
        "metadata": merge_metadata({}, params),
        "status": "enabled",
        "url": url,
    }
    call.objects.add(stored, labels={})
    return {**stored.body, "secret": secret}


def retrieve(call: Call, endpoint_id: str) -> dict[str, Any]:
    """GET of one endpoint, without its secret."""
    call.params.only()
    return call.load(KIND, endpoint_id).body


def list_endpoints(call: Call) -> dict[str, Any]:
    """GET of all endpoints."""
    call.params.only(*PAGING)
    return list_objects(call, kind=KIND, url="/v1/webhook_endpoints")


def delete(call: Call, endpoint_id: str) -> dict[str, Any]:
    """DELETE of one endpoint."""
    call.params.only()
    call.objects.remove(call.load(KIND, endpoint_id))
    return {"id": endpoint_id, "object": KIND, "deleted": True}
