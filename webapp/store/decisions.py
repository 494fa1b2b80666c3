"""What the rules said of each distinct situation of a run: few rows, however many people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Table, bindparam
from sqlmodel import Session, col, select

from webapp.domain.policy.verdict import Decision as Decided
from webapp.domain.policy.verdict import Stance
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Decision
from webapp.models.rule_alarm import LaterDecision

TABLE: Table = Decision.__table__  # type: ignore[attr-defined]
IDS = sa.select(TABLE.c.situation, TABLE.c.id).where(
    TABLE.c.broadcast_id == bindparam("broadcast"),
    TABLE.c.occurrence == bindparam("run"),
    TABLE.c.situation.in_(bindparam("codes", expanding=True)),
)


def known(session: Session, run: Occurrence) -> dict[int, Decision]:
    """The decisions of a run by situation code."""
    query = select(Decision).where(
        Decision.broadcast_id == run.broadcast_id, Decision.occurrence == run.number
    )
    return {row.situation: row for row in session.exec(query)}


def ids(session: Session, run: Occurrence, codes: Iterable[int]) -> dict[int, int]:
    """The keys of the decisions on these situations, without reading what was said."""
    given = {"run": run.number, "broadcast": run.broadcast_id, "codes": list(set(codes))}
    return {row.situation: row.id for row in session.connection().execute(IDS, given)}


def keep(
    session: Session, run: Occurrence, decided: Mapping[int, Decided], version: str, now: datetime
) -> None:
    """Write down decisions of situations not met before in this run."""
    session.add_all(_row(run, code, it, version, now) for code, it in decided.items())
    session.flush()


def as_decided(
    session: Session, run: Occurrence, kept: Decision, decided: Decided, version: str, now: datetime
) -> Decision:
    """The kept decision on a situation, where it says the same. People of one situation whose turns
    lie on either side of a rule's day are decided about twice: the second is kept as a later one,
    and the row returned for it has no key."""
    if (kept.route, kept.reason, kept.price_micros) == (
        decided.route.value,
        decided.reason.rule_id,
        decided.price_micros,
    ):
        return kept
    keep_later(session, run, {kept.situation: decided}, version, now)
    return _row(run, kept.situation, decided, version, now)


def later(session: Session, run: Occurrence) -> Sequence[LaterDecision]:
    """What books that came in while the run was under way said, by when they said it."""
    query = select(LaterDecision).where(
        LaterDecision.broadcast_id == run.broadcast_id, LaterDecision.occurrence == run.number
    )
    return session.exec(query.order_by(col(LaterDecision.id))).all()


def keep_later(
    session: Session, run: Occurrence, decided: Mapping[int, Decided], version: str, now: datetime
) -> None:
    """Write down what a book that came in after the plan says of these situations, once."""
    known = {(row.situation, row.rulebook_version) for row in later(session, run)}
    new = {code: it for code, it in decided.items() if (code, version) not in known}
    session.add_all(
        LaterDecision(
            brand_id=run.brand_id,
            broadcast_id=run.broadcast_id,
            occurrence=run.number,
            situation=code,
            reason=it.reason.rule_id,
            verdicts=_verdicts(it),
            rulebook_version=version,
            decided_at=now,
        )
        for code, it in new.items()
    )
    session.flush()


def prices(session: Session, run: Occurrence) -> Sequence[int]:
    """What people of a run were planned to cost each, the cheapest first."""
    query = select(Decision.price_micros).where(
        Decision.broadcast_id == run.broadcast_id,
        Decision.occurrence == run.number,
        Decision.stance == Stance.ALLOWS.value,
    )
    return session.exec(query.distinct().order_by(col(Decision.price_micros))).all()


def of_deliveries(session: Session, ids: Iterable[int]) -> dict[int, Decision]:
    wanted = [number for number in set(ids) if number is not None]
    rows = session.exec(select(Decision).where(col(Decision.id).in_(wanted)))
    return {row.id or 0: row for row in rows}


def stance_of(decided: Decided) -> Stance:
    if decided.allowed:
        return Stance.ALLOWS
    return Stance.HOLDS if decided.held else Stance.DENIES


def _row(run: Occurrence, code: int, decided: Decided, version: str, now: datetime) -> Decision:
    return Decision(
        brand_id=run.brand_id,
        broadcast_id=run.broadcast_id,
        occurrence=run.number,
        situation=code,
        stance=stance_of(decided).value,
        route=decided.route.value,
        reason=decided.reason.rule_id,
        verdicts=_verdicts(decided),
        price_micros=decided.price_micros,
        rulebook_version=version,
        decided_at=now,
    )


def _verdicts(decided: Decided) -> list[dict[str, object]]:
    return [
        {
            "rule": verdict.rule_id,
            "stance": verdict.stance.value,
            "sentence": verdict.sentence.text,
            "params": dict(verdict.sentence.params),
            "source": verdict.source,
            "confidence": verdict.confidence.value,
            "until": verdict.until.value,
        }
        for verdict in decided.verdicts
    ]
