"""What a PDF does by itself when somebody opens it: looked for also where its objects are packed. Pure."""

from __future__ import annotations

import re
import zlib
from typing import Final

from config.kernel.verdict import Verdict

# Long enough never to turn up by chance: these are looked for everywhere, also in what only looks like a stream.
_ACTS: Final = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
# Three bytes turn up in every other scan of some megabytes: these are looked for outside of streams alone.
_SHORT_ACTS: Final = (b"/JS", b"/AA")
# A page to open at is no act, and every office program writes one: `/OpenAction [1 0 R /XYZ null null 0]`.
_OPENS: Final = re.compile(rb"/OpenAction(?![A-Za-z0-9])(?!\s*\[)")
# In a PDF any letter of a name may be written as #41.
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_WORD: Final = re.compile(
    rb"(?P<end>endstream)|(?P<begin>stream[ \t]*(?:\r\n?|\n))|(?P<object>(?<=[\s\x00\d])obj(?=[\s\x00\d<\[(/%-]))"
)
# Only a stream that holds objects says where the first of them begins. (ISO 32000-1, 7.5.7)
_HOLDS_OBJECTS: Final = re.compile(rb"/(?:ObjStm|First)(?![A-Za-z0-9])")
_PACKING: Final = re.compile(rb"/(?:Filter|F|DecodeParms|DP)(?![A-Za-z0-9])")
_DEFLATED: Final = re.compile(rb"/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\])(?![A-Za-z0-9])")
# Far more than any file of our size has that is not made to keep us busy.
MOST_UNPACKED: Final = 16 * 1024 * 1024
MOST_PACKED: Final = 1_000
MOST_OF_ONE_OBJECT: Final = 8


class _Closed(Exception):
    """Objects are packed in a way that nobody looks into here."""


def may_be_opened(content: bytes) -> Verdict:
    """Whether a PDF may be opened by a bank's clerk, and by our own people."""
    try:
        outside, unpacked = _taken_apart(content)
    except _Closed:
        return Verdict.no("file_closed", "the PDF cannot be looked into; print it to a plain one")
    plain = _unescaped(content)
    if (
        any(_has(act, text) for act in _ACTS for text in (plain, *unpacked))
        or any(_has(act, text) for act in _SHORT_ACTS for text in (outside, *unpacked))
        or any(_OPENS.search(text) for text in (plain, *unpacked))
    ):
        return Verdict.no("file_acts", "the PDF does something when it is opened; print it to a plain one")
    if _has(b"/Encrypt", plain):
        return Verdict.no("file_locked", "the PDF is locked with a password; the bank could not open it")
    return Verdict.yes()


def _has(name: bytes, text: bytes) -> bool:
    """The name itself, not a longer one that begins with it."""
    return re.search(re.escape(name) + rb"(?![A-Za-z0-9])", text) is not None


def _unescaped(content: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)


def _taken_apart(content: bytes) -> tuple[bytes, list[bytes]]:
    """What stands outside of streams, and what the streams that hold objects hold. What has an object's beginning in it
    is no stream, whatever it looks like, and stays. Raises _Closed."""
    kept: list[bytes] = []
    unpacked: list[bytes] = []
    kept_to = head_at = streams = 0
    opened: int | None = None
    for word in _WORD.finditer(content):
        if word["object"]:
            head_at, streams, opened = word.end(), 0, None
        elif word["begin"]:
            streams += 1
            head = _unescaped(content[head_at : word.start()])
            if streams > MOST_OF_ONE_OBJECT or len(unpacked) > MOST_PACKED:
                raise _Closed
            if not _HOLDS_OBJECTS.search(head):
                opened = word.start() if opened is None else opened
            elif _PACKING.search(head):
                left = MOST_UNPACKED - sum(map(len, unpacked))
                unpacked.append(_unescaped(_inflated(content, word.end(), head=head, most=left)))
        elif opened is not None:
            kept.append(content[kept_to:opened])
            kept_to, opened = word.start(), None
    kept.append(content[kept_to:])
    return _unescaped(b" ".join(kept)), unpacked


def _inflated(content: bytes, start: int, *, head: bytes, most: int) -> bytes:
    """At most `most` bytes of what is packed from `start` on. Raises _Closed where it is more, or packed otherwise."""
    if len(_PACKING.findall(head)) != 1 or not _DEFLATED.search(head) or most <= 0:
        raise _Closed
    end = content.find(b"endstream", start)
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(content[start : end if end >= 0 else len(content)], most)
    except zlib.error as error:
        raise _Closed from error
    if not unpacking.eof:
        raise _Closed
    return found
