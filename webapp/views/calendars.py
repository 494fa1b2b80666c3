"""The plan as a calendar feed, for the calendar programs people have anyway."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, Response
from icalendar import Calendar, Event

from webapp.domain.broadcast import BroadcastState, state_name
from webapp.domain.plan import Campaign, Moment
from webapp.services import engagement, plans
from webapp.services.plans import Send
from webapp.views import access, language, signed_links

blueprint = Blueprint("calendars", __name__)
PURPOSE = "calendar"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # stamps of events: a feed changes with its events only
A_DAY = timedelta(days=1)


@blueprint.get("/calendar/<token>.ics")
@access.public
def show(token: str) -> Response:
    """Last year, this one and the next; as long as whoever made the link works for the brand."""
    signed_links.enter(PURPOSE, token)
    asking = access.current()
    today = engagement.today_of(asking.brand, asking.now)
    calendar = Calendar()
    calendar.add("prodid", "-//Fanlight//Year plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", asking.brand.name)
    seen: set[int | None] = set()
    for year in (today.year - 1, today.year, today.year + 1):
        plan = plans.of_year(asking.session, asking.brand, asking.house.book, year, asking.now)
        _add(calendar, [c for c in plan.campaigns if c.id not in seen], plan.moments, plan.sends)
        seen |= {campaign.id for campaign in plan.campaigns}
    return Response(calendar.to_ical(), mimetype="text/calendar")


def _add(
    calendar: Calendar,
    campaigns: Iterable[Campaign],
    moments: Iterable[Moment],
    sends: Iterable[Send],
) -> None:
    for campaign in campaigns:
        whole = (campaign.starts_on, campaign.ends_on + A_DAY)
        event = _event(f"campaign-{campaign.id}", campaign.name, whole)
        if campaign.goal:
            event.add("description", campaign.goal)
        calendar.add_component(event)
    for moment in moments:
        if not moment.public:  # calendar programs have the public holidays already
            day = (moment.day, moment.day + A_DAY)
            calendar.add_component(_event(f"moment-{moment.id}", moment.name, day))
    for send in sends:
        run = f"-{send.number}" if send.number > 1 else ""
        event = _event(f"broadcast-{send.planned.id}{run}", send.planned.name, (send.at, send.at))
        event.add("description", language.translate(state_name(BroadcastState(send.state))))
        calendar.add_component(event)


def _event(uid: str, name: str, span: tuple[date, date]) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{access.current().brand.slug}.fanlight")
    event.add("dtstamp", EPOCH)
    event.add("summary", name)
    event.add("dtstart", span[0])
    event.add("dtend", span[1])
    return event
