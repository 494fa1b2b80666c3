"""After a downtime: what people wrote meanwhile is read before anything is sent, and once only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from tests import cast, fakes
from tests.cast import PAGE
from tests.services import whatsapp_stage
from tests.services.test_import_threads import ok, refused
from tests.services.test_receiving import post, understand, wrote
from tests.stage import Stage
from webapp.db import EVERY_BRAND
from webapp.domain import errors, remark
from webapp.domain.delivery import DeliveryState
from webapp.domain.permission import Role
from webapp.models.alert import Alert
from webapp.models.audit import Audit
from webapp.models.catch_up import CatchUp
from webapp.models.channel import Channel
from webapp.models.raw_event import Event
from webapp.models.subscriber import Subscriber
from webapp.platforms import threads
from webapp.platforms.wire import Reply, Request
from webapp.services import attention, catching_up, channels, listening, policy_blocks, subscribers
from webapp.services.channels import Outside

DOWN = timedelta(hours=2)


@dataclass
class Conversations:
    """Pages in their order; the last one stays. Other questions are answered like a good token."""

    pages: list[Reply] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if "/conversations" not in request.url:
            return Reply(200, body=json.dumps({"id": PAGE, "name": "Page"}).encode())
        if "/900800700/" in request.url:
            return ok()  # the other brand's: nobody wrote
        self.asked.append(request)
        if not self.pages:
            return ok()
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    def query(self, number: int) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.asked[number].url).query)


def thread(
    key: str, *said: tuple[str, datetime], updated: datetime | None = None, own: str = PAGE
) -> dict[str, object]:
    """What a person wrote, newest first; message ids are `mid-<text>`."""
    newest = updated or max((at for _, at in said), default=None)
    return {
        "id": f"t_{key}",
        "updated_time": None if newest is None else f"{newest:%Y-%m-%dT%H:%M:%S+0000}",
        "participants": {"data": [{"id": key, "name": "A Person"}, {"id": own, "name": "Page"}]},
        "messages": {"data": [
            {"id": f"mid-{text}", "created_time": f"{at:%Y-%m-%dT%H:%M:%S+0000}",
             "from": {"id": key}, "message": text} for text, at in said
        ]},
    }  # fmt: skip


def go_down(stage: Stage) -> datetime:
    """Somebody listened until now, and nobody for two hours; returns the middle of it."""
    listening.say_so(stage.house)
    stage.clock.advance(milliseconds=int(DOWN.total_seconds() * 1000))
    return stage.clock.now() - DOWN / 2


def outside(stage: Stage, graph: Conversations) -> Outside:
    house = stage.house
    return Outside(house.platforms, house.vault, house.settings, graph)


def step(stage: Stage, graph: Conversations) -> int:
    return catching_up.advance(stage.house, outside(stage, graph))


def channel(stage: Stage, channel_id: int = 0) -> Channel:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.get_one(Channel, channel_id or stage.people.channel)


def kept(stage: Stage, channel_id: int = 0) -> CatchUp:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.get_one(CatchUp, channel_id or stage.people.channel)


def events(stage: Stage) -> list[Event]:
    with stage.house.db.reader(stage.people.rosewood) as session:
        return list(session.exec(select(Event)))


def person(stage: Stage, person_id: int) -> Subscriber:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return session.get_one(Subscriber, person_id)


def audited(stage: Stage) -> set[str]:
    with stage.house.db.reader(EVERY_BRAND) as session:
        return set(session.exec(select(Audit.action)))


def test_a_stop_of_the_downtime_counts_before_anybody_is_written_to(stage: Stage) -> None:
    meanwhile = go_down(stage)
    broadcast = stage.broadcast()
    stage.start()
    sender = stage.sender()
    stage.run(sender)
    assert stage.transport.sent == [], "what was missed is not read yet"
    graph = Conversations([ok(thread("1", ("STOP", meanwhile)))])
    step(stage, graph)
    stage.run(sender)
    assert stage.transport.sent == [], "read, and not understood yet"
    understand(stage)
    step(stage, graph)
    stage.run(sender, turns=40)
    assert stage.rows(broadcast)["Ana"].state == DeliveryState.SKIPPED
    assert channel(stage).state == "connected"
    assert {"channel.read", "channel.caught_up"} <= audited(stage)


def test_a_window_opens_from_the_persons_own_time(stage: Stage) -> None:
    meanwhile = go_down(stage)
    stage.sender()
    step(stage, Conversations([ok(thread("2", ("hello", meanwhile)))]))
    understand(stage)
    assert person(stage, stage.people.ben).window_ends_at == meanwhile + timedelta(hours=24)


@pytest.mark.parametrize("webhook_first", [True, False])
def test_what_came_by_webhook_too_counts_once(stage: Stage, webhook_first: bool) -> None:  # noqa: FBT001
    meanwhile = go_down(stage)
    stage.sender()

    def by_webhook() -> None:
        post(stage, wrote(meanwhile + timedelta(milliseconds=345), "hello", "2", "mid-hello"))
        understand(stage)

    def by_reading() -> None:
        step(stage, Conversations([ok(thread("2", ("hello", meanwhile)))]))
        understand(stage)

    for comes in (by_webhook, by_reading) if webhook_first else (by_reading, by_webhook):
        comes()
    assert len(events(stage)) == 1


def test_only_what_is_newer_than_what_is_known_is_read_and_page_by_page(stage: Stage) -> None:
    meanwhile = go_down(stage)
    stage.sender()
    long_ago = meanwhile - timedelta(days=3)
    graph = Conversations([
        ok(thread("2", ("new", meanwhile), ("old", long_ago)), after="c1"),
        ok(thread("4", updated=long_ago), after="c2"),
        ok(thread("9", ("never asked for", meanwhile))),
    ])  # fmt: skip
    step(stage, graph)
    step(stage, graph)
    understand(stage)
    step(stage, graph)
    assert [graph.query(n).get("after") for n in range(2)] == [None, ["c1"]]
    assert len(graph.asked) == 2, "the second page ends before what is known"
    assert [event.text for event in events(stage)] == ["new"]
    assert (kept(stage).calls, kept(stage).messages) == (2, 1)


def test_an_unordered_page_does_not_end_the_reading(stage: Stage) -> None:
    meanwhile = go_down(stage)
    stage.sender()
    long_ago = meanwhile - timedelta(days=3)
    mixed = ok(thread("4", updated=long_ago - DOWN), thread("8", updated=long_ago), after="c1")
    graph = Conversations([mixed, ok(thread("2", ("new", meanwhile)))])
    step(stage, graph)
    step(stage, graph)
    understand(stage)
    assert [event.text for event in events(stage)] == ["new"]


def test_a_restart_of_less_than_a_minute_reads_nothing(stage: Stage) -> None:
    listening.say_so(stage.house)
    stage.clock.advance(milliseconds=59_000)
    stage.sender()
    assert channel(stage).state == "connected"


def test_where_nobody_ever_said_they_listen_nothing_is_known(stage: Stage) -> None:
    stage.clock.advance(hours=5)
    stage.sender()
    assert channel(stage).state == "connected"


def test_whoever_listens_again_holds_the_channels_first(stage: Stage) -> None:
    go_down(stage)
    listening.say_so(stage.house)
    assert channel(stage).state == "reading"


def test_a_clock_that_leaps_while_somebody_listens_is_no_downtime(stage: Stage) -> None:
    go_down(stage)
    listening.say_so(stage.house, at_last=False)
    stage.sender()
    assert channel(stage).state == "connected"


def test_a_second_silence_loses_no_note_and_no_earlier_time(stage: Stage) -> None:
    go_down(stage)
    stage.sender()
    first = kept(stage).since
    with stage.house.db.writer(stage.people.rosewood) as session:
        session.get_one(CatchUp, stage.people.channel).note = {"text": "Look there."}
        session.commit()
    go_down(stage)
    stage.sender()
    assert (kept(stage).since, kept(stage).note) == (first, {"text": "Look there."})


def test_an_interrupted_reading_goes_on_where_it_was(stage: Stage) -> None:
    meanwhile = go_down(stage)
    stage.sender()
    graph = Conversations([ok(thread("2", ("one", meanwhile)), after="c1"), refused(613)])
    step(stage, graph)
    step(stage, graph)
    assert kept(stage).trouble is not None
    step(stage, graph)
    assert len(graph.asked) == 2, "not before the platform wants to be asked"
    stage.clock.advance(minutes=16)
    graph.pages = [ok(thread("2", ("two", meanwhile)))]
    step(stage, graph)
    understand(stage)
    step(stage, graph)
    assert graph.query(2)["after"] == ["c1"]
    assert channel(stage).state == "connected"
    assert {event.text for event in events(stage)} == {"one", "two"}


def test_what_a_person_has_to_mend_is_told_once_and_tried_again(stage: Stage) -> None:
    go_down(stage)
    stage.sender()
    graph = Conversations([refused(200)])
    for _ in range(3):
        step(stage, graph)
        stage.clock.advance(minutes=5)
    assert channel(stage).state == "reading"
    with stage.house.db.reader(EVERY_BRAND) as session:
        told = [it for it in session.exec(select(Alert)) if it.user_id == stage.people.admin]
    assert len(told) == 1
    graph.pages = [ok()]
    step(stage, graph)
    assert channel(stage).state == "connected", "no page, no threads: it is done"


def test_a_platform_that_does_not_tell_is_not_waited_for(stage: Stage) -> None:
    go_down(stage)
    stage.sender()
    step(stage, Conversations([refused(100)]))
    assert channel(stage).state == "connected"
    assert "did not tell" in str(kept(stage).note)
    assert "channel.caught_up" in audited(stage)


def test_answers_of_no_use_are_waited_for_within_a_minute(stage: Stage) -> None:
    go_down(stage)
    stage.sender()
    graph = Conversations([refused(2)])
    for _ in range(4):
        step(stage, graph)
        stage.clock.advance(seconds=10)
    assert (channel(stage).state, len(graph.asked)) == ("reading", 4)
    step(stage, graph)
    assert channel(stage).state == "connected"
    assert kept(stage).note is not None


def test_too_many_conversations_wait_for_a_person(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "MOST_CALLS", 2)
    meanwhile = go_down(stage)
    stage.sender()
    graph = Conversations([ok(thread("2", ("again", meanwhile)), after="c")])
    for _ in range(5):
        step(stage, graph)
    assert len(graph.asked) == 2
    assert channel(stage).state == "reading"
    assert remark.from_json(kept(stage).trouble) == catching_up.TOO_MANY


def test_a_person_may_send_anyway(stage: Stage) -> None:
    go_down(stage)
    stage.sender()
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        with pytest.raises(errors.Forbidden):
            catching_up.send_anyway(session, stage.actor(Role.MANAGER), stage.people.channel, now)
        catching_up.send_anyway(session, stage.actor(), stage.people.channel, now)
    assert channel(stage).state == "connected"
    assert "channel.send_anyway" in audited(stage)
    graph = Conversations()
    step(stage, graph)
    assert graph.asked == []


def test_more_than_the_platform_tells_is_said(stage: Stage) -> None:
    meanwhile = go_down(stage)
    stage.sender()
    many = [(f"n{n}", meanwhile + timedelta(seconds=n)) for n in range(threads.MESSAGES)]
    graph = Conversations([ok(thread("2", *many))])
    step(stage, graph)
    understand(stage)
    step(stage, graph)
    assert channel(stage).state == "connected"
    assert "newest messages only" in str(remark.from_json(kept(stage).note))
    with stage.house.db.writer(stage.people.rosewood) as session:
        catching_up.see(session, stage.actor(), stage.people.channel, stage.clock.now())
    assert kept(stage).note is None


def test_who_was_erased_meanwhile_stays_so(stage: Stage) -> None:
    meanwhile = go_down(stage)
    with stage.house.db.writer(stage.people.rosewood) as session:
        subscribers.erase(session, stage.actor(), cast.VAULT, stage.people.ben, stage.clock.now())
    stage.sender()
    step(stage, Conversations([ok(thread("2", ("hello", meanwhile)))]))
    understand(stage)
    with stage.house.db.reader(stage.people.rosewood) as session:
        assert session.exec(select(Subscriber).where(Subscriber.key == "2")).first() is None
    assert events(stage) == []


def test_a_mended_token_reads_first_what_it_missed(stage: Stage) -> None:
    stage.transport.answer = fakes.refuses(190)
    stage.broadcast()
    stage.start()
    stage.run(stage.sender())
    assert channel(stage).state == "stopped"
    stage.clock.advance(hours=1)
    graph = Conversations([ok(thread("2", ("STOP", stage.clock.now())))])
    with stage.house.db.writer(stage.people.rosewood) as session:
        channels.reconnect(
            session, stage.actor(), outside(stage, graph), stage.people.channel, "new",
            stage.clock.now(),
        )  # fmt: skip
    assert channel(stage).state == "reading"
    step(stage, graph)
    understand(stage)
    step(stage, graph)
    assert channel(stage).state == "connected"
    assert person(stage, stage.people.ben).opted_out_at is not None


def test_one_stopped_by_hand_sends_at_once_unless_nobody_listened(stage: Stage) -> None:
    graph = Conversations()

    def resume() -> str:
        with stage.house.db.writer(stage.people.rosewood) as session:
            channels.stop(session, stage.actor(), stage.people.channel, stage.clock.now())
        if graph.pages:
            go_down(stage)
            stage.sender()
        with stage.house.db.writer(stage.people.rosewood) as session:
            channels.resume(
                session, stage.actor(), outside(stage, graph), stage.people.channel,
                stage.clock.now(),
            )  # fmt: skip
        return channel(stage).state

    assert resume() == "connected"
    graph.pages = [ok()]
    assert resume() == "reading"


def test_the_end_of_a_policy_block_lets_it_go_on(stage: Stage) -> None:
    def policy(action: str) -> None:
        post(stage, {"recipient": {"id": PAGE}, "timestamp": len(action),
                     "policy_enforcement": {"action": action, "reason": "spam"}})  # fmt: skip
        understand(stage)

    policy("block")
    assert channel(stage).state == "stopped"
    policy("unblock")
    assert channel(stage).state == "reading"


def test_an_unblock_does_not_touch_a_channel_a_person_stopped(stage: Stage) -> None:
    with stage.house.db.writer(stage.people.rosewood) as session:
        channels.stop(session, stage.actor(), stage.people.channel, stage.clock.now())
        row = session.get_one(Channel, stage.people.channel)
        policy_blocks.end(session, row, stage.clock.now())
        assert row.state == "stopped"


def test_home_says_what_waits_and_what_may_be_missing(stage: Stage) -> None:
    whatsapp_stage.add_channels(stage)
    go_down(stage)
    stage.sender()
    with stage.house.db.reader(stage.people.rosewood) as session:
        found = attention.needs(session, stage.actor(), stage.clock.now())
        assert {it.platform for it, _ in found.reading} == {"messenger", "instagram"}
        assert {it.platform for it, _ in found.unread} == {"whatsapp"}
        assert found.count == 3
        viewer = attention.needs(session, stage.actor(Role.VIEWER), stage.clock.now())
        assert (len(viewer.reading), len(viewer.unread)) == (2, 0)


def test_whatsapp_sends_on_and_says_what_may_be_missing(stage: Stage) -> None:
    number = whatsapp_stage.add_channels(stage)["whatsapp"]
    go_down(stage)
    stage.sender()
    assert channel(stage, number).state == "connected"
    assert "no way to ask" in str(remark.from_json(kept(stage, number).note))


def test_instagram_is_read_where_the_account_is_named(stage: Stage) -> None:
    account = whatsapp_stage.add_channels(stage)["instagram"]
    meanwhile = go_down(stage)
    stage.sender()
    strange = thread("31", ("whose?", meanwhile), own="another id of ours")
    sure = thread("30", ("STOP", meanwhile), own=whatsapp_stage.INSTAGRAM)
    graph = Conversations([ok(strange, sure)])
    step(stage, graph)
    understand(stage)
    step(stage, graph)
    assert any(it.get("platform") == ["instagram"] for it in map(graph.query, range(2)))
    met = whatsapp_stage.people(stage, account)
    assert [(it.key, it.opted_out_at is not None) for it in met] == [("30", True)]
    assert channel(stage, account).state == "connected"
