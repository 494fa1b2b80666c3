"""Whom an event is about, where people's ids change: WhatsApp.

A person has a user id there and, mostly, a number; either may be missing from an event, both may
change, and a number may pass to somebody else. So:

1. An id is looked up as it was at the event's time: a person's former ids lead to them, until the
   moment they gave them up.
2. An event with a user id nobody has, and a number: the person known by that number alone *is*
   this one, and from now on goes by the user id. A person who has another user id is not: their
   number has passed on, and theirs it was until now.
3. A notice of a new number or id joins the old and the new. Two rows that turn out to be one
   person become one (`joining`): nobody is lost, and nobody is written to twice.

The order in which events arrive does not matter to who is who in the end.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain.event import Event as Told
from webapp.domain.policy.situation import region_of
from webapp.models.channel import Channel
from webapp.models.subscriber import Subscriber
from webapp.platforms import home_country
from webapp.services import joining, merging
from webapp.store import events, keys

STILL_MATTERS = timedelta(hours=96)  # what we wrote earlier opens no free time that is not over


def known(session: Session, channel: Channel, told: Told, now: datetime) -> Subscriber | None:
    """The person, found by any of the ids the event names; what it adds about them is kept."""
    assert told.person_key is not None  # noqa: S101 - asked only about somebody
    channel_id = channel.id or 0
    mine = keys.holder(session, channel_id, told.person_key, told.at)
    found = [mine, _by_number(session, channel_id, told, mine)]
    found += [keys.holder(session, channel_id, key, told.at) for key in told.was]
    people = list({person.id: person for person in found if person is not None}.values())
    if not people:
        return None
    person, *others = people
    for other in others:
        joining.join(session, person, other, now)
    learn(session, person, told, new_key=mine is None)
    return person


def learn(
    session: Session,
    person: Subscriber,
    told: Told,
    *,
    new_key: bool = False,
    met_now: bool = False,
) -> None:
    """Their ids, and a name and country where none is known yet.

    What was heard about an id before anybody was known by it is theirs from now on.
    """
    before = set() if met_now else _ids(session, person)
    if new_key and told.person_key is not None and person.key != told.person_key:
        former, person.key = person.key, told.person_key
        session.add(person)
        session.flush()
        keys.keep(session, person, former)
    for key in told.was:
        if key != person.key:
            keys.keep(session, person, key, told.at)
    if told.phone is not None and told.phone != person.key:
        holder = keys.holder(session, person.channel_id, told.phone, told.at)
        if holder is None or holder is person:
            keys.keep(session, person, told.phone)
    _call(person, told)
    new = _ids(session, person) - before
    if new:
        since = told.at - STILL_MATTERS
        events.adopt(session, person.channel_id, new, since, person.id or 0)


def _ids(session: Session, person: Subscriber) -> set[str]:
    return {person.key, *(row.key for row in keys.of(session, person.id or 0))}


def _by_number(
    session: Session, channel_id: int, told: Told, mine: Subscriber | None
) -> Subscriber | None:
    """Who is known by the event's number and may be the same person."""
    if told.phone is None or told.phone == told.person_key:
        return None
    person = keys.holder(session, channel_id, told.phone, told.at)
    if person is None or person is mine or person.key == told.phone:
        return person
    if not told.was and told.at > (person.first_seen_at or told.at):
        keys.keep(session, person, told.phone, told.at)
    return None


def _call(person: Subscriber, told: Told) -> None:
    if told.name and not person.first_name:
        first, _, last = told.name.strip().partition(" ")
        person.first_name, person.last_name = first[:200], last.strip()[:200] or None
        person.name_folded = merging.folded(told.name.strip(), None)
    if told.country and (person.country is None or _has_moved(person, told)):
        person.country, person.region = told.country, int(region_of(told.country))


def _has_moved(person: Subscriber, told: Told) -> bool:
    """A new id replaces the country that the old one told, not one that somebody knew better."""
    left = {home_country.country_of(key) for key in told.was}
    return person.key == told.person_key and person.country in left
