"""The house's own rules at the claim: who sleeps, and who has had enough.

Both are looked up in the transaction that claims. Under a cap the people of the rows are locked
before their messages are counted, so that two broadcasts, or two workers, count in turn and never
pass it together. Whoever sleeps goes back into the queue until the quiet hours end; where the
brand skips them, or the rules would not let them be written to then, they are skipped with that
reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.domain import house_rules as house
from webapp.domain.house_rules import HouseRules
from webapp.domain.period import AWAITS
from webapp.domain.policy.situation import FACETS
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.services import asking, house_rules
from webapp.services.asking import Asked
from webapp.services.composing import Candidate
from webapp.store import caps, claims, situations
from webapp.store.claims import Waiting

WEIGHT = {facet.name: facet.weight for facet in FACETS}


@dataclass(frozen=True)
class Held:
    """A row that waits until `due_at`; None: skipped for `reason`. `awaits`: for their window."""

    candidate: Candidate
    due_at: datetime | None
    reason: str | None = None
    awaits: bool = False


def rules_of(session: Session, broadcast: Broadcast) -> HouseRules:
    return house_rules.of_broadcast(session, broadcast)


def candidates(
    session: Session, rules: HouseRules, asked: Asked, rows: Sequence[Waiting]
) -> list[Candidate]:
    """Each row with what is decided about its person, the house's rules among it. Whoever may not
    be written to anyway is not called asleep."""
    at = asked.view.at
    capped = _capped(session, rules, at, rows)
    found = []
    for row in rows:
        code = row.code + WEIGHT["capped"] * (row.subscriber_id in capped)
        if asked.decide(code).allowed and _sleeps(rules, row.zone, at):
            code += WEIGHT["quiet"]
        found.append(Candidate(*row[:-1], code, asked.decide(code)))
    return found


def sleepers(
    session: Session, rules: HouseRules, asked: Asked, refused: Sequence[Candidate]
) -> list[Held]:
    """Those who would be written to were they not asleep."""
    quiet = rules.quiet
    if quiet is None:
        return []
    asleep = [it for it in refused if it.code // WEIGHT["quiet"] % 2]
    if quiet.skips:
        return [Held(it, None, house.SKIPPED) for it in asleep]
    ends = {it.delivery_id: quiet.quiet_end(asked.view.at, rules.zone_of(it.zone)) for it in asleep}
    found: list[Held] = []
    for end in sorted(set(ends.values())):
        found += _until(session, asked, [it for it in asleep if ends[it.delivery_id] == end], end)
    return found


def awaiters(
    run: Occurrence,
    rules: HouseRules,
    asked: Asked,
    refused: Sequence[Candidate],
    asleep: Sequence[Held],
) -> list[Held]:
    """`asleep`, and in a run that waits for windows whoever's is closed by now: they wait for the
    next. Whoever's would be closed when the quiet hours end is asked again then."""
    until = run.awaits_until
    if until is None:
        return list(asleep)
    kept = [_asked_later(it, rules, asked.view.at) for it in asleep]
    seen = {it.candidate.delivery_id for it in asleep}
    others = [it for it in refused if it.delivery_id not in seen and asked.hoped(it.code)]
    return [*kept, *(Held(it, until, awaits=True) for it in others)]


def _asked_later(it: Held, rules: HouseRules, at: datetime) -> Held:
    if it.reason != house.OUTLASTED or rules.quiet is None:
        return it
    return Held(it.candidate, rules.quiet.quiet_end(at, rules.zone_of(it.candidate.zone)))


def hold(session: Session, run: Occurrence, held: Iterable[Held]) -> int:
    """Back into the queue, each for their moment; returns how many."""
    rows = [
        {
            "id": it.candidate.delivery_id,
            "due_at": it.due_at,
            **({"reason": AWAITS} if it.awaits else {}),
        }
        for it in held
        if it.due_at is not None
    ]
    claims.write(session, rows)
    run.holds = run.holds or bool(rows)
    return len(rows)


def _until(
    session: Session, asked: Asked, asleep: Sequence[Candidate], end: datetime
) -> Iterable[Held]:
    """They wait where the rules will let them be written to then."""
    later = asking.moved(asked, end)
    codes = situations.of(session, later.view, [it.subscriber_id for it in asleep])
    for it in asleep:
        code = codes.get(it.subscriber_id)
        if code is not None and later.decide(code).allowed:
            yield Held(it, end)
        else:
            yield Held(it, None, house.OUTLASTED)


def _capped(session: Session, rules: HouseRules, at: datetime, rows: Sequence[Waiting]) -> set[int]:
    """The people who have had as many messages as the cap allows."""
    if rules.cap is None or not rows:
        return set()
    had = caps.had(session, {row.subscriber_id for row in rows}, at - rules.cap.span)
    return {person for person, times in had.items() if rules.cap.is_reached(times, at)}


def _sleeps(rules: HouseRules, zone: str | None, at: datetime) -> bool:
    return rules.quiet is not None and rules.quiet.is_quiet(at, rules.zone_of(zone))
