"""The adapter of our sandbox's transfer provider, in the shape of a public one (vivenu's ticket transfers)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from config.calls.failures import (
    NO_ANSWER,
    NOT_SENT,
    UNREADABLE,
    GatewayFailure,
    GatewayUnreachable,
    UnreadableObject,
)
from config.calls.outcomes import Absence, Outcome
from config.calls.wire import READ_TIMEOUT_S, Authorization, NoAnswer, NotSent, Reply, Wire
from config.inbox.contract import Rejected
from config.inbox.parsing import parse_object, text_of
from config.inbox.signing import signer
from orders.tickets.providers.contract import (
    LARGEST_PAGE,
    ChangedPage,
    NewTransfer,
    TransferAnswer,
    TransferCapability,
    TransferEvent,
    TransferView,
)
from orders.tickets.providers.sandbox.outcomes import error_of_read, failure_of, outcome_of
from orders.tickets.providers.sandbox.views import instant, transfer_view, without_people

NAME: Final = "sandbox"
PATH: Final = "/api/ticket-transfers"
HEADER: Final = "X-Transfer-Signature"
# It answers a retry that overtakes the first request at once; a request that is on its way for minutes is lost.
ABSENT: Final = Absence(after=timedelta(minutes=2), times=2, apart=timedelta(minutes=1))


class SandboxProvider:
    """See `TransferProvider`. Its reference makes an offer idempotent; a cancellation is idempotent by nature."""

    def __init__(
        self,
        *,
        api_base: str,
        api_key: str,
        webhook_secrets: tuple[str, ...] = (),
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.name: str = NAME
        self.capabilities: frozenset[TransferCapability] = frozenset(
            {
                TransferCapability.CANCEL,
                TransferCapability.WEBHOOKS,
                TransferCapability.LIST_SINCE,
                TransferCapability.PARTIAL_ACCEPT,
            }
        )
        self.absent: Absence = ABSENT
        self.wire = Wire(read_timeout_s=read_timeout_s)
        self._base = f"{api_base.rstrip('/')}{PATH}"
        self._auth = Authorization(f"Bearer {api_key}")
        self._secrets = webhook_secrets

    def initiate(self, new: NewTransfer) -> TransferAnswer:
        return self._change(
            "",
            key=new.reference,
            json={
                "reference": new.reference,
                "tickets": [{"id": each.ticket_id, "secret": each.barcode} for each in new.tickets],
                "recipient": {"email": new.recipient.email},
                "requiresAcceptance": True,
                "expiresAt": new.expires_at.isoformat(),
            },
        )

    def get(self, *, provider_id: str) -> TransferView | None:
        body = self._read(f"/{provider_id}")
        return None if body is None else transfer_view(body)

    def find_by_reference(self, *, reference: str) -> TransferView | None:
        rows = self._rows(self._read("", reference=reference, top="1"))
        return transfer_view(rows[0]) if rows else None

    def cancel(self, *, key: str, provider_id: str) -> TransferAnswer:
        return self._change(f"/{provider_id}/cancel", key=key, json={})

    def list_changed(self, *, since: datetime, cursor: str = "") -> ChangedPage:
        asked = {"updatedSince": since.isoformat(), "top": str(LARGEST_PAGE), **({"after": cursor} if cursor else {})}
        body = self._read("", **asked)
        following = body.get("next") if body else None
        return ChangedPage(
            tuple(transfer_view(row) for row in self._rows(body)),
            cursor=following if isinstance(following, str) else "",
        )

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        secrets = ((NAME, each) for each in self._secrets)
        signer(header=headers.get(HEADER, ""), body=body, secrets=secrets, at=at)

    def parse_webhook(self, *, body: bytes) -> TransferEvent:
        payload = parse_object(body)
        event_id, kind = text_of(payload, "id"), text_of(payload, "type", at_most=120)
        data = payload.get("data")
        obj = data.get("ticketTransfer") if isinstance(data, dict) else None
        if not isinstance(obj, dict):
            raise Rejected("no_object")
        livemode = payload.get("livemode")
        if not isinstance(livemode, bool):
            raise Rejected("wrong_livemode")
        try:
            view = transfer_view(obj)
            occurred_at = instant(payload, "createdAt")
        except UnreadableObject:
            raise Rejected("unreadable_object") from None
        return TransferEvent(
            event_id=event_id,
            type=kind,
            provider_id=view.provider_id,
            occurred_at=occurred_at,
            livemode=livemode,
            transfer=view,
        )

    def _change(self, path: str, *, key: str, json: Mapping[str, Any]) -> TransferAnswer:
        """One request that changes something. Raises nothing but GatewayMisconfigured."""
        try:
            reply = self.wire.request(
                "POST", f"{self._base}{path}", auth=self._auth, json=json, headers={"Idempotency-Key": key}
            )
        except NotSent as error:
            return TransferAnswer(Outcome.NOT_EXECUTED, failure=GatewayFailure(NOT_SENT, str(error)))
        except NoAnswer as error:
            return TransferAnswer(Outcome.UNKNOWN, failure=GatewayFailure(NO_ANSWER, str(error)))
        if reply.is_good:
            return self._understood(reply, reply.body)
        outcome, failure = outcome_of(reply)
        refused = self._understood(reply, reply.body.get("ticketTransfer"))
        return TransferAnswer(
            outcome=outcome,
            transfer=refused.transfer if outcome is Outcome.DECLINED else None,
            failure=failure,
            http_status=reply.status,
            request_id=reply.request_id,
            raw=without_people(dict(reply.body)),
        )

    def _understood(self, reply: Reply, obj: Any) -> TransferAnswer:
        """An answer with the transfer in it. One that cannot be read was executed all the same: it is asked about."""
        answered: dict[str, Any] = {
            "http_status": reply.status,
            "request_id": reply.request_id,
            "raw": without_people(dict(reply.body)),
        }
        if not isinstance(obj, Mapping):
            return TransferAnswer(Outcome.UNKNOWN, failure=failure_of(reply), **answered)
        try:
            view = transfer_view(obj)
        except UnreadableObject as error:
            return TransferAnswer(Outcome.UNKNOWN, failure=GatewayFailure(UNREADABLE, str(error)), **answered)
        return TransferAnswer(Outcome.SUCCEEDED, transfer=view, **answered)

    def _read(self, path: str, **query: str) -> Mapping[str, Any] | None:
        try:
            reply = self.wire.request("GET", f"{self._base}{path}", auth=self._auth, params=query)
        except (NotSent, NoAnswer) as error:
            raise GatewayUnreachable(f"the transfer provider did not answer ({error})") from error
        if reply.is_good:
            return reply.body
        raised = error_of_read(reply)
        if raised is None:
            return None
        raise raised

    def _rows(self, body: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
        rows = body.get("rows") if body else None
        if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
            raise UnreadableObject("ticket transfers.rows")
        return rows
