"""What becomes of a connected account, and what is told of it."""

from __future__ import annotations

from payments.sandbox import deliveries
from payments.sandbox.stripe.connect.tests.conftest import Connect


class TestLife:
    def test_filled_in_it_takes_transfers_and_payouts(self, connect: Connect) -> None:
        account = connect.bench.get(f"accounts/{connect.account}")
        assert (account["payouts_enabled"], account["details_submitted"]) == (True, True)
        assert account["capabilities"] == {"transfers": "active"}
        assert account["requirements"]["currently_due"] == []
        told = connect.told("account.updated")[0]
        assert told["account"] == connect.account
        assert told["data"]["previous_attributes"]["payouts_enabled"] is False

    def test_asked_for_more_it_may_still_be_paid_until_that_is_due(self, connect: Connect) -> None:
        connect.bench.order(f"accounts/{connect.account}/require", fields=["individual.id_number"], disable=False)
        account = connect.bench.get(f"accounts/{connect.account}")
        assert (account["payouts_enabled"], account["requirements"]["disabled_reason"]) == (True, None)
        assert account["requirements"]["currently_due"] == ["individual.id_number"]
        connect.bench.order(f"accounts/{connect.account}/require", fields=["individual.id_number"])
        account = connect.bench.get(f"accounts/{connect.account}")
        assert account["requirements"]["past_due"] == ["individual.id_number"]
        assert account["payouts_enabled"] is False
        connect.bench.order(f"accounts/{connect.account}/enable")
        assert connect.bench.get(f"accounts/{connect.account}")["payouts_enabled"] is True
        assert len(connect.told("account.updated")) == 4

    def test_what_changes_nothing_is_not_told(self, connect: Connect) -> None:
        connect.bench.order(f"accounts/{connect.account}/enable")
        assert len(connect.told("account.updated")) == 1

    def test_rejected_it_needs_nothing_and_pays_nothing(self, connect: Connect) -> None:
        connect.bench.order(f"accounts/{connect.account}/disable", reason="rejected.fraud")
        account = connect.bench.get(f"accounts/{connect.account}")
        assert (account["payouts_enabled"], account["requirements"]["currently_due"]) == (False, [])
        assert account["requirements"]["disabled_reason"] == "rejected.fraud"

    def test_when_it_has_left_nothing_of_it_is_reached(self, connect: Connect) -> None:
        connect.transfer(1_000)
        connect.bench.order(f"accounts/{connect.account}/deauthorize")
        assert connect.within("GET", "balance")["error"]["code"] == "account_invalid"
        refused = connect.transfer(1_000)["error"]
        assert (refused["code"], refused["message"]) == (
            "resource_missing",
            f"No such destination: '{connect.account}'",
        )
        assert connect.balance(own=True) == 4_000


class TestWhereItIsTold:
    def test_only_to_the_endpoint_for_connected_accounts(self, connect: Connect) -> None:
        connect.transfer(1_000)
        with connect.bench.engine.store.read() as transaction:
            waiting = deliveries.waiting(transaction, event_type="", event_id="")
        sent = {(each.event_type, each.endpoint_id) for each in waiting}
        assert ("account.updated", "default_connect") in sent
        assert ("transfer.created", "default") in sent
        assert {kind for kind, endpoint in sent if endpoint == "default"} == {"transfer.created"}

    def test_an_endpoint_made_for_connected_accounts_gets_nothing_of_ours(self, connect: Connect) -> None:
        for wants in ("true", "false"):
            connect.bench.post(
                "webhook_endpoints", url=f"http://{wants}.test/", connect=wants, **{"enabled_events[0]": "*"}
            )
        connect.transfer(1_000)
        connect.pay_out(500)
        with connect.bench.engine.store.read() as transaction:
            waiting = deliveries.waiting(transaction, event_type="", event_id="")
        of = {each.event_type: each.endpoint_id for each in waiting if each.endpoint_id.startswith("we_")}
        assert set(of) == {"transfer.created", "payout.created"}
        assert of["transfer.created"] != of["payout.created"]

    def test_the_platform_s_list_has_none_of_it(self, connect: Connect) -> None:
        listed = {each["type"] for each in connect.bench.get("events")["data"]}
        assert listed == set()
        event = connect.told("account.updated")[0]
        assert "error" in connect.bench.get(f"events/{event['id']}")
        assert connect.within("GET", f"events/{event['id']}")["id"] == event["id"]
