"""What differs between two books, or between two rows of one rule: for people who read changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Protocol

from webapp.domain.policy.rulebook import Rulebook

UNSAID = ("id",)  # it is the same


class Row(Protocol):
    """A rule, a price card or a limit."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True)
class Difference:
    """One id of two books: `before` is empty when it begins, `after` when it ends."""

    id: str
    before: tuple[Any, ...]
    after: tuple[Any, ...]

    @property
    def becomes(self) -> str:
        """begins, ends or changes."""
        return "begins" if not self.before else "changes" if self.after else "ends"

    @property
    def points(self) -> tuple[Point, ...]:
        """Field by field where one row stands for one row; else there is none to compare with."""
        if len(self.before) != len(self.after):
            return ()
        pairs = zip(self.before, self.after, strict=True)
        return tuple(point for old, new in pairs for point in points(old, new))


@dataclass(frozen=True)
class Point:
    """One field of a row that is not what it was. Values are plain words; "" is nothing."""

    field: str
    before: str
    after: str


def between(old: Rulebook, new: Rulebook) -> tuple[Difference, ...]:
    """Rules, cards and limits by id, in the order of ids; those that are the same are left out."""
    before, after = _by_id(old), _by_id(new)
    pairs = (
        Difference(name, before.get(name, ()), after.get(name, ()))
        for name in sorted(before.keys() | after.keys())
    )
    return tuple(it for it in pairs if list(map(_said, it.before)) != list(map(_said, it.after)))


def points(old: Row, new: Row) -> Iterator[Point]:
    """The fields in which two rows differ; a table's entries one by one."""
    before, after = _said(old), _said(new)
    for name in dict.fromkeys((*before, *after)):
        if before.get(name, "") != after.get(name, ""):
            yield Point(name, before.get(name, ""), after.get(name, ""))


def _by_id(book: Rulebook) -> dict[str, tuple[Row, ...]]:
    found: dict[str, tuple[Row, ...]] = {}
    rows: Iterable[Row] = (*book.rules, *book.cards, *book.bounds)
    for row in sorted(rows, key=lambda row: str(getattr(row, "valid_from", ""))):
        found[row.id] = (*found.get(row.id, ()), row)
    return found


def _said(row: Row) -> dict[str, str]:
    """What a row says, as words by field name."""
    found: dict[str, str] = {}
    for field in fields(row):  # type: ignore[arg-type]  # every row is a dataclass
        if field.name not in UNSAID:
            found.update(_words(field.name, getattr(row, field.name)))
    return found


def _words(name: str, value: object) -> Iterator[tuple[str, str]]:
    """A table's entries and a clause's parts have names of their own below the field's."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _words(f"{name}.{key}", inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _words(f"{name}.{field.name}", getattr(value, field.name))
    elif (said := _plain(value)) != "":
        yield name, said


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(_plain(it) for it in value))
    if isinstance(value, tuple | list):
        return ", ".join(_plain(it) for it in value)
    return str(value)
