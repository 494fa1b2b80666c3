"""The rulebook: what holds at a time, and what changes between two days."""

from __future__ import annotations

from webapp.api.calls import Call
from webapp.api.routes import Table
from webapp.api.schemas.rules import Change, Changes, ChangesQuery, Rule, Rules, RulesQuery
from webapp.domain.policy.rulebook import Rule as Row

table = Table("rules")


@table.get("/rules", None, brand=False, answers=Rules, query=RulesQuery)
def index(call: Call, query: RulesQuery) -> Rules:
    """Every rule that holds at a time, each with its source."""
    at = query.at or call.now
    found = call.house.book.holding(at).rules
    wanted = (query.platform, "any")
    items = [_shown(row) for row in found if query.platform is None or row.platform in wanted]
    return Rules(at=at, version=call.house.book.version, items=items)


@table.get("/rules/changes", None, brand=False, answers=Changes, query=ChangesQuery)
def changes(call: Call, query: ChangesQuery) -> Changes:
    """What begins, ends or changes between two days."""
    found = call.house.book.changes(query.since, query.until)
    items = [
        Change(day=it.day, rule=it.rule_id, before=_maybe(it.before), after=_maybe(it.after))
        for it in found
    ]
    return Changes(version=call.house.book.version, items=items)


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
