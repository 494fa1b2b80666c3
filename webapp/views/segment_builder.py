"""The builder of segments as a page or as the part of it that htmx asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from webapp.domain import segment_fields
from webapp.domain.errors import Invalid
from webapp.domain.segment import EVERYONE, Node, describe
from webapp.domain.segment_fields import Field
from webapp.domain.wording import Sentence
from webapp.forms import reading
from webapp.forms import segments as forms
from webapp.models.segment import Segment, SegmentDay
from webapp.services import (
    explaining,
    listing,
    overlaps,
    reaching,
    sampling,
    segment_days,
    selections,
)
from webapp.services import segments as building
from webapp.services.segments import View
from webapp.services.selections import Selection
from webapp.store import attributes, segment_rules, segments, users
from webapp.store.searches import Search
from webapp.views import access, htmx, language, segment_choices, segment_words

PARTS = frozenset(
    {"found", "explained", "reach", "overlap"}
)  # what else than the rule may be asked for
EXPLAINED = 3  # people of one name


def posted() -> forms.Draft:
    return forms.draft(request.form, _fields(), language.zone())


def page(
    tree: forms.Draft,
    *,
    name: str,
    row: Segment | None = None,
    refused: Mapping[str, Sequence[Sentence]] | None = None,
    focus: str = "",
) -> Response:
    """`refused`: why it could not be saved, in the words of `segment.parse`."""
    part = htmx.target() if htmx.target() in PARTS else None
    asked = _asked(tree, row)
    if htmx.is_fragment() and part is not None:
        making = {"found": _found, "explained": _explained, "reach": _reach, "overlap": _overlap}
        return htmx.render("segments/show.html", part, url=_address(row), **making[part](asked))
    return htmx.render(
        "segments/redrawn.html" if htmx.is_fragment() else "segments/show.html",
        status=htmx.UNPROCESSABLE if refused else 200,
        row=row,
        url=_address(row),
        name=name,
        seen=request.form.get("seen") or (building.stamp(row) if row else ""),
        tree=tree,
        shape=json.dumps(tree, default=str),
        errors=forms.by_control(tree, refused or {}, _fields()),
        focus=focus,
        frozen_by=_frozen_by(row),
        days=_days(row),
        **segment_choices.of(row),
        **{**_explained(asked), **_found(asked), **_overlap(asked)},
    )


def _days(row: Segment | None) -> Sequence[SegmentDay]:
    """Who joined and left lately; nothing while the rule is being redrawn."""
    if row is None or htmx.is_fragment():
        return []
    asking = access.current()
    today = asking.now.astimezone(language.zone()).date()
    return segment_days.recent(asking.session, row.id or 0, today)


@dataclass(frozen=True)
class _Asked:
    """Whom the page is about: the sound part of what is on it, at the moment it is asked for."""

    said: Node  # in words: of a frozen segment the rule it was made with
    node: Node
    at: datetime
    unready: Mapping[str, Sequence[Sentence]]
    look: forms.LookForm
    frozen: bool


def _asked(tree: forms.Draft, row: Segment | None) -> _Asked:
    asking, look = access.current(), _look()
    own = row.id if row else None
    unready = _unready(tree, own)
    said = _sound(forms.sound_part(tree, list(unready)), own)
    frozen = row is not None and row.kind == segment_rules.FROZEN
    node = building.tree_of(asking.session, row) if row is not None and frozen else said
    return _Asked(said, node, _moment(look), unready, look, frozen)


def _sound(tree: forms.Draft, own: int | None) -> Node:
    """Of a rule that is too large as a whole nothing is counted: everyone is."""
    try:
        return building.read(access.current().session, tree, own)
    except Invalid:
        return EVERYONE


def _moment(look: forms.LookForm) -> datetime:
    """Now, unless another time is asked for at which the rules are known."""
    asking = access.current()
    at = forms.moment(look.at, language.zone()) or asking.now
    try:
        explaining.check_moment(at, asking.now, asking.house.book)
    except Invalid:
        return asking.now
    return at


def _found(asked: _Asked) -> dict[str, Any]:
    """What the sound part of the tree finds."""
    session, look = access.current().session, asked.look
    first = None if _exactly() else sampling.first(session, asked.node, asked.at, look.channel)
    if first is None:
        view = building.look(session, asked.node, asked.at, look.channel)
        everybody = Selection(Search(channel_id=look.channel))
        of = selections.count(session, everybody, access.current().now)
    else:
        view, of = View(asked.node, first.n, (), ()), first.of
    names = segment_words.names(session)
    return {
        "view": view,
        "counted": first is None,
        "at": asked.at,
        "everybody": of,
        "words": describe(asked.said, names),
        "frozen": asked.frozen,
        "steps": [(step, describe(step.node, names)) for step in view.funnel],
        "unready": asked.unready,
    }


def _exactly() -> bool:
    """Whoever has no script to ask once more posts for the exact number; on a page it is a link."""
    plain_post = request.method == "POST" and not htmx.is_fragment()
    return plain_post or "counted" in request.values


def _reach(asked: _Asked) -> dict[str, Any]:
    """By route: asked for after the count, which should not wait for it."""
    asking = access.current()
    book, channel = asking.house.book, asked.look.channel
    found = reaching.reach(asking.session, asked.node, asked.at, book, channel)
    return {"reach": found, "look": asked.look}


def _overlap(asked: _Asked) -> dict[str, Any]:
    """With the segment chosen beside, if one is."""
    session, look = access.current().session, asked.look
    other = segments.find(session, look.overlap) if look.overlap else None
    try:
        node = building.tree_of(session, other) if other else None
    except Invalid:
        node = None  # a condition of it can no longer be read
    if node is None:
        return {"overlap": None, "look": look}
    found = overlaps.of(session, asked.node, node, asked.at, look.channel)
    return {"overlap": found, "other": other, "look": look}


def _frozen_by(row: Segment | None) -> str:
    """Who froze it, by name."""
    number = row.frozen_by if row else None
    user = users.get(access.current().session, number) if number else None
    return user.name if user else ""


def _address(row: Segment | None) -> str:
    """Where the builder posts what it would like to see."""
    return url_for("segments.draft", segment_id=row.id) if row else url_for("segments.draft")


def _explained(asked: _Asked) -> dict[str, Any]:
    """Whether the people of the name or id asked about are in."""
    session, look = access.current().session, asked.look
    names = segment_words.names(session)
    found = listing.page(
        session, Search(text=look.person), asked.at, limit=EXPLAINED if look.person else 0
    )
    return {
        "look": look,
        "explained": [building.explain(session, asked.node, it, asked.at) for it in found],
        "say_leaf": lambda leaf: describe(leaf, names),
    }


def _unready(tree: forms.Draft, own: int | None) -> dict[str, list[Sentence]]:
    try:
        building.read(access.current().session, tree, own)
    except Invalid as refused:
        return forms.by_path(refused.errors)
    return {}


def _look() -> forms.LookForm:
    try:
        return reading.read(forms.LookForm, request.form)
    except Invalid:
        return forms.LookForm()


def _fields() -> dict[str, Field]:
    return segment_fields.fields(attributes.types(access.current().session))
