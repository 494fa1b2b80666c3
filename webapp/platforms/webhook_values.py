"""Reading single values out of webhooks, leniently: what cannot be read is None, never an error."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from webapp.domain.event import EventKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # a moment after this is a mistake, not a date
LARGEST_NUMBER = 10**30
SECONDS_END = 10**11  # a larger number counts milliseconds (as seconds it were the year 5138)
MILLISECONDS_END = 10**14  # a larger one counts microseconds
ID_LIMIT = 200  # characters of a message's id and of other short names
PARTY_LIMIT = 64  # of a person's or a page's id; Meta's have 15 to 20
TOKEN_LIMIT = 500
TEXT_LIMIT = 2000  # the platforms' own for what a person writes; the rest stays in the raw event
DIGEST = 40  # hex digits of a key: 160 bits
FALSE = (None, False, 0, "", "0", "false", "False", "FALSE")


def mapping(value: object) -> Mapping[str, object]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The list's entries; an object alone counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


def text(value: object, limit: int = TEXT_LIMIT) -> str | None:
    """A text that any database stores: without zero bytes and half characters."""
    if not isinstance(value, str) or not value:
        return None
    return value[:limit].replace("\x00", "").encode("utf-8", "replace").decode() or None


def identity(value: object, limit: int = ID_LIMIT) -> str | None:
    """An id, which old payloads write as a number. None for what cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < LARGEST_NUMBER else None
    found = text(value, limit + 1)
    found = found.strip() if found else None
    return found if found and len(found) <= limit else None


def party(value: object) -> str | None:
    """The id inside `{"id": ...}`."""
    return identity(mapping(value).get("id"), PARTY_LIMIT)


def token(value: object) -> str | None:
    """Whole or not at all: a shortened token is no token."""
    return identity(value, TOKEN_LIMIT)


def flag(value: object) -> bool:
    return value not in FALSE


def moment(value: object) -> datetime | None:
    """Seconds, milliseconds or microseconds since 1970, as number or text, or RFC 3339."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _moment_in_text(value.strip())
    if not isinstance(value, int | float) or not 0 < value < math.inf:
        return None
    return _since_epoch(value)


def digest(prefix: str, value: object) -> str:
    """A key for something that has no id of its own: the same for the same JSON."""
    try:
        written = json.dumps(value, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        written = prefix
    return f"{prefix}:{hashlib.sha256(written.encode()).hexdigest()[:DIGEST]}"


def key(kind: EventKind, *parts: object) -> str:
    """The idempotency key of an event from what makes it this one (facts 5.9)."""
    return digest(kind.value, [_plain(part) for part in parts])


def _plain(part: object) -> object:
    return part.isoformat() if isinstance(part, datetime) else part


def _moment_in_text(value: str) -> datetime | None:
    try:
        if value.replace(".", "", 1).isdigit() and value.isascii() and len(value) <= ID_LIMIT:
            return moment(float(value) if "." in value else int(value))
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EPOCH < found < LATEST else None


def _since_epoch(value: float) -> datetime | None:
    if value >= MILLISECONDS_END:
        unit = timedelta(microseconds=1)
    else:
        unit = timedelta(seconds=1) if value < SECONDS_END else timedelta(milliseconds=1)
    try:
        found = EPOCH + value * unit
    except OverflowError:
        return None
    return found if EPOCH < found < LATEST else None
