"""The inbox: kept first, understood after; any order and any repetition ends the same."""

from __future__ import annotations

import itertools
import json
import random
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tests import cast
from tests.stage import Stage
from webapp import inbox
from webapp.db import EVERY_BRAND
from webapp.domain import segment
from webapp.domain.delivery import key_of
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.opt_in import Consent, Topic
from webapp.models.raw_event import Event, RawEvent, SetAside
from webapp.models.rollup import RollupDay
from webapp.models.subscriber import Subscriber
from webapp.platforms import signature
from webapp.services import applying, receiving
from webapp.store import raw_events, segments


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def event(at: datetime, person: str = "2", **body: object) -> dict[str, object]:
    return {"sender": {"id": person}, "recipient": {"id": cast.PAGE}, "timestamp": ms(at), **body}


def wrote(at: datetime, text: str = "hello", person: str = "2", mid: str = "m1") -> Any:
    return event(at, person, message={"mid": mid, "text": text})


def post(stage: Stage, *events: object, raw: bytes | None = None, secret: str = cast.APP_SECRET,
         path: str = "/webhooks/meta/default") -> tuple[str, bytes]:  # fmt: skip
    body = raw if raw is not None else json.dumps(
        {"object": "page", "entry": [{"id": cast.PAGE, "time": 1, "messaging": list(events)}]}
    ).encode()  # fmt: skip
    return call(stage, "POST", path, body, signature.sign(body, secret))


def call(stage: Stage, method: str, path: str, body: bytes = b"", signed: str | None = None,
         query: str = "") -> tuple[str, bytes]:  # fmt: skip
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
    }  # fmt: skip
    if signed:
        environ["HTTP_X_HUB_SIGNATURE_256"] = signed
    door = inbox.door(stage.house, lambda _e, _s: [b"inside"])
    text = b"".join(door(environ, lambda status, _headers: answered.append(status)))
    return answered[0] if answered else "", text


def understand(stage: Stage) -> None:
    house = stage.house
    applying.apply_new(house.db, house.vault, house.platforms, house.book, house.clock.now())


def person(stage: Stage, person_id: int) -> Subscriber:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return session.get_one(Subscriber, person_id)


def count(stage: Stage, model: Any) -> int:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return len(session.exec(select(model)).all())


def test_the_handshake_answers_the_challenge_to_the_right_token_only(stage: Stage) -> None:
    good = "hub.mode=subscribe&hub.verify_token=verify&hub.challenge=42"
    assert call(stage, "GET", "/webhooks/meta/default", query=good) == ("200 OK", b"42")
    bad = good.replace("verify&", "wrong&")
    assert call(stage, "GET", "/webhooks/meta/default", query=bad)[0].startswith("403")


def test_a_wrong_signature_is_403_and_leaves_no_row(stage: Stage) -> None:
    status, _ = post(stage, wrote(stage.clock.now()), secret="another")
    assert status.startswith("403")
    assert count(stage, RawEvent) == 0


def test_an_unknown_app_is_404_and_other_paths_go_inside(stage: Stage) -> None:
    assert post(stage, path="/webhooks/meta/nobody")[0].startswith("404")
    assert call(stage, "GET", "/elsewhere")[1] == b"inside"


def test_a_post_that_cannot_be_kept_is_refused_and_told_in_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(raw_events, "keep", full)
    assert not receiving.Keeper(stage.house.db).keep(1, b"{}", stage.clock.now())
    assert "could not be kept" in caplog.text
    assert "no space left" in caplog.text


def test_a_message_opens_a_window_from_the_persons_own_time(stage: Stage) -> None:
    at = stage.clock.now() - timedelta(hours=3)
    assert post(stage, wrote(at)) == ("200 OK", b"EVENT_RECEIVED")
    understand(stage)
    ben = person(stage, stage.people.ben)
    assert ben.window_ends_at == at + timedelta(hours=24)
    assert ben.last_inbound_at == at


def test_a_replayed_event_opens_no_window(stage: Stage) -> None:
    at = stage.clock.now() - timedelta(hours=3)
    post(stage, wrote(at))
    understand(stage)
    stage.clock.advance(hours=30)
    post(stage, wrote(at), wrote(at))
    understand(stage)
    assert count(stage, Event) == 1
    ben = person(stage, stage.people.ben)
    assert ben.window_ends_at == at + timedelta(hours=24)


def test_a_time_from_the_future_opens_no_longer_window(stage: Stage) -> None:
    post(stage, wrote(stage.clock.now() + timedelta(days=3)))
    understand(stage)
    ben = person(stage, stage.people.ben)
    assert ben.window_ends_at is not None
    assert ben.window_ends_at <= stage.clock.now() + timedelta(hours=24)


def test_a_stranger_who_writes_becomes_a_subscriber(stage: Stage) -> None:
    post(stage, wrote(stage.clock.now(), person="77"))
    understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        found = session.exec(select(Subscriber).where(Subscriber.key == "77")).one()
        day = session.exec(select(RollupDay)).one()
    assert found.window_ends_at is not None
    assert (day.new_subscribers, day.inbound) == (1, 1)


def test_stop_is_heard_and_start_undoes_it(stage: Stage) -> None:
    now = stage.clock.now()
    post(stage, wrote(now - timedelta(minutes=2), "STOP", "1", "a"))
    understand(stage)
    assert person(stage, stage.people.ana).opted_out_at is not None
    post(stage, wrote(now - timedelta(minutes=1), "start", "1", "b"))
    understand(stage)
    assert person(stage, stage.people.ana).opted_out_at is None


def test_unstoppable_is_no_stop(stage: Stage) -> None:
    post(stage, wrote(stage.clock.now(), "this is unstoppable", "1"))
    understand(stage)
    assert person(stage, stage.people.ana).opted_out_at is None


def test_an_opt_ins_title_names_its_topic_before_its_payload_does(stage: Stage) -> None:
    now, people = stage.clock.now(), stage.people
    with stage.house.db.writer(people.rosewood) as session:
        session.add(Topic(brand_id=people.rosewood, slug="roses", name="New roses"))
        session.commit()
    optin = {
        "type": "notification_messages", "payload": "roses", "title": "PRICE drops",
        "notification_messages_token": "t-3", "user_token_status": "NOT_REFRESHED",
    }  # fmt: skip
    post(stage, event(now, optin=optin))
    understand(stage)
    with stage.house.db.reader(people.rosewood) as session:
        query = select(Consent.topic_id).where(Consent.subscriber_id == people.ben)
        assert session.exec(query).all() == [people.topic]


def test_an_opt_in_is_kept_with_its_token_and_opens_no_window(stage: Stage) -> None:
    now = stage.clock.now()
    optin = {
        "type": "notification_messages",
        "payload": "price-drops",
        "title": "Price drops",
        "notification_messages_token": "t-2",
        "token_expiry_timestamp": ms(now + timedelta(days=100)),
        "user_token_status": "NOT_REFRESHED",
    }
    before = person(stage, stage.people.ben).window_ends_at
    post(stage, event(now, optin=optin))
    understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        query = select(Consent).where(Consent.subscriber_id == stage.people.ben)
        consent = session.exec(query).one()
    assert (consent.state, consent.token, consent.topic_id) == ("active", "t-2", stage.people.topic)
    assert person(stage, stage.people.ben).window_ends_at == before


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b"null", b"", b"\xff\xfe", b'"x"', b"1e999", b"[" * 5000]
)
def test_a_malformed_signed_event_is_kept_and_marked(stage: Stage, raw: bytes) -> None:
    assert post(stage, raw=raw)[0] == "200 OK"
    understand(stage)
    with stage.house.db.reader(EVERY_BRAND) as session:
        row = session.exec(select(RawEvent)).one()
    assert row.state == "set_aside"
    assert row.body == raw


def test_a_bad_part_is_set_aside_and_its_neighbours_are_applied(stage: Stage) -> None:
    now = stage.clock.now()
    post(stage, {"sender": 7}, wrote(now), {"recipient": {"id": cast.PAGE}, "what": {}})
    understand(stage)
    assert person(stage, stage.people.ben).last_inbound_at == now.replace(microsecond=0)
    assert count(stage, SetAside) >= 1


def test_a_page_nobody_connected_is_set_aside_with_its_reason(stage: Stage) -> None:
    body = json.dumps({"object": "page", "entry": [{"id": "42", "messaging": [
        {"sender": {"id": "1"}, "recipient": {"id": "42"}, "timestamp": ms(stage.clock.now()),
         "message": {"mid": "m", "text": "x"}}]}]}).encode()  # fmt: skip
    post(stage, raw=body)
    understand(stage)
    with stage.house.db.reader(EVERY_BRAND) as session:
        assert "42" in session.exec(select(SetAside.reason)).one()


def test_a_policy_block_stops_the_channel(stage: Stage) -> None:
    post(stage, event(stage.clock.now(), policy_enforcement={"action": "block", "reason": "spam"}))
    understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, stage.people.channel).state == "stopped"


def test_a_block_that_is_over_stops_no_channel_when_its_notice_comes_late(stage: Stage) -> None:
    now = stage.clock.now()
    for age, action in ((1, "unblock"), (2, "block"), (0, "warning")):
        post(stage, event(now - timedelta(minutes=age), policy_enforcement={"action": action}))
        understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, stage.people.channel).state == "connected"


def test_a_block_counts_though_a_later_warning_came_first(stage: Stage) -> None:
    now = stage.clock.now()
    for age, action in ((0, "warning"), (1, "block")):
        post(stage, event(now - timedelta(minutes=age), policy_enforcement={"action": action}))
        understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.get_one(Channel, stage.people.channel).state == "stopped"


def sent_broadcast(stage: Stage) -> int:
    broadcast = stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    stage.clock.advance(minutes=1)
    return broadcast


def answers(stage: Stage, delivery_id: int) -> list[Any]:
    """Everything the platform tells about one sent message."""
    now = stage.clock.now()
    with stage.house.db.reader(EVERY_BRAND) as session:
        key = key_of(delivery_id, session.get_one(Delivery, delivery_id).epoch)
    mid = f"m_{key}"
    echo = {"sender": {"id": cast.PAGE}, "recipient": {"id": "1"}, "timestamp": ms(now),
            "message": {"mid": mid, "is_echo": True, "app_id": 1, "metadata": key,
                        "text": "Hello Ana"}}  # fmt: skip
    later = [now + timedelta(seconds=n) for n in range(1, 5)]
    stage.clock.advance(seconds=10)
    return [
        echo,
        event(later[0], "1", delivery={"mids": [mid], "watermark": ms(later[0])}),
        event(later[1], "1", read={"watermark": ms(later[1])}),
        event(later[2], "1", message={"mid": "r1", "text": "Thank you", "reply_to": {"mid": mid}}),
        event(later[3], "1", postback={"mid": "p1", "title": "Go", "payload": "GO"}),
    ]


def facts_of(stage: Stage, broadcast: int) -> tuple[object, ...]:
    row = stage.rows(broadcast)["Ana"]
    return (row.state, row.delivered_at, row.read_at, row.clicked_at, row.replied_at)


def test_what_was_told_is_what_segments_ask_about(stage: Stage) -> None:
    broadcast = sent_broadcast(stage)
    for one in answers(stage, stage.rows(broadcast)["Ana"].id or 0) * 2:
        post(stage, one)
    understand(stage)
    now, once = stage.clock.now(), {"times": 1, "days": 1}
    with stage.house.db.reader(stage.people.rosewood) as session:
        for field in ("received", "delivered", "read", "clicked", "replied", "wrote", "tapped"):
            of = {} if field in ("wrote", "tapped") else {"broadcast": broadcast}
            for op, people in (("at_least", ["Ana"]), ("more_than", [])):
                tree = {"field": field, "op": op, "value": {**once, **of}}
                found = segments.sample(session, segment.parse(tree, {}), now)
                assert [person.first_name for person in found] == people, (field, op)


def test_receipts_and_answers_become_facts_counted_once(stage: Stage) -> None:
    broadcast = sent_broadcast(stage)
    told = answers(stage, stage.rows(broadcast)["Ana"].id or 0)
    for one in told * 2:
        post(stage, one)
    understand(stage)
    state, *facts = facts_of(stage, broadcast)
    assert all(facts)
    with stage.house.db.reader(stage.people.rosewood) as session:
        (day,) = [d for d in session.exec(select(RollupDay)) if d.kind == "standard"]
    assert (day.sent, day.delivered, day.read, day.clicked, day.replied) == (1, 1, 1, 1, 1)
    assert state == 2


def test_any_order_of_the_same_events_ends_in_the_same_state(stage: Stage) -> None:
    broadcast = sent_broadcast(stage)
    told = answers(stage, stage.rows(broadcast)["Ana"].id or 0)
    orders = random.Random(7).sample(list(itertools.permutations(told)), 4)
    ends = set()
    for order in [tuple(told), *orders]:
        with stage.house.db.writer(stage.people.rosewood) as session:
            for row in session.exec(select(Event)):
                session.delete(row)
            for raw in session.exec(select(RawEvent)):
                session.delete(raw)
            for row in session.exec(select(Delivery)):
                row.delivered_at = row.read_at = row.clicked_at = row.replied_at = None
            session.commit()
        for one in order:
            post(stage, one)
            understand(stage)
        ends.add(facts_of(stage, broadcast))
    assert len(ends) == 1


def test_an_echo_settles_an_unknown(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    stage.run(stage.sender(), turns=3)
    from webapp.services import recovering

    stage.clock.advance(minutes=1)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    assert stage.totals(broadcast).unknown == 1
    post(stage, answers(stage, stage.rows(broadcast)["Ana"].id or 0)[0])
    understand(stage)
    totals = stage.totals(broadcast)
    assert (totals.unknown, totals.sent) == (0, 1)
    assert totals.adds_up


def test_an_echo_to_somebody_else_settles_nothing(stage: Stage) -> None:
    """Another installation on the same Page may count its deliveries as we do."""
    from webapp.services import recovering

    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    stage.run(stage.sender(), turns=3)
    stage.clock.advance(minutes=1)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    echo, *_ = answers(stage, stage.rows(broadcast)["Ana"].id or 0)
    post(stage, {**echo, "recipient": {"id": "2"}})
    understand(stage)
    assert (stage.totals(broadcast).unknown, stage.totals(broadcast).sent) == (1, 0)


def test_an_echo_that_came_before_the_crash_was_noticed_settles_it_too(stage: Stage) -> None:
    broadcast = stage.broadcast()
    stage.start()
    stage.transport.silent = True
    stage.run(stage.sender(), turns=3)
    from webapp.services import recovering

    told = answers(stage, stage.rows(broadcast)["Ana"].id or 0)
    post(stage, *told[:3])
    understand(stage)
    assert stage.totals(broadcast).claimed == 1
    stage.clock.advance(minutes=1)
    recovering.bury_dead(stage.house.db, stage.clock.now())
    assert stage.totals(broadcast).sent == 1
    assert facts_of(stage, broadcast)[2] is not None


def test_a_long_inbox_is_applied_in_short_transactions(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each post may tell of hundreds of events: all at once would keep out the sender, and the
    web that has to keep the next posts."""
    house, seen = stage.house, []
    for n in range(3):
        post(stage, wrote(stage.clock.now(), f"Hello {n}", mid=f"m{n}"))
    apply_one = applying._apply_one

    def looked_at(*given: Any) -> None:
        with house.db.reader(EVERY_BRAND) as session:
            states = session.exec(select(RawEvent.state)).all()
        seen.append(states.count("applied"))
        apply_one(*given)

    monkeypatch.setattr(applying, "SHORT_S", 0.0)
    monkeypatch.setattr(applying, "_apply_one", looked_at)
    understand(stage)
    assert seen == [0, 1, 2]


def test_a_stop_that_somebody_else_kept_waiting_is_heard_the_next_time(stage: Stage) -> None:
    """PostgreSQL ends one of two who lock each other out. That says nothing against the event:
    set aside, a STOP would be lost."""
    db, people = stage.house.db, stage.people
    if db.is_sqlite:
        return  # one writer: nobody is locked out in the middle
    post(stage, wrote(stage.clock.now(), "STOP"))
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            f'ALTER DATABASE "{db.engine.url.database}" SET lock_timeout = 9'
        )
    db.engine.dispose()
    with db.writer(people.rosewood) as other:
        other.exec(select(Subscriber).where(Subscriber.id == people.ben).with_for_update()).one()
        with pytest.raises(OperationalError, match="lock timeout"):
            understand(stage)
    understand(stage)
    assert count(stage, SetAside) == 0
    assert person(stage, people.ben).opted_out_at is not None
