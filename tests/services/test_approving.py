"""An approval is somebody else's, of exactly what was seen, and void after any change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests import small_book
from tests.services import broadcast_stage
from tests.services.broadcast_stage import BOOK, Stage
from webapp import db as database
from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.content import Content, UrlButton
from webapp.domain.errors import Conflict, Forbidden, Invalid, Refused
from webapp.models.audit import Audit
from webapp.models.brand import Brand
from webapp.models.segment import Segment
from webapp.models.user import Membership
from webapp.services import approving, drafting, preflight, scheduling
from webapp.store import broadcasts

FRANCE: dict[str, object] = {"field": "country", "op": "is", "value": "FR"}


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    return broadcast_stage.enter(db, now)


def test_an_over_long_message_cannot_be_asked_for_and_says_why_by_field(stage: Stage) -> None:
    long = Content(text="x" * 641, buttons=(UrlButton("Open", "https://example.com/"),))
    with stage.session() as session:
        made = stage.ready(session)
        drafting.write(session, stage.editor, made.id or 0, made.version, long, stage.now)
        with pytest.raises(Invalid) as caught:
            approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        assert list(caught.value.errors) == ["message.text"]
        session.rollback()
        assert broadcasts.get(session, made.id or 0).state == BroadcastState.DRAFT


def test_a_draft_without_anything_lists_all_it_lacks(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session)
        with pytest.raises(Invalid) as caught:
            approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        assert set(caught.value.errors) == {"message.text", "schedule"}


def test_a_time_that_has_passed_is_refused(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        later = stage.now + timedelta(days=2)
        with pytest.raises(Invalid) as caught:
            approving.ask(session, stage.editor, made.id or 0, BOOK, later)
        assert list(caught.value.errors) == ["schedule"]


def test_somebody_else_approves(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        assert (made.state, made.asked_by, made.approved_by) == (
            BroadcastState.APPROVED, stage.cast.editor, stage.cast.manager,
        )  # fmt: skip
        assert made.approval_hash == approving.hash_of(session, made, BOOK, stage.now)


def test_an_editor_does_not_approve(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        with pytest.raises(Forbidden):
            approving.approve(session, stage.editor, made.id or 0, BOOK, stage.now)


def test_the_asker_does_not_approve(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        approving.ask(session, stage.manager, made.id or 0, BOOK, stage.now)
        with pytest.raises(Forbidden, match="somebody else"):
            approving.approve(session, stage.manager, made.id or 0, BOOK, stage.now)


def test_the_only_one_who_may_approves_what_they_asked_for_and_the_log_says_so(
    stage: Stage,
) -> None:
    with stage.session() as session:
        for row in session.exec(select(Membership).where(Membership.role == "admin")):
            session.delete(row)
        made = stage.ready(session)
        approving.ask(session, stage.manager, made.id or 0, BOOK, stage.now)
        assert approving.may_approve(session, stage.manager, made) is None
        approving.approve(session, stage.manager, made.id or 0, BOOK, stage.now)
        line = session.exec(select(Audit).where(Audit.action == "broadcast.approve")).one()
        assert line.detail["alone"] is True


def test_an_approval_of_something_else_than_was_seen_is_a_conflict(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        segment = stage.segment(session, FRANCE)
        drafting.aim(session, stage.editor, made.id or 0, made.version, segment, stage.now)
        approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        seen = approving.hash_of(session, made, BOOK, stage.now)
        _change(session.get_one(Segment, segment))
        session.commit()
        with pytest.raises(Conflict, match="changed since you opened"):
            approving.approve(session, stage.manager, made.id or 0, BOOK, stage.now, seen)


def test_a_segment_changed_after_the_approval_voids_it_at_the_latest_when_scheduling(
    stage: Stage,
) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        segment = stage.segment(session, FRANCE)
        drafting.aim(session, stage.editor, made.id or 0, made.version, segment, stage.now)
        approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        approving.approve(session, stage.manager, made.id or 0, BOOK, stage.now)
        assert approving.is_current(session, made, BOOK, stage.now)
        _change(session.get_one(Segment, segment))
        session.commit()
        with pytest.raises(Conflict, match="approval is void"):
            scheduling.schedule(session, stage.manager, made.id or 0, BOOK, stage.now)
        assert broadcasts.get(session, made.id or 0).state == BroadcastState.DRAFT


def test_a_rulebook_that_decides_otherwise_voids_it(stage: Stage) -> None:
    """`test_rule_alarms` has the other half: one that decides alike does not."""
    other = small_book.of(small_book.window(), small_book.not_in_europe())
    with stage.session() as session:
        made = stage.approved(session)
        assert not approving.is_current(session, made, other, stage.now)


def test_it_can_be_sent_back_with_a_note(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        approving.send_back(session, stage.manager, made.id or 0, "Too loud", stage.now)
        assert made.state == BroadcastState.DRAFT
        assert "Too loud" in str(made.state_reason)


def test_a_draft_is_not_approved(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        with pytest.raises(Refused, match="Only a broadcast in review"):
            approving.approve(session, stage.manager, made.id or 0, BOOK, stage.now)


def test_a_kind_the_rules_forbid_for_the_brand_is_refused_with_rule_and_source(
    stage: Stage,
) -> None:
    """Subscriptions ended outside a few regions on 2026-02-10."""
    with stage.session() as session:
        made = stage.ready(session, kind=Kind.SUBSCRIPTION, topic_id=stage.cast.topic)
        assert preflight.check(session, made, BOOK, stage.now).errors == {}
        session.get_one(Brand, stage.cast.rosewood).country = "US"
        session.commit()
        check = preflight.check(session, made, BOOK, stage.now)
        rule = next(line.rule for line in check.lines if line.field == "kind")
        assert rule is not None
        assert rule.rule_id == "messenger.subscription.regions"
        assert rule.source.startswith("https://")
        with pytest.raises(Invalid) as caught:
            approving.ask(session, stage.editor, made.id or 0, BOOK, stage.now)
        assert list(caught.value.errors) == ["kind"]


def _change(segment: Segment) -> None:
    segment.tree = {"field": "country", "op": "is", "value": "BR"}
