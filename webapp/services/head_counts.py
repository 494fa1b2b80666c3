"""Many people counted by what they have in common: a column of digits for each thing.

Sets say who has which digit; a million people are a million whole numbers, each packed from the
digits of one person, and equal ones are counted. Splitting sets by sets (`services/situations.py`)
is quicker for a handful of digits; hours have hundreds of values each, and several of them make
more groups than there are people. numpy is part of the charts' matplotlib anyway. Only who counts
imports this: numpy takes 15 MB that a sender does without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pyroaring import BitMap64

Values = tuple[int, ...]
LARGEST = 2**40  # different numbers that are told apart before they are numbered anew
SPARSE = 8  # ids for each person, from which on they are looked for


class HeadCount:
    """People, and the columns they were given so far."""

    def __init__(self, people: BitMap64) -> None:
        self._people, self._ids = people, _array(people)
        self._codes = np.zeros(len(self._ids), np.int64)
        self._size, self._columns = 1, list[tuple[int, Sequence[Values]]]()
        self._before: list[tuple[list[tuple[int, Sequence[Values]]], Any]] = []
        self._count = 0

    def split(self, classes: Mapping[Values, BitMap64], rest: Values) -> int:
        """Give everybody their digits, or `rest` who is in no class (nobody is in two); returns
        the number of the column."""
        number, self._count = self._count, self._count + 1
        here = [(values, both) for values, it in classes.items() if (both := it & self._people)]
        values = [rest, *(it for it, _ in here)]
        if self._size * len(values) > LARGEST:
            self._number_anew()
        if here:
            self._codes *= len(values)
            self._codes += self._digits([people for _, people in here])
        self._size *= len(values)
        self._columns.append((number, values))
        return number

    def groups(self) -> Iterator[tuple[list[Values], int]]:
        """The digits of each column and how many people have them."""
        for code, n in self._counted():
            yield self._decoded(code), n

    def _digits(self, classes: Sequence[BitMap64]) -> Any:
        span = int(self._ids[-1] - self._ids[0]) + 1
        sparse = span > SPARSE * len(self._ids)
        digits = np.zeros(len(self._ids) if sparse else span, np.int32)
        for place, people in enumerate(classes, 1):
            ids = _array(people)
            digits[np.searchsorted(self._ids, ids) if sparse else ids - self._ids[0]] = place
        whole = sparse or span == len(self._ids)
        return digits if whole else digits[self._ids - self._ids[0]]

    def _number_anew(self) -> None:
        known, codes = np.unique(self._codes, return_inverse=True)
        self._before.append((self._columns, known))
        self._codes, self._size, self._columns = codes, len(known), []

    def _counted(self) -> Iterator[tuple[int, int]]:
        if self._size <= 4 * len(self._ids):
            counts = np.bincount(self._codes)
            known = np.flatnonzero(counts)
            yield from zip(known.tolist(), counts[known].tolist(), strict=True)
        elif len(self._ids):
            known, counts = np.unique(self._codes, return_counts=True)
            yield from zip(known.tolist(), counts.tolist(), strict=True)

    def _decoded(self, code: int) -> list[Values]:
        found: list[Values] = [()] * self._count
        columns = self._columns
        for earlier, known in [*reversed(self._before), (None, None)]:
            for number, values in reversed(columns):
                code, place = divmod(code, len(values))
                found[number] = values[place]
            if earlier is not None:
                code, columns = int(known[code]), earlier
        return found


def _array(people: BitMap64) -> Any:
    return np.frombuffer(people.to_array(), np.uint64).astype(np.int64)
