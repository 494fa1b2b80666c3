"""How many people stand how over coming hours, by sets of the audience index where they are kept.

The same counts as `reaches.people`, which looks at each row: that takes eight microseconds a person
where a segment moves with time, where there are quiet hours and a cap. Here the sets tell the
digits of all people (`hour_columns`), and equal people are counted (`head_counts`). Whoever changed
since the sets were read is looked at by their rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from sqlalchemy import and_
from sqlmodel import Session, col

from webapp.domain.forecast import Standing
from webapp.domain.segment import Node
from webapp.models.subscriber import Subscriber
from webapp.services.hour_columns import Column, Columns
from webapp.store import id_lists, reaches, segment_hours, standings
from webapp.store.hour_steps import Values
from webapp.store.segment_hours import Inside
from webapp.store.standings import Look


def people(session: Session, look: Look, tree: Node, channel_id: int) -> Mapping[Standing, int]:
    """How many of the segment stand how; erased people never do."""
    inside = segment_hours.inside(tree, look.hours)
    columns = Columns(session, look, inside, channel_id)
    if not columns.at_hand:
        return reaches.people(session, look, tree, channel_id)
    found = _counted(columns, inside)
    if unsure := columns.dirty:
        of_them = id_lists.people(session, list(unsure))
        clause = and_(of_them, inside.clause, col(Subscriber.erased_at).is_(None))
        found.update(reaches.grouped(session, look, channel_id, clause, inside))
    columns.keep()
    return found


def _counted(columns: Columns, inside: Inside) -> Counter[Standing]:
    """Of those who are not `dirty` after this."""
    from webapp.services import head_counts  # not before: see its first lines

    people = columns.people()
    told = list(columns.of(people))
    counting = head_counts.HeadCount(people - columns.dirty)
    for it in told:
        counting.split(it.classes, it.rest)
    found: Counter[Standing] = Counter()
    for standing, n in _read(told, inside, counting.groups()):
        found[standing] += n
    return found


def _read(
    columns: Iterable[Column], inside: Inside, groups: Iterable[tuple[list[Values], int]]
) -> Iterator[tuple[Standing, int]]:
    slots = [slot for it in columns for slot in it.slots]
    spans = lru_cache(maxsize=None)(inside.spans)
    for values, n in groups:
        named, moving = defaultdict[str, int](int), [0] * len(inside.digits)
        for slot, value in zip(slots, (it for them in values for it in them), strict=True):
            if isinstance(slot, str):
                named[slot] += value
            else:
                moving[slot] = value
        yield standings.read(named, spans(tuple(moving))), n
