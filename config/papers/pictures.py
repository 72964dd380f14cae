"""Where a JPEG ends: phones write their own data behind a picture, which is no part of it. Pure."""

from __future__ import annotations

# Markers that stand alone; every other one is followed by its length. (ITU-T T.81, B.1.1.3)
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN, _END = 0xDA, 0xD9


def end_of_jpeg(content: bytes) -> int:
    """How many bytes of it are the picture; 0 where it is none, or not whole. Walks the segments, so that neither the
    end of a thumbnail nor bytes of a trailer are taken for the picture's end."""
    if not content.startswith(b"\xff\xd8"):
        return 0
    at, has_scan = 2, False
    while (at := content.find(b"\xff", at)) != -1 and at + 1 < len(content):
        marker = content[at + 1]
        if marker == _END:
            return at + 2 if has_scan else 0
        if marker == 0xFF:  # fill
            at += 1
        elif marker == 0x00 or marker in _ALONE:  # within a scan
            at += 2
        else:
            has_scan |= marker == _SCAN
            at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return 0
