"""Our mark on a message: echoes and statuses bring it back and settle unknowns.

It names a row and the epoch in which the row was claimed: `fl:1a2b3c4d:57`. A database that was
restored counts its rows from where it stood and uses numbers a second time, but it sends in an
epoch of its own; so what comes back of the lost messages names none of the new rows. Marks made
before there were epochs have none: `fl:57`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LAST_EPOCH = 2**31 - 1
_MARK = re.compile(r"(?:([0-9a-f]{1,8}):)?([0-9]{1,18})")  # numbers below 2**63


class Mark(NamedTuple):
    number: int
    epoch: int | None = None


def written(prefix: str, mark: Mark) -> str:
    epoch = "" if mark.epoch is None else f"{mark.epoch:x}:"
    return f"{prefix}{epoch}{mark.number}"


def read(prefix: str, text: str | None) -> Mark | None:
    """None for anything that is not one of our marks with this prefix."""
    if text is None or not text.startswith(prefix):
        return None
    found = _MARK.fullmatch(text, len(prefix))
    if found is None:
        return None
    epoch = int(found[1], 16) if found[1] else None
    return None if epoch is not None and epoch > LAST_EPOCH else Mark(int(found[2]), epoch)
