"""What the conditions of a rule name: a topic, an import, a broadcast, another segment.

One that is not there would find nobody and say nothing, so a rule from outside is refused with the
condition that asks about it. A tag may be named that nobody wears yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session

from webapp.domain import errors, segment_tree
from webapp.domain.segment import FieldType, Leaf, Node
from webapp.domain.segment_values import Expiry, Times
from webapp.domain.wording import Sentence, say
from webapp.models.broadcast import Broadcast
from webapp.store import imports, segment_rules, segments, topics


def faults(session: Session, node: Node, own: int | None) -> Iterator[tuple[str, list[Sentence]]]:
    """What cannot be asked about, at the path of the value that names it; `own` is the segment
    whose rule it is."""
    for path, leaf in segment_tree.paths(node):
        wrong = _fault(session, leaf, own)
        if wrong is not None:
            yield f"{path}.value".lstrip("."), [wrong]


def _fault(session: Session, leaf: Leaf, own: int | None) -> Sentence | None:
    match leaf.type, leaf.value:
        case FieldType.SEGMENT, int(number):
            return _segment(session, leaf, number, own)
        case FieldType.TOPIC, (str(slug) | Expiry(topic=slug)):
            gone = say("There is no topic “%(name)s” here.", name=slug)
            return None if topics.by_slug(session, slug) else gone
        case FieldType.IMPORT, int(number):
            gone = say("There is no import %(number)s here.", number=number)
            return None if imports.find(session, number) else gone
        case FieldType.DOING, Times(broadcast=int(number)):
            gone = say("There is no broadcast %(number)s here.", number=number)
            return None if session.get(Broadcast, number) else gone
    return None


def _segment(session: Session, leaf: Leaf, number: int, own: int | None) -> Sentence | None:
    row = segments.find(session, number)
    if row is None:
        return segment_rules.gone(number)
    if row.archived_at is not None:
        return say("The segment “%(name)s” has been put away. Choose another.", name=row.name)
    try:
        segment_rules.expanded(session, leaf, own)
    except errors.Invalid as refused:
        return refused.sentence
    return None
