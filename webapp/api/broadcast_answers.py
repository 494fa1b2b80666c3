"""Broadcasts, checks and reports as the API answers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from webapp.api.calls import Call
from webapp.api.schemas import broadcasts as shapes
from webapp.domain import remark
from webapp.domain.backtest import Backtest, Line
from webapp.domain.delivery import Totals
from webapp.domain.finding import Line as Finding
from webapp.models.broadcast import Broadcast as Row
from webapp.services import approving, preflight, reporting, retrying
from webapp.services.planning import Forecast
from webapp.services.reasons import Explained
from webapp.services.reporting import Counted, Report
from webapp.services.spread_checks import Closing
from webapp.store import messages


def broadcast(call: Call, row: Row, found: Totals | None = None) -> shapes.Broadcast:
    reason = remark.from_json(row.state_reason)
    return shapes.Broadcast(
        state_reason=None if reason is None else str(reason),
        content=messages.content(call.session, row.id or 0).to_json(),
        totals=None if found is None else totals(found),
        **row.model_dump(exclude={"brand_id", "created_by", "state_reason"}),
    )


def totals(found: Totals) -> shapes.Totals:
    return shapes.Totals.model_validate(found)


def check(call: Call, row: Row) -> shapes.Check:
    """The pre-flight of a broadcast now, with the hash an approval would be bound to."""
    book = call.house.book
    found = preflight.check(call.session, row, book, call.now)
    return shapes.Check(
        at=found.at,
        mood=found.mood.value,
        lines=[_line(line) for line in found.lines],
        errors={name: [str(each) for each in words] for name, words in found.errors.items()},
        forecast=None if found.forecast is None else forecast(found.forecast, found.closing),
        hash=approving.hash_of(call.session, row, book, call.now),
    )


def forecast(found: Forecast, closing: Closing | None = None) -> shapes.Forecast:
    return shapes.Forecast(
        audience=found.audience,
        reached=found.reached,
        by_route={route.value: people for route, people in found.by_route.items()},
        reasons=[
            shapes.Reason(
                code=it.verdict.rule_id,
                sentence=str(it.verdict.sentence),
                people=it.people,
                source=it.verdict.source,
                changes=it.until.value,
            )
            for it in found.reasons
        ],
        cost_micros=found.cost_micros,
        waiting=found.waiting,
        waits_until=found.waits_until,
        awaiting=found.awaiting,
        awaits_until=found.awaits_until,
        closing=closing.people if closing else None,
        closing_late=closing.late if closing else None,
    )


def backtest(row: Row, found: Backtest) -> shapes.Backtest:
    return shapes.Backtest(
        broadcast_id=row.id or 0,
        at=found.at,
        sent=found.sent,
        audience=found.audience,
        before=_side(found, found.own_day, found.cost_before, lambda line: line.before),
        after=_side(found, found.day, found.cost_after, lambda line: line.after),
        moved=[
            shapes.Moved(before=move.before.code, after=move.after.code, people=move.people)
            for move in found.moves
        ],
        breaks=found.breaks,
        finding=str(found.finding),
    )


def _side(found: Backtest, day: date, cost: int, of: Callable[[Line], int]) -> shapes.Side:
    return shapes.Side(
        rules_of=day,
        reached=sum(of(line) for line in found.routes),
        by_route={line.fate.code: of(line) for line in found.routes if of(line)},
        reasons=[
            shapes.Reason(
                code=line.fate.code,
                sentence=str(line.fate.words or ""),
                people=of(line),
                source=line.fate.source,
            )
            for line in found.reasons
            if of(line)
        ],
        cost_micros=cost,
    )


def report(call: Call, row: Row) -> shapes.Report:
    found: Report = reporting.report(call.session, row.id or 0)
    return shapes.Report(
        broadcast_id=row.id or 0,
        state=row.state,
        at=call.now,
        totals=totals(found.totals),
        planned=found.planned,
        facts=dict(found.facts),
        routes=dict(found.routes),
        reasons=[_counted(it) for it in found.reasons],
        spent_micros=found.spent_micros,
        awaiting=found.awaiting,
        awaits_until=found.run.awaits_until if found.run and found.awaiting else None,
        retryable=retrying.retryable(call.session, row),
    )


def _counted(it: Counted) -> shapes.Reason:
    shown = _explained(it.reason, it.people)
    shown.state = it.state.name.lower()
    return shown


def _explained(reason: Explained, people: int) -> shapes.Reason:
    return shapes.Reason(
        code=reason.code,
        sentence=str(reason.words),
        people=people,
        source=reason.source,
        changes=None if reason.changes is None else str(reason.changes),
    )


def _line(line: Finding) -> shapes.Line:
    return shapes.Line(
        mood=line.mood.value,
        step=line.step.value,
        field=line.field,
        sentence=str(line.words),
        rule=None if line.rule is None else line.rule.rule_id,
        source=None if line.rule is None else line.rule.source,
    )
