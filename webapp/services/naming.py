"""Who may be meant by words of a name: read from the index of names.

Up to three letters of a word are known to the index; of a longer word it knows who has all of its
letters three by three, among whom `true` looks. Whoever came or changed since the index was brought
up to date is looked at here, so nobody is missing and nobody is found by an old name.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from pyroaring import BitMap64
from sqlmodel import Session

from webapp.domain import name_grams
from webapp.store import name_index, once, searches

WAITING = 20_000  # people not in the index yet, from which on everybody is looked at
LINES = 2_000  # of the log, likewise
FIGURES = 2  # of a number that is not exact


@dataclass(frozen=True)
class Rough:
    """A number of people; where it is not exact, one that looks like what it is."""

    n: int
    exact: bool


@dataclass(frozen=True)
class Found:
    """`people` has everybody who is meant; with a `text` some of them may not have that name."""

    people: BitMap64
    text: str = ""

    @property
    def sure(self) -> bool:
        return not self.text

    def among(self, others: BitMap64) -> Found:
        return Found(self.people & others, self.text)

    def true(self, session: Session, some: BitMap64 | None = None) -> BitMap64:
        """Those who are meant, of all or of some."""
        asked = self.people if some is None else some
        if self.sure or not asked:
            return asked
        return BitMap64(searches.called(session, list(asked), self.text))

    def about(self, session: Session, sampled: int) -> int:
        """How many are meant, from a fixed random sample; two figures of it."""
        places = random.Random(0).sample(range(len(self.people)), sampled)  # noqa: S311 - no secret
        meant = self.true(session, BitMap64(self.people[it] for it in places))
        return rounded(len(self.people) * len(meant) // sampled)


def rounded(n: int) -> int:
    """A number that does not look more exact than it is."""
    unit: int = 10 ** max(len(str(n)) - FIGURES, 0)
    return (n + unit // 2) // unit * unit


def having(session: Session, text: str) -> Found | None:
    """None where there is no index, or too many people are not in it yet. A list and its number
    ask for the same."""
    return once.read(session, ("naming", text), lambda: _having(session, text))


def _having(session: Session, text: str) -> Found | None:
    grams = name_grams.asked(text)
    waiting = _waiting(session)
    if not grams or waiting is None:
        return None
    told = name_index.having(session, grams) - waiting
    new = searches.called(session, list(waiting), text) if waiting else []
    return Found(told | BitMap64(new), "" if name_grams.is_told(text) else text)


def _waiting(session: Session) -> BitMap64 | None:
    """Read before the sets: who leaves it meanwhile is in them."""
    until = name_index.until(session)
    if until is None:
        return None
    lines = name_index.lines(session, LINES)
    people = lines.people | BitMap64(name_index.behind(session, until, WAITING))
    return people if len(lines.ids) < LINES and len(people) < WAITING else None
