"""Segments: the list, the builder, and what a tree finds while it is built."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request, url_for
from sqlmodel import Session

from webapp.domain.errors import Invalid
from webapp.domain.segment import Names, Node, describe
from webapp.domain.wording import Sentence, say
from webapp.forms import numbers, reading
from webapp.forms import segments as forms
from webapp.models.segment import Segment
from webapp.services import exporting, freezing, selections
from webapp.services import segments as building
from webapp.store import segments
from webapp.views import access, csv_answers, htmx, notices, segment_builder, segment_words

blueprint = Blueprint("segments", __name__, url_prefix="/b/<brand_slug>/segments")


@blueprint.get("/")
@access.brand_screen("view")
def index() -> Response:
    session, now = access.current().session, access.current().now
    names, rows = segment_words.names(session), segments.all_of(session)
    people = building.counts(session, [_tree(row, building.tree_of) for row in rows], now)
    words = [_words(row, names) for row in rows]
    return htmx.render("segments/index.html", segments=list(zip(rows, words, people, strict=True)))


@blueprint.get("/new")
@access.brand_screen("segment.edit")
def new() -> Response:
    imported = request.args.get("imported", type=numbers.whole)
    tree = forms.fresh()
    if imported is not None:
        tree = {"all": [{"field": "import", "op": "is", "value": str(imported)}]}
    return segment_builder.page(tree, name="")


@blueprint.get("/<int:segment_id>/")
@access.brand_screen("view")
def show(segment_id: int) -> Response:
    row = building.found(access.current().session, segment_id)
    return segment_builder.page(forms.of_tree(row.tree), row=row, name=row.name)


@blueprint.post("/draft")
@blueprint.post("/<int:segment_id>/draft")
@access.brand_screen("view")
def draft(segment_id: int | None = None) -> Response:
    """The builder after an operation or a change; nothing is saved. Without script a page."""
    access.current().only_read()
    row = building.found(access.current().session, segment_id) if segment_id else None
    tree, focus = forms.operate(segment_builder.posted(), request.form.get("do", ""))
    return segment_builder.page(tree, row=row, name=request.form.get("name", ""), focus=focus)


@blueprint.post("/")
@access.brand_screen("segment.edit")
def create() -> Response:
    return _save(None)


@blueprint.post("/<int:segment_id>/")
@access.brand_screen("segment.edit")
def update(segment_id: int) -> Response:
    return _save(building.found(access.current().session, segment_id))


@blueprint.post("/<int:segment_id>/freeze")
@access.brand_screen("segment.edit")
def freeze(segment_id: int) -> Response:
    asking = access.current()
    freezing.freeze(asking.session, asking.actor, segment_id, asking.now)
    notices.tell(say("The segment is frozen: it keeps the people who are in now."))
    return htmx.redirect(url_for(".show", segment_id=segment_id))


@blueprint.post("/<int:segment_id>/thaw")
@access.brand_screen("segment.edit")
def thaw(segment_id: int) -> Response:
    asking = access.current()
    freezing.thaw(asking.session, asking.actor, segment_id, asking.now)
    notices.tell(say("The segment follows its rule again."))
    return htmx.redirect(url_for(".show", segment_id=segment_id))


@blueprint.post("/<int:segment_id>/export")
@access.brand_screen("subscriber.export")
def export(segment_id: int) -> Response:
    """The people who are in now, as a file; a POST, because the audit log keeps who took it."""
    asking = access.current()
    asking.only_read()  # the audit's line has a transaction of its own
    db, brand_id = asking.house.db, asking.brand.id or 0
    chosen = selections.of_segment(asking.session, segment_id)
    exporting.record(db, brand_id, asking.actor, chosen, asking.now)
    rows = exporting.rows(db, brand_id, chosen, asking.now)
    return csv_answers.answer(rows, f"segment-{segment_id}-{asking.now:%Y-%m-%d}.csv")


@blueprint.post("/<int:segment_id>/archive")
@access.brand_screen("segment.edit")
def archive(segment_id: int) -> Response:
    asking = access.current()
    building.archive(asking.session, asking.actor, segment_id, asking.now)
    notices.tell(say("The segment is put away. Broadcasts that use it keep it."))
    return htmx.redirect(url_for(".index"))


def _save(row: Segment | None) -> Response:
    asking = access.current()
    tree = segment_builder.posted()
    name = request.form.get("name", "")
    try:
        node = building.read(asking.session, tree, row.id if row else None)
        name = reading.read(forms.NameForm, request.form).name
        if row is None:
            row = building.create(asking.session, asking.actor, name, node, asking.now)
        else:
            building.change(
                asking.session, asking.actor, row.id or 0, name, node, asking.now,
                seen=request.form.get("seen"),
            )  # fmt: skip
    except Invalid as refused:
        return segment_builder.page(tree, row=row, name=name, refused=refused.errors)
    notices.tell(say("The segment is saved."))
    return htmx.redirect(url_for(".show", segment_id=row.id))


def _words(row: Segment, names: Names) -> Sentence:
    rule = _tree(row, building.rule_of)
    return describe(rule, names) if rule else say("A condition of it can no longer be read.")


def _tree(row: Segment, of: Callable[[Session, Segment], Node]) -> Node | None:
    try:
        return of(access.current().session, row)
    except Invalid:
        return None
