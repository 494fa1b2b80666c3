"""What differs between two books, or between two rows of one rule: for people who read changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, Protocol

from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card

UNSAID = ("id",)  # it is the same
NUMBERS = frozenset({"value", "unit", "rates", "routes", "currency", "free"})  # what an amount is
_A_DAY = timedelta(days=1)


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


@dataclass(frozen=True)
class Amount:
    """What becomes of one price card or limit on one day of a book."""

    day: date
    before: Card | Limit | None
    after: Card | Limit | None

    @property
    def row(self) -> Card | Limit:
        """What follows, or what ends."""
        row = self.after or self.before
        assert row is not None  # noqa: S101  # a change has a row before or a row after
        return row

    @property
    def becomes(self) -> str:
        """begins, ends or changes."""
        return "begins" if self.before is None else "changes" if self.after else "ends"

    @property
    def points(self) -> tuple[Point, ...]:
        """The numbers that are not what they were; all of them where the row begins."""
        if self.after is None:
            return ()
        if self.before is None:
            found: Iterable[Point] = (Point(k, "", v) for k, v in _said(self.after).items())
        else:
            found = points(self.before, self.after)
        return tuple(it for it in found if it.field.partition(".")[0] in NUMBERS)

    @property
    def rates(self) -> tuple[Point, ...]:
        """Of a price card: the markets whose prices are not what they were."""
        return tuple(it for it in self.points if it.field.startswith("rates."))


def amounts(
    book: Rulebook, since: date, until: date, platform: str | None = None
) -> tuple[Amount, ...]:
    """What begins, ends or changes of prices and limits after `since` and up to and with `until`,
    by day: the part of the book that `Rulebook.changes` does not tell."""
    found: dict[tuple[date, str], Amount] = {}
    rows: Iterable[Card | Limit] = (*book.cards, *book.bounds)
    for row in rows:
        if platform not in (None, row.platform):
            continue
        begun = found.get((row.valid_from, row.id), Amount(row.valid_from, None, None))
        found[row.valid_from, row.id] = replace(begun, after=row)
        if row.valid_to is not None:
            over = row.valid_to + _A_DAY
            ended = found.get((over, row.id), Amount(over, None, None))
            found[over, row.id] = replace(ended, before=row)
    return tuple(found[key] for key in sorted(found) if since < key[0] <= until)


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
