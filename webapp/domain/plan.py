"""The year plan: campaigns as spans of days, their months, their moves, and what collides.

All days are in the brand's zone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

from webapp.domain.broadcast import Kind
from webapp.domain.wording import Sentence, say

LONGEST = 366  # days of one campaign
WEEK_CAP = 3  # broadcasts to the same people in one week, unless the brand says otherwise

Errors = dict[str, list[Sentence]]


@dataclass(frozen=True)
class Campaign:
    """`ends_on` is its last day. `kind` gives its colour, `lane` the strip it is drawn in."""

    id: int | None
    name: str
    starts_on: date
    ends_on: date
    kind: Kind = Kind.STANDARD
    goal: str = ""
    lane: str = ""
    budget_micros: int = 0
    target_reach: int = 0

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True)
class Planned:
    """A broadcast on a day of the plan. Without a segment it goes to everyone of its channel."""

    id: int
    name: str
    day: date
    channel_id: int
    segment_id: int | None = None
    campaign_id: int | None = None


@dataclass(frozen=True)
class Moment:
    """A day that matters: the brand's own (with its id), or a public holiday."""

    day: date
    name: str
    id: int | None = None
    public: bool = False


@dataclass(frozen=True)
class Piece:
    """The part of a campaign that lies in one month."""

    campaign: Campaign
    first: date
    last: date

    @property
    def begins(self) -> bool:
        return self.first == self.campaign.starts_on

    @property
    def ends(self) -> bool:
        return self.last == self.campaign.ends_on


@dataclass(frozen=True)
class Conflict:
    """Broadcasts that get in each other's way, in the order of their days; `day` is that day or the
    Monday of that week, `last` when the last of them goes out."""

    broadcasts: tuple[int, ...]
    day: date
    last: date
    sentence: Sentence


def problems(campaign: Campaign) -> Errors:
    found: Errors = {}
    if not campaign.name.strip():
        found["name"] = [say("Give the campaign a name.")]
    if campaign.ends_on < campaign.starts_on:
        found["ends_on"] = [say("The last day comes before the first. Choose a later one.")]
    elif campaign.days > LONGEST:
        found["ends_on"] = [say("A campaign lasts at most %(most)s days.", most=LONGEST)]
    if campaign.budget_micros < 0:
        found["budget"] = [say("A budget is zero or more.")]
    if campaign.target_reach < 0:
        found["target_reach"] = [say("A target is zero or more.")]
    return found


def months(year: int) -> list[date]:
    """The first days of its twelve months."""
    return [date(year, month, 1) for month in range(1, 13)]


def last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def month_of(day: date) -> date:
    return day.replace(day=1)


def moved(campaign: Campaign, days: int, year: int) -> Campaign:
    """The campaign `days` later (or earlier), kept whole inside the year.

    One that reaches over an end of the year already goes no further over it.
    """
    back = min(0, (date(year, 1, 1) - campaign.starts_on).days)
    forth = max(0, (date(year, 12, 31) - campaign.ends_on).days)
    shift = timedelta(days=max(back, min(days, forth)))
    return replace(campaign, starts_on=campaign.starts_on + shift, ends_on=campaign.ends_on + shift)


def in_year(day: date, year: int) -> date:
    """The same date in another year; 29 February becomes the 28th where there is none."""
    month = date(year, day.month, 1)
    return month.replace(day=min(day.day, last_day(month).day))


def copied(campaign: Campaign, year: int) -> Campaign:
    """The campaign beginning on the same date of `year`, as long as it is now, without its id."""
    starts = in_year(campaign.starts_on, year)
    ends = starts + timedelta(days=campaign.days - 1)
    return replace(campaign, id=None, starts_on=starts, ends_on=ends)


def pieces(campaigns: Iterable[Campaign], year: int) -> dict[date, list[Piece]]:
    """What lies in each month of the year, by its first day; long campaigns come first."""
    ordered = sorted(campaigns, key=lambda each: (each.starts_on, -each.days, each.id or 0))
    return {
        month: [
            Piece(each, max(each.starts_on, month), min(each.ends_on, last_day(month)))
            for each in ordered
            if each.starts_on <= last_day(month) and each.ends_on >= month
        ]
        for month in months(year)
    }


def rows(inside: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces of a month on as few lines as fit, none over another."""
    lines: list[list[Piece]] = []
    for piece in sorted(inside, key=lambda each: (each.first, -each.campaign.days)):
        free = next((line for line in lines if line[-1].last < piece.first), None)
        if free is None:
            lines.append([piece])
        else:
            free.append(piece)
    return lines


def budget_by_month(campaigns: Iterable[Campaign]) -> dict[date, int]:
    """Each campaign's budget spread evenly over its days; the months add up to the whole."""
    total: dict[date, int] = defaultdict(int)
    for campaign in campaigns:
        for month, micros in _spread(campaign):
            total[month] += micros
    return dict(total)


def conflicts(planned: Iterable[Planned], week_cap: int = WEEK_CAP) -> list[Conflict]:
    """Two broadcasts to the same people on one day, and too many of them in one week."""
    by_channel: dict[int, list[Planned]] = defaultdict(list)
    for each in sorted(planned, key=lambda one: (one.day, one.id)):
        by_channel[each.channel_id].append(each)
    found = [
        conflict
        for on_channel in by_channel.values()
        for conflict in (*_same_day(on_channel), *_crowded(on_channel, week_cap))
    ]
    return sorted(found, key=lambda conflict: (conflict.day, conflict.broadcasts))


def _spread(campaign: Campaign) -> Iterator[tuple[date, int]]:
    given, month = 0, month_of(campaign.starts_on)
    while month <= campaign.ends_on:
        gone = (min(campaign.ends_on, last_day(month)) - campaign.starts_on).days + 1
        due = campaign.budget_micros * gone // campaign.days
        yield month, due - given
        given, month = due, last_day(month) + timedelta(days=1)


def _meet(one: Planned, other: Planned) -> bool:
    """Everyone includes every segment; two different segments are taken to be apart."""
    return None in (one.segment_id, other.segment_id) or one.segment_id == other.segment_id


def _same_day(planned: Sequence[Planned]) -> Iterator[Conflict]:
    by_day: Mapping[date, list[Planned]] = _grouped((each.day, each) for each in planned)
    for day, those in by_day.items():
        for one, other in combinations(those, 2):
            if _meet(one, other):
                sentence = say(
                    '"%(one)s" and "%(other)s" reach the same people on one day.',
                    one=one.name,
                    other=other.name,
                )
                yield Conflict(_ids((one, other)), day, day, sentence)


def _crowded(planned: Sequence[Planned], cap: int) -> Iterator[Conflict]:
    weeks = _grouped((each.day - timedelta(days=each.day.weekday()), each) for each in planned)
    for monday, those in weeks.items():
        for segment_id in _segments(those):
            meeting = [each for each in those if each.segment_id in (segment_id, None)]
            if len(meeting) > cap:
                sentence = say(
                    "%(count)s broadcasts reach the same people in the week of %(monday)s; "
                    "%(cap)s is the most.",
                    count=len(meeting),
                    monday=monday,
                    cap=cap,
                )
                yield Conflict(_ids(meeting), monday, meeting[-1].day, sentence)


def _ids(planned: Iterable[Planned]) -> tuple[int, ...]:
    """Each once, however often it goes out."""
    return tuple(dict.fromkeys(each.id for each in planned))


def _segments(planned: Sequence[Planned]) -> Sequence[int | None]:
    """The segments written to; everyone counts as one of its own only when it is alone."""
    return sorted({each.segment_id for each in planned if each.segment_id}) or [None]


def _grouped(pairs: Iterable[tuple[date, Planned]]) -> dict[date, list[Planned]]:
    found: dict[date, list[Planned]] = defaultdict(list)
    for day, each in pairs:
        found[day].append(each)
    return found
