"""Sentences for people, kept apart from their translation.

The domain says what happened as an English template with named values; whoever shows it
translates the template first and fills in the values after. `str(sentence)` is English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec",
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """One sentence: an English template (`%(name)s`), its plural if any, and its values."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None
    n: int | None = None

    def __str__(self) -> str:
        chosen = self.text if self.plural is None or self.n == 1 else self.plural
        if not self.params:
            return chosen
        return chosen % {name: english(value) for name, value in self.params.items()}

    def __hash__(self) -> int:
        return hash((self.text, self.plural, self.n, str(self)))


def english(value: object) -> str:
    """A value of a sentence as English readers write it: counts in groups, times with their zone.
    Days stay as the book writes them, since API and command line are read by programs too."""
    if isinstance(value, datetime):
        day = f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]} {value.year}"
        return f"{day}, {value:%H:%M} {value.tzname() or ''}".rstrip()
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def say(text: str, **params: object) -> Sentence:
    """A sentence with values, marked for translation."""
    return Sentence(text, params)


def say_n(singular: str, plural: str, n: int, **params: object) -> Sentence:
    """A counted sentence; `%(n)s` is the count."""
    return Sentence(singular, {"n": n, **params}, plural, n)
