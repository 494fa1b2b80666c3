"""Lines of JSON, some thousand at a time, read into the people they name.

Nearly all lines of a long load are sound and plain: those are read by column (`people_columns`).
The others are read one by one by what reads a single person (`people_rows`), which also says what
is wrong with them. Which way a line went cannot be told from what became of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from webapp.api import bodies, people_columns, people_rows, problems
from webapp.api.people_columns import ODD, Column
from webapp.api.schemas.people import Person
from webapp.domain import import_row
from webapp.domain.errors import Invalid
from webapp.domain.import_columns import ATTRIBUTE
from webapp.domain.import_row import SEVERAL, TEXTS, TIMES, Record, Row
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say

LONGEST_LINE = 64 * 1024  # bytes
TOO_LONG = say("This line is longer than %(most)s bytes.", most=LONGEST_LINE)
NOT_JSON = say("This line is not JSON.")
Line = tuple[int, bytes]  # its number, and all of it that is needed
Columns = dict[str, list[Any]]
_TOLD = ("key", *TEXTS, *TIMES, *SEVERAL)
_NONE: Mapping[str, Any] = {}
_LEFT_OUT: Mapping[str, Any] = {"wording": "", "tags": [], "topics": []}
_APART = frozenset({"channel_id", "attributes"})
_FIELDS = frozenset({*_TOLD, "wording"}) | _APART


@dataclass(frozen=True)
class Told:
    """One line's person; a `row` where no record can say all of it."""

    channel_id: int
    wording: str
    person: Record | Row

    @property
    def line(self) -> int:
        return self.person.line if isinstance(self.person, Row) else int(self.person[0])

    @property
    def key(self) -> str:
        return self.person.key if isinstance(self.person, Row) else str(self.person[1])


@dataclass(frozen=True)
class Wrong:
    """A line that cannot be used, with what is wrong by field."""

    line: int
    errors: Mapping[str, Sentence]


@dataclass(frozen=True)
class Block:
    """`told` by line; their records have the attributes `types`."""

    types: Mapping[str, AttributeType] = field(default_factory=dict)
    told: Sequence[Told] = ()
    wrong: Sequence[Wrong] = ()


class Reader:
    """Reads the lines of one load. `known` are the brand's attributes, `channels` its channels;
    `channel` is that of lines that name none, or what is wrong with naming none."""

    def __init__(
        self,
        known: Mapping[str, AttributeType],
        channels: Collection[int],
        channel: int | Invalid,
        now: datetime,
    ) -> None:
        self._known, self._channels, self._channel, self._now = known, channels, channel, now
        self._fields, self._own = people_columns.fields(now), dict[str, Column]()

    def read(self, lines: Sequence[Line]) -> Block:
        objects = [_object_or_none(text) for _, text in lines]
        plain = [n for n, it in enumerate(objects) if it is not None and it.keys() <= _FIELDS]
        columns, odd = self._typed([objects[n] or {} for n in plain])
        columns["line"] = [lines[n][0] for n in plain]
        others = {*range(len(lines))} - {*plain} | {plain[n] for n in odd}
        read = [self._one(lines[n]) for n in sorted(others)]
        rows = [it for it in read if isinstance(it, Told)]
        types = self._types(columns, rows)
        told = [it for n, it in enumerate(_told(columns, types)) if n not in odd]
        told += [_with_record(it, types) for it in rows]
        told.sort(key=lambda it: it.line)
        return Block(types, told, [it for it in read if isinstance(it, Wrong)])

    def _typed(self, objects: Sequence[Mapping[str, Any]]) -> tuple[Columns, set[int]]:
        """The columns of these objects, and the places of those that are not plain."""
        columns: Columns = {}
        named = {name for it in objects for name in it}
        for name in _FIELDS & named - _APART:
            missing = _LEFT_OUT.get(name)
            columns[name] = self._fields[name]([it.get(name, missing) for it in objects])
        columns["channel_id"] = [self._channel_of(it.get("channel_id")) for it in objects]
        odd = self._add_own(columns, [it.get("attributes", _NONE) for it in objects])
        for name in ("key", "channel_id"):
            columns.setdefault(name, [ODD] * len(objects))
        for cells in columns.values():
            if ODD in cells:
                odd.update(n for n, it in enumerate(cells) if it is ODD)
        if "topics" in columns:
            dated = columns.get("opted_in_at", [None] * len(objects))
            both = enumerate(zip(columns["topics"], dated, strict=True))
            odd.update(n for n, (topics, at) in both if topics is not None and at is None)
        return columns, odd

    def _add_own(self, columns: Columns, held: Sequence[Any]) -> set[int]:
        """The attributes; returns the places of lines that name one which the brand has not."""
        odd = {n for n, it in enumerate(held) if not isinstance(it, dict)}
        sound = [_NONE if n in odd else it for n, it in enumerate(held)] if odd else held
        named = {name for it in sound for name in it}
        if not named <= self._known.keys():
            odd.update(n for n, it in enumerate(sound) if not it.keys() <= self._known.keys())
        for name in named & self._known.keys():
            read = self._own.setdefault(name, people_columns.attribute(self._known[name]))
            columns[ATTRIBUTE + name] = read([it.get(name) for it in sound])
        return odd

    def _channel_of(self, given: object) -> Any:
        if given is None:
            return ODD if isinstance(self._channel, Invalid) else self._channel
        return given if type(given) is int and given in self._channels else ODD

    def _one(self, line: Line) -> Told | Wrong:
        """One by one, with a sentence for each field that is wrong."""
        number, text = line
        try:
            person = bodies.read(Person, _object(text))
            row = people_rows.row_of(person, self._known, self._now, number)
            return Told(self._channel_for(person), person.wording, row)
        except Invalid as invalid:
            return Wrong(number, {name: found[0] for name, found in invalid.errors.items()})
        except problems.Unreadable as unreadable:
            return Wrong(number, {"": unreadable.sentence})

    def _channel_for(self, person: Person) -> int:
        if person.channel_id is None and isinstance(self._channel, Invalid):
            raise self._channel
        found = self._channel_of(person.channel_id)
        if found is ODD:
            raise Invalid({"channel_id": [say("There is no such channel here.")]})
        return int(found)

    def _types(self, columns: Columns, rows: Sequence[Told]) -> dict[str, AttributeType]:
        """The attributes that are named, in an order of their own."""
        named = {it.removeprefix(ATTRIBUTE) for it in columns if it.startswith(ATTRIBUTE)}
        for it in rows:
            named |= it.person.attributes.keys() if isinstance(it.person, Row) else set()
        return {name: self._known[name] for name in sorted(named)}


def _told(columns: Columns, types: Mapping[str, AttributeType]) -> Iterator[Told]:
    many = len(columns["line"])
    nothing, unworded = [None] * many, [""] * many
    cells = (columns.get(name, nothing) for name in (*_TOLD, *(ATTRIBUTE + it for it in types)))
    records = zip(columns["line"], *cells, strict=True)
    return map(Told, columns["channel_id"], columns.get("wording", unworded), records)


def _with_record(told: Told, types: Mapping[str, AttributeType]) -> Told:
    if not isinstance(told.person, Row):
        return told
    record = import_row.record_of(told.person, types)
    return told if record is None else replace(told, person=record)


def _object_or_none(text: bytes) -> dict[str, Any] | None:
    try:
        return _object(text)
    except problems.Unreadable:
        return None


def _object(text: bytes) -> dict[str, Any]:
    if len(text.rstrip()) > LONGEST_LINE:
        raise problems.Unreadable(TOO_LONG)
    try:
        found = bodies.parsed(text)
    except problems.Unreadable:
        raise problems.Unreadable(NOT_JSON) from None
    if not isinstance(found, dict):
        raise problems.Unreadable(bodies.NO_OBJECT)
    return found
