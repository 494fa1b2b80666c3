"""What people opt in to."""

from __future__ import annotations

from webapp.api import cursors
from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.base import Page, PageQuery
from webapp.api.schemas.topics import NewTopic, Topic, TopicChange
from webapp.models.opt_in import Topic as Row
from webapp.services import topics as making
from webapp.store import topics

table = Table("topics")


@table.get("/topics", "view", answers=Page[Topic], query=PageQuery)
def index(call: Call, query: PageQuery) -> Page[Topic]:
    """The topics in use, with how many people opted in to them."""
    rows, cursor = cursors.of_all(topics.all_of(call.session), query, lambda row: row.id or 0)
    counts = topics.counts(call.session)
    return Page(items=[_shown(row, counts) for row in rows], next_cursor=cursor)


@table.post("/topics", "topic.edit", answers=Topic, body=NewTopic, status=201)
def create(call: Call, body: NewTopic) -> Topic:
    """Make a topic."""
    return _shown(making.add(call.session, call.actor, body.name, body.wording, call.now), {})


@table.get("/topics/{topic_id}", "view", answers=Topic)
def show(call: Call, topic_id: int) -> Topic:
    """One topic."""
    return _shown(making.found(call.session, topic_id), topics.counts(call.session))


@table.patch("/topics/{topic_id}", "topic.edit", answers=Topic, body=TopicChange)
def change(call: Call, topic_id: int, body: TopicChange) -> Topic:
    """Reword a topic; opt-ins keep the wording they were given with."""
    row = making.found(call.session, topic_id)
    name = row.name if body.name is None else body.name
    wording = row.wording if body.wording is None else body.wording
    made = making.reword(call.session, call.actor, topic_id, name, wording, call.now)
    return _shown(made, topics.counts(call.session))


@table.delete("/topics/{topic_id}", "topic.edit")
def archive(call: Call, topic_id: int) -> None:
    """Put a topic away; its history stays."""
    making.archive(call.session, call.actor, topic_id, call.now)


def _shown(row: Row, counts: dict[tuple[int, str], int]) -> Topic:
    shown = Topic.model_validate(row)
    shown.opted_in = counts.get((row.id or 0, "active"), 0)
    shown.stopped = counts.get((row.id or 0, "stopped"), 0)
    return shown
