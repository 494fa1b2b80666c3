"""The year as a picture: where each strip, mark, bar and word stands. The template draws it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from webapp.charts import timeline
from webapp.charts.timeline import Scale
from webapp.domain import plan
from webapp.domain.broadcast import Kind
from webapp.domain.policy.rulebook import Change
from webapp.services.plans import Send, YearPlan
from webapp.views import formats, language, rule_subjects, year_numbers
from webapp.views.year_span import Span
from webapp.views.year_strips import Picture, Strip

_ = language.gettext
HUES = {
    Kind.STANDARD: "window",
    Kind.SUBSCRIPTION: "subscription",
    Kind.SPONSORED: "sponsored",
    Kind.UTILITY: "utility",
}
ROW = 26.0  # px of a row of campaigns
LINE = 16.0  # px of a row of words
NEAR = 3  # days in which two labels of a month would touch
MARKS_MOST = {"year": 3, "quarter": 4, "month": 8}  # rows of words


def of(seen: YearPlan, span: Span, currency: str) -> Picture:
    scale = Scale(span.first, span.last)
    drawn = Picture(scale, _columns(span, scale), _today(seen, span, scale))
    _lanes(drawn, seen.campaigns, span)
    drawn.sends = _sends(drawn, seen.sends, span)
    most = MARKS_MOST[_zoom(span)]
    moments = [(at, m.name, m.day) for at, m in enumerate(seen.moments) if span.holds(m.day)]
    drawn.moments = _marked(drawn, _("Moments"), moments, most)
    months = [month for month in seen.months if span.holds(month.first)]
    year_numbers.months(drawn, months, seen, currency)
    weeks = [w for w in seen.weeks if span.touches(w.monday, w.sunday)]
    year_numbers.weeks(drawn, weeks, seen.week_cap)
    changes = [change for change in seen.changes if span.holds(change.day)]
    drawn.rules = _marked(drawn, _("Rules"), _rule_days(changes), most)
    return drawn


def _zoom(span: Span) -> str:
    return {"y": "year", "q": "quarter"}.get(span.name[0], "month")


def _columns(span: Span, scale: Scale) -> list[tuple[float, str]]:
    """The months' names, or in one month its Mondays."""
    names = language.locale().months["stand-alone"]
    if _zoom(span) != "month":
        width = "abbreviated" if _zoom(span) == "year" else "wide"
        return [(scale.x(month), names[width][month.month]) for month in span.months]
    days = (span.first + timedelta(days=n) for n in range(31))
    starts = [day for day in days if span.holds(day) and (day.weekday() == 0 or day.day == 1)]
    close = len(starts) > 1 and (starts[1] - starts[0]).days < NEAR
    return [
        (scale.x(day), "" if close and day.day == 1 else formats.short_day(day, language.locale()))
        for day in starts
    ]


def _today(seen: YearPlan, span: Span, scale: Scale) -> float | None:
    return scale.middle(seen.today) if span.holds(seen.today) else None


def _lanes(drawn: Picture, campaigns: Iterable[plan.Campaign], span: Span) -> None:
    """Lanes by the first campaign in them; those without a lane come last."""
    inside = [each for each in campaigns if span.touches(each.starts_on, each.ends_on)]
    by_lane = sorted(inside, key=lambda each: (each.lane == "", each.lane, each.starts_on))
    for lane, group in groupby(by_lane, key=lambda each: each.lane):
        bars = timeline.bars(
            drawn.scale, [(e.id or 0, e.name, e.starts_on, e.ends_on) for e in group]
        )
        rows = max(bar.row for bar in bars) + 1
        name = timeline.shortened(lane or _("Other"), timeline.LEFT - 12, weight=600)
        strip = drawn.room(name, rows * ROW)
        drawn.lanes.append(Strip(strip.name, "", strip.y, strip.height, bars=bars))


def _sends(drawn: Picture, sends: Sequence[Send], span: Span) -> Strip | None:
    """A mark for each broadcast; over a whole year only those to come have their names."""
    named = _zoom(span) != "year"
    days = [
        (at, send.planned.name if named or send.is_coming else "", send.planned.day)
        for at, send in enumerate(sends)
        if span.holds(send.planned.day)
    ]
    return _marked(drawn, _("Broadcasts"), days, MARKS_MOST[_zoom(span)])


def _marked(
    drawn: Picture, name: str, days: Sequence[tuple[int, str, date]], most: int
) -> Strip | None:
    if not days:
        return None
    marks = timeline.marks(drawn.scale, days, most)
    rows = max(mark.row for mark in marks) + 1
    strip = drawn.room(name, rows * LINE + 6)
    return Strip(name, "", strip.y, strip.height, marks=marks)


def _rule_days(changes: Sequence[Change]) -> list[tuple[int, str, date]]:
    """One mark a day, named by what its rules are about."""
    days: list[tuple[int, str, date]] = []
    for at, change in enumerate(changes):
        if days and days[-1][2] == change.day:
            continue
        that_day = [each for each in changes if each.day == change.day]
        subjects = sorted({rule_subjects.of(each.rule_id) for each in that_day})
        words = f"{formats.short_day(change.day, language.locale())} {', '.join(subjects)}"
        days.append((at, words, change.day))
    return days
