"""Rows kept from saying two things on one day; the later of the two is named.

Two rows of one id about the same kinds contradict each other, two limits of one name, two price
cards of one platform and route, and two rules of which one allows just what the other denies.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.price import Card
from webapp.domain.policy.rules.row import ANY, RulebookError
from webapp.domain.policy.rules.rule import Rule

Dated = TypeVar("Dated", Rule, Limit, Card)
Row = Rule | Limit | Card


def check(found: Sequence[tuple[str, Row]]) -> None:
    """RulebookError for the first two rows that contradict each other. Pairs are (file, row)."""
    for (_, one), (file, other) in itertools.combinations(_by_day(found), 2):
        if other.valid_from > (one.valid_to or date.max):
            continue
        problem = _problem(one, other)
        if problem is not None:
            raise RulebookError(file, other.id, "valid_from", f"on {other.valid_from} {problem}")


def _by_day(found: Iterable[tuple[str, Row]]) -> list[tuple[str, Row]]:
    return sorted(found, key=lambda pair: pair[1].valid_from)


def _problem(one: Row, other: Row) -> str | None:
    if one.id == other.id and _same_kinds(one, other):
        return "another row of this rule still holds"
    if isinstance(one, Limit) and isinstance(other, Limit):
        return f"{one.id} still sets this limit" if _same_limit(one, other) else None
    if isinstance(one, Card) and isinstance(other, Card):
        return f"the card {one.id} still holds" if _same_goods(one, other) else None
    if isinstance(one, Rule) and isinstance(other, Rule) and _opposed(one, other):
        return f"{one.id} says the opposite of the same people"
    return None


def _same_kinds(one: Row, other: Row) -> bool:
    if isinstance(one, Card) or isinstance(other, Card) or not (one.kinds and other.kinds):
        return True
    return bool(one.kinds & other.kinds)


def _same_limit(one: Limit, other: Limit) -> bool:
    """A kind's own limit stands before the general one, so these two may be side by side."""
    if (one.platform, one.name) != (other.platform, other.name):
        return False
    return bool(one.kinds & other.kinds) or one.kinds == other.kinds


def _same_goods(one: Card, other: Card) -> bool:
    return one.platform == other.platform and bool(set(one.routes) & set(other.routes))


def _opposed(one: Rule, other: Rule) -> bool:
    """Whether one allows under just the conditions under which the other denies."""
    about_the_same = (
        (one.platform == other.platform or ANY in (one.platform, other.platform))
        and (one.route == other.route or None in (one.route, other.route))
        and bool(one.kinds & other.kinds)
    )
    return about_the_same and (_against(one, other) or _against(other, one))


def _against(one: Rule, other: Rule) -> bool:
    allowed, denied = one.allows, other.denies
    if allowed is None or denied is None:
        return False
    return (set(allowed.when), allowed.lacks) == (set(denied.when), denied.lacks)
