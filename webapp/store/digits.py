"""Small whole numbers of a row packed into one or few large ones: a GROUP BY over one number is
several times as quick as over many columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, literal
from sqlalchemy import cast as sql_cast

from webapp.store import hour_counts

LARGEST = 2**62  # what one packed number may hold


@dataclass(frozen=True)
class Digit:
    name: str
    size: int  # its values are 0 to size - 1
    expression: ColumnElement[Any]


Number = tuple[list[Digit], ColumnElement[Any]]


def packed(digits: Sequence[Digit]) -> list[Number]:
    """The digits as few mixed-radix numbers, the first digit of each varying fastest."""
    chunks: list[list[Digit]] = [[]]
    weight = 1
    for digit in digits:
        if weight * digit.size >= LARGEST:
            chunks.append([])
            weight = 1
        chunks[-1].append(digit)
        weight *= digit.size
    return [(chunk, _number(chunk).label(f"n{at}")) for at, chunk in enumerate(chunks)]


def _number(digits: Sequence[Digit]) -> ColumnElement[Any]:
    total: ColumnElement[Any] = sql_cast(literal(0, Integer), hour_counts.BIG)
    weight = 1
    for digit in digits:
        total = total + digit.expression * literal(weight, hour_counts.BIG)
        weight *= digit.size
    return total


def unpacked(numbers: Sequence[Number], packed: Sequence[int]) -> tuple[dict[str, int], list[int]]:
    """The named digits, and the nameless ones in their order."""
    named: dict[str, int] = {}
    nameless: list[int] = []
    for (digits, _), number in zip(numbers, packed, strict=True):
        rest = int(number)
        for digit in digits:
            rest, value = divmod(rest, digit.size)
            if digit.name:
                named[digit.name] = value
            else:
                nameless.append(value)
    return named, nameless
