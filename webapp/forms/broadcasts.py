"""What a broadcast is, whom it is for and when: the forms of its steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Literal

from pydantic import Field

from webapp.domain import recurrence
from webapp.domain import schedule as schedules
from webapp.domain import zone as zones
from webapp.domain.brief import Brief
from webapp.domain.broadcast import Kind
from webapp.domain.errors import Invalid
from webapp.domain.period import Period
from webapp.domain.recurrence import MOST
from webapp.domain.schedule import GRACE_MINUTES, MOST_GRACE_MINUTES, Mode, Schedule
from webapp.domain.wall_clock import Past, WallClock
from webapp.domain.wording import Sentence, say
from webapp.forms.reading import Form

MICROS = 1_000_000
LARGEST_BUDGET = Decimal(1_000_000_000)  # US dollars


class BriefForm(Form):
    """Kind first; what another kind needs is dropped by `Brief`."""

    name: str = Field(min_length=1, max_length=120)
    kind: Literal["standard", "subscription", "sponsored", "utility"]
    channel: int
    campaign: int | None = None
    topic: int | None = None
    budget: Decimal | None = Field(default=None, gt=0, le=LARGEST_BUDGET, decimal_places=2)
    rate: int | None = Field(default=None, ge=1, le=1000)

    def brief(self) -> Brief:
        """Raises Invalid when the kind lacks what it needs."""
        kind = Kind(self.kind)
        if kind is Kind.SUBSCRIPTION and self.topic is None:
            raise Invalid({"topic": [say("Choose the topic people opted in to.")]})
        if kind is Kind.SPONSORED and self.budget is None:
            raise Invalid({"budget": [say("Set a budget: paid messages stop at it.")]})
        asked = kind in (Kind.SPONSORED, Kind.UTILITY)  # the others do not show the field
        return Brief(
            name=self.name,
            kind=kind,
            channel_id=self.channel,
            campaign_id=self.campaign,
            topic_id=self.topic,
            budget_micros=int(self.budget * MICROS) if self.budget and asked else None,
            rate_per_second=self.rate,
        )


class VersionForm(Form):
    """The version a person was looking at; an edit of another one is a conflict."""

    version: int = 0


class AudienceForm(VersionForm):
    """No segment is everyone on the channel."""

    segment: int | None = None


class ScheduleForm(VersionForm):
    """A wall-clock time in a zone or in each person's own, once or again and again; when each
    window is open next, from one time (or none: when it is sent) until another; or now."""

    mode: Literal["now", "at", "local", "recurring", "window"] = "at"
    send_date: date | None = None
    send_time: time | None = None
    send_zone: str = "UTC"
    until_date: date | None = None
    until_time: time | None = None
    past: Literal["skip", "now", "next_day"] = "skip"
    every: Literal["daily", "weekly", "monthly", "rule"] = "weekly"
    times: int = Field(default=4, ge=1, le=MOST)
    rule: str = Field(default="", max_length=200)
    grace: int = Field(default=GRACE_MINUTES, ge=0, le=MOST_GRACE_MINUTES)
    spread: int | None = None  # minutes

    def schedule(self) -> Schedule:
        """Raises Invalid by field; of a skipped or repeated time `note` tells."""
        minutes = schedules.spread_over(self.mode, self.spread)
        if isinstance(minutes, Sentence):
            raise Invalid({"spread": [minutes]})
        return replace(self._timed(), spread_minutes=minutes)

    def _timed(self) -> Schedule:
        if self.mode == "now":
            return Schedule(Mode.NOW, None, self.send_zone, self.grace)
        if self.mode == "window":
            return self._waiting()
        at = self._local().at
        if self.send_date is None or self.send_time is None:
            raise Invalid({"send_date": [say("Choose the day.")]})
        if self.mode == "recurring":
            return self._repeating(self.send_date, self.send_time)
        if self.mode == "local":
            wall = WallClock(self.send_date, self.send_time, Past(self.past))
            return Schedule(Mode.LOCAL, at, self.send_zone, self.grace, wall)
        return Schedule(Mode.AT, at, self.send_zone, self.grace)

    def _waiting(self) -> Schedule:
        blank = self.send_date is None and self.send_time is None
        since = None if blank else self._local().at
        until = self._moment("until", self.until_date, self.until_time).at
        return schedules.by_period(Period(since, until), self.send_zone, self.grace)

    def _repeating(self, day: date, clock: time) -> Schedule:
        own = self.every == "rule"
        rule = self.rule if own else recurrence.rule_of(self.every, day, self.times)
        given = {"day": day.isoformat(), "time": f"{clock:%H:%M}", "rule": rule}
        found = recurrence.read(given)
        if isinstance(found, dict):
            names = {"rule": "rule" if own else "times", "day": "send_date", "time": "send_time"}
            raise Invalid({names[name]: words for name, words in found.items()})
        return schedules.by_rule(found, self.send_zone, self.grace)

    def note(self) -> Sentence | None:
        """What a person should know about the time: it does not exist, or twice, that day."""
        if self.mode != "at" or self.send_date is None or self.send_time is None:
            return None
        return zones.shift_note(self._local().shift)

    def _local(self) -> zones.Local:
        return self._moment("send", self.send_date, self.send_time)

    def _moment(self, name: str, day: date | None, clock: time | None) -> zones.Local:
        missing: dict[str, list[Sentence]] = {}
        if day is None:
            missing[f"{name}_date"] = [say("Choose the day.")]
        if clock is None:
            missing[f"{name}_time"] = [say("Choose the time.")]
        if missing or day is None or clock is None:
            raise Invalid(missing)
        try:
            return zones.local(day, clock, self.send_zone)
        except Invalid as invalid:
            raise Invalid({"send_zone": invalid.errors["zone"]}) from None
        except OverflowError:
            raise Invalid({f"{name}_date": [say("Choose a day nearer to today.")]}) from None


class NoteForm(Form):
    note: str = Field(default="", max_length=500)


class SeenForm(Form):
    """The hash of what an approver read."""

    seen: str | None = Field(default=None, max_length=64)


class LaunchForm(Form):
    """For a big send: the number of people, typed by hand, beside the number that was shown."""

    people: int = 0
    typed: str = ""

    def check(self, big: int) -> None:
        """Raises Invalid unless a number from `big` on was typed as shown."""
        digits = "".join(mark for mark in self.typed if mark.isdigit())
        if self.people >= big and digits != str(self.people):
            wanted = say("Type the number of people, %(n)s, to send.", n=self.people)
            raise Invalid({"typed": [wanted]})
