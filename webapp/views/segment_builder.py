"""The builder of segments as a page or as the part of it that htmx asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request, url_for

from webapp.domain import segment_fields
from webapp.domain.errors import Invalid
from webapp.domain.segment import Node, describe
from webapp.domain.segment_fields import Field
from webapp.domain.wording import Sentence
from webapp.forms import reading
from webapp.forms import segments as forms
from webapp.models.segment import Segment
from webapp.services import reaching
from webapp.services import segments as building
from webapp.store import attributes, channels, imports, subscribers, tags, topics
from webapp.store.subscribers import Search
from webapp.views import access, htmx, language, segment_words

PARTS = frozenset({"found", "explained", "reach"})  # what else than the rule may be asked for
EXPLAINED = 3  # people of one name
SIDE_BY_SIDE = 12  # choices shown as boxes; more of them are typed

GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("person", ("country", "language", "locale", "timezone", "city", "gender", "first_name",
                "last_name")),
    ("doing", ("last_inbound_at", "first_seen_at", "source", "import")),
    ("standing", ("tag", "topic", "window", "opted_out", "unavailable")),
)  # fmt: skip


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
    if htmx.is_fragment() and part is not None:
        making = {"found": _found, "explained": _explained, "reach": _reach}
        return htmx.render("segments/show.html", part, url=_address(row), **making[part](tree))
    return htmx.render(
        "segments/redrawn.html" if htmx.is_fragment() else "segments/show.html",
        status=htmx.UNPROCESSABLE if refused else 200,
        row=row,
        url=_address(row),
        name=name,
        tree=tree,
        shape=json.dumps(tree, default=str),
        errors=forms.by_control(tree, refused or {}, _fields()),
        focus=focus,
        **_choices(),
        **{**_explained(tree), **_found(tree)},
    )


def _found(tree: forms.Draft) -> dict[str, Any]:
    """What the sound part of the tree finds."""
    asking = access.current()
    look, unready = _look(), _unready(tree)
    view = building.look(asking.session, _sound(tree, unready), asking.now, look.channel)
    names = segment_words.names(asking.session)
    everybody = Search(channel_id=look.channel)
    return {
        "view": view,
        "everybody": subscribers.count(asking.session, everybody, asking.now),
        "words": describe(view.node, names),
        "steps": [(step, describe(step.node, names)) for step in view.funnel],
        "unready": unready,
    }


def _reach(tree: forms.Draft) -> dict[str, Any]:
    """By route: asked for after the count, which should not wait for it."""
    asking, look = access.current(), _look()
    node = _sound(tree, _unready(tree))
    book = asking.house.book
    return {"reach": reaching.reach(asking.session, node, asking.now, book, look.channel)}


def _address(row: Segment | None) -> str:
    """Where the builder posts what it would like to see."""
    return url_for("segments.draft", segment_id=row.id) if row else url_for("segments.draft")


def _explained(tree: forms.Draft) -> dict[str, Any]:
    """Whether the people of the name or id asked about are in."""
    asking, look = access.current(), _look()
    node, names = _sound(tree, _unready(tree)), segment_words.names(asking.session)
    found = subscribers.page(
        asking.session, Search(text=look.person), asking.now, limit=EXPLAINED if look.person else 0
    )
    return {
        "look": look,
        "explained": [building.explain(asking.session, node, it, asking.now) for it in found],
        "say_leaf": lambda leaf: describe(leaf, names),
    }


def _sound(tree: forms.Draft, unready: Mapping[str, object]) -> Node:
    return building.read(access.current().session, forms.sound_part(tree, list(unready)))


def _unready(tree: forms.Draft) -> dict[str, list[Sentence]]:
    try:
        building.read(access.current().session, tree)
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


def _choices() -> dict[str, Any]:
    """What the controls offer."""
    session = access.current().session
    fields, labels = _fields(), attributes.labels(session)
    own = [name for name in fields if name not in segment_fields.FIELDS]
    return {
        "fields": fields,
        "groups": [*GROUPS, ("own", own)],
        "labels": {segment_fields.ATTRIBUTE + name: label for name, label in labels.items()},
        "known": _known(),
        "channels": [(row.id, row.name) for row in channels.page(session)],
        "zone": language.zone(),
        "local_text": forms.local_text,
        "side_by_side": SIDE_BY_SIDE,
    }


def _known() -> dict[str, list[tuple[str, str]]]:
    """Values that exist, with their names, for the fields where a list helps."""
    session = access.current().session
    locales = subscribers.locales(session)
    spoken = sorted({locale.replace("-", "_").split("_")[0] for locale in locales})
    stored = {
        "country": subscribers.countries(session),
        "locale": locales,
        "language": spoken,
        "gender": ["female", "male"],
    }
    spelled = {
        field: sorted(((v, segment_words.SPELLED[field](v)) for v in values), key=lambda it: it[1])
        for field, values in stored.items()
    }
    return {
        **spelled,
        "tag": [(name, name) for name in tags.names(session)],
        "topic": [(row.slug, row.name) for row in topics.all_of(session)],
        "import": [(str(job.id), job.filename) for job in imports.all_of(session)],
    }
