"""A better hour for what is planned, found beside the screens and told on everybody's home.

Reach by hour at a million people takes longer than a page may, so the clock looks: at each
broadcast that is set for one time in the next days, when it is new or changed, and once an hour.
A broadcast that goes by each person's clock, again and again, or at once has no hour to better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.db import EVERY_BRAND, Database
from webapp.domain import forecast, hour_spans, suggestion
from webapp.domain.errors import Invalid
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.schedule import Mode
from webapp.domain.suggestion import Better
from webapp.domain.wording import Sentence
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.suggestion import Suggestion
from webapp.services import departing, house_rules, reach_by_hour
from webapp.services.reach_by_hour import Reach
from webapp.store import audits, suggestions

AHEAD = timedelta(days=7)  # reach by hour says nothing of later ones
FRESH = timedelta(hours=1)
AT_ONCE = 3  # broadcasts a look: each is a pass over its audience


@dataclass(frozen=True)
class Suggested:
    """One line on the home: the words, and where the button leads."""

    broadcast: Broadcast
    better_at: datetime
    words: Sentence


def look_at_due(db: Database, book: Rulebook, now: datetime) -> int:
    """Returns how many broadcasts were looked at."""
    with db.reader(EVERY_BRAND) as session:
        due = [
            (row.brand_id, row.id or 0, row.version)
            for row in suggestions.to_look_at(session, now, now + AHEAD, now - FRESH, AT_ONCE)
        ]
    for brand_id, broadcast_id, version in due:
        _look(db, brand_id, broadcast_id, version, book, now)
    return len(due)


def standing(session: Session, actor: Actor, now: datetime) -> Sequence[Suggested]:
    """For those who can do something about it."""
    if not actor.can("broadcast.edit"):
        return []
    return [
        Suggested(row, found.better_at, suggestion.sentence(row.name, better))
        for found, row in suggestions.standing(session, now)
        if found.better_at is not None and (better := _better(found)) is not None
    ]


def dismiss(session: Session, actor: Actor, broadcast_id: int, now: datetime) -> None:
    """Nobody is told again, until the broadcast is another one. Raises NotFound. Commits."""
    actor.require("broadcast.edit")
    row = suggestions.get(session, broadcast_id)
    if row.dismissed_at is None:
        row.dismissed_at, row.dismissed_by = now, actor.user_id
        session.add(row)
        audits.add(session, actor, row.brand_id, "broadcast.suggestion", broadcast_id, now)
    session.commit()


def _look(
    db: Database, brand_id: int, broadcast_id: int, version: int, book: Rulebook, now: datetime
) -> None:
    """Counted in a reader, written down in a short transaction of its own."""
    with db.reader(brand_id) as session:
        broadcast = session.get(Broadcast, broadcast_id)
        if broadcast is None or broadcast.scheduled_at is None:
            return
        better = _find(session, broadcast, broadcast.scheduled_at, book, now)
        found = _row(broadcast, broadcast.scheduled_at, better, version, now)
    with db.writer(brand_id) as session:
        if session.get(Broadcast, broadcast_id) is not None:
            suggestions.keep(session, found)
            session.commit()


def _find(
    session: Session, broadcast: Broadcast, at: datetime, book: Rulebook, now: datetime
) -> Better | None:
    chosen = departing.chosen_schedule(broadcast)
    if chosen is None or chosen.mode is not Mode.AT:
        return None
    brand = session.get_one(Brand, broadcast.brand_id)
    zone = ZoneInfo(brand.timezone)
    hours = hour_spans.coming_week(now, zone)
    try:
        reach = reach_by_hour.reach(session, broadcast, hours, book, now, at)
    except Invalid:  # an audience that cannot be read: its own page says so
        return None
    hour = _best(reach, brand, zone, now)
    if hour is None or reach.chosen is None:
        return None
    reached, better = reach.chosen.known + reach.chosen.expected, reach.people(hour)
    if not suggestion.is_worthwhile(reached, better):
        return None
    closing = max(0, reach.known.reached[0] - reach.chosen.known)
    return Better(at, reach.hours.at(hour), reached, better, closing)


def _best(reach: Reach, brand: Brand, zone: ZoneInfo, now: datetime) -> int | None:
    house = house_rules.of(brand)
    hours = (
        hour
        for hour in range(forecast.WEEK)
        if suggestion.may_be(reach.hours.at(hour), now, zone)
        and not reach_by_hour.is_quiet(house, reach.hours.at(hour))
    )
    return max(hours, key=reach.people, default=None)


def _row(
    broadcast: Broadcast, at: datetime, better: Better | None, version: int, now: datetime
) -> Suggestion:
    row = Suggestion(
        brand_id=broadcast.brand_id, broadcast_id=broadcast.id or 0, broadcast_version=version,
        send_at=at, looked_at=now,
    )  # fmt: skip
    if better is not None:
        row.better_at, row.closing = better.better_at, better.closing
        row.reached, row.better = better.reached, better.better
    return row


def _better(row: Suggestion) -> Better | None:
    if row.better_at is None:
        return None
    return Better(row.send_at, row.better_at, row.reached, row.better, row.closing)
