"""Whole numbers as they stand in an address."""

from __future__ import annotations

MOST_ID, MOST_NUMBER = 2**63 - 1, 2**31 - 1  # of a key, and of any other column


def most(name: str) -> int:
    """What a part of a path may be: ids are long; a run's number and a year are whole numbers as
    every database has them."""
    return MOST_ID if name.endswith("_id") else MOST_NUMBER


def whole(text: str) -> int:
    """For `request.args.get(name, type=numbers.whole)`: one that no database holds is no number."""
    found = int(text)
    if abs(found) > MOST_ID:
        raise ValueError(text)
    return found
