"""A broadcast, and the whole plan, under the rules of another day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response, request

from webapp.domain.backtest import Backtest
from webapp.domain.errors import Invalid
from webapp.forms import numbers, reading
from webapp.forms.backtests import DayForm
from webapp.models.broadcast import Broadcast
from webapp.services import backtesting, preflight
from webapp.store import broadcasts
from webapp.views import access, htmx

PAGE = 20  # broadcasts whose audience is counted for one page
blueprint = Blueprint("broadcast_backtest", __name__, url_prefix="/b/<brand_slug>/broadcasts")


@dataclass(frozen=True)
class Tried:
    """A line of the plan; `test` None: its audience cannot be read."""

    broadcast: Broadcast
    at: datetime | None
    test: Backtest | None


@blueprint.get("/<int:broadcast_id>/backtest")
@access.brand_screen("view")
def show(broadcast_id: int) -> Response:
    """`at` is the day whose rules are tried; without it there is a choice of days."""
    asking = access.current()
    session, book = asking.session, asking.house.book
    broadcast = broadcasts.get(session, broadcast_id)
    context: dict[str, Any] = {
        "broadcast": broadcast,
        "turns": backtesting.turns(session, broadcast, book),
        "own_day": backtesting.own_day(session, broadcast, asking.now),
        **_book(),
    }
    try:
        day = reading.read(DayForm, request.args).at
        test = day and backtesting.backtest(session, broadcast, day, book, asking.now)
    except Invalid as refused:
        return htmx.invalid("broadcasts/backtest.html", "tried", **context, **_refused(refused))
    return htmx.render(
        "broadcasts/backtest.html", "tried", test=test, day=day, errors={}, **context
    )


@blueprint.get("/backtest")
@access.brand_screen("view")
def plan() -> Response:
    """Every planned broadcast, the soonest first, some on a page; left out, `at` is the next day
    on which rules change."""
    asking = access.current()
    book = asking.house.book
    coming = _coming()
    context: dict[str, Any] = {"coming": coming, **_book()}
    try:
        day = reading.read(DayForm, request.args).at or (coming[0] if coming else context["today"])
        backtesting.require_in_book(day, book)
    except Invalid as refused:
        return htmx.invalid("broadcasts/backtests.html", "tried", **context, **_refused(refused))
    found = backtesting.planned(asking.session, asking.now)
    first = min(max(request.args.get("from", 0, type=numbers.whole), 0), len(found))
    tried = [_tried(row, day) for row in found[first : first + PAGE]]
    return htmx.render(
        "broadcasts/backtests.html",
        "tried",
        day=day,
        errors={},
        tried=tried,
        broken=sum(1 for line in tried if line.test and line.test.breaks),
        total=len(found),
        first=first,
        size=PAGE,
        **context,
    )


def _tried(row: Broadcast, day: date) -> Tried:
    asking = access.current()
    try:
        test = backtesting.backtest(asking.session, row, day, asking.house.book, asking.now)
    except Invalid:
        test = None
    return Tried(row, preflight.send_at(row), test)


def _coming() -> list[date]:
    """The days to come on which something about sending changes."""
    asking = access.current()
    return backtesting.coming(asking.house.book, asking.now.astimezone(UTC).date())


def _book() -> dict[str, Any]:
    asking = access.current()
    return {
        "today": asking.now.astimezone(UTC).date(),
        "known_until": backtesting.known_until(asking.house.book),
        "currency": preflight.CURRENCY,
    }


def _refused(refused: Invalid) -> dict[str, Any]:
    return {"test": None, "day": request.args.get("at", ""), "errors": refused.errors}
