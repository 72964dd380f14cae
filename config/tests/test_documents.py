"""The documents say what the code does: their links lead somewhere, their tables are those of the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.management import get_commands
from django.utils.module_loading import import_string

from config.accounts.roles import CODES, MAY
from config.admin.acts import Act, known
from config.admin.menu import GROUPS
from config.kernel.errors import Refused
from config.kernel.states import StateTable
from config.ops.docs import whole_schema
from config.tests.markdown import ROOT, anchors, contents, documents, links, name, quoted, table

APPS = ("config", "orders", "payments", "payouts", "crm", "engagement")
RECIPES = (
    "recipes", "refund_recipes", "payee_recipes", "dispute_recipes", "settlement_recipes", "outflow_recipes",
    "payout_recipes", "bounty_recipes",
)  # fmt: skip
CONFIGURATION = "docs/operations/configuration.md"
RUNBOOK = "docs/operations/runbook.md"


def sources() -> Iterator[Path]:
    """The project's own modules, without tests."""
    for app in APPS:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if "tests" not in path.parts)


def constants(path: Path) -> set[str]:
    return {
        str(node.value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


class TestLinks:
    @pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
    def test_lead_to_something_that_is_there(self, document: Path) -> None:
        lost = [link for link in links(document) if not leads_somewhere(document, link)]
        assert lost == []

    def test_would_notice_a_lost_file_and_a_lost_heading(self) -> None:
        readme = ROOT / "README.md"
        assert leads_somewhere(readme, "docs/api.md#errors")
        assert not leads_somewhere(readme, "docs/nothing.md")
        assert not leads_somewhere(readme, "docs/api.md#nothing")

    @pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
    def test_a_list_of_contents_leaves_no_section_out(self, document: Path) -> None:
        listed, sections = contents(document)
        assert listed in ([], sections)


def leads_somewhere(document: Path, link: str) -> bool:
    if link.startswith(("http://", "https://")):
        return True
    path, _, fragment = unquote(link).partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not fragment or (target.suffix == ".md" and fragment in anchors(target))


# A variable's name stands in its reader's call as the first argument: env.whole("MAX_ORDER_LINES", 50), a helper of the
# settings that takes the name, or the environment itself.
_READERS = {
    "text",
    "secret",
    "secrets",
    "fernet_keys",
    "flag",
    "whole",
    "items",
    "amounts",
    "database",
    "email",
    "redis",
}
_HELPERS = {
    "_connection", "api_base", "_minutes_by_category", "_days_by_category", "_bps_by_account", "_one_of", "_days",
}  # fmt: skip
_READ_ELSEWHERE = {"PG_BIN", "PYTHON"}


def variables() -> set[str]:
    """Every environment variable that the code reads, but those of Python and the shell."""
    places = [
        *(ROOT / "config" / "settings").glob("*.py"),
        *(ROOT / "payments" / "management" / "commands").glob("*.py"),
        *(ROOT / "payments" / "sandbox").glob("**/config.py"),
        ROOT / "gunicorn.conf.py",
    ]
    found = {variable for place in places for variable in _read_in(ast.parse(place.read_text(encoding="utf-8")))}
    return {variable for variable in found if not variable.endswith("_FILE")} | _READ_ELSEWHERE


def _read_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = ast.unparse(node.func)
        reader = called.rpartition(".")[2]
        reads = (called.startswith("env.") and reader in _READERS) or called in _HELPERS or "environ.get" in called
        if reads and re.fullmatch(r"[A-Z][A-Z0-9_]+", str(node.args[0].value)):
            yield str(node.args[0].value)


def rooms() -> set[str]:
    """The folders of features in each app, by their path."""
    frames = {"management", "migrations", "templatetags", "tests"}
    packages = (each.parent for app in APPS for each in sorted((ROOT / app).glob("*/__init__.py")))
    return {str(room.relative_to(ROOT)) for room in packages if room.name not in frames}


class TestMap:
    def test_names_every_room_of_the_house(self) -> None:
        shown = {link.rstrip("/") for link in links(ROOT / "README.md")}
        assert {"payments/disputes", "config/queue"} <= rooms()
        assert rooms() - shown == set()


class TestVariables:
    def test_there_are_some(self) -> None:
        assert {"SECRET_KEY", "DATABASE_URL", "STRIPE_API_BASE", "SANDBOX_PORT", "WEB_CONCURRENCY"} <= variables()

    def test_are_all_described_and_no_others(self) -> None:
        text = (ROOT / CONFIGURATION).read_text(encoding="utf-8")
        assert set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", text, re.MULTILINE)) == variables()

    def test_all_stand_in_the_example_commented_out(self) -> None:
        lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        assert all(not line or line.startswith("#") for line in lines)
        assert {found[1] for line in lines if (found := re.match(r"#([A-Z][A-Z0-9_]+)=", line))} == variables()


def machines() -> list[StateTable]:
    found: dict[str, StateTable] = {}
    for path in sources():
        if path.name == "states.py" and "kernel" not in path.parts:
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found |= {value.name: value for value in vars(module).values() if isinstance(value, StateTable)}
    return [found[key] for key in sorted(found)]


class TestStates:
    @pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
    def test_moves_are_those_of_the_code(self, machine: StateTable) -> None:
        rows = table("docs/states.md", machine.name.capitalize())
        assert {name(row, "From"): set(quoted(row["To"])) for row in rows} == dict(machine.moves)
        assert len(rows) == len(machine.moves)

    def test_payment_statuses_are_those_of_the_code_in_their_order(self) -> None:
        known = import_string("orders.order.states.PaymentStatus").values
        rows = table("docs/states.md", "Payment status of an order")
        assert [name(row, "Status") for row in rows] == list(reversed(known))


class TestLedger:
    def test_chart_of_accounts_is_that_of_the_code(self) -> None:
        chart = import_string("payments.ledger.accounts.CHART")
        rows = table("docs/ledger.md", "Chart of accounts")
        told = [(name(row, "Account"), row["Side"], row["Owner"], row["Ref"]) for row in rows]
        assert told == [(key.value, kind.side.value, kind.owner or "–", kind.ref or "–") for key, kind in chart.items()]

    def test_accounts_in_use_are_those_that_a_recipe_writes(self) -> None:
        texts = [(ROOT / "payments/ledger" / f"{file}.py").read_text(encoding="utf-8") for file in RECIPES]
        written = set(re.findall(r"Account\.([A-Z_]+)", "".join(texts)))
        rows = table("docs/ledger.md", "Chart of accounts")
        assert {name(row, "Account") for row in rows if row["In use"] == "yes"} == {key.lower() for key in written}

    def test_recipes_are_those_of_the_code_under_their_numbers(self) -> None:
        known = set()
        for recipes in (importlib.import_module(f"payments.ledger.{file}") for file in RECIPES):
            for key, function in inspect.getmembers(recipes, inspect.isfunction):
                numbers = re.match(r"\[([\d, ]+)\]", inspect.getdoc(function) or "")
                if numbers and function.__module__ == recipes.__name__:
                    known |= {(number.strip(), key) for number in numbers[1].split(",")}
        assert {(row["No."], name(row, "Function")) for row in table("docs/ledger.md", "Recipes")} == known

    def test_truths_are_those_of_the_routes_in_their_order(self) -> None:
        rows = table("docs/ledger.md", "Truths")
        assert [name(row, "Truth") for row in rows] == [path.rpartition(".")[2] for path in settings.TRUTHS]


class TestGateways:
    def test_capabilities_are_those_that_the_adapters_claim(self) -> None:
        """Each adapter's claims are proved by its conformance suite."""
        contract = importlib.import_module("payments.gateways.contract")
        given = {"client_id": "rzp_test_1", "client_version": "1", "secret_key": "sk_test_1", "livemode": False}
        made = {
            code: adapter(SimpleNamespace(code=code, gateway=code, api_base="https://gateway.example.test", **given))
            for code, adapter in importlib.import_module("payments.gateways.registry").ADAPTERS.items()
        }
        said = {
            (name(row, "Capability"), column.lower(), row[column] == "yes")
            for row in table("docs/gateways.md", "Capabilities")
            for column in ("Stripe", "Razorpay", "PhonePe")
        }
        assert said == {
            (each.value, code, each in gateway.capabilities)
            for each in contract.Capability
            for code, gateway in made.items()
        }


class TestRails:
    def test_capabilities_are_those_that_the_adapters_claim(self) -> None:
        """Each adapter's claims are proved by its conformance suite."""
        given = {"key_id": "rzp_test_1", "secret_key": "sk_test_1", "account_number": "1", "validates": True}
        registry = importlib.import_module("payouts.rails.registry")
        made = {
            rail: build(SimpleNamespace(code=rail, rail=rail, livemode=False, api_base="https://rail.example", **given))
            for rail, build in registry.ADAPTERS.items()
        }
        said = {
            (name(row, "Capability"), column.lower().replace(" ", "_"), row[column] == "yes")
            for row in table("docs/payouts.md", "Rails")
            for column in ("RazorpayX", "Stripe Connect", "Bank file")
        }
        known = importlib.import_module("payouts.rails.contract").RailCapability
        assert said == {(each.value, rail, each in a.capabilities) for each in known for rail, a in made.items()}

    def test_states_are_those_of_the_code(self) -> None:
        states = import_string("payouts.rails.razorpayx.views.STATES")
        rows = table("docs/payouts.md", "How a payout stands there")
        told = {status: row["In the contract"] for row in rows for status in quoted(row["At RazorpayX"])}
        assert told == {status: state.value for status, state in states.items()}

    def test_reasons_are_those_of_the_code(self) -> None:
        reasons = importlib.import_module("payouts.rails.razorpayx.reasons")
        told = {
            name(row, "Reason"): (row["Advice"], row["For the operator"], row["For the payee"])
            for row in table("docs/payouts.md", "RazorpayX's reasons")
        }
        known = {**reasons.ENDED, **reasons.OTHERS}
        assert told == {code: (each.advice.value, each.operator, each.payee) for code, each in known.items()}

    def test_stripes_reasons_and_test_values_are_those_of_the_code(self) -> None:
        advice = importlib.import_module("payouts.rails.connect.advice")
        told = {name(row, "Code"): row["What to do"] for row in table("docs/payouts.md", "Stripe's reasons")}
        assert told == {code: each.value for code, each in {**advice.OF_FAILURES, **advice.OF_REFUSALS}.items()}
        banks = importlib.import_module("payments.sandbox.stripe.connect.banks")
        rows = table("docs/payouts.md", "Stripe Connect in the sandbox")
        shown = {tuple(quoted(row["Bank account"])): row["What becomes of payouts to it"] for row in rows}
        assert set(shown) == {(number, token) for token, number in banks.TOKENS.items()}
        for (number, _), end in shown.items():
            assert (banks.FAILURES.get(number, "") or "paid") in end


class TestTransferProviders:
    def test_capabilities_are_those_that_the_adapters_claim(self) -> None:
        contract = importlib.import_module("orders.tickets.providers.contract")
        account = SimpleNamespace(api_base="https://provider.example.test", secret_key="key", webhook_secrets=())
        adapters = importlib.import_module("orders.tickets.providers.registry").ADAPTERS
        made = {name: adapter(account) for name, adapter in adapters.items()}
        said = {
            (name(row, "Capability"), column.lower(), row[column] == "yes")
            for row in table("docs/transfer-providers.md", "What each can do")
            for column in ("Manual", "Sandbox")
        }
        assert said == {
            (each.value, code, each in provider.capabilities)
            for each in contract.TransferCapability
            for code, provider in made.items()
        }


class TestWebhooks:
    @pytest.mark.parametrize(
        ("heading", "translations"),
        [
            ("Event types", "payments.webhooks.stripe.TRANSLATIONS"),
            ("Stripe's event types of payees' accounts", "payouts.webhooks.stripe_connect.TRANSLATIONS"),
            ("Razorpay's event types", "payments.webhooks.razorpay.TRANSLATIONS"),
            ("RazorpayX's event types", "payouts.webhooks.razorpayx.TRANSLATIONS"),
            ("PhonePe's event types", "payments.webhooks.phonepe.TRANSLATIONS"),
        ],
    )
    def test_event_types_are_those_that_are_translated(self, heading: str, translations: str) -> None:
        rows = table("docs/webhooks.md", heading)
        assert [name(row, "Type") for row in rows] == list(import_string(translations))

    def test_rejections_are_those_that_the_code_raises(self) -> None:
        raised = {"no_id", "no_type", "no_event"}
        verifiers = [routes["verify"].rpartition(".")[0] for routes in settings.WEBHOOK_SOURCES.values()]
        verifying = [ROOT / f"{module.replace('.', '/')}.py" for module in verifiers]
        adapters = (ROOT / "orders" / "tickets" / "providers").glob("*/adapter.py")
        platform = [ROOT / "config" / "inbox" / f"{name}.py" for name in ("parsing", "signing")]
        for place in (*platform, *verifying, *adapters):
            raised |= set(re.findall(r'Rejected\("(\w+)"\)', place.read_text(encoding="utf-8")))
        raised.discard("no_")
        assert {name(row, "Code") for row in table("docs/webhooks.md", "Rejections")} == raised


def refusals() -> set[tuple[str, int]]:
    """Code and status of every named refusal of the product."""
    for app in APPS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not re.search(r"\.(tests|migrations|sandbox|bench|local|management)\b|conftest", module.name):
                importlib.import_module(module.name)
    return {(kind.code, kind.http_status) for kind in _kinds(Refused) if ".tests" not in kind.__module__}


def _kinds(kind: type[Refused]) -> Iterator[type[Refused]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _kinds(narrower)


class TestApi:
    def test_error_codes_are_those_of_the_code(self) -> None:
        rows = table("docs/api.md", "Error codes")
        assert {(name(row, "Code"), int(row["Status"])) for row in rows} == refusals()
        assert len({name(row, "Code") for row in rows}) == len(rows)

    def test_paths_and_methods_are_those_of_the_schema(self) -> None:
        told = {name(row, "Path"): {part.strip().lower() for part in row["Methods"].split(",")} for row in
                table("docs/api.md", "All paths")}  # fmt: skip
        assert told == {path: set(methods) for path, methods in whole_schema()["paths"].items()}

    def test_throttles_are_those_of_the_settings(self) -> None:
        rows = table("docs/api.md", "Throttles")
        told = {name(row, "Setting"): int(row["Requests"]) for row in rows}
        known = {f"THROTTLE_{scope.upper()}_PER_MINUTE": rate for scope, rate in settings.THROTTLE_RATES.items()}
        assert told == known


def metrics() -> set[str]:
    found = {text for path in sources() if "local" not in path.parts for text in constants(path)}
    return {text for text in found if re.fullmatch(r"holdfast_(?!app$|owner$)[a-z_]+", text)}


def acts_of(page: Any) -> list[Act]:
    return [*known(getattr(page, "acts", ()), page.model), *getattr(page, "list_acts", ())]


class TestOperations:
    def test_metrics_are_those_of_the_code(self) -> None:
        told = {name(row, "Metric") for row in table(RUNBOOK, "Metrics")}
        # The age of what a job measured has a name that is made of the gauge's own.
        assert told == metrics() | {"holdfast_ledger_truth_broken_age_seconds"}

    def test_commands_are_those_of_our_apps(self) -> None:
        ours = {command for command, app in get_commands().items() if app in APPS}
        assert {name(row, "Command") for row in table(RUNBOOK, "Commands")} == ours

    def test_rights_are_those_of_the_table_of_roles(self) -> None:
        rows = table(RUNBOOK, "Who may do what")
        assert {name(row, "Code") for row in rows} == CODES
        for row in rows:
            told = {role for role, cell in row.items() if cell == "yes"}
            assert told == {str(role) for role, codes in MAY.items() if name(row, "Code") in codes}, row["Code"]

    def test_acts_are_those_of_the_operator_site(self) -> None:
        for module in settings.ADMIN_MODULES:
            importlib.import_module(module)
        titles = {item.page: item.title for _, items in GROUPS for item in items}
        there = {
            (titles[f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"], act.title, act.code)
            for model, page in admin.site._registry.items()
            for act in acts_of(page)
        }
        assert {(row["Page"], row["Act"], name(row, "Code")) for row in table(RUNBOOK, "Acts")} == there

    def test_the_schedule_is_that_of_beat(self) -> None:
        rows = table("docs/operations/deployment.md", "Beat")
        told = {(row["What"], name(row, "Task"), row["Every"]) for row in rows}
        schedule: dict[str, Any] = settings.BEAT_SCHEDULE
        assert told == {(what, entry["task"], f"{entry['schedule']} s") for what, entry in schedule.items()}

    def test_what_the_doors_leave_of_it_is_named_for_hosts_without_a_beat(self) -> None:
        text = (ROOT / "docs/operations/deployment.md").read_text(encoding="utf-8")
        named = set(text.partition("## Hosts without a beat")[2].partition("\n## ")[0].split())
        by_doors = {task for tasks in settings.CRON_DOORS.values() for task in tasks}
        assert {entry["task"] for entry in settings.BEAT_SCHEDULE.values()} - by_doors - named == set()


class TestDecisions:
    def test_each_page_has_its_number_and_its_parts_and_stands_in_the_list(self) -> None:
        folder = ROOT / "docs" / "decisions"
        pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
        assert [int(path.name[:4]) for path in pages] == list(range(1, len(pages) + 1))
        for page in pages:
            assert {"context", "decision", "why-not-a-library", "consequences"} <= anchors(page), page.name
        assert list(links(folder / "README.md")) == [path.name for path in pages]
