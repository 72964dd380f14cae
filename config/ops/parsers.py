"""Parses JSON bodies, and refuses early what PostgreSQL or our own code could not take."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, Never

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from config.kernel.errors import Invalid, Refused

_BIGINT = 2**63
# Deeper than any body of ours; far from the depth at which Python gives up.
_MAX_DEPTH = 32


class BodyTooLarge(Refused):
    """The body is larger than we take."""

    code = "body_too_large"
    http_status = 413


class NulCharacter(Invalid):
    """Text must not contain the NUL character."""

    code = "null_characters_not_allowed"


class BrokenText(Invalid):
    """Text must be whole Unicode characters, no half surrogates."""

    code = "invalid_unicode"


class NumberOutOfRange(Invalid):
    """The number is beyond what 64 bits hold."""

    code = "number_out_of_range"


# A file of five megabytes in its wrapping.
LARGEST_FORM = 5 * 1024 * 1024 + 64 * 1024


class BoundedMultiPartParser(MultiPartParser):
    """A form with a file, whose size is known and bounded before any of it is read."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        request = (parser_context or {}).get("request")
        length = request.META.get("CONTENT_LENGTH", "") if request is not None else ""
        if not length.isdecimal() or int(length) > LARGEST_FORM:
            raise BodyTooLarge
        return super().parse(stream, media_type, parser_context)


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8, of bounded size and depth, with text and numbers that a database can hold.

    REST framework's own reads the stream past DATA_UPLOAD_MAX_MEMORY_SIZE, follows any charset that the header
    names, and lets NUL, lone surrogates, infinities and endless integers through to the query.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        del media_type, parser_context
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise BodyTooLarge
        try:
            parsed = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        except RecursionError:
            raise _broken("nested too deeply") from None
        except ValueError as error:
            raise _broken("not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)) from None
        if not isinstance(parsed, dict):
            raise _broken("an object is expected")
        refuse_unstorable(parsed)
        return parsed


def refuse_unstorable(value: Any, *, attr: str = "", depth: int = 0) -> None:
    """Raises NulCharacter, BrokenText or NumberOutOfRange, naming the place, or ParseError for absurd nesting."""
    if isinstance(value, str):
        _refuse_text(value, attr)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not -_BIGINT <= value < _BIGINT:
            raise NumberOutOfRange(field=attr)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise NumberOutOfRange(field=attr)
    elif depth >= _MAX_DEPTH:
        raise _broken("nested too deeply")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_text(key, attr)
            refuse_unstorable(item, attr=f"{attr}.{key}" if attr else key, depth=depth + 1)
    else:
        for index, item in enumerate(value):
            refuse_unstorable(item, attr=f"{attr}.{index}" if attr else str(index), depth=depth + 1)


def _refuse_text(text: str, attr: str) -> None:
    if "\x00" in text:
        raise NulCharacter(field=attr or None)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BrokenText(field=attr or None) from None


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _broken(why: str) -> APIException:
    return ParseError(f"JSON parse error: {why}")
