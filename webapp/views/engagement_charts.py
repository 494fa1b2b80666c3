"""The engagement charts in the reader's language: picture, finding, definition, table of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import partial

from babel import dates

from webapp.charts import bars, canvas, funnel, heat, layers, lines, opposed
from webapp.charts import style as styles
from webapp.charts.style import Style
from webapp.domain import fatigue
from webapp.domain.engagement import Chart
from webapp.domain.engagement_counts import ENOUGH_DELIVERED, Counts, MonthCounts
from webapp.domain.errors import NotFound
from webapp.domain.wording import Sentence
from webapp.services.engagement import Engagement
from webapp.views import engagement_tables as tables
from webapp.views import language
from webapp.views.engagement_tables import Table

_ = language.gettext
HEAVIER = ("line-strong", "faint", "soft", "bad")  # from one message to four and more
NOBODY = (0, 0, 0, 0)
WEEKS = 53  # that a year may touch
FACTS = ("delivered", "read", "clicked", "replied")


@dataclass(frozen=True)
class Figure:
    """`data` is what the picture shows and nothing else: its hash is the picture's name."""

    name: str
    title: str
    finding: Sentence
    definition: Sentence
    table: Table
    data: object
    draw: canvas.Draw
    svg: Callable[[Style], bytes] | None
    height: int = styles.HEIGHT


def of(seen: Engagement) -> list[Figure]:
    """In the order of the page."""
    return [make(seen) for make in _makers().values()]


def one(seen: Engagement, name: str) -> Figure:
    """Raises NotFound for a name that is no chart's."""
    if name not in _makers():
        raise NotFound("chart", name)
    return _makers()[name](seen)


def _makers() -> dict[str, Callable[[Engagement], Figure]]:
    return {
        "reach": _reach,
        "responses": _responses,
        "funnel": _funnel,
        "consents": _consents,
        "fatigue": _fatigue,
        "heat": _heat,
        "spend": _spend,
    }


def _reach(seen: Engagement) -> Figure:
    data = bars.Bars(
        months=_names(),
        values=_until_today(seen, seen.reach, lambda counts: counts.sent),
        targets=tuple(month.target for month in seen.reach.months),
        last_year=tuple(month.last_year.sent for month in seen.reach.months),
        words=(_("sent"), _("target"), str(seen.year - 1)),
        empty=_("Nothing was sent yet, and no target is set."),
        running=_running(seen),
    )
    return _figure(
        seen, "reach", _("Reach against target"), seen.reach.finding, data, bars.on_paper(data)
    )


def _responses(seen: Engagement) -> Figure:
    months = seen.responses.months
    data = lines.Lines(
        months=_names(),
        lines=tuple(_line(seen, months, name) for name in FACTS),
        words=(str(seen.year), str(seen.year - 1)),
        empty=_("Nothing was delivered yet."),
        few=frozenset(
            at for at, month in enumerate(months) if month.counts.delivered < ENOUGH_DELIVERED
        ),
    )
    title = _("From deliveries to replies")
    return _figure(seen, "responses", title, seen.responses.finding, data, lines.on_paper(data))


def _line(seen: Engagement, months: Sequence[MonthCounts], name: str) -> lines.Line:
    begun = [month for month in months if month.month <= seen.today]
    return lines.Line(
        name=tables.fact(name),
        hue=name,
        values=tuple(getattr(month.counts, name) for month in begun),
        last_year=tuple(getattr(month.last_year, name) for month in months),
    )


def _funnel(seen: Engagement) -> Figure:
    total = seen.funnel.total
    steps = tuple((name, tables.fact(name), getattr(total, name)) for name in ("sent", *FACTS))
    data = funnel.Funnel(steps, _("Nothing was sent yet."))
    title = _("What became of the messages")
    height = funnel.height(len(steps))
    return _figure(
        seen, "funnel", title, seen.funnel.finding, data, funnel.on_paper(data), height=height
    )


def _heat(seen: Engagement) -> Figure:
    locale = language.locale()
    names = locale.days["stand-alone"]["abbreviated"]
    hours = (dates.format_time(time(hour), "short", locale=locale) for hour in range(24))
    data = heat.Heat(
        cells=seen.heat.cells,
        weekdays=tuple(names[day] for day in range(7)),
        hours=tuple(hours),
        words=(_("fewest"), _("most")),
        empty=_("Nobody wrote yet."),
    )
    title = _("When people write")
    return _figure(
        seen,
        "heat",
        title,
        seen.heat.finding,
        data,
        heat.on_paper(data),
        svg=partial(heat.svg, data),
    )


def _consents(seen: Engagement) -> Figure:
    months = seen.consents.months
    data = opposed.Opposed(
        months=_names(),
        up=tuple(month.counts.opt_ins for month in months),
        down=tuple(month.counts.opt_outs for month in months),
        words=(_("opted in"), _("opted out")),
        empty=_("Nobody opted in or out yet."),
    )
    title = _("Opt-ins and opt-outs")
    return _figure(seen, "consents", title, seen.consents.finding, data, opposed.on_paper(data))


def _fatigue(seen: Engagement) -> Figure:
    """The layers are of the weeks in which anything is known, the first ones of the year too."""
    begins = fatigue.monday_of(date(seen.year, 1, 1))
    got = {week.monday: week.got for week in seen.weeks}
    until = max(got, default=begins - fatigue.A_WEEK)
    mondays = [begins + n * fatigue.A_WEEK for n in range((until - begins).days // 7 + 1)]
    words = (_("one message"), _("two"), _("three"), _("four or more"))
    data = layers.Layers(
        room=WEEKS,
        names=tuple(
            ((date(seen.year, month, 1) - begins).days // 7, name)
            for month, name in enumerate(_names(), start=1)
        ),
        layers=tuple(
            layers.Layer(word, hue, tuple(got.get(monday, NOBODY)[n] for monday in mondays))
            for n, (word, hue) in enumerate(zip(words, HEAVIER, strict=True))
        ),
        empty=_("No week with messages is over yet."),
    )
    title = _("Messages each person got in a week")
    return _figure(seen, "fatigue", title, seen.weeks_finding, data, layers.on_paper(data))


def _spend(seen: Engagement) -> Figure:
    data = bars.Bars(
        months=_names(),
        values=_until_today(seen, seen.spend, lambda counts: counts.spend_micros),
        targets=tuple(month.target if seen.compares else None for month in seen.spend.months),
        last_year=tuple(month.last_year.spend_micros for month in seen.spend.months),
        words=(_("spent"), _("budget"), str(seen.year - 1)),
        empty=_("Nothing was spent, and no budget is set."),
        hue="sponsored",
        currency=seen.spent_in,
        running=_running(seen),
    )
    return _figure(
        seen, "spend", _("Spend against budget"), seen.spend.finding, data, bars.on_paper(data)
    )


def _figure(
    seen: Engagement,
    name: str,
    title: str,
    finding: Sentence,
    data: object,
    draw: canvas.Draw,
    *,
    svg: Callable[[Style], bytes] | None = None,
    height: int = styles.HEIGHT,
) -> Figure:
    return Figure(
        name=name,
        title=title,
        finding=finding,
        definition=seen.definitions[name],
        table=tables.of(seen, name),
        data=data,
        draw=draw,
        svg=svg,
        height=height,
    )


def _names() -> tuple[str, ...]:
    names = language.locale().months["stand-alone"]["abbreviated"]
    return tuple(names[month] for month in range(1, 13))


def _until_today(
    seen: Engagement, chart: Chart, of: Callable[[Counts], int]
) -> tuple[int | None, ...]:
    """None for the months that have not begun."""
    return tuple(of(month.counts) if month.month <= seen.today else None for month in chart.months)


def _running(seen: Engagement) -> int | None:
    return seen.today.month - 1 if seen.today.year == seen.year else None
