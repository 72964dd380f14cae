"""Nothing but `move()` assigns a status, anywhere in the project."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPS = ("config", "orders", "payments", "payouts", "crm", "engagement")
THE_HAND = "config/audit/services.py"
_writes_in_sql = re.compile(r"\bset\b[^;]*?\bstatus\s*=|\binsert\s+into\s+\w*(order|payment|refund|hold|call)\b", re.I)
WRITERS = {"update", "update_or_create", "bulk_update", "save"}


def other_hands(source: str) -> list[str]:
    """Places of the code that write a status by themselves: by attribute, by queryset or by SQL."""
    found = []
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            found += [
                ast.unparse(node) for target in targets if isinstance(target, ast.Attribute) and target.attr == "status"
            ]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITERS:
            found += [ast.unparse(node) for keyword in node.keywords if _names_status(keyword)]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            found += [ast.unparse(node) for argument in node.args if getattr(argument, "value", None) == "status"]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _writes_in_sql.search(node.value):
            found.append(node.value.strip()[:80])
    return found


def _names_status(keyword: ast.keyword) -> bool:
    listed = [part.value for part in ast.walk(keyword.value) if isinstance(part, ast.Constant)]
    return keyword.arg == "status" or (keyword.arg in ("update_fields", "fields", "defaults") and "status" in listed)


def modules() -> list[Path]:
    return [
        path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        # The sandbox is another company: its objects have statuses of their own. The bench fills tables with history.
        if {"tests", "migrations", "sandbox", "bench"}.isdisjoint(path.parts) and path.name != "conftest.py"
    ]


class TestOneHand:
    def test_nobody_else_assigns_a_status(self) -> None:
        looked_at = modules()
        assert len(looked_at) > 100
        assert {
            str(path.relative_to(ROOT)): found
            for path in looked_at
            if str(path.relative_to(ROOT)) != THE_HAND and (found := other_hands(path.read_text()))
        } == {}

    def test_the_hand_itself_does(self) -> None:
        assert other_hands((ROOT / THE_HAND).read_text())

    @pytest.mark.parametrize(
        "code",
        [
            "order.status = 'paid'",
            "self.order.status: str = 'paid'",
            "Order.objects.filter(pk=1).update(total=1, status='paid')",
            "order.save(update_fields=['total', 'status'])",
            "Order.objects.bulk_update(orders, fields=['status'])",
            "setattr(order, 'status', 'paid')",
            "cursor.execute('UPDATE orders_order SET total = 1, status = %s')",
        ],
    )
    def test_would_notice(self, code: str) -> None:
        assert other_hands(code)

    @pytest.mark.parametrize(
        "code",
        [
            "if order.status == 'paid': pass",
            "Order.objects.filter(status='paid').update(total=1)",
            "response = Response(status=404)",
            "status = order.status",
            "cursor.execute(\"SELECT 1 FROM t WHERE status = 'paid'\")",
        ],
    )
    def test_lets_reading_be(self, code: str) -> None:
        assert other_hands(code) == []
