"""The practice brand in one call: made on the first start, found on every later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from webapp.db import EVERY_BRAND, NO_BRAND
from webapp.domain.permission import job
from webapp.house import House
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.services import sign_in
from webapp.services.channels import Outside
from webapp.services.demonstration import (
    arriving,
    brand,
    coming,
    crowd,
    history,
    planning_ahead,
    shelf,
)
from webapp.services.demonstration.brand import Staff
from webapp.services.demonstration.coming import Ground
from webapp.services.demonstration.crowd import Invented
from webapp.services.demonstration.past import Person
from webapp.store import audits, topics


@dataclass(frozen=True)
class Made:
    """What the person at the keyboard is told."""

    new: bool
    links: tuple[tuple[str, str], ...]  # a name and role, an address that signs in once
    first_name: str = ""  # of the broadcast that goes out within a minute, on the first start
    first_due: datetime | None = None


def make(house: House, simulator: str, now: datetime, people: int = crowd.SIZE) -> Made:
    """Everything but the send within the minute; the simulator must be listening."""
    outside = Outside(house.platforms, house.vault, house.settings)
    with house.db.writer(NO_BRAND) as session:
        staff = brand.staff(session, now)
        rosewood = brand.brand(session, house.vault, staff, now)
        new = not brand.is_complete(session)
        session.expunge_all()  # they outlive this session
    made = Made(new, _links(house, staff, now))
    with house.db.writer(rosewood.id or 0) as session:
        channel = brand.channel(session, staff, outside, simulator, now)
        brand.register_again(session, outside, channel, rosewood, simulator)
        if new:
            invented = crowd.invent(now, people)
            first = _fill(session, house, staff, rosewood, channel, simulator, invented, now)
            made = replace(made, first_name=first.name, first_due=first.scheduled_at)
    return made


def _fill(
    session: Session,
    house: House,
    staff: Staff,
    rosewood: Brand,
    channel: Channel,
    simulator: str,
    invented: Sequence[Invented],
    now: datetime,
) -> Broadcast:
    """People, plan and past in one transaction, so that a start cut short leaves nothing half."""
    zone = ZoneInfo(rosewood.timezone)
    outside = Outside(house.platforms, house.vault, house.settings)
    arriving.tell(outside, simulator, channel.key, invented)
    ids = arriving.enter(session, channel.id or 0, zone, house.vault.fingerprint, invented, now)
    this_year = now.astimezone(zone).year
    you = staff.you.id or 0
    campaigns = planning_ahead.campaigns(session, you, this_year, now)
    segments = planning_ahead.segments(session, you, now)
    setting = history.Setting(
        rosewood, channel, house.book, history.Author(you, staff.second.id or 0), campaigns,
        topics.ids_by_slug(session),
    )  # fmt: skip
    people = [Person(ids[each.key], each) for each in invented]
    sent = history.write(session, setting, people, now)
    planning_ahead.targets(session, this_year, sent)
    brand.mark_complete(session, rosewood, now)
    audits.add(session, job("demo"), rosewood.id, "brand.practice", rosewood.id, now)
    session.commit()
    shelf.fill(session, staff, outside, channel.id or 0, now)
    ground = Ground(channel.id or 0, segments, setting.topics, campaigns, house.book)
    coming.waiting(session, staff, ground, now)
    return coming.first_send(session, staff, ground, house.clock.now())


def _links(house: House, staff: Staff, now: datetime) -> tuple[tuple[str, str], ...]:
    with house.db.writer(EVERY_BRAND) as session:
        return tuple(
            (
                f"{user.name}, {role}",
                f"{house.settings.base_url}/sign-in/link/"
                + sign_in.make_link(session, house.vault, user, now),
            )
            for user, role in ((staff.you, "admin"), (staff.second, "manager"))
        )
