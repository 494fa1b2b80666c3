"""Owners are told once when the rules change under a broadcast, with how many it touches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from jobs import ticks
from tests import small_book
from tests import stage as stages
from tests.services import broadcast_stage
from tests.stage import Stage as SendingStage
from webapp import db as database
from webapp.domain.broadcast import BroadcastState
from webapp.domain.delivery import DeliveryState
from webapp.domain.errors import Conflict, Forbidden
from webapp.domain.permission import Actor
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.situation import Region
from webapp.models.audit import Audit
from webapp.models.brand import Brand
from webapp.models.broadcast import Broadcast
from webapp.models.channel import Channel
from webapp.models.rule_alarm import RuleAlarm, RuleWatch
from webapp.models.subscriber import Subscriber
from webapp.models.user import Membership
from webapp.services import (
    approving,
    attention,
    broadcasts,
    drafting,
    reasons,
    rule_alarms,
    scheduling,
)

WINDOW = small_book.of(small_book.window())
REWORDED = small_book.of(small_book.window(sentence="While the window is open, write."))
NO_EUROPE = small_book.of(small_book.window(), small_book.not_in_europe())
MONDAY = date(2026, 11, 30)
TWICE = small_book.of(small_book.window(), small_book.window().replace("24h", "same"))


def no_europe_from(day: date) -> Rulebook:
    return small_book.of(small_book.window(), small_book.not_in_europe(day))


@dataclass
class Stage:
    """A broadcast of the cast; Ana is in France, and her window is open for long."""

    inner: broadcast_stage.Stage
    book: Rulebook = WINDOW

    @property
    def now(self) -> datetime:
        return self.inner.now

    def watch(self, book: Rulebook | None = None, *, days: float = 0) -> int:
        now = self.now + timedelta(days=days)
        return rule_alarms.watch(self.inner.db, book or self.book, now)

    def made(self, state: str, *, days: int = 10) -> int:
        inner = self.inner
        with inner.session() as session:
            at = {"mode": "at", "at": (self.now + timedelta(days=days)).isoformat(), "zone": "UTC"}
            row = inner.ready(session, dict(at))
            if state in ("approved", "scheduled"):
                approving.ask(session, inner.editor, row.id or 0, self.book, self.now)
                approving.approve(session, inner.manager, row.id or 0, self.book, self.now)
            if state == "scheduled":
                scheduling.schedule(session, inner.manager, row.id or 0, self.book, self.now)
            return row.id or 0

    def told(self, actor: Actor | None = None) -> list[str]:
        with self.inner.session() as session:
            found = attention.needs(session, actor or self.inner.manager, self.now)
            return [str(news.words) for news in found.rules]

    def alarms(self) -> list[RuleAlarm]:
        with self.inner.db.reader(self.inner.cast.rosewood) as session:
            return list(session.exec(select(RuleAlarm).order_by(col(RuleAlarm.id))))


@pytest.fixture
def sending(db: database.Database, now: datetime, tmp_path: Path) -> SendingStage:
    return stages.build(db, now, tmp_path)


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    inner = broadcast_stage.enter(db, now)
    with inner.session() as session:
        for ana in session.exec(select(Subscriber)).all():
            ana.region = int(Region.EU)
            if ana.id == inner.cast.ana:
                ana.window_ends_at = now + timedelta(days=400)
        session.commit()
    return Stage(inner)


def test_people_are_looked_at_when_their_quiet_hours_end(stage: Stage) -> None:
    """At the time it is set for Ben's window is open; when he wakes it is not."""
    stage.book = no_europe_from(MONDAY)
    stage.made("approved")
    with stage.inner.session() as session:
        brand = session.get_one(Brand, stage.inner.cast.rosewood)
        brand.quiet_hours = {"start": "10:00", "end": "20:00"}
        ben = session.get_one(Subscriber, stage.inner.cast.ben)
        ben.window_ends_at = stage.now + timedelta(days=10, hours=3)
        session.commit()
    assert stage.watch() == 1
    (alarm,) = stage.alarms()
    assert (alarm.reached_before, alarm.reached_after) == (1, 0)


def test_whoever_the_brand_lets_sleep_is_not_counted(stage: Stage) -> None:
    stage.book = no_europe_from(MONDAY)
    stage.made("approved")
    with stage.inner.session() as session:
        brand = session.get_one(Brand, stage.inner.cast.rosewood)
        brand.quiet_hours = {"start": "10:00", "end": "20:00", "then": "skip"}
        session.commit()
    assert stage.watch() == 0


def test_a_day_between_approval_and_send_is_told_with_its_numbers(stage: Stage) -> None:
    stage.book = no_europe_from(MONDAY)
    stage.made("approved")
    assert stage.watch() == 1
    (line,) = stage.told()
    assert line.startswith("“Doors”, set for Wed 2 Dec 2026")
    assert "nobody can be written to any more, where it was 1 person" in line
    assert "From 2026-11-30: Nobody in these countries may be written to." in line
    (row,) = stage.alarms()
    assert (row.day, row.reached_before, row.reached_after) == (MONDAY, 1, 0)
    assert row.rule_ids == ["messenger.window.not_there"]


def test_it_is_told_once_however_often_and_after_restarts(stage: Stage) -> None:
    stage.book = no_europe_from(MONDAY)
    stage.made("scheduled")
    assert [stage.watch(), stage.watch(), stage.watch()] == [1, 0, 0]
    with stage.inner.session() as session:  # as if nobody knew any more what was looked at
        for row in session.exec(select(RuleWatch)):
            row.seen = ""
        session.commit()
    assert stage.watch() == 0
    assert len(stage.alarms()) == 1


def test_nothing_is_told_when_nothing_changes_for_it(stage: Stage) -> None:
    stage.made("scheduled")
    stage.made("draft")
    assert [stage.watch(), stage.watch(REWORDED), stage.watch(TWICE)] == [0, 0, 0]
    assert stage.told() == []


def test_another_book_is_told_and_voids_the_approval(stage: Stage) -> None:
    stage.made("scheduled")
    stage.watch()
    assert stage.watch(NO_EUROPE) == 1
    (line,) = stage.told()
    assert "nobody can be written to any more, where it was 1 person." in line
    assert "its approval, which is void by that: ask for it again." in line
    assert "Nobody in these countries may be written to." in line
    assert stage.watch(NO_EUROPE) == 0


def test_a_book_that_is_taken_back_takes_its_notice_back(stage: Stage) -> None:
    stage.made("scheduled")
    stage.watch(NO_EUROPE)
    assert len(stage.told()) == 1
    stage.watch(WINDOW)
    assert stage.told() == []


def test_a_book_that_comes_back_is_told_again_also_to_who_read_it_the_first_time(
    stage: Stage,
) -> None:
    key = stage.made("scheduled")
    stage.watch(NO_EUROPE)
    with stage.inner.session() as session:
        (alarm,) = session.exec(select(RuleAlarm)).all()
        rule_alarms.dismiss(session, stage.inner.manager, key, alarm.id or 0, stage.now)
    assert stage.told() == []
    assert stage.watch(WINDOW) == 0
    assert stage.watch(NO_EUROPE) == 1
    assert len(stage.told()) == len(stage.alarms()) == 1
    assert stage.watch(NO_EUROPE) == 0


def test_another_cause_is_told_anew(stage: Stage) -> None:
    stage.made("approved")
    stage.watch(NO_EUROPE)
    nothing = small_book.of(small_book.window(ends=date(2026, 11, 25)))
    assert stage.watch(nothing) == 2  # the book, and the day in it
    assert len(stage.told()) == 2


def test_it_is_gone_for_everybody_when_somebody_read_it_and_the_log_says_who(
    stage: Stage,
) -> None:
    made = stage.made("scheduled")
    stage.watch(NO_EUROPE)
    (row,) = stage.alarms()
    with stage.inner.session() as session:
        with pytest.raises(Forbidden):
            rule_alarms.dismiss(session, stage.inner.actor("viewer"), made, row.id or 0, stage.now)
        for _ in range(2):
            rule_alarms.dismiss(session, stage.inner.editor, made, row.id or 0, stage.now)
        (line,) = session.exec(select(Audit).where(Audit.action == "broadcast.alarm"))
        assert (line.user_id, line.noun_id) == (stage.inner.cast.editor, made)
    assert stage.told() == []
    assert stage.watch(NO_EUROPE, days=1) == 0
    assert stage.told() == []


def test_a_changed_broadcast_is_another_matter(stage: Stage) -> None:
    made = stage.made("approved")
    stage.watch(NO_EUROPE)
    with stage.inner.session() as session:
        row = session.get_one(Broadcast, made)
        at = {"mode": "at", "at": (stage.now + timedelta(days=3)).isoformat(), "zone": "UTC"}
        drafting.time(session, stage.inner.editor, made, row.version, dict(at), stage.now)
    assert stage.told() == []


def test_its_owners_are_told_and_others_are_not(stage: Stage) -> None:
    stage.made("approved")
    stage.watch(NO_EUROPE)
    assert len(stage.told(stage.inner.editor)) == 1
    assert len(stage.told(stage.inner.manager)) == 1
    assert stage.told(stage.inner.actor("admin")) == []
    assert stage.told(stage.inner.actor("viewer")) == []


def test_when_no_owner_works_here_any_more_all_who_may_edit_are_told(stage: Stage) -> None:
    stage.made("approved")
    stage.watch(NO_EUROPE)
    with stage.inner.session() as session:
        gone = (stage.inner.cast.editor, stage.inner.cast.manager)
        for row in session.exec(select(Membership)):
            if row.user_id in gone:
                session.delete(row)
        session.commit()
    assert len(stage.told(stage.inner.actor("admin"))) == 1
    assert stage.told(stage.inner.actor("viewer")) == []


@pytest.mark.parametrize("state", ["draft", "approved"])
def test_a_day_that_breaks_a_plan_is_told_60_30_and_7_days_ahead(stage: Stage, state: str) -> None:
    day = stage.now.date() + timedelta(days=70)
    stage.book = no_europe_from(day)
    stage.made(state, days=80)
    far = [] if state == "draft" else [f"day:{day}"]
    seen = {}
    for days in (0, 9, 11, 39, 41, 62, 64):
        stage.watch(days=days)
        seen[days] = [row.cause for row in stage.alarms() if row.ended_at is None]
    assert seen == {
        0: far, 9: far,
        11: [f"day:{day}:60"], 39: [f"day:{day}:60"],
        41: [f"day:{day}:30"], 62: [f"day:{day}:30"],
        64: [f"day:{day}:7"],
    }  # fmt: skip


def test_a_draft_is_not_told_of_what_does_not_break_it(stage: Stage) -> None:
    with stage.inner.session() as session:
        ben = session.get_one(Subscriber, stage.inner.cast.ben)
        ben.window_ends_at, ben.region = stage.now + timedelta(days=400), int(Region.US)
        session.commit()
    stage.book = no_europe_from(MONDAY)
    stage.made("draft")
    assert stage.watch() == 0
    stage.made("approved")
    assert stage.watch() == 1
    (line,) = stage.told()
    assert "1 person fewer can be written to." in line


def test_a_draft_that_is_deleted_takes_its_news_along(stage: Stage) -> None:
    stage.book = small_book.of(small_book.window(ends=date(2026, 11, 30)))
    made = stage.made("draft")
    assert stage.watch() == 1
    with stage.inner.session() as session:
        broadcasts.delete(session, stage.inner.editor, made, stage.now)
    assert stage.alarms() == []


def test_an_approval_survives_a_book_that_decides_alike(stage: Stage) -> None:
    """Other words, other versions, a rule said twice: nobody has to approve again."""
    made = stage.made("approved")
    with stage.inner.session() as session:
        row = session.get_one(Broadcast, made)
        for book in (REWORDED, TWICE):
            assert book.version != WINDOW.version
            assert approving.is_current(session, row, book, stage.now)
        scheduling.schedule(session, stage.inner.manager, made, TWICE, stage.now)
        assert row.state == BroadcastState.SCHEDULED


def test_an_approval_is_void_when_one_situation_is_decided_otherwise(stage: Stage) -> None:
    """Although Ana has left and nobody is in it: what was agreed to is another thing now."""
    made = stage.made("approved")
    with stage.inner.session() as session:
        session.get_one(Subscriber, stage.inner.cast.ana).window_ends_at = None
        session.commit()
        row = session.get_one(Broadcast, made)
        assert "the rules changed after it" in str(
            approving.voided_by(session, row, NO_EUROPE, stage.now)
        )
    assert stage.watch(NO_EUROPE) == 1
    with stage.inner.session() as session:
        with pytest.raises(Conflict, match="the rules changed after it"):
            scheduling.schedule(session, stage.inner.manager, made, NO_EUROPE, stage.now)
        assert session.get_one(Broadcast, made).state == BroadcastState.DRAFT


def test_what_is_waiting_is_skipped_by_the_new_rule_and_explained(sending: SendingStage) -> None:
    """A book changes while rows are queued: the claim decides again, the ledger says by what."""
    sending.take_book(WINDOW)
    with sending.house.db.writer(sending.people.rosewood) as session:
        session.get_one(Subscriber, sending.people.ana).region = int(Region.EU)
        session.commit()
    made = sending.broadcast()
    sending.start()
    ticks.watch_rules(sending.house)
    sending.take_book(NO_EUROPE)
    ticks.watch_rules(sending.house)
    sending.run(sending.sender())
    assert sending.transport.sent == []
    row = sending.rows(made)["Ana"]
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, "messenger.window.not_there")
    assert row.rulebook_version == NO_EUROPE.version
    assert sending.rows(made)["Ben"].rulebook_version == WINDOW.version
    with sending.house.db.reader(sending.people.rosewood) as session:
        ruled = reasons.of_broadcast(session, made)
        found = reasons.explain(row.reason or "", ruled)
        assert str(found.words) == "Nobody in these countries may be written to."
        assert _running(session)[:2] == (1, 0)
    assert sending.totals(made).adds_up


def test_brands_are_told_of_their_own(stage: Stage) -> None:
    stage.made("approved")
    stage.watch(NO_EUROPE)
    with stage.inner.db.reader(stage.inner.cast.other) as session:
        assert session.exec(select(RuleAlarm)).all() == []
        assert session.exec(select(Channel.key)).all() == ["900800700"]


def _running(session: Session) -> tuple[int, int, bool]:
    row = session.exec(select(RuleAlarm)).one()
    assert row.send_at is None
    return row.reached_before, row.reached_after, row.voids
