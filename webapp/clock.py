"""What time it is. Asked once at a door or a tick; everything below takes `now` as a value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from webapp.config import Settings


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FileClock:
    """A clock moved by hand, shared by every process through `instance/clock.json`.

    Only with FANLIGHT_TEST_CLOCK=1. It keeps ticking: the file holds an offset in seconds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = -1
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        stamp = self.path.stat().st_mtime_ns if self.path.exists() else 0
        if stamp != self._seen:
            self._offset = timedelta(seconds=self._read() if stamp else 0.0)
            self._seen = stamp
        return self._offset

    def set(self, moment: datetime) -> None:
        """Make it `moment` (aware) now, for every process of this installation."""
        if moment.tzinfo is None:
            raise ValueError("The clock takes a time with an offset, such as 2026-11-27T22:00Z.")
        self._write((moment - datetime.now(UTC)).total_seconds())

    def advance(self, by: timedelta) -> None:
        self._write((self.offset() + by).total_seconds())

    def _read(self) -> float:
        return float(json.loads(self.path.read_text(encoding="utf-8"))["offset_seconds"])

    def _write(self, seconds: float) -> None:
        """Replaced in one step, so that no reader sees half a file."""
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"offset_seconds": seconds}), encoding="utf-8")
        part.replace(self.path)


def make(settings: Settings) -> Clock:
    if settings.test_clock:
        return FileClock(settings.instance / "clock.json")
    return SystemClock()
