"""Form parsing and typed reading, without a process."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.sandbox.stripe.errors import StripeError
from payments.sandbox.stripe.params import Params, merge_metadata, parse_form


class TestParseForm:
    @pytest.mark.parametrize(
        ("text", "tree"),
        [
            ("", {}),
            ("a=1&b=", {"a": "1", "b": ""}),
            ("metadata[order]=1&metadata[b+c]=2", {"metadata": {"order": "1", "b c": "2"}}),
            ("types[0]=x&types[1]=y", {"types": ["x", "y"]}),
            ("types[10]=z&types[2]=y", {"types": ["y", "z"]}),
            ("types[]=x&types[]=y", {"types": ["x", "y"]}),
            (
                "items[0][price][currency]=usd&items[0][n]=2&items[1][n]=3",
                {"items": [{"price": {"currency": "usd"}, "n": "2"}, {"n": "3"}]},
            ),
            ("a=%E2%82%AC%26", {"a": "€&"}),
        ],
    )
    def test_builds_the_tree(self, text: str, tree: dict[str, Any]) -> None:
        assert parse_form(text) == tree

    @pytest.mark.parametrize("text", ["a=1&a[b]=2", "a[b]=2&a=1", "[a]=1", "a]b=1", "a" + "[b]" * 9 + "=1"])
    def test_refuses_what_has_no_shape(self, text: str) -> None:
        with pytest.raises(StripeError) as refusal:
            parse_form(text)
        assert refusal.value.status == 400

    @given(st.text(max_size=200))
    def test_never_fails_in_another_way(self, text: str) -> None:
        with contextlib.suppress(StripeError):
            assert isinstance(parse_form(text), dict)


class TestParams:
    def test_reads_types(self) -> None:
        params = Params(parse_form("n=12&yes=true&list[0]=a&inner[x]=1&empty="))
        assert (params.integer("n"), params.flag("yes"), params.texts("list")) == (12, True, ["a"])
        inner = params.inner("inner")
        assert inner is not None
        assert (inner.integer("x"), inner.name("x")) == (1, "inner[x]")
        assert (params.text("empty"), params.integer("none"), params.flag("none", default=True)) == (None, None, True)

    @pytest.mark.parametrize(
        ("read", "text"),
        [
            (lambda params: params.integer("a"), "a=1e3"),
            (lambda params: params.integer("a"), "a=" + "9" * 30),
            (lambda params: params.positive("a"), "a=0"),
            (lambda params: params.flag("a"), "a=yes"),
            (lambda params: params.text("a"), "a[b]=1"),
            (lambda params: params.text("a", limit=3), "a=long"),
            (lambda params: params.inner("a"), "a=1"),
            (lambda params: params.texts("a"), "a[b]=1"),
            (lambda params: params.texts("a", most=1), "a[]=1&a[]=2"),
            (lambda params: params.inners("a"), "a[]=1"),
            (lambda params: params.choice("a", "x", "y"), "a=z"),
            (lambda params: params.required_text("b"), "a=1"),
            (lambda params: params.only("b"), "a=1"),
        ],
    )
    def test_refuses_other_types(self, read: Any, text: str) -> None:
        with pytest.raises(StripeError) as refusal:
            read(Params(parse_form(text)))
        assert refusal.value.status == 400
        assert not refusal.value.executed


class TestMergeMetadata:
    @pytest.mark.parametrize(
        ("present", "text", "merged"),
        [
            ({"a": "1"}, "", {"a": "1"}),
            ({"a": "1"}, "metadata=", {}),
            ({"a": "1"}, "metadata[b]=2", {"a": "1", "b": "2"}),
            ({"a": "1"}, "metadata[a]=", {}),
            ({}, "metadata[0]=zero", {"0": "zero"}),
        ],
    )
    def test_is_stripe_s(self, present: dict[str, str], text: str, merged: dict[str, str]) -> None:
        assert merge_metadata(present, Params(parse_form(text))) == merged

    def test_refuses_nested_values(self) -> None:
        with pytest.raises(StripeError):
            merge_metadata({}, Params(parse_form("metadata[a][b]=1")))
