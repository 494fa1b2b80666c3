"""Reach by hour and cost as the screens of a broadcast show them. Not a screen of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from babel import dates
from flask import url_for

from webapp.charts import reach as reach_chart
from webapp.charts import spending as spending_chart
from webapp.domain import hour_spans
from webapp.domain import reach_findings as findings
from webapp.domain import schedule as schedules
from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.policy.region import COUNTRIES
from webapp.domain.policy.verdict import Route
from webapp.domain.reopening import Expected
from webapp.domain.spending import Curve
from webapp.models.broadcast import Broadcast
from webapp.services import house_checks, house_rules, preflight, reach_by_hour
from webapp.services.reach_by_hour import Reach
from webapp.views import access, formats, language

NOON = 12
_ = language.gettext


@dataclass(frozen=True)
class Hour:
    """One hour as it is offered: its clock where the broadcast is scheduled, and a link to it."""

    at: datetime
    day: str
    clock: str
    people: int
    known: int
    joining: tuple[int, int] | None  # expected at least and at most
    by_route: tuple[tuple[str, int], ...]
    href: str
    best: bool
    chosen: bool


def about(broadcast: Broadcast, at: datetime | None, zone_name: str) -> dict[str, Any]:
    """The picture's numbers in words and links; nothing where the audience cannot be read."""
    try:
        found = asked(broadcast, at, zone_name)
    except Invalid:
        return {"reach": None}
    zone = zones.zone_named(zone_name)
    hours = list(_hours(found, broadcast, zone, zone_name))
    return {
        "reach": found,
        "reach_finding": reach_by_hour.finding(found),
        "reach_forecast": findings.forecast(found.expected),
        "reach_unknown": findings.unknown_country(found.known.unknown_country),
        "reach_house": house_checks.beside_reach(house_rules.of(access.current().brand)),
        "reach_hours": hours,
        "reach_days": [
            _best(_awake(list(day)), zone, at)
            for _name, day in groupby(hours, lambda hour: hour.day)
        ],
        "reach_routes": [route.value for route in found.known.by_route],
        "reach_picture": url_for(
            "broadcast_charts.reach",
            broadcast_id=broadcast.id,
            form="svg",
            zone=zone_name,
            at=schedules.rfc3339(at) if at else None,
        ),
    }


def _awake(day: list[Hour]) -> list[Hour]:
    """The hours of a day in which the brand is not asleep itself; all where it always is."""
    house = house_rules.of(access.current().brand)
    return [hour for hour in day if not reach_by_hour.is_quiet(house, hour.at)] or day


def asked(broadcast: Broadcast, at: datetime | None, zone_name: str) -> Reach:
    """Raises Invalid for a zone or a segment that cannot be read."""
    current = access.current()
    hours = hour_spans.coming_week(current.now, zones.zone_named(zone_name))
    return reach_by_hour.reach(
        current.session, broadcast, hours, current.house.book, current.now, at
    )


def picture(found: Reach, zone_name: str) -> reach_chart.Reach:
    zone = zones.zone_named(zone_name)
    expected = found.expected
    spreads: Sequence[tuple[int, int, int]] = ()
    if isinstance(expected, Expected):
        spreads = list(zip(expected.low, expected.people, expected.high, strict=True))
    return reach_chart.Reach(
        layers=tuple(
            reach_chart.Layer(route.value, _route_words(route), people)
            for route, people in found.known.by_route.items()
        )
        or (reach_chart.Layer(Route.WINDOW.value, "", (0,) * found.hours.count),),
        expected=tuple(spreads),
        days=tuple(_days(found, zone)),
        best=_best_mark(found, zone),
        chosen=_chosen_mark(found),
        words=_("expected to write again"),
        empty=_("The rules allow writing to nobody in these hours."),
    )


def spending(curve: Curve, broadcast: Broadcast) -> spending_chart.Spending:
    """Money is written short in the picture; the table has it whole."""
    locale, currency = language.locale(), preflight.CURRENCY
    budget = broadcast.budget_micros
    reached = curve.reached_with(budget)
    words = (
        _("your budget: %(money)s") % {"money": formats.money(budget, currency, locale)},
        language.ngettext("%(n)s person", "%(n)s people", reached)
        % {"n": formats.number(reached, locale)},
        language.ngettext("%(n)s person, %(money)s", "%(n)s people, %(money)s", curve.people)
        % {
            "n": formats.number(curve.people, locale),
            "money": formats.money(curve.cost_micros, currency, locale),
        },
    )
    points = tuple((point.people, point.cost_micros) for point in curve.points)
    hue = curve.points[-1].share.route.value if points else Route.NONE.value
    return spending_chart.Spending(
        points, hue, currency, budget, reached, words, _("It costs nothing.")
    )


def costs(broadcast: Broadcast, at: datetime) -> dict[str, Any]:
    """What reach costs at a time; nothing for a broadcast that costs nothing."""
    current = access.current()
    curve = reach_by_hour.cost(current.session, broadcast, at, current.house.book)
    return {
        "curve": curve if curve.cost_micros else None,
        "curve_finding": findings.cost(curve, broadcast.budget_micros, preflight.CURRENCY),
        "curve_reached": curve.reached_with(broadcast.budget_micros),
        "market_words": _markets(),
    }


def _hours(found: Reach, broadcast: Broadcast, zone: tzinfo, zone_name: str) -> Iterator[Hour]:
    expected, known, locale = found.expected, found.known, language.locale()
    chosen = found.chosen.at if found.chosen else None
    marked = found.best if _best_mark(found, zone) else None
    for hour, at in enumerate(found.hours.moments()):
        spread = isinstance(expected, Expected)
        yield Hour(
            at=at,
            day=dates.format_skeleton("MMMEd", at.astimezone(zone), locale=locale),
            clock=dates.format_time(at, "short", tzinfo=zone, locale=locale),
            people=found.people(hour),
            known=known.reached[hour],
            joining=(expected.low[hour], expected.high[hour])
            if isinstance(expected, Expected) and spread
            else None,
            by_route=tuple((route.value, n[hour]) for route, n in known.by_route.items()),
            href=url_for(
                "broadcasts.show", broadcast_id=broadcast.id, step="schedule",
                pick=schedules.rfc3339(at), send_zone=zone_name, _anchor="schedule",
            ),
            best=hour == marked,
            chosen=at == chosen,
        )  # fmt: skip


def _best(day: list[Hour], zone: tzinfo, chosen: datetime | None) -> Hour:
    """Of equal hours the one nearest to the clock that was chosen, or to noon: nobody wants to
    send at midnight because it is as good."""
    wanted = chosen.astimezone(zone).hour if chosen else NOON

    def worth(hour: Hour) -> tuple[int, int]:
        return hour.people, -abs(hour.at.astimezone(zone).hour - wanted)

    return max(day, key=worth)


def _days(found: Reach, zone: tzinfo) -> Iterator[tuple[int, str]]:
    before = None
    for hour, at in enumerate(found.hours.moments()):
        local = at.astimezone(zone).date()
        if local != before:
            yield hour, dates.format_skeleton("Ed", local, locale=language.locale())
        before = local


def _best_mark(found: Reach, zone: tzinfo) -> reach_chart.Mark | None:
    reached = [found.people(hour) for hour in range(found.hours.count)]
    if found.best is None or min(reached) == max(reached):
        return None  # where all are the same none is best
    locale, at = language.locale(), found.hours.at(found.best)
    people = found.people(found.best)
    words = language.ngettext(
        "best: %(day)s %(clock)s, %(n)s person", "best: %(day)s %(clock)s, %(n)s people", people
    ) % {
        "day": dates.format_skeleton("Ed", at.astimezone(zone), locale=locale),
        "clock": dates.format_time(at, "short", tzinfo=zone, locale=locale),
        "n": formats.number(people, locale),
    }
    return reach_chart.Mark(found.best, people, words)


def _chosen_mark(found: Reach) -> reach_chart.Mark | None:
    """None for a time that is not shown, and for the best hour, which has its mark."""
    chosen = found.chosen
    if chosen is None or found.hours.holding(chosen.at) is None:
        return None
    if found.best is not None and chosen.at == found.hours.at(found.best):
        return None
    at = (chosen.at - found.hours.first).total_seconds() / 3600
    people = chosen.known + chosen.expected
    words = language.ngettext("your time: %(n)s person", "your time: %(n)s people", people) % {
        "n": formats.number(people, language.locale())
    }
    return reach_chart.Mark(at, people, words)


def _route_words(route: Route) -> str:
    words = {
        Route.WINDOW: _("open window, known today"),
        Route.SUBSCRIPTION: _("opted in to the topic"),
        Route.SPONSORED: _("paid message"),
        Route.UTILITY: _("utility template"),
    }
    return words.get(route, route.value)


def _markets() -> dict[str, str]:
    """Names of the regions whose prices differ: one country each, or a group of them."""
    locale = language.locale()
    countries = {
        region.name: formats.country_name(min(codes), locale)
        for region, codes in COUNTRIES.items()
        if len(codes) == 1
    }
    return {**countries, **_groups()}


def _groups() -> dict[str, str]:
    """As WhatsApp's price list groups them."""
    return {
        "": _("free"),
        "EU": _("other countries of the European Union"),
        "EU_WEST": _("Western Europe, European Union"),
        "EU_EAST": _("Eastern Europe, European Union"),
        "EUROPE_EAST": _("other countries of Eastern Europe"),
        "AFRICA": _("other countries of Africa"),
        "ASIA_PACIFIC": _("other countries of Asia and the Pacific"),
        "LATIN_AMERICA": _("other countries of Latin America"),
        "MIDDLE_EAST": _("other countries of the Middle East"),
        "OTHER": _("other countries"),
        "UNKNOWN": _("country not known: the dearest price"),
    }
