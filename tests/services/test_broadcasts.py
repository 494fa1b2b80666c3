"""Drafts: made, changed, copied, deleted; two editors cannot overwrite each other."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.services import broadcast_stage
from tests.services.broadcast_stage import Stage
from webapp import db as database
from webapp.domain.brief import Brief
from webapp.domain.broadcast import BroadcastState, Kind
from webapp.domain.content import Content
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from webapp.domain.permission import Actor
from webapp.services import broadcasts, drafting, steering
from webapp.store import broadcasts as rows
from webapp.store import messages, occurrences

FRANCE: dict[str, object] = {"field": "country", "op": "is", "value": "FR"}


@pytest.fixture
def stage(db: database.Database, now: datetime) -> Stage:
    return broadcast_stage.enter(db, now)


def test_a_new_broadcast_is_a_draft_of_its_kind(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session, kind=Kind.SPONSORED, budget_micros=5_000_000)
        found = rows.get(session, made.id or 0)
        assert (found.state, found.kind, found.budget_micros) == ("draft", "sponsored", 5_000_000)
        assert found.created_by == stage.cast.editor


def test_a_viewer_makes_no_broadcast(stage: Stage) -> None:
    brief = Brief("A", Kind.STANDARD, stage.cast.channel)
    with stage.session() as session, pytest.raises(Forbidden):
        broadcasts.create(session, stage.actor("viewer"), brief, stage.now)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"channel_id": 999}, "channel"), ({"campaign_id": 999}, "campaign")],
)
def test_what_is_not_the_brands_cannot_be_chosen(
    stage: Stage, given: dict[str, int], field: str
) -> None:
    with stage.session() as session, pytest.raises(Invalid) as caught:
        stage.draft(session, **given)
    assert list(caught.value.errors) == [field]


def test_another_brands_channel_cannot_be_chosen(stage: Stage) -> None:
    with stage.session() as session, pytest.raises(Invalid):
        stage.draft(session, channel_id=stage.cast.other_channel)


def test_another_brands_broadcast_is_not_found(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session).id or 0
    with stage.db.reader(stage.cast.other) as session, pytest.raises(NotFound):
        rows.get(session, made)


def test_a_draft_keeps_a_message_that_is_too_long(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session)
        long = Content(text="x" * 5000)
        drafting.write(session, stage.editor, made.id or 0, made.version, long, stage.now)
        assert messages.content(session, made.id or 0) == long


def test_a_stale_edit_is_a_conflict_and_changes_nothing(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session)
        key, version = made.id or 0, made.version
        drafting.write(session, stage.editor, key, version, Content(text="Mine"), stage.now)
        with pytest.raises(Conflict):
            drafting.write(session, stage.manager, key, version, Content(text="Late"), stage.now)
        session.rollback()
        assert messages.content(session, key).text == "Mine"


def test_saving_what_is_there_already_changes_no_version(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        before = made.version
        same = messages.content(session, made.id or 0)
        edited = drafting.write(session, stage.editor, made.id or 0, before, same, stage.now)
        assert not edited.changed
        assert made.version == before


def test_an_edit_of_something_approved_voids_the_approval_and_says_so(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        edited = drafting.write(
            session, stage.editor, made.id or 0, made.version, Content(text="New"), stage.now
        )
        assert edited.voided
        assert made.state == BroadcastState.DRAFT
        assert (made.approved_by, made.approval_hash, made.asked_by) == (None, None, None)
        assert "void because" in str(made.state_reason)


def test_an_edit_of_something_scheduled_takes_its_run_back(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.scheduled(session)
        segment = stage.segment(session, FRANCE)
        drafting.aim(session, stage.editor, made.id or 0, made.version, segment, stage.now)
        run = occurrences.latest(session, made.id or 0)
        assert (made.state, made.scheduled_at) == ("draft", None)
        assert run is not None
        assert run.state == "cancelled"


def test_a_new_name_voids_nothing(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        brief = Brief("Another name", Kind.STANDARD, stage.cast.channel)
        edited = drafting.change(
            session, stage.editor, made.id or 0, made.version, brief, stage.now
        )
        assert (edited.changed, edited.voided) == (True, False)
        assert (made.name, made.state) == ("Another name", BroadcastState.APPROVED)


def test_another_kind_voids_the_approval(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        brief = Brief("Doors", Kind.SUBSCRIPTION, stage.cast.channel, topic_id=stage.cast.topic)
        edited = drafting.change(
            session, stage.editor, made.id or 0, made.version, brief, stage.now
        )
        assert edited.voided


def test_a_cancelled_broadcast_can_no_longer_be_changed(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.draft(session)
        steering.cancel(session, stage.manager, made.id or 0, stage.now)
        with pytest.raises(Refused, match="no longer be changed"):
            drafting.write(
                session, stage.editor, made.id or 0, made.version, Content(text="x"), stage.now
            )


def test_a_copy_is_a_draft_with_the_message_and_without_the_time(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.approved(session)
        copy = broadcasts.duplicate(session, stage.editor, made.id or 0, stage.now)
        assert (copy.state, copy.name, copy.schedule) == ("draft", "Doors (2)", {})
        assert copy.approval_hash is None
        both = [messages.content(session, row.id or 0) for row in (made, copy)]
        assert both[0] == both[1]


def test_a_draft_can_be_deleted_with_its_message(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.ready(session)
        broadcasts.delete(session, stage.editor, made.id or 0, stage.now)
        with pytest.raises(NotFound):
            rows.get(session, made.id or 0)


def test_what_was_scheduled_once_is_not_deleted(stage: Stage) -> None:
    with stage.session() as session:
        made = stage.scheduled(session)
        with pytest.raises(Refused, match="Only a draft"):
            broadcasts.delete(session, stage.editor, made.id or 0, stage.now)
        session.rollback()
        drafting.write(
            session, stage.editor, made.id or 0, made.version, Content(text="New"), stage.now
        )
        with pytest.raises(Refused, match="has been scheduled before"):
            broadcasts.delete(session, stage.editor, made.id or 0, stage.now)


def test_nobody_acts_without_the_permission(stage: Stage) -> None:
    nobody = Actor(None, "", None)
    with stage.session() as session:
        made = stage.ready(session)
        for act in (broadcasts.duplicate, broadcasts.delete, steering.pause, steering.cancel):
            with pytest.raises(Forbidden):
                act(session, nobody, made.id or 0, stage.now)
