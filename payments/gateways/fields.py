"""The readers of one field of an outside object, under the name by which the adapters of gateways know them."""

from config.calls.fields import (
    JSON,
    flag,
    flag_or_false,
    instant,
    named,
    part,
    text,
    text_or_empty,
    unreadable,
    whole,
    whole_or,
)

__all__ = [
    "JSON",
    "flag",
    "flag_or_false",
    "instant",
    "named",
    "part",
    "text",
    "text_or_empty",
    "unreadable",
    "whole",
    "whole_or",
]
