"""Who is who on WhatsApp, where people's ids change: nobody is lost, nobody is two."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests.services import whatsapp_stage as wire
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain.policy.region import Region, region_of
from webapp.models.opt_in import Consent
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber
from webapp.services import consents, subscribers
from webapp.store import keys
from webapp.store import subscribers as people_store

HOUR = timedelta(hours=1)


def by_user(at: Any, wamid: str, user: str = wire.USER, **more: Any) -> dict[str, Any]:
    """A message that names the person by user id alone."""
    said = wire.message(at, wamid, **{"from": None, "from_user_id": user, **more})
    return wire.on_whatsapp(messages=[said])


def by_both(at: Any, wamid: str, user: str = wire.USER) -> dict[str, Any]:
    return wire.on_whatsapp(messages=[wire.message(at, wamid, from_user_id=user)])


def by_number(at: Any, wamid: str, number: str = wire.PHONE) -> dict[str, Any]:
    return wire.on_whatsapp(messages=[wire.message(at, wamid, **{"from": number})])


def test_whoever_was_known_by_number_goes_by_the_user_id_once_it_is_told(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [by_number(now - 3 * HOUR, "a"), by_both(now - 2 * HOUR, "b")])
    (person,) = wire.people(stage, channel)
    assert (person.key, wire.other_keys(stage, person)) == (wire.USER, {wire.PHONE})
    wire.hear(stage, [by_number(now - HOUR, "c"), by_user(now, "d")])
    assert [p.key for p in wire.people(stage, channel)] == [wire.USER]


def test_two_rows_that_prove_to_be_one_person_become_one(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [by_number(now - 5 * HOUR, "a"), by_user(now - 4 * HOUR, "b")])
    by_phone, by_id = wire.people(stage, channel)
    with stage.house.db.writer(stage.people.rosewood) as session:
        person = session.get_one(Subscriber, by_phone.id)
        at = now - 3 * HOUR
        consents.opt_in(session, person, stage.people.topic, at=at, now=now, source="person")
        session.commit()
    wire.hear(stage, [by_both(now - HOUR, "c")])
    (one,) = wire.people(stage, channel)
    assert (one.id, one.first_seen_at) == (by_id.id, now - 5 * HOUR)
    with stage.house.db.reader(EVERY_BRAND) as session:
        told = session.exec(select(Event.mid).where(Event.subscriber_id == one.id)).all()
        consent = session.exec(select(Consent).where(Consent.subscriber_id == one.id)).one()
        gone = session.get_one(Subscriber, by_phone.id)
    assert set(told) == {"a", "b", "c"}
    assert (consent.state, consent.since) == ("active", now - 3 * HOUR)
    assert gone.erased_at is not None
    assert gone.opted_out_at is not None, "what waits for the other row is not sent"


def test_a_stop_said_under_one_id_holds_under_the_other(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    stop = by_number(now - 5 * HOUR, "a")
    stop["entry"][0]["changes"][0]["value"]["messages"][0]["text"] = {"body": "STOP"}
    wire.hear(stage, [stop, by_user(now - 4 * HOUR, "b"), by_both(now - HOUR, "c")])
    (person,) = wire.people(stage, channel)
    assert person.opted_out_at == now - 5 * HOUR


def test_a_number_that_passed_on_brings_a_new_person(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [by_both(now - 9 * HOUR, "a"), by_both(now - HOUR, "b", "BR.900")])
    first, second = wire.people(stage, channel)
    assert (first.key, second.key) == (wire.USER, "BR.900")
    wire.hear(stage, [by_number(now, "c")])
    first, second = wire.people(stage, channel)
    assert (first.last_inbound_at, second.last_inbound_at) == (now - 9 * HOUR, now)


def test_a_new_number_is_the_same_person_and_the_old_one_is_free(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    system = {"type": "user_changed_number", "wa_id": "5522"}
    notice = wire.message(now - 5 * HOUR, "n", type="system", system=system)
    wire.hear(stage, [
        by_number(now - 9 * HOUR, "a"),
        wire.on_whatsapp(messages=[notice]),
        by_number(now - 4 * HOUR, "b", "5522"),
        by_number(now - HOUR, "c"),
        by_number(now - 8 * HOUR, "late"),
    ])  # fmt: skip
    first, second = wire.people(stage, channel)
    assert (first.key, first.last_inbound_at) == ("5522", now - 4 * HOUR)
    assert (second.key, second.last_inbound_at) == (wire.PHONE, now - HOUR)
    with stage.house.db.reader(EVERY_BRAND) as session:
        whose = session.exec(select(Event.subscriber_id).where(Event.mid == "late")).one()
    assert whose == first.id


def test_a_person_is_named_and_placed_by_what_whatsapp_tells(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    contact = [{"wa_id": wire.PHONE, "user_id": wire.USER, "profile": {"name": "Ana de Souza"}}]
    wire.hear(stage, [wire.on_whatsapp(messages=[wire.message(now, "a")], contacts=contact)])
    (person,) = wire.people(stage, channel)
    assert (person.first_name, person.last_name, person.country) == ("Ana", "de Souza", "BR")
    assert person.name_folded == "ana de souza"


def test_whoever_is_erased_is_forgotten_under_every_id(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [by_both(now - HOUR, "a")])
    (person,) = wire.people(stage, channel)
    with stage.house.db.writer(stage.people.rosewood) as session:
        subscribers.erase(session, stage.actor(), stage.house.vault, person.id or 0, now)
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert not keys.of(session, person.id or 0)


def test_an_import_by_number_finds_who_goes_by_a_user_id(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [by_both(now - HOUR, "a")])
    with stage.house.db.reader(EVERY_BRAND) as session:
        found = people_store.by_key(session, channel, wire.PHONE)
    assert found is not None
    assert found.key == wire.USER


def test_whoever_has_no_user_id_is_placed_by_their_number(stage: Stage) -> None:
    """+1 is the United States' and Canada's: marketing is not delivered in one of them."""
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    numbers = {"14165550123": Region.CA, "12125550123": Region.US, "33612345678": Region.FR}
    wire.hear(stage, [by_number(now, number, number) for number in numbers])
    found = {person.key: Region(person.region) for person in wire.people(stage, channel)}
    assert found == numbers


@pytest.mark.parametrize(("known", "then"), [(None, "US"), ("DE", "DE")])
def test_whoever_moves_to_a_number_abroad_counts_as_there(
    stage: Stage, known: str | None, then: str
) -> None:
    """Unless somebody had said better than the id where they are."""
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [by_both(now - 3 * HOUR, "a", "BR.1")])
    if known:
        with stage.house.db.writer(EVERY_BRAND) as session:
            person = session.exec(select(Subscriber).where(Subscriber.key == "BR.1")).one()
            person.country, person.region = known, int(region_of(known))
            session.commit()
    moved = {"previous_user_id": "BR.1", "user_id": "US.2", "wa_id": "12125550123"}
    notice = wire.message(now, "b", type="system", text=None, system=moved)
    wire.hear(stage, [wire.on_whatsapp(messages=[notice])])
    (person,) = wire.people(stage, channel)
    assert (person.key, person.country, person.region) == ("US.2", then, int(region_of(then)))
