"""When a broadcast goes out, as its page shows and asks it. Not a screen of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import request
from werkzeug.datastructures import MultiDict

from webapp.domain import recurrence
from webapp.domain import schedule as schedules
from webapp.domain import zone as zones
from webapp.domain.errors import Invalid
from webapp.domain.schedule import Mode, Schedule
from webapp.domain.wall_clock import Past
from webapp.domain.wording import Sentence
from webapp.forms import reading
from webapp.forms.broadcasts import ScheduleForm
from webapp.models.broadcast import Broadcast
from webapp.services import (
    departing,
    house_rules,
    period_checks,
    planning,
    preflight,
    rehearsing,
    series_checks,
    spread_checks,
)
from webapp.services.reach_by_hour import Reach
from webapp.views import access, broadcast_reach

COMMON_ZONES = ("UTC",)
SPREADS = (15, 30, 60, 120, 180, 240, 360, 480, 720, 1440)  # minutes


def shown(
    broadcast: Broadcast, opened: str | None, typed: Mapping[str, str] | None
) -> dict[str, Any]:
    """The schedule step; `typed` is what somebody typed that could not be saved."""
    current = access.current()
    chosen = departing.chosen_schedule(broadcast)
    zone = preflight.zone_of(broadcast, current.brand)
    at = chosen.at.astimezone(ZoneInfo(zone)) if chosen and chosen.at else None
    wall, repeats = (chosen.wall, chosen.repeats) if chosen else (None, None)
    period = chosen.period if chosen else None
    until = period.until.astimezone(ZoneInfo(zone)) if period else None
    own = wall or repeats
    clock = own.time if own else at
    day = own.day if own else at.date() if at else None
    values: Mapping[str, object] = {
        "mode": chosen.mode.value if chosen else Mode.AT.value,
        "send_date": day.isoformat() if day else None,
        "send_time": clock.strftime("%H:%M") if clock else None,
        "send_zone": zone,
        "until_date": until.date().isoformat() if until else None,
        "until_time": until.strftime("%H:%M") if until else None,
        "past": wall.past.value if wall else Past.SKIP.value,
        "every": recurrence.choice_of(repeats) if repeats else "weekly",
        "times": len(repeats.days) if repeats else 4,
        "rule": repeats.rule if repeats else "",
        "grace": chosen.grace_minutes if chosen else schedules.GRACE_MINUTES,
        "spread": chosen.spread_minutes if chosen else None,
    }
    if typed is not None:
        values = typed
    elif opened == "schedule":
        values = {**values, **_picked(zone)}
    found: dict[str, Any] = {"schedule": chosen, "set_at": at, "when": values, "zones": []}
    if opened != "schedule":
        return found
    spreads = spreads_of(values.get("spread"))
    return {**found, "zones": zone_choices(), "spreads": spreads, **_reach(broadcast, values)}


def _picked(zone_name: str) -> dict[str, object]:
    """The hour somebody chose in the picture of reach, by the clocks they chose it by."""
    at = schedules.read_time(request.args.get("pick"))
    if isinstance(at, Sentence):
        return {}
    try:
        named = request.args.get("send_zone", zone_name)
        local = at.astimezone(zones.zone_named(named))
    except (Invalid, OverflowError):
        return {}
    return {
        "mode": Mode.AT.value,
        "send_date": local.date().isoformat(),
        "send_time": local.strftime("%H:%M"),
        "send_zone": named,
    }


def _reach(broadcast: Broadcast, values: Mapping[str, object]) -> dict[str, Any]:
    """Reach by hour for the time in the picker, whether it is saved yet or not."""
    now = access.current().now
    given = MultiDict({name: str(it) for name, it in values.items() if it is not None})
    try:
        form = reading.read(ScheduleForm, given)
        chosen = form.schedule()
    except Invalid:
        zone = access.current().brand.timezone
        return {**broadcast_reach.about(broadcast, None, zone), "meant": None}
    at = max(chosen.due_at(now), now)
    session = access.current().session
    reach = broadcast_reach.about(broadcast, at, chosen.zone)
    return {
        **reach,
        "meant": at,
        "note": form.note(),
        "zone_turns": rehearsing.rehearsed(session, broadcast, chosen, now),
        "zone_notes": list(rehearsing.announced(session, broadcast, chosen, now)),
        **repeated(broadcast, chosen),
        **awaited(broadcast, chosen, at, reach["reach"]),
        **spread_out(broadcast, chosen, at, reach["reach"]),
    }


def repeated(broadcast: Broadcast, chosen: Schedule) -> dict[str, Any]:
    """The times of a schedule that repeats, with what is special about them."""
    if chosen.repeats is None:
        return {"series": (), "series_notes": ()}
    current = access.current()
    moments = [at for at in chosen.moments if at >= current.now]
    kept = house_rules.of_broadcast(current.session, broadcast)
    notes = series_checks.notes(chosen, moments, kept, current.now)
    return {"series": moments, "series_notes": list(notes)}


def awaited(
    broadcast: Broadcast, chosen: Schedule, at: datetime, reach: Reach | None
) -> dict[str, Any]:
    """Who would wait for their window, until when, and how many are expected to open it."""
    if chosen.period is None or reach is None:
        return {"period": chosen.period, "waits": ()}
    current = access.current()
    book = current.house.book
    forecast = planning.forecast(current.session, broadcast, at, book, chosen)
    expected = period_checks.expected(reach, chosen.period)
    return {
        "period": chosen.period,
        "waits": [period_checks.who_waits(forecast), *([expected] if expected else [])],
        "wait_notes": list(
            period_checks.notes(house_rules.of_broadcast(current.session, broadcast))
        ),
    }


def spread_out(
    broadcast: Broadcast, chosen: Schedule, at: datetime, reach: Reach | None
) -> dict[str, Any]:
    """What spreading comes to: how fast, until when, and whom it reaches too late."""
    if chosen.spread_minutes is None or reach is None:
        return {"spread_lines": ()}
    session, book = access.current().session, access.current().house.book
    forecast = planning.forecast(session, broadcast, at, book, chosen)
    late = spread_checks.closing(session, broadcast, chosen, at, book)
    return {
        "spread_lines": list(spread_checks.lines(session, broadcast, chosen, at, forecast, late))
    }


def spreads_of(minutes: object) -> list[int]:
    """The periods to choose from, in minutes, with the one that is set: the API takes any."""
    given = [int(str(minutes))] if str(minutes or "").isdecimal() else []
    return sorted({*SPREADS, *given})


def zone_choices() -> list[tuple[str, str]]:
    """The brand's and the viewer's zones first, then all of them."""
    current = access.current()
    viewer = current.viewer.timezone if current.viewer else "UTC"
    first = list(dict.fromkeys((current.brand.timezone, viewer, *COMMON_ZONES)))
    rest = sorted(name for name in available_timezones() if "/" in name and name not in first)
    return [(name, name.replace("_", " ")) for name in (*first, *rest)]
