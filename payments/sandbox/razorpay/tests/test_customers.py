"""Customers: made once for their details, read, listed, changed."""

from __future__ import annotations

import json

from payments.sandbox.razorpay.tests.bench import Bench

DETAILS = {"name": "Somebody", "email": "a@example.com", "contact": "+919000090000"}


class TestCreate:
    def test_is_as_documented(self, bench: Bench) -> None:
        made = bench.post("customers", **DETAILS, notes={"a": "b"})
        assert made["id"].startswith("cust_")
        assert (made["entity"], made["email"], made["notes"], made["gstin"]) == (
            "customer",
            "a@example.com",
            {"a": "b"},
            None,
        )
        assert bench.get(f"customers/{made['id']}") == made

    def test_with_the_details_of_another_is_refused_or_that_other(self, bench: Bench) -> None:
        made = bench.post("customers", **DETAILS)
        assert "already exists" in bench.post("customers", **DETAILS)["error"]["description"]
        assert bench.post("customers", **DETAILS, fail_existing="0") == made
        assert bench.post("customers", **(DETAILS | {"name": "Another"}))["id"] != made["id"]

    def test_without_details_is_nobody_elses(self, bench: Bench) -> None:
        assert bench.post("customers")["id"] != bench.post("customers", fail_existing="0")["id"]

    def test_what_it_does_not_know_is_refused(self, bench: Bench) -> None:
        assert "is/are not required" in bench.post("customers", colour="red")["error"]["description"]


class TestKnown:
    def test_are_listed_newest_first(self, bench: Bench) -> None:
        made = [bench.post("customers", name=f"Name {number}")["id"] for number in range(3)]
        assert [each["id"] for each in bench.get("customers")["items"]] == made[::-1]

    def test_are_changed_and_then_found_by_what_they_are_now(self, bench: Bench) -> None:
        made = bench.post("customers", name="Somebody")
        changed = json.loads(bench.ask("PUT", f"customers/{made['id']}", email="a@example.com").body)
        assert changed == made | {"email": "a@example.com"}
        assert bench.post("customers", name="Somebody", email="a@example.com", fail_existing="0")["id"] == made["id"]
        assert bench.post("customers", name="Somebody", fail_existing="0")["id"] != made["id"]

    def test_one_that_is_not_there_is_said(self, bench: Bench) -> None:
        assert "does not exist" in bench.get("customers/cust_None")["error"]["description"]
