"""Reach by hour and its cost as the API answers them."""

from __future__ import annotations

from datetime import datetime

from webapp.api.calls import Call
from webapp.api.schemas import reaches as shapes
from webapp.api.schemas.base import CostPoint
from webapp.domain import reach_findings as findings
from webapp.domain.forecast import Hours
from webapp.domain.reopening import Expected
from webapp.domain.spending import Curve
from webapp.models.broadcast import Broadcast as Row
from webapp.services import house_checks, house_rules, preflight, reach_by_hour
from webapp.services.reach_by_hour import Reach


def answer(call: Call, row: Row, hours: Hours) -> shapes.Reach:
    """The cost is that of the time the broadcast is set for."""
    book, at = call.house.book, preflight.moment(row, call.now)
    found = reach_by_hour.reach(call.session, row, hours, book, call.now, at)
    curve = reach_by_hour.cost(call.session, row, at, book)
    unknown = found.known.unknown_country
    words = findings.unknown_country(unknown)
    beside = house_checks.beside_reach(house_rules.of(call.brand))
    return shapes.Reach(
        items=[_hour(found, hour, moment) for hour, moment in enumerate(hours.moments())],
        best=_best(found),
        sentence=str(reach_by_hour.finding(found)),
        forecast=str(findings.forecast(found.expected)),
        forecast_error=found.expected.error if isinstance(found.expected, Expected) else None,
        cost=points(curve),
        cost_at=at,
        cost_sentence=str(findings.cost(curve, row.budget_micros, preflight.CURRENCY)),
        currency=preflight.CURRENCY,
        budget_micros=row.budget_micros,
        reached_with_budget=curve.reached_with(row.budget_micros),
        unknown_country=unknown,
        unknown_country_sentence=None if words is None else str(words),
        house_sentence=" ".join(map(str, beside)) or None,
    )


def points(curve: Curve) -> list[CostPoint]:
    return [
        CostPoint(
            people=point.people,
            cost_micros=point.cost_micros,
            route=point.share.route.value,
            market=point.share.market,
        )
        for point in curve.points
    ]


def _hour(found: Reach, hour: int, at: datetime) -> shapes.ReachHour:
    by_route = found.known.by_route.items()
    return shapes.ReachHour(
        at=at,
        audience=found.known.audience[hour],
        by_route={route.value: people[hour] for route, people in by_route if people[hour]},
        expected=_joining(found.expected, hour),
    )


def _joining(expected: object, hour: int) -> shapes.Joining | None:
    if not isinstance(expected, Expected):
        return None
    return shapes.Joining(
        people=expected.people[hour], low=expected.low[hour], high=expected.high[hour]
    )


def _best(found: Reach) -> shapes.BestHour | None:
    if found.best is None:
        return None
    return shapes.BestHour(
        at=found.hours.at(found.best),
        people=found.people(found.best),
        known=found.known.reached[found.best],
    )
