"""Windows by opener, per person, from the event's own time; WhatsApp's free 72 hours."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.services import whatsapp_stage as wire
from tests.stage import Stage
from webapp.domain.broadcast import Kind
from webapp.domain.policy.engine import ROUTES_OF_KIND
from webapp.domain.policy.verdict import Route

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
AD = {"source_type": "ad", "source_id": "AD1"}


def direct(at: datetime, mid: str, **more: Any) -> dict[str, Any]:
    """Ana writes to the Instagram account."""
    said = {"mid": mid, "text": "Oi", **more}
    return wire.on_instagram(
        {"sender": {"id": "55"}, "recipient": {"id": wire.INSTAGRAM},
         "timestamp": int(at.timestamp() * 1000), "message": said}
    )  # fmt: skip


def heard(*messages: dict[str, Any]) -> dict[str, Any]:
    return wire.on_whatsapp(messages=list(messages))


def told(*statuses: dict[str, Any]) -> dict[str, Any]:
    return wire.on_whatsapp(statuses=list(statuses))


def test_a_whatsapp_message_opens_24_hours_from_its_own_time(stage: Stage) -> None:
    channel, at = wire.add_channels(stage)["whatsapp"], stage.clock.now() - 3 * HOUR
    wire.hear(stage, [heard(wire.message(at, "w1"))])
    (person,) = wire.people(stage, channel)
    assert (person.window_ends_at, person.window_opener) == (at + DAY, "message")
    assert person.free_entry_ends_at is None


def test_an_event_of_last_week_opens_nothing_that_is_not_over(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    wire.hear(stage, [heard(wire.message(now - 7 * DAY, "w1"))])
    (person,) = wire.people(stage, channel)
    assert person.window_ends_at == now - 6 * DAY


def test_a_call_opens_a_window(stage: Stage) -> None:
    channel, now = wire.add_channels(stage)["whatsapp"], stage.clock.now()
    call = {"id": "wacid.1", "from": wire.PHONE, "event": "connect",
            "direction": "USER_INITIATED", "timestamp": str(int(now.timestamp()))}  # fmt: skip
    wire.hear(stage, [wire.on_whatsapp("calls", calls=[call])])
    (person,) = wire.people(stage, channel)
    assert (person.window_opener, person.window_ends_at) == ("call", now + DAY)


def test_an_instagram_ad_opens_seven_days_that_a_later_message_never_shortens(
    stage: Stage,
) -> None:
    channel, at = wire.add_channels(stage)["instagram"], stage.clock.now() - 2 * DAY
    ad = direct(at, "m1", referral={"source": "ADS", "ad_id": "1"})
    wire.hear(stage, [ad, direct(at + DAY, "m2")])
    (person,) = wire.people(stage, channel)
    assert (person.window_ends_at, person.window_opener) == (at + 7 * DAY, "ad_message")


def test_before_the_books_day_an_ad_opens_what_a_message_does(stage: Stage) -> None:
    channel = wire.add_channels(stage)["instagram"]
    at = stage.clock.now().replace(month=9, day=27)
    wire.hear(stage, [direct(at, "m1", referral={"source": "ADS", "ad_id": "1"})])
    (person,) = wire.people(stage, channel)
    assert (person.window_ends_at, person.window_opener) == (at + DAY, "message")


def test_the_free_72_hours_begin_at_our_answer(stage: Stage) -> None:
    channel, at = wire.add_channels(stage)["whatsapp"], stage.clock.now() - 30 * HOUR
    wire.hear(stage, [heard(wire.message(at, "w1", referral=AD))])
    (person,) = wire.people(stage, channel)
    assert person.free_entry_ends_at is None, "nobody has answered yet"
    wire.hear(stage, [told(wire.status(at + 2 * HOUR, "sent"))])
    (person,) = wire.people(stage, channel)
    assert person.free_entry_ends_at == at + 74 * HOUR
    assert person.window_ends_at == at + DAY, "the service window runs by itself"


@pytest.mark.parametrize(
    ("referral", "hours"),
    [(AD, 25), (None, 1), ({"source_type": "post"}, 1)],
    ids=["answered too late", "no ad", "a post"],
)
def test_no_free_time_without_an_ad_and_an_answer_within_a_day(
    stage: Stage, referral: Any, hours: int
) -> None:
    channel, at = wire.add_channels(stage)["whatsapp"], stage.clock.now() - 30 * HOUR
    answer = told(wire.status(at + hours * HOUR, "sent"))
    wire.hear(stage, [heard(wire.message(at, "w1", referral=referral)), answer])
    (person,) = wire.people(stage, channel)
    assert person.free_entry_ends_at is None


def test_an_answer_from_the_business_app_counts_as_well(stage: Stage) -> None:
    channel, at = wire.add_channels(stage)["whatsapp"], stage.clock.now() - 5 * HOUR
    echo = {"id": "wamid.e", "to": wire.PHONE, "from": "1", "type": "text", "text": {"body": "x"},
            "timestamp": str(int((at + HOUR).timestamp()))}  # fmt: skip
    asked = heard(wire.message(at, "w1", referral=AD))
    wire.hear(stage, [asked, wire.on_whatsapp("smb_message_echoes", message_echoes=[echo])])
    (person,) = wire.people(stage, channel)
    assert person.free_entry_ends_at == at + 73 * HOUR


def test_the_platforms_word_closes_a_window_and_only_what_comes_after_opens_it(
    stage: Stage,
) -> None:
    channel, at = wire.add_channels(stage)["whatsapp"], stage.clock.now() - 5 * HOUR
    closed = [{"code": 131047, "title": "Re-engagement message"}]
    wire.hear(stage, [
        heard(wire.message(at, "w1")),
        told(wire.status(at + 2 * HOUR, "failed", errors=closed)),
        heard(wire.message(at + HOUR, "w2")),
    ])  # fmt: skip
    (person,) = wire.people(stage, channel)
    assert person.window_ends_at == at + 2 * HOUR
    wire.hear(stage, [heard(wire.message(at + 3 * HOUR, "w3"))])
    (person,) = wire.people(stage, channel)
    assert person.window_ends_at == at + 27 * HOUR


def state(stage: Stage, channel: int) -> list[Any]:
    return [
        (p.key, p.window_ends_at, p.window_opened_at, p.window_opener, p.window_closed_at,
         p.free_entry_ends_at, p.last_inbound_at, p.first_seen_at, p.unavailable_at,
         p.opted_out_at, p.first_name, p.country, tuple(sorted(wire.other_keys(stage, p))))
        for p in wire.people(stage, channel)
    ]  # fmt: skip


def test_any_order_and_any_repetition_of_the_same_events_ends_the_same(stage: Stage) -> None:
    """On WhatsApp: ads, answers, a new number, failures, wishes; 40 orders, each with repeats."""
    channel, at = wire.add_channels(stage)["whatsapp"], stage.clock.now() - 3 * DAY
    contact = [{"wa_id": wire.PHONE, "user_id": wire.USER, "profile": {"name": "Ana Souza"}}]
    system = {"type": "user_changed_number", "wa_id": "5522", "user_id": "BR.78",
              "previous_user_id": wire.USER}  # fmt: skip
    wish = {"wa_id": "5522", "category": "marketing_messages", "timestamp": str(
        int((at + 50 * HOUR).timestamp())), "value": "stop"}  # fmt: skip
    gone = [{"code": 131026, "title": "undeliverable"}]
    events = [
        heard(wire.message(at, "w1", referral=AD)),
        wire.on_whatsapp(messages=[wire.message(at + HOUR, "w2")], contacts=contact),
        told(wire.status(at + 2 * HOUR, "sent", "o1")),
        told(wire.status(at + 5 * HOUR, "sent", "o2")),
        told(wire.status(at + 6 * HOUR, "failed", "o2", errors=gone)),
        heard(wire.message(at + 30 * HOUR, "w3", type="system", system=system)),
        heard(wire.message(at + 40 * HOUR, "w4", **{"from": None, "from_user_id": "BR.78"})),
        wire.on_whatsapp("user_preferences", user_preferences=[wish]),
    ]
    dice, ends = random.Random(11), set()
    for turn in range(40):
        order = events if turn == 0 else dice.sample(events, len(events))
        wire.hear(stage, [*order, *dice.sample(events, 3)])
        ends.add(str(state(stage, channel)))
        _clear(stage, channel)
    assert len(ends) == 1, "\n".join(sorted(ends))
    assert "BR.78" in ends.pop()


def test_two_openers_of_one_moment_end_the_same_in_any_order(stage: Stage) -> None:
    channel, at = wire.add_channels(stage)["instagram"], stage.clock.now() - HOUR
    reaction = wire.on_instagram(
        {"sender": {"id": "55"}, "recipient": {"id": wire.INSTAGRAM},
         "timestamp": int(at.timestamp() * 1000), "reaction": {"mid": "x", "action": "react"}}
    )  # fmt: skip
    ends = set()
    for order in itertools.permutations([direct(at, "m1"), reaction]):
        wire.hear(stage, order)
        ends.add(str(state(stage, channel)))
        _clear(stage, channel)
    assert len(ends) == 1


def test_the_human_agents_seven_days_are_known_and_no_broadcast_takes_them(stage: Stage) -> None:
    book, now = stage.house.book, stage.clock.now()
    for platform in ("messenger", "instagram"):
        rule = book.rule(f"{platform}.human_agent.7d", now)
        assert rule is not None
        assert rule.params["days"] == 7
        assert not rule.kinds, "about no kind of broadcast"
    routes = {route for kind in Kind for route in ROUTES_OF_KIND[kind]}
    assert Route.HUMAN_AGENT not in routes
    for platform in ("messenger", "instagram", "whatsapp"):
        sender = stage.house.platforms.get(platform)
        with pytest.raises(ValueError, match="route"):
            sender.payload(_outgoing(Route.HUMAN_AGENT))


def _outgoing(route: Route) -> Any:
    from webapp.domain.content import Content
    from webapp.platforms.protocol import Outgoing, Recipient

    return Outgoing("fl:1", Recipient("id", "1"), route, Content(text="Hello"))


def _clear(stage: Stage, channel: int) -> None:
    from sqlmodel import select

    from webapp.db import EVERY_BRAND
    from webapp.models.opt_in import Consent, OptIn
    from webapp.store import guards

    with stage.house.db.writer(EVERY_BRAND) as session:
        guards.lift(session.connection())  # the next order begins with an empty ledger
        ids = [person.id for person in wire.people(stage, channel)]
        for table in (Consent, OptIn):
            for row in session.exec(select(table)):
                if row.subscriber_id in ids or row.subscriber_id > max(stage.people.eva, 0):
                    session.delete(row)
        session.flush()
        guards.install(session.connection())
        session.commit()
    wire.forget(stage, channel)
