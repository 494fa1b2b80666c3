"""Lists of subscribers as a whole: taken out as a file, tagged, untagged."""

from __future__ import annotations

from flask import Response

from webapp.api import csv_answers
from webapp.api.calls import Call
from webapp.api.csv_answers import CSV
from webapp.api.routes import Table
from webapp.api.schemas.people import Filter, ListQuery, Tagged, Tagging, Whole
from webapp.domain.errors import Invalid
from webapp.domain.wording import say
from webapp.services import dossiers, exporting, selections, tagging
from webapp.services.selections import Selection
from webapp.store.searches import Search

table = Table("subscribers")


@table.get("/subscribers/export", "subscriber.export", query=ListQuery, also=(CSV,))
def export(call: Call, query: ListQuery) -> Response:
    """A list of people, or a segment with `segment_id`, as CSV that imports read back. Consents
    and windows are columns that only tell."""
    chosen = _chosen(call, query, query.segment_id)
    exporting.record(call.house.db, call.brand_id, call.actor, chosen, call.now)
    rows = exporting.rows(call.house.db, call.brand_id, chosen, call.now)
    return csv_answers.answer(rows, "subscribers.csv")


@table.get("/subscribers/{subscriber_id}/export", "subscriber.export", answers=Whole)
def export_one(call: Call, subscriber_id: int) -> Whole:
    """Everything kept about one person."""
    with call.house.db.writer(call.brand_id) as session:
        found = dossiers.export(session, call.actor, subscriber_id, call.now)
    return Whole.model_validate(found)


@table.post("/subscribers/tags", "subscriber.edit", answers=Tagged, body=Tagging)
def tag(call: Call, body: Tagging) -> Tagged:
    """Put a tag on everybody a filter or a segment finds, or take it off. With `only_count` nothing
    is done. Doing it twice changes nothing."""
    with call.house.db.reader(call.brand_id) as session:
        chosen = _chosen(call, body.filter or Filter(), body.segment_id)
        people = selections.count(session, chosen, call.now)
    name = tagging.checked(body.tag)
    if body.only_count:
        return Tagged(people=people, changed=None)
    do = tagging.put_on_all if body.action == "put" else tagging.take_off_all
    changed = do(call.house.db, call.brand_id, call.actor, chosen, name, call.now)
    return Tagged(people=people, changed=changed)


def _chosen(call: Call, filter_: Filter | ListQuery, segment_id: int | None) -> Selection:
    search = Search(filter_.q, filter_.tag, filter_.country, filter_.window, filter_.channel_id)
    if segment_id is None:
        return Selection(search)
    if search:
        raise Invalid({"segment_id": [say("Give a filter or a segment, not both.")]})
    with call.house.db.reader(call.brand_id) as session:
        return selections.of_segment(session, segment_id)
