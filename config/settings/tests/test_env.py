"""Values are read with their type, from the variable or its file; what is unfit is named, never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config.settings.env import Environment

SECRET = "hunter2-hunter2"


class TestText:
    def test_is_the_value_without_its_margins(self) -> None:
        assert Environment({"NAME": " a value\n"}).text("NAME") == "a value"

    @pytest.mark.parametrize("given", [{}, {"NAME": ""}, {"NAME": "  "}])
    def test_is_the_default_where_nothing_is_given(self, given: dict[str, str]) -> None:
        assert Environment(given).text("NAME", "default") == "default"

    @pytest.mark.parametrize("value", ["$ecret-that-begins-so", "$PATH", "$$", r"\$x", "a$b", "${HOME}"])
    def test_is_never_looked_up_elsewhere(self, value: str) -> None:
        """A generated secret may begin with a dollar sign; it is that secret and not the name of another variable."""
        env = Environment({"NAME": value, "PATH": "/bin", "ecret-that-begins-so": "other"})
        assert env.text("NAME") == value
        assert env.problems == []


class TestFile:
    def test_is_read_in_the_place_of_the_variable(self, tmp_path: Path) -> None:
        kept = tmp_path / "secret"
        kept.write_text(f"{SECRET}\n")
        env = Environment({"NAME_FILE": str(kept), "NAME": "not this one"})
        assert env.secret("NAME", required=True) == SECRET

    @pytest.mark.parametrize("read", ["text", "secret", "secrets", "fernet_keys", "flag", "items", "database", "redis"])
    def test_serves_every_kind_of_value(self, read: str, tmp_path: Path) -> None:
        values = {
            "flag": "yes",
            "database": "postgresql://a@h/d",
            "redis": "redis://h/0",
            "fernet_keys": Fernet.generate_key().decode(),
        }
        kept = tmp_path / "value"
        kept.write_text(values.get(read, "a-long-enough-value-of-text"))
        from_file, direct = Environment({"X_FILE": str(kept)}), Environment({"X": kept.read_text()})
        assert getattr(from_file, read)("X") == getattr(direct, read)("X")
        assert from_file.problems == direct.problems == []

    def test_that_is_missing_is_named_and_does_not_hide_the_rest(self, tmp_path: Path) -> None:
        env = Environment({"ONE_FILE": str(tmp_path / "gone"), "TWO_FILE": str(tmp_path)})
        assert env.text("ONE") == env.text("TWO") == ""
        env.secret("THREE", required=True)
        assert env.problems == [
            "ONE_FILE is not a file that we can read",
            "TWO_FILE is not a file that we can read",
            "THREE is not set",
        ]

    def test_that_is_not_text_is_named(self, tmp_path: Path) -> None:
        kept = tmp_path / "noise"
        kept.write_bytes(b"\xff\xfe\x00")
        env = Environment({"NAME_FILE": str(kept)})
        assert env.secret("NAME") == ""
        assert env.problems == ["NAME_FILE is not a file that we can read"]


class TestSecret:
    def test_that_is_required_must_be_there(self) -> None:
        env = Environment({})
        env.secret("NAME", required=True, at_least=32)
        assert env.problems == ["NAME is not set"]

    def test_that_is_weak_is_named_wherever_it_is_given(self) -> None:
        env = Environment({"NAME": "x" * 31})
        env.secret("NAME", at_least=32)
        assert env.problems == ["NAME is too weak: 32 characters at least"]

    def test_that_is_strong_enough_is_taken(self) -> None:
        env = Environment({"NAME": "x" * 32})
        assert env.secret("NAME", required=True, at_least=32) == "x" * 32
        assert env.problems == []

    def test_is_measured_without_its_margins(self) -> None:
        env = Environment({"NAME": " " * 40})
        env.secret("NAME", required=True, at_least=32)
        assert env.problems == ["NAME is not set"]


class TestSecrets:
    def test_are_separated_by_commas(self) -> None:
        env = Environment({"NAME": f"{'n' * 16}, {'o' * 16}"})
        assert env.secrets("NAME") == ("n" * 16, "o" * 16)

    @pytest.mark.parametrize("value", ["", ",", " , ,", "\n"])
    def test_an_empty_one_is_none(self, value: str) -> None:
        """An empty key would verify whatever an empty key signed."""
        env = Environment({"NAME": value})
        assert env.secrets("NAME") == ()
        assert env.problems == []

    def test_one_weak_among_strong_ones_is_named(self) -> None:
        env = Environment({"NAME": f"{'n' * 16},short"})
        env.secrets("NAME")
        assert env.problems == ["NAME is too weak: 16 characters at least"]


class TestFernetKeys:
    def test_keep_their_order(self) -> None:
        one, two = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        assert Environment({"KEYS": f"{one},{two}"}).fernet_keys("KEYS") == (one, two)

    @pytest.mark.parametrize("value", ["short", "x" * 44, "é" * 44, f"{'A' * 43}=,no"])
    def test_that_are_none_are_named(self, value: str) -> None:
        env = Environment({"KEYS": value})
        env.fernet_keys("KEYS")
        assert env.problems == ["KEYS holds a value that is not a Fernet key (32 bytes, URL-safe base64)"]

    def test_must_be_there(self) -> None:
        env = Environment({})
        assert env.fernet_keys("KEYS") == ()
        assert env.problems == ["KEYS is not set"]


class TestFlag:
    @pytest.mark.parametrize("value", ["1", "true", "TRUE", "yes", "on"])
    def test_on(self, value: str) -> None:
        assert Environment({"F": value}).flag("F") is True

    @pytest.mark.parametrize("value", ["0", "false", "No", "off"])
    def test_off(self, value: str) -> None:
        assert Environment({"F": value}).flag("F", default=True) is False

    def test_anything_else_is_named_and_leaves_the_default(self) -> None:
        """DEBUG=of must not mean on."""
        env = Environment({"DEBUG": "of"})
        assert env.flag("DEBUG") is False
        assert env.problems == ["DEBUG is neither true nor false"]


class TestWhole:
    @pytest.mark.parametrize("value", ["-1", "1.5", "1e3", "1_000", "101", "٣", "99999999999", "ten"])
    def test_what_is_no_whole_number_in_bounds_is_named(self, value: str) -> None:
        env = Environment({"N": value})
        assert env.whole("N", 7, low=1, high=100) == 7
        assert env.problems == ["N is not a whole number from 1 to 100"]

    @pytest.mark.parametrize(("value", "number"), [("1", 1), (" 100 ", 100), ("007", 7), ("", 5)])
    def test_what_is_one_is_taken(self, value: str, number: int) -> None:
        env = Environment({"N": value})
        assert env.whole("N", 5, low=1, high=100) == number
        assert env.problems == []


class TestAmounts:
    def test_are_per_currency(self) -> None:
        env = Environment({"A": "INR:100000, USD:2000"})
        assert env.amounts("A", "", currency="INR") == {"INR": 100_000, "USD": 2_000}

    def test_a_bare_number_is_in_the_default_currency(self) -> None:
        assert Environment({"A": "1000"}).amounts("A", "", currency="INR") == {"INR": 1_000}
        assert Environment({"A": "1000,USD:5"}).amounts("A", "", currency="INR") == {"INR": 1_000, "USD": 5}

    def test_the_default_is_read_alike(self) -> None:
        assert Environment({}).amounts("A", "INR:7", currency="INR") == {"INR": 7}

    def test_a_currency_without_an_entry_has_none(self) -> None:
        assert "USD" not in Environment({"A": "INR:1"}).amounts("A", "", currency="INR")

    @pytest.mark.parametrize(
        "value",
        ["INR:10.50", "INR:-1", "inr:5", "RUPEES:5", "XYZ:5", "INR", "INR:", ":", "INR:1,INR:2", "5,INR:6", "INR:1e5"],
    )
    def test_anything_else_is_named(self, value: str) -> None:
        env = Environment({"A": value})
        env.amounts("A", "", currency="INR")
        assert env.problems == ["A is not a list like INR:100000,USD:2000 with each known currency once"]


class TestDatabase:
    def test_is_postgresql(self) -> None:
        parsed = Environment({"D": "postgresql://app:pw@db.example.com:5433/holdfast"}).database("D")
        assert (parsed["ENGINE"], parsed["NAME"], parsed["HOST"], parsed["PORT"], parsed["USER"]) == (
            "django.db.backends.postgresql", "holdfast", "db.example.com", 5433, "app"
        )  # fmt: skip

    @pytest.mark.parametrize(
        "value", ["sqlite:///db.sqlite3", "mysql://a@h/d", "nonsense", "postgresql://", "postgresql://h:port/d", "//["]
    )
    def test_nothing_else_will_do(self, value: str) -> None:
        env = Environment({"D": value})
        env.database("D")
        assert env.problems == ["D is not a postgresql:// URL; PostgreSQL is the one database engine"]

    def test_must_be_there(self) -> None:
        env = Environment({})
        env.database("D")
        assert env.problems == ["D is not set"]


class TestEmail:
    def test_is_read_in_djangos_words(self) -> None:
        parsed = Environment({"E": "smtp+tls://user:pw@mail.example.com:587"}).email("E", "consolemail://")
        assert (parsed["EMAIL_HOST"], parsed["EMAIL_PORT"], parsed["EMAIL_USE_TLS"]) == ("mail.example.com", 587, True)

    @pytest.mark.parametrize("value", ["pigeon://loft", "nonsense", "smtp://h:port"])
    def test_what_is_no_mail_server_is_named(self, value: str) -> None:
        env = Environment({"E": value})
        assert env.email("E", "consolemail://")["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
        assert env.problems == ["E is not the URL of a mail server, like smtp+tls://user:password@host:587"]


class TestRedis:
    @pytest.mark.parametrize("value", ["redis://h:1/0", "rediss://:pw@h/0", "unix:///run/redis.sock"])
    def test_is_taken(self, value: str) -> None:
        env = Environment({"R": value})
        assert (env.redis("R"), env.problems) == (value, [])

    @pytest.mark.parametrize(("value", "said"), [("", "R is not set"), ("amqp://h", "R is not a redis:// URL")])
    def test_anything_else_is_named(self, value: str, said: str) -> None:
        env = Environment({"R": value})
        env.redis("R")
        assert env.problems == [said]


class TestFinish:
    def test_is_silent_when_all_is_well(self) -> None:
        Environment({}).finish()

    def test_names_every_problem_at_once_and_each_once(self) -> None:
        env = Environment({"B": "x"})
        env.secret("A", required=True)
        env.secret("A", required=True)
        env.secret("B", at_least=5)
        with pytest.raises(ImproperlyConfigured) as stopped:
            env.finish()
        assert str(stopped.value).splitlines()[1:] == ["  - A is not set", "  - B is too weak: 5 characters at least"]

    @pytest.mark.parametrize(
        ("read", "arguments"),
        [
            ("secret", {"at_least": 99}), ("secrets", {"at_least": 99}), ("fernet_keys", {}), ("flag", {}),
            ("whole", {"default": 1}), ("amounts", {"default": "", "currency": "INR"}), ("database", {}), ("redis", {}),
            ("email", {"default": "consolemail://"}),
        ],
    )  # fmt: skip
    def test_never_shows_a_value(self, read: str, arguments: dict[str, Any]) -> None:
        env = Environment({"NAME": f"pigeon://{SECRET}"})
        getattr(env, read)("NAME", **arguments)
        with pytest.raises(ImproperlyConfigured) as stopped:
            env.finish()
        assert SECRET not in str(stopped.value)
        assert stopped.value.__cause__ is None
        assert stopped.value.__context__ is None
