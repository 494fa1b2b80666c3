"""Hours of the local day in which nobody is written to; they may span midnight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.wording import say


class Then(StrEnum):
    """What becomes of a message whose time falls into them."""

    HOLD = "hold"  # it waits until they end
    SKIP = "skip"


@dataclass(frozen=True)
class QuietHours:
    """From `start` until just before `end`, local wall-clock times that differ."""

    start: time
    end: time
    then: Then = Then.HOLD

    @classmethod
    def parse(cls, obj: object) -> QuietHours:
        """From `{"start": "22:00", "end": "08:00", "then": "hold" | "skip"}`, which holds when it
        is left out; raises Invalid by field."""
        given = obj if isinstance(obj, Mapping) else {}
        clocks = {name: _clock(given.get(name)) for name in ("start", "end")}
        wrong = {
            name: [say("Give a time of day like 22:00.")]
            for name, clock in clocks.items()
            if clock is None
        }
        then = given.get("then", Then.HOLD)
        if then not in list(Then):
            wrong["then"] = [say("Choose what happens then: hold or skip.")]
        start, end = clocks["start"] or time(), clocks["end"] or time()
        if not wrong and start == end:
            wrong["end"] = [say("Quiet hours end at another time than they start.")]
        if wrong:
            raise Invalid(wrong)
        return cls(start, end, Then(str(then)))

    @property
    def skips(self) -> bool:
        """Whoever sleeps gets nothing, instead of getting it later."""
        return self.then is Then.SKIP

    def to_json(self) -> dict[str, object]:
        return {
            "start": f"{self.start:%H:%M}",
            "end": f"{self.end:%H:%M}",
            "then": self.then.value,
        }

    def is_quiet(self, at: datetime, zone: str) -> bool:
        clock = at.astimezone(zones.zone_named(zone)).time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def quiet_end(self, at: datetime, zone: str) -> datetime:
        """The first instant (UTC) from `at` on that is not quiet; `at` itself when none is."""
        if not self.is_quiet(at, zone):
            return at
        here = at.astimezone(zones.zone_named(zone))
        tomorrow = self.end < self.start <= here.time()
        day = here.date() + timedelta(days=1 if tomorrow else 0)
        ends = zones.local(day, self.end, zone).at
        if ends > at:
            return ends
        # The clock was put back past the end: the second time it shows it counts.
        again = datetime.combine(day, self.end.replace(fold=1), zones.zone_named(zone))
        return again.astimezone(UTC)

    def turns(self, since: datetime, until: datetime, zone: str) -> Iterator[datetime]:
        """Every instant between two at which it may become quiet, or be no more."""
        here = zones.zone_named(zone)
        day, last = since.astimezone(here).date(), until.astimezone(here).date()
        while day <= last:
            for at in self._turns_of(day, zone):
                if since < at < until:
                    yield at
            day += timedelta(days=1)

    def _turns_of(self, day: date, zone: str) -> Iterator[datetime]:
        """A clock that is put back shows an end twice, and may lead back into quiet hours."""
        here = zones.zone_named(zone)
        for clock in (self.start, self.end):
            yield zones.local(day, clock, zone).at
            yield datetime.combine(day, clock.replace(fold=1), here).astimezone(UTC)
        change = zones.clock_change(day, zone)
        if change is not None:
            yield change


def _clock(text: object) -> time | None:
    try:
        clock = time.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return clock.replace(tzinfo=None, second=0, microsecond=0) if clock else None
