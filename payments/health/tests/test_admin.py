"""Gateway health on the operator site: read, shut, kept open, left to the figures."""

from __future__ import annotations

import pytest
from django.utils import timezone

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, page_of, text_of
from config.audit.models import AuditEntry
from payments.health.models import GatewayHealth
from payments.health.panels import gateways, gateways_to_look_at
from payments.health.services.measure import health_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def health() -> GatewayHealth:
    return health_of("stripe", at=timezone.now())


class TestPage:
    def test_says_where_the_breaker_stands_and_what_was_heard(self, health: GatewayHealth) -> None:
        GatewayHealth.objects.update(succeeded=9, failed=1, calls_failed=2, missed=4, silent_since=timezone.now())
        text = text_of(as_role(Role.AUDITOR).get(page_of(health)))
        assert "open for payments, 90 % of 10 succeeded, silent" in text
        assert "4 events had to be fetched" in text

    @pytest.mark.parametrize("status", ["closed", "open", "half_open"])
    def test_opens_in_every_state(self, health: GatewayHealth, status: str) -> None:
        GatewayHealth.objects.update(status=status)
        assert as_role(Role.SUPPORT).get(page_of(health)).status_code == 200


class TestPanels:
    def test_show_each_account_and_who_needs_a_person(self, health: GatewayHealth) -> None:
        assert [figure.label for figure in gateways(timezone.now()).figures] == ["stripe"]
        assert gateways_to_look_at(timezone.now()).items == ()
        GatewayHealth.objects.filter(pk=health.pk).update(status="open", calls_failed=5)
        (item,) = gateways_to_look_at(timezone.now()).items
        assert item.detail == "5 of 5 calls failed in the last minutes"


class TestForce:
    def test_shuts_it_and_leaves_it_to_the_figures_again(self, health: GatewayHealth) -> None:
        client = as_role(Role.OPERATIONS)
        assert "It is shut." in text_of(confirm(client, health, "force_open", reason="they told us"))
        health.refresh_from_db()
        assert (health.forced, health.position, health.status) == ("open", "open", "closed")
        assert AuditEntry.objects.get().reason == "they told us"
        assert "The figures decide." in text_of(confirm(client, health, "force_not", reason="it is back"))
        health.refresh_from_db()
        assert health.position == "closed"

    def test_says_what_goes_on_while_it_is_shut(self, health: GatewayHealth) -> None:
        text = text_of(as_role(Role.OPERATIONS).get(act_of(health, "force_open")))
        assert "refunds, captures and questions go on" in text

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
    def test_is_for_those_who_may(self, health: GatewayHealth, role: Role) -> None:
        assert as_role(role).get(act_of(health, "force_open")).status_code == 403
        health.refresh_from_db()
        assert health.forced == ""
