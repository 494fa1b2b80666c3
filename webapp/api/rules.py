"""The rulebook: what holds at a time, and what changes between two days."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date

from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas import rules as schemas
from webapp.api.schemas.rules import (
    Amount,
    Change,
    Changes,
    ChangesQuery,
    Rule,
    Rules,
    RulesQuery,
)
from webapp.domain import rulebook_difference
from webapp.domain.errors import Invalid
from webapp.domain.policy.rulebook import Rule as Row
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.rules.limit import Limit
from webapp.domain.policy.rules.row import ANY
from webapp.domain.rulebook_difference import Amount as Difference

table = Table("rules")


@table.get("/rules", None, brand=False, answers=Rules, query=RulesQuery)
def index(call: Call, query: RulesQuery) -> Rules:
    """Every rule that holds at a time, each with its source.

    A rule of the platform `any` is about every platform. With `kind`, rules about no broadcast are
    left out. The book's first day is 2016-11-14; an earlier time is refused.
    """
    book, at = call.house.book, query.at or call.now
    _refuse_before(book, at=at.astimezone(UTC).date())
    items = [
        _shown(row)
        for row in book.holding(at).rules
        if _concerns(row, query.platform) and (query.kind is None or query.kind in row.kinds)
    ]
    return Rules(at=at, version=book.version, items=items)


@table.get("/rules/changes", None, brand=False, answers=Changes, query=ChangesQuery)
def changes(call: Call, query: ChangesQuery) -> Changes:
    """What begins, ends or changes after one day and up to and with another."""
    book = call.house.book
    _refuse_before(book, **{"from": query.since, "to": query.until})
    if query.since > query.until:
        raise Invalid({"from": [schemas.BACKWARDS]})
    items = [
        Change(day=it.day, rule=it.rule_id, before=_maybe(it.before), after=_maybe(it.after))
        for it in book.changes(query.since, query.until)
        if any(_concerns(row, query.platform) for row in (it.before, it.after) if row is not None)
    ]
    amounts = rulebook_difference.amounts(book, query.since, query.until, query.platform)
    return Changes(version=book.version, items=items, amounts=[_amount(it) for it in amounts])


def _refuse_before(book: Rulebook, **days: date) -> None:
    """Days by the name of their parameter."""
    early = [name for name, day in days.items() if day < book.first_day]
    if early:
        raise Invalid({name: [schemas.before_the_book(book.first_day)] for name in early})


def _concerns(row: Row, platform: str | None) -> bool:
    return platform is None or row.platform in (platform, ANY)


def _amount(it: Difference) -> Amount:
    row = it.row
    return Amount.model_validate(
        {
            "day": it.day,
            "id": row.id,
            "what": "limit" if isinstance(row, Limit) else "price_card",
            "platform": row.platform,
            "becomes": it.becomes,
            "fields": [asdict(point) for point in it.points],
            "source": row.source,
            "checked_on": row.checked_on,
            "confidence": row.confidence.value,
            "note": row.note,
        }
    )


def _maybe(row: Row | None) -> Rule | None:
    return None if row is None else _shown(row)


def _shown(row: Row) -> Rule:
    return Rule(
        id=row.id,
        platform=row.platform,
        kinds=sorted(kind.value for kind in row.kinds),
        route=None if row.route is None else row.route.value,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        sentence=str(row.sentence),
        source=row.source,
        checked_on=row.checked_on,
        confidence=row.confidence.value,
        params=dict(row.params),
        note=row.note,
    )
