"""What people and platforms say about consent, in any order and more than once."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.services import whatsapp_stage as wire
from tests.stage import Stage
from webapp.db import EVERY_BRAND, scoped
from webapp.domain.event import Event as Told
from webapp.domain.event import EventKind
from webapp.domain.permission import Actor, Role
from webapp.models.channel import Channel
from webapp.models.opt_in import Consent, OptIn, Topic
from webapp.models.raw_event import RawEvent
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Subscriber
from webapp.services import meeting, topics
from webapp.store import topics as topic_store

ADMIN = Actor(None, "Admin", Role.ADMIN)
MARKETING = meeting.MARKETING
Ends = tuple[bool, dict[str, tuple[str | None, object]]]

OPT_IN, STOPPED, RESUMED = EventKind.OPTIN_TOPIC, EventKind.TOPIC_STOPPED, EventKind.TOPIC_RESUMED
WISHES: Sequence[tuple[EventKind, dict[str, object]]] = (
    (OPT_IN, {"token": "a", "payload": "sales"}),
    (STOPPED, {"token": "a"}),
    (RESUMED, {"token": "a"}),
    (EventKind.MESSAGE, {"text": "Stop!"}),
    (EventKind.OPTOUT, {"action": MARKETING}),
    (EventKind.MESSAGE, {"text": "start"}),
    (OPT_IN, {"token": "b", "payload": "events"}),
    (EventKind.OPTOUT, {"action": MARKETING}),
    (RESUMED, {"action": MARKETING}),
    (OPT_IN, {"token": "a2", "payload": "sales", "token_status": "REFRESHED"}),
    (STOPPED, {"token": "b", "payload": "events"}),
    (EventKind.MESSAGE, {"text": "dừng lại"}),
    (OPT_IN, {"token": "c", "payload": "events"}),
)


def wishes(stage: Stage, key: str) -> list[Told]:
    """All of it, an hour apart, for one person of that key."""
    first = stage.clock.now() - timedelta(hours=20)
    return [
        Told(
            kind=kind, channel_key="100200300", person_key=key, at=first + timedelta(hours=n),
            key=f"{key}-{n}", **{k: f"{key}{v}" if k == "token" else v for k, v in more.items()},
        )  # type: ignore[arg-type]
        for n, (kind, more) in enumerate(WISHES)
    ]  # fmt: skip


def hear(stage: Stage, events: Sequence[Told]) -> None:
    house, now = stage.house, stage.clock.now()
    with house.db.writer(EVERY_BRAND) as session:
        channel = session.get_one(Channel, stage.people.channel)
        raw = RawEvent(
            app_id=channel.app_id, received_at=now, body=b"{}", digest=uuid.uuid4().hex,
            state="applied",
        )  # fmt: skip
        session.add(raw)
        session.flush()
        with scoped(session, channel.brand_id):
            for event in events:
                meeting.apply(session, channel, raw.id or 0, event, house.book, now)
        session.commit()


def ends(stage: Stage, key: str) -> Ends:
    with stage.house.db.reader(stage.people.rosewood) as session:
        person = session.exec(select(Subscriber).where(Subscriber.key == key)).one()
        joined = select(Topic.slug, Consent).join(Consent, Consent.topic_id == Topic.id)
        query = joined.order_by(Topic.slug)
        held = session.exec(query.where(Consent.subscriber_id == person.id))
        live = {
            slug: (row.token and row.token.removeprefix(key), row.since)
            for slug, row in held
            if row.state == "active"
        }
        return person.opted_out_at is not None, live


def test_any_order_and_repetition_of_the_same_wishes_ends_the_same(stage: Stage) -> None:
    chance = random.Random(5)
    for size in (3, 6, 9, 13):
        which = sorted(chance.sample(range(len(WISHES)), size))
        keys = [f"9{size}0{n}" for n in range(8)]
        for n, key in enumerate(keys):
            told = [wishes(stage, key)[at] for at in which]
            if n:
                told += [replace(it, key=f"{it.key}-again") for it in chance.sample(told, 2)]
                chance.shuffle(told)
            hear(stage, told)
        assert len({str(ends(stage, key)) for key in keys}) == 1, (size, which)


@pytest.mark.parametrize(
    ("which", "silent"),
    [
        ((3,), True),
        ((3, 5), False),
        ((4,), True),
        ((4, 8), False),
        ((4, 5), False),  # START lifts the app's switch as well
        ((3, 8), True),  # the app's switch never lifts what was said
        ((3, 6), False),  # an opt-in of their own does
        ((4, 6), True),  # but it is not the switch
    ],
)
def test_what_stops_everything_is_lifted_in_its_own_way(
    stage: Stage, which: tuple[int, ...], *, silent: bool
) -> None:
    hear(stage, [wishes(stage, "77")[n] for n in which])
    assert ends(stage, "77")[0] is silent


def test_a_stop_is_kept_even_if_it_is_the_first_we_hear_of_somebody(stage: Stage) -> None:
    told = wishes(stage, "78")
    hear(stage, [told[1]])
    hear(stage, [told[0]])
    assert ends(stage, "78") == (False, {})
    hear(stage, [told[2]])
    assert ends(stage, "78")[1]["sales"][0] == "a"


def test_a_sign_up_by_the_platforms_link_switches_on_and_opts_in(stage: Stage) -> None:
    muted = wishes(stage, "79")[4]
    signed = replace(
        muted, kind=OPT_IN, key="s", at=muted.at + timedelta(hours=1), payload="marketing"
    )
    hear(stage, [muted, signed])
    silent, live = ends(stage, "79")
    assert (silent, list(live)) == (False, ["marketing"])


def test_a_stop_said_five_times_is_one_opt_out_in_the_counts(stage: Stage) -> None:
    told = wishes(stage, "80")[3]
    hear(stage, [replace(told, key=f"s{n}", at=told.at + timedelta(minutes=n)) for n in range(5)])
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert sum(day.opt_outs for day in session.exec(select(RollupDay))) == 1


def test_an_act_keeps_the_wording_that_was_shown_at_its_own_time(stage: Stage) -> None:
    """Late news of an old opt-in as well: the topic was reworded in between."""
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        old = topics.add(session, ADMIN, "Sales", "Sales once a month?", now - timedelta(days=3))
        topics.reword(
            session, ADMIN, old.id or 0, "Sales", "Sales every day?", now - timedelta(minutes=30)
        )
    early, late = wishes(stage, "81")[0], wishes(stage, "82")[0]
    hear(stage, [early, replace(late, at=now)])
    with stage.house.db.reader(stage.people.rosewood) as session:
        said = [row.wording for row in session.exec(select(OptIn).order_by(OptIn.id))]
        versions = [it.wording for it in topic_store.wordings(session, [old.id or 0])]
    assert said[-2:] == ["Sales once a month?", "Sales every day?"]
    assert versions == ["Sales once a month?", "Sales every day?"]


def test_signing_up_by_whatsapps_own_link_ends_the_stop_on_its_own_screen(stage: Stage) -> None:
    """As the webhooks tell it, whichever comes first."""
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()

    def told(value: str, hours: int) -> dict[str, object]:
        at = int((now - timedelta(hours=hours)).timestamp())
        wish = {"wa_id": wire.PHONE, "category": "marketing_messages", "timestamp": at}
        return wire.on_whatsapp("user_preferences", user_preferences=[{**wish, "value": value}])

    wire.hear(stage, [told("signup", 2), told("stop", 3)])
    (person,) = wire.people(stage, channel)
    assert (person.opted_out_at, person.opted_in) == (None, True)
    wire.hear(stage, [told("stop", 1)])
    (person,) = wire.people(stage, channel)
    assert person.opted_out_at is not None
