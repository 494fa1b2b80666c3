"""Frozen segments keep their people: through changes, erasures, joins, plans and approvals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests.cast import VAULT
from tests.services import broadcast_stage
from tests.services.broadcast_stage import BOOK
from tests.stage import Stage
from webapp import db as database
from webapp.domain.errors import Refused
from webapp.domain.permission import Role
from webapp.models.broadcast import Occurrence
from webapp.models.segment import Segment, SegmentMember
from webapp.models.subscriber import Subscriber
from webapp.services import approving, drafting, freezing, joining, segments, subscribers
from webapp.store import segments as store

OPEN = {"field": "window", "op": "open"}


def saved(session: Session, stage: Stage, name: str, tree: object) -> Segment:
    node = segments.read(session, tree)
    return segments.create(session, stage.actor(), name, node, stage.clock.now())


def people(session: Session, stage: Stage, row: Segment, days: int = 0) -> list[int]:
    """Who is in, some days later."""
    at = stage.clock.now() + timedelta(days=days)
    return list(store.ids(session, segments.tree_of(session, row), at))


def asks(row: Segment, op: str = "member") -> dict[str, object]:
    return {"field": "segment", "op": op, "value": row.id}


def test_a_frozen_segment_keeps_its_people_until_it_is_thawed(stage: Stage) -> None:
    cast, now = stage.people, stage.clock.now()
    with stage.house.db.writer(cast.rosewood) as session:
        row = saved(session, stage, "Open", OPEN)
        freezing.freeze(session, stage.actor(), row.id or 0, now)
        assert (row.kind, row.frozen_at, row.frozen_by) == ("frozen", now, cast.admin)
        session.get_one(Subscriber, cast.ben).window_ends_at = now + timedelta(days=9)
        assert people(session, stage, row, days=2) == [cast.ana, cast.cara]
        freezing.thaw(session, stage.actor(), row.id or 0, now)
        assert people(session, stage, row, days=2) == [cast.ben]
        assert session.exec(select(SegmentMember)).all() == []


def test_a_segment_is_frozen_in_parts_and_begins_anew_after_an_interruption(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, now = stage.people, stage.clock.now()
    monkeypatch.setattr(freezing, "CHUNK", 1)
    with stage.house.db.writer(cast.rosewood) as session:
        row = saved(session, stage, "Open", OPEN)
        left = SegmentMember(brand_id=cast.rosewood, segment_id=row.id, subscriber_id=cast.dao)
        session.add(left)
        session.commit()
        freezing.freeze(session, stage.actor(), row.id or 0, now)
        assert people(session, stage, row, days=2) == [cast.ana, cast.cara]


def test_a_frozen_segment_inside_another_is_its_people(stage: Stage) -> None:
    cast, now = stage.people, stage.clock.now()
    with stage.house.db.writer(cast.rosewood) as session:
        inner = saved(session, stage, "Open", OPEN)
        within = saved(session, stage, "Inside", {"all": [asks(inner)]})
        outside = saved(session, stage, "Outside", asks(inner, "not_member"))
        assert people(session, stage, within, days=2) == []
        freezing.freeze(session, stage.actor(), inner.id or 0, now)
        assert people(session, stage, within, days=2) == [cast.ana, cast.cara]
        assert people(session, stage, outside, days=2) == [cast.ben, cast.dao]
        ana = subscribers.found(session, cast.ana)
        ben = subscribers.found(session, cast.ben)
        node = segments.tree_of(session, within)
        assert segments.explain(session, node, ana, now).inside
        assert not segments.explain(session, node, ben, now).inside


def test_an_erased_person_leaves_a_frozen_segment(stage: Stage) -> None:
    cast, now = stage.people, stage.clock.now()
    with stage.house.db.writer(cast.rosewood) as session:
        row = saved(session, stage, "Open", OPEN)
        freezing.freeze(session, stage.actor(), row.id or 0, now)
        subscribers.erase(session, stage.actor(), VAULT, cast.ana, now)
        assert people(session, stage, row) == [cast.cara]
        kept = session.exec(select(SegmentMember.subscriber_id)).all()
    assert kept == [cast.cara]


def test_two_rows_that_become_one_person_are_kept_once(stage: Stage) -> None:
    cast, now = stage.people, stage.clock.now()
    with stage.house.db.writer(cast.rosewood) as session:
        both, one = saved(session, stage, "Open", OPEN), saved(session, stage, "Cara",
            {"field": "first_name", "op": "is", "value": "Cara"})  # fmt: skip
        for row in (both, one):
            freezing.freeze(session, stage.actor(), row.id or 0, now)
        ana, cara = (session.get_one(Subscriber, key) for key in (cast.ana, cast.cara))
        joining.join(session, ana, cara, now)
        session.commit()
        assert [people(session, stage, row) for row in (both, one)] == [[cast.ana], [cast.ana]]


def test_another_brand_neither_freezes_nor_enters(stage: Stage) -> None:
    cast, now = stage.people, stage.clock.now()
    with stage.house.db.writer(cast.rosewood) as session:
        row = saved(session, stage, "All", {"all": []})
        freezing.freeze(session, stage.actor(), row.id or 0, now)
    with stage.house.db.reader(database.EVERY_BRAND) as session:
        assert cast.eva not in session.exec(select(SegmentMember.subscriber_id)).all()
    with stage.house.db.reader(cast.other) as session:
        assert session.exec(select(SegmentMember)).all() == []


def test_a_broadcast_goes_to_the_people_who_were_frozen(stage: Stage) -> None:
    cast, now = stage.people, stage.clock.now()
    with stage.house.db.writer(cast.rosewood) as session:
        row = saved(session, stage, "Open", OPEN)
        freezing.freeze(session, stage.actor(), row.id or 0, now)
        session.get_one(Subscriber, cast.ana).window_ends_at = now
        session.get_one(Subscriber, cast.ben).window_ends_at = now + timedelta(days=1)
        session.commit()
    number = stage.broadcast(segment_id=row.id)
    stage.start()
    assert set(stage.rows(number)) == {"Ana", "Cara"}


def test_people_a_plan_is_being_made_of_are_not_let_go(stage: Stage) -> None:
    now = stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = saved(session, stage, "Open", OPEN)
        freezing.freeze(session, stage.actor(), row.id or 0, now)
    number = stage.broadcast(segment_id=row.id)
    with stage.house.db.writer(stage.people.rosewood) as session:
        run = session.exec(select(Occurrence).where(Occurrence.broadcast_id == number)).one()
        run.state, run.tree = "planning", asks(row)
        session.commit()
        with pytest.raises(Refused, match="is being planned"):
            freezing.thaw(session, stage.actor(), row.id or 0, now)


def test_only_what_makes_sense_is_done(stage: Stage) -> None:
    actor, now = stage.actor(), stage.clock.now()
    with stage.house.db.writer(stage.people.rosewood) as session:
        row = saved(session, stage, "Open", OPEN)
        with pytest.raises(Refused, match="not frozen"):
            freezing.thaw(session, actor, row.id or 0, now)
        freezing.freeze(session, actor, row.id or 0, now)
        with pytest.raises(Refused, match="frozen already"):
            freezing.freeze(session, actor, row.id or 0, now)
        with pytest.raises(Refused, match="Thaw it first"):
            segments.change(
                session, actor, row.id or 0, "x", segments.read(session, asks(row)), now
            )
        segments.change(session, actor, row.id or 0, "x", segments.rule_of(session, row), now)
        segments.archive(session, actor, row.id or 0, now)
        assert row.name == "x"
    assert stage.actor(Role.VIEWER).can("segment.edit") is False


@pytest.mark.parametrize("change", ["the inner rule", "frozen", "frozen anew"])
def test_an_approval_is_void_when_the_audience_behind_it_changes(
    db: database.Database, stage: Stage, change: str
) -> None:
    desk = broadcast_stage.Stage(db, stage.people, stage.clock.now())
    now = stage.clock.now()
    with desk.session() as session:
        inner = saved(session, stage, "Open", OPEN)
        if change == "frozen anew":
            freezing.freeze(session, stage.actor(), inner.id or 0, now)
        outer = saved(session, stage, "Outer", asks(inner))
        made = desk.ready(session)
        drafting.aim(session, desk.editor, made.id or 0, made.version, outer.id, now)
        seen = approving.hash_of(session, made, BOOK, now)
        assert approving.hash_of(session, made, BOOK, now) == seen
        later = now + timedelta(minutes=1)
        if change == "the inner rule":
            segments.change(session, stage.actor(), inner.id or 0, "Open", segments.read(
                session, {"field": "window", "op": "closed"}), later)  # fmt: skip
        if change == "frozen anew":
            freezing.thaw(session, stage.actor(), inner.id or 0, later)
        if change != "the inner rule":
            freezing.freeze(session, stage.actor(), inner.id or 0, later)
        assert approving.hash_of(session, made, BOOK, now) != seen
