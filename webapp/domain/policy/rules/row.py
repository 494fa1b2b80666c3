"""A row of a rulebook file, read field by field; whatever is wrong is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from webapp.domain.broadcast import Kind
from webapp.domain.errors import FanlightError
from webapp.domain.policy.verdict import Confidence
from webapp.domain.wording import say

PLATFORMS = ("messenger", "instagram", "whatsapp")
ANY = "any"  # every platform, every kind
HOUSE_SOURCE = "brand settings"  # the source of the house's own rules
_ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_-]+)+")
_Word = TypeVar("_Word", bound=StrEnum)


class RulebookError(FanlightError):
    """The rulebook cannot be used: `file`, `rule` and `field` say where, the sentence why."""

    def __init__(self, file: str, rule: str, field: str, problem: str) -> None:
        super().__init__(
            say(
                "The rulebook cannot be used. File %(file)s, rule %(rule)s, field %(field)s: "
                "%(problem)s",
                file=file,
                rule=rule,
                field=field,
                problem=problem,
            )
        )
        self.file = file
        self.rule = rule
        self.field = field


class Row:
    """One table of a file. Every getter raises RulebookError; `done` refuses fields not read."""

    def __init__(self, file: str, table: Mapping[str, object], owner: str | None = None) -> None:
        self.file = file
        self._table = table
        self._read: set[str] = set()
        self.id = owner if owner is not None else self._identity()

    def wrong(self, field: str, problem: str) -> RulebookError:
        return RulebookError(self.file, self.id, field, problem)

    def unknown(self, field: str, word: object, known: Iterable[str]) -> RulebookError:
        return self.wrong(field, f'"{word}" is unknown; known are {", ".join(known)}')

    def text(self, field: str, default: str | None = None) -> str:
        value = self._value(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(field, "a text is expected")
        return value

    def whole(self, field: str) -> int:
        value = self._value(field)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(field, "a whole number, 0 or more, is expected")
        return value

    def day(self, field: str) -> date:
        value = self._value(field)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(field, f"{value!r} is no date; write it as 2026-11-22, unquoted")
        return value

    def last_day(self, first: date) -> date | None:
        if "valid_to" not in self._table:
            return None
        last = self.day("valid_to")
        if last < first:
            raise self.wrong("valid_to", f"{last} is before valid_from {first}")
        return last

    def source(self) -> str:
        value = self.text("source")
        if value != HOUSE_SOURCE and not value.startswith("https://"):
            raise self.wrong("source", f'an https address or "{HOUSE_SOURCE}" is expected')
        return value

    def confidence(self) -> Confidence:
        return self.one_of("confidence", Confidence)

    def one_of(self, field: str, words: type[_Word]) -> _Word:
        value = self.text(field)
        if value not in set(words):
            raise self.unknown(field, value, words)
        return words(value)

    def words(self, field: str) -> tuple[str, ...]:
        """A list of texts, or one text on its own."""
        value = self._value(field, ())
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(w, str) for w in listed):
            raise self.wrong(field, "a list of texts is expected")
        return tuple(listed)

    def platform(self, *more: str) -> str:
        name = self.text("platform")
        if name not in (*PLATFORMS, *more):
            raise self.unknown("platform", name, (*PLATFORMS, *more))
        return name

    def kinds(self) -> frozenset[Kind]:
        """The kinds named; ANY for all of them."""
        named = self.words("kinds")
        return frozenset(Kind) if named == (ANY,) else frozenset(self.members("kinds", Kind))

    def members(self, field: str, words: type[_Word]) -> tuple[_Word, ...]:
        """A list of words of a vocabulary."""
        for word in self.words(field):
            if word not in set(words):
                raise self.unknown(field, word, words)
        return tuple(words(word) for word in self.words(field))

    def table(self, field: str) -> Mapping[str, object]:
        value = self._value(field, {})
        if not isinstance(value, dict):
            raise self.wrong(field, "a table is expected")
        return value

    def inner(self, field: str) -> Row | None:
        """A table inside this one, whose errors name this row; None when it is not there."""
        return Row(self.file, self.table(field), self.id) if field in self._table else None

    def inners(self, field: str) -> tuple[Row, ...]:
        """A list of tables inside this one."""
        listed = self._value(field, ())
        if not isinstance(listed, list | tuple) or not all(isinstance(it, dict) for it in listed):
            raise self.wrong(field, "a list of tables is expected")
        return tuple(Row(self.file, it, self.id) for it in listed)

    def raw(self, field: str) -> object:
        return self._value(field)

    def names(self) -> tuple[str, ...]:
        return tuple(self._table)

    def done(self) -> None:
        for field in self._table:
            if field not in self._read:
                raise self.wrong(field, "this field is unknown")

    def _identity(self) -> str:
        self.id = str(self._table.get("id", "?"))
        name = self.text("id")
        if not _ID.fullmatch(name):
            raise self.wrong("id", "dotted lower case words are expected, as messenger.window.24h")
        return name

    def _value(self, field: str, default: object = None) -> object:
        self._read.add(field)
        value = self._table.get(field, default)
        if value is None:
            raise self.wrong(field, "this field is missing")
        return value
