"""The simulator's own time: the real one, moved by the installation's test clock if allowed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

SECOND = 1_000  # everything here counts in milliseconds, as the platform's timestamps do
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seen = 0
        self._offset = 0.0

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int((time.time() + self._moved()) * SECOND)

    def _moved(self) -> float:
        if self._file is None:
            return 0.0
        try:
            stamp = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        if stamp != self._seen:
            self._seen, self._offset = stamp, self._read(stamp)
        return self._offset

    def _read(self, stamp: int) -> float:
        """A file that is just being written counts as no offset until its next change."""
        if not stamp or self._file is None:
            return 0.0
        try:
            return float(json.loads(self._file.read_text(encoding="utf-8"))["offset_seconds"])
        except (ValueError, KeyError, TypeError, OSError):
            return 0.0


def text(moment: int) -> str:
    """RFC 3339 in UTC, for the control door."""
    return datetime.fromtimestamp(moment / SECOND, UTC).isoformat(timespec="milliseconds")


def graph_text(moment: int) -> str:
    """As the Graph writes a time: 2026-11-22T08:51:22+0000."""
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def parse(value: object) -> int | None:
    """Milliseconds from RFC 3339 with an offset, or from a number of milliseconds; None for empty.

    ValueError for a naive time or anything else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return int(value)
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no offset; write it as 2026-11-27T22:00:00Z")
    return int(moment.timestamp() * SECOND)


def day(text: str) -> int:
    """The first millisecond of a day written as 2026-04-27 (UTC)."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * SECOND)
