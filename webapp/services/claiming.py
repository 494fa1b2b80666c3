"""Taking rows out of the queue: the last look at the rules, in the transaction that claims.

A claim is committed before the platform is asked. Consent, window, pause, cancel, budget and the
channel's state are read in that transaction; people the rules no longer allow are skipped in it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain import batch, rate
from webapp.domain.delivery import DeliveryState
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Route
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.services import (
    allowing,
    asking,
    budgeting,
    composing,
    holding,
    portfolios,
    templates,
)
from webapp.services.claims import Claim, Unasked, Writing
from webapp.services.composing import Candidate, Composed, Fault
from webapp.services.holding import Held
from webapp.store import (
    broadcasts,
    claims,
    decisions,
    installation,
    rates,
    rollups,
    tokens_of_topics,
)

WAVE_S = 0.1  # of the rate: what one crash may leave unknown
SLOWEST = 0.1  # a second; above the platform's stop mark the channel waits instead
LOOK_FURTHER = 500  # rows looked at when the last ones were all skipped or held
LOOK_AGAIN = timedelta(seconds=5)  # where all rows wait for a later moment
REQUEST_MARGIN = timedelta(seconds=1)  # a window must stay open until the request is there


@dataclass
class Wave:
    """What one claiming transaction did."""

    claims: list[Claim]
    skipped: int = 0
    overdue: list[Claim] = field(default_factory=list)  # still without a slot
    again_at: datetime | None = None  # no slot before then
    together: batch.Together | None = None  # how its claims travel


NOTHING_HELD = Unasked()


def claim(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    channel: Channel,
    worker_id: int,
    book: Rulebook,
    now: datetime,
    *,
    room: int,
    look_further: bool = False,
    usage: rate.Usage | None = None,
    overdue: Sequence[Claim] = (),
    lead: timedelta = timedelta(),
    held: Unasked = NOTHING_HELD,
) -> Wave:
    """Claim at most `room` rows and one wave of the channel's rate. The caller commits at once.

    `overdue` are earlier claims whose slot passed while a commit took long: they come first.
    `lead` is how long the commit will take: slots begin after it. `held` claims, of the wave before
    and of other runs on the channel, are not asked yet: with them it is one wave a crash can leave
    unknown. A run whose template may not be sent any more is paused instead.
    """
    if templates.hold(session, run, broadcast, now):
        return Wave([], overdue=list(overdue))
    if broadcast.budget_micros is not None:  # before any row of it: two workers spend in turn
        broadcasts.lock(session, broadcast.id or 0)
    way = batch.together(channel.batch_size, _rate(broadcast, channel, usage))
    own = math.ceil(way.per_second * WAVE_S) - held.run
    beside = math.ceil(_eased(channel.rate_per_second, usage) * WAVE_S) - held.channel
    most = max(0, min(room, own, beside) - len(overdue))
    allowed = allowing.allowance(
        session, run, broadcast, channel, book, now, most=most, slots_at=now + lead
    )
    most = allowed.people
    limit = LOOK_FURTHER if look_further else most
    chosen, skipped, full_until = _chosen(session, run, broadcast, channel, book, now, limit, most)
    wanted = len(overdue) + len(chosen)
    grant = rates.take(session, channel.id or 0, way.per_second, now + lead, wanted, worker_id)
    wave = Wave(_given(overdue, grant), skipped, list(overdue[grant.count :]), together=way)
    if wanted or held.channel:
        wave.again_at = grant.again_at - lead if wanted else now + rate.AHEAD
    elif full_until is not None:
        wave.again_at = full_until
    chosen = chosen[: max(0, grant.count - len(overdue))]
    epoch = installation.epoch(session, now)
    writing = Writing(run, broadcast, channel, worker_id, epoch, book.version, now)
    _write(session, writing, chosen, grant, len(overdue), book, wave)
    wave.again_at = allowing.take(session, allowed, len(chosen), wave.again_at, now)
    return wave


def _chosen(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    channel: Channel,
    book: Rulebook,
    now: datetime,
    limit: int,
    most: int,
) -> tuple[list[Candidate], int, datetime | None]:
    """At most `most` of the next `limit` rows, by the rules, the business's limit and the budget;
    how many of them were skipped or held; and when to look again for those who have to wait."""
    asked = asking.about(session, broadcast, now + REQUEST_MARGIN, book)
    portfolio = portfolios.about(session, channel, broadcast.kind, book, now, lock=True)
    inside = portfolio is not None and portfolio.full  # only these may go on
    rows = budgeting.next_rows(session, run, broadcast, asked.view, limit, now, inside=inside)
    rules = holding.rules_of(session, broadcast)
    found = holding.candidates(session, rules, asked, rows)
    refused = [it for it in found if not it.decided.allowed]
    asleep = holding.sleepers(session, rules, asked, refused)
    asleep = holding.awaiters(run, rules, asked, refused, asleep)
    moved = holding.hold(session, run, asleep)
    moved += _skip(session, run, broadcast, _kept_out(refused, asleep), book, now)
    allowed = [it for it in found if it.decided.allowed][:most]
    admitted, full_until = portfolios.admitted(portfolio, allowed, now)
    chosen, unpaid = budgeting.affordable(session, broadcast, admitted, now)
    if run.holds and not found:
        full_until = _next_look(claims.next_due(session, run, now), full_until, now)
    return chosen, moved + unpaid, full_until


def _kept_out(refused: Sequence[Candidate], asleep: Sequence[Held]) -> list[tuple[Candidate, str]]:
    """Whoever is skipped, with the reason: those who wait are not."""
    of_house = {it.candidate.delivery_id: it for it in asleep}
    found = []
    for it in refused:
        held = of_house.get(it.delivery_id)
        if held is None:
            found.append((it, it.decided.reason.rule_id))
        elif held.reason is not None:
            found.append((it, held.reason))
    return found


def _next_look(due_at: datetime | None, before: datetime | None, now: datetime) -> datetime | None:
    """When a row's moment comes, and not long after now: a run may have been changed by then."""
    moments = [at for at in (due_at, before) if at is not None]
    return min([*moments, now + LOOK_AGAIN]) if moments else None


def _given(overdue: Sequence[Claim], grant: rate.Grant) -> list[Claim]:
    """Earlier claims in the first slots of a grant."""
    return [
        claim._replace(slot=grant.slot(n), last_moment=grant.slot(n) + grant.pace.late)
        for n, claim in enumerate(overdue[: grant.count])
    ]


def _rate(broadcast: Broadcast, channel: Channel, usage: rate.Usage | None) -> float:
    """Messages a second: the slower of the two, eased by what the platform says of our usage."""
    return _eased(min(channel.rate_per_second, broadcast.rate_per_second or math.inf), usage)


def _eased(most: float, usage: rate.Usage | None) -> float:
    return max(float(rate.eased(most, usage)), SLOWEST)


def _write(
    session: Session,
    writing: Writing,
    chosen: Sequence[Candidate],
    grant: rate.Grant,
    first: int,
    book: Rulebook,
    wave: Wave,
) -> None:
    """Compose and write the rows of a wave, whose slots begin with the grant's `first`."""
    run, now = writing.run, writing.now
    broadcast, channel = writing.broadcast, writing.channel
    ids = _decision_ids(session, run, chosen, book, now)
    composer = composing.Composer(
        session, run, chosen, book.content_limits(channel.platform, now), now
    )
    made = [(it, composer.compose(it)) for it in chosen]
    _write_rows(session, writing, made, ids)
    faults, used = 0, []
    for index, (it, one) in enumerate(made, start=first):
        if isinstance(one, Fault):
            faults += 1
            continue
        wave.claims.append(writing.claim(it, one, grant.slot(index), grant.pace.late))
        used += [one.consent.id or 0] if one.consent is not None else []
    tokens_of_topics.mark_used(session, used, now)
    _count_faults(session, run, broadcast, faults, now)


def _write_rows(
    session: Session,
    writing: Writing,
    made: Sequence[tuple[Candidate, Composed | Fault]],
    ids: Mapping[int, int],
) -> None:
    """Those that say the same by one statement; whoever has a consent of their own, one by one."""
    alike: dict[object, list[tuple[Candidate, Composed | Fault]]] = defaultdict(list)
    for it, one in made:
        own: object = one.reason if isinstance(one, Fault) else one.said.fallback
        consent = None if isinstance(one, Fault) or one.consent is None else one.consent.id
        alike[it.code, own, consent].append((it, one))
    single = []
    for (it, one), *others in alike.values():
        row = writing.row(it, one, ids[it.code])
        if others:
            claims.take(session, [it.delivery_id, *(o.delivery_id for o, _ in others)], row)
        else:
            single.append({"id": it.delivery_id, **row, "window_ends_at": it.window_ends_at})
    claims.write(session, single)


def _skip(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    kept_out: Sequence[tuple[Candidate, str]],
    book: Rulebook,
    now: datetime,
) -> int:
    """The rules changed their mind since the plan: skipped, with the rule that says so, and the
    book it stands in when that is no longer the one of the plan."""
    refused = [it for it, _ in kept_out]
    ids = _decision_ids(session, run, refused, book, now)
    if refused and book.version != run.rulebook_version:
        decided = {it.code: it.decided for it in refused}
        decisions.keep_later(session, run, decided, book.version, now)
    claims.write(
        session,
        [
            {
                "id": it.delivery_id,
                "state": int(DeliveryState.SKIPPED),
                "reason": reason,
                "route": Route.NONE.value,
                "rule_ids": it.decided.reason.rule_id,
                "rulebook_version": book.version,
                "decision_id": ids[it.code],
                "decided_at": now,
                "finished_at": now,
            }
            for it, reason in kept_out
        ],
    )
    _count_faults(session, run, broadcast, len(refused), now)
    return len(refused)


def _count_faults(
    session: Session, run: Occurrence, broadcast: Broadcast, people: int, now: datetime
) -> None:
    if people:
        rollups.add(
            session, run.brand_id, broadcast.channel_id, now, broadcast.kind, skipped=people
        )


def _decision_ids(
    session: Session, run: Occurrence, chosen: Sequence[Candidate], book: Rulebook, now: datetime
) -> dict[int, int]:
    """The stored decision behind each situation; situations new since the plan are added."""
    if not chosen:
        return {}
    codes = {it.code for it in chosen}
    known = decisions.ids(session, run, codes)
    new = {it.code: it.decided for it in chosen if it.code not in known}
    if new:
        decisions.keep(session, run, new, book.version, now)
        known = decisions.ids(session, run, codes)
    return known
