"""What the controls of the segment builder offer: fields by what they are about, and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.domain import segment_fields
from webapp.forms import segments as forms
from webapp.models.segment import Segment
from webapp.store import (
    attributes,
    broadcasts,
    channels,
    imports,
    segments,
    subscribers,
    tags,
    topics,
)
from webapp.views import access, language, segment_words

SIDE_BY_SIDE = 12  # choices shown as boxes; more of them are typed
UNBEGUN = ("uploaded", "checking", "checked")  # imports that have brought nobody yet
BROADCASTS = 200  # the newest; others stay choosable where they are chosen

GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("person", ("country", "language", "locale", "timezone", "city", "gender", "first_name",
                "last_name")),
    ("doing", ("last_inbound_at", "first_seen_at", "wrote", "tapped", "received", "delivered",
               "read", "clicked", "replied", "source", "import")),
    ("standing", ("tag", "topic", "window", "opted_out", "unavailable", "segment", "share")),
)  # fmt: skip


def of(row: Segment | None) -> dict[str, Any]:
    """`row` is the segment that is edited: it cannot ask about itself."""
    session = access.current().session
    fields = segment_fields.fields(attributes.types(session))
    labels = attributes.labels(session)
    own = [name for name in fields if name not in segment_fields.FIELDS]
    return {
        "fields": fields,
        "groups": [*GROUPS, ("own", own)],
        "labels": {segment_fields.ATTRIBUTE + name: label for name, label in labels.items()},
        "known": _known(),
        "segments": _segments(row),
        "broadcasts": _broadcasts(),
        "of_broadcasts": segment_fields.OF_BROADCASTS,
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
        "import": _imports(),
    }


def _imports() -> list[tuple[str, str]]:
    """Those that have brought somebody, or may have."""
    found = imports.all_of(access.current().session)
    return [(str(job.id), segment_words.imported(job)) for job in found if job.state not in UNBEGUN]


def _segments(row: Segment | None) -> list[tuple[str, str]]:
    found = segments.all_of(access.current().session)
    return [(str(it.id), it.name) for it in found if row is None or it.id != row.id]


def _broadcasts() -> list[tuple[str, str]]:
    found = broadcasts.page(access.current().session, limit=BROADCASTS)
    return [(str(it.id), segment_words.broadcast(it)) for it in found]
