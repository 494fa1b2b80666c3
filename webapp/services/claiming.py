"""Taking rows out of the queue: the last look at the rules, in the transaction that claims.

A claim is committed before the platform is asked. Consent, window, pause, cancel, budget and the
channel's state are read in that transaction; people the rules no longer allow are skipped in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.domain import rate
from webapp.domain.delivery import DeliveryState, key_of
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Decision, Route
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.platforms.protocol import Outgoing
from webapp.services import asking, budgeting, composing, portfolios, templates
from webapp.services.composing import Candidate, Composed, Fault
from webapp.store import (
    broadcasts,
    decisions,
    deliveries,
    occurrences,
    rates,
    rollups,
    tokens_of_topics,
)

WAVE_S = 0.1  # of the rate: what one crash may leave unknown
SLOWEST = 0.1  # a second; above the platform's stop mark the channel waits instead
LOOK_FURTHER = 500  # rows looked at when the last ones were all skipped
REQUEST_MARGIN = timedelta(seconds=1)  # a window must stay open until the request is there


@dataclass(frozen=True)
class Claim:
    """One row of ours, committed, with the message to send at `slot`, hardly later."""

    delivery_id: int
    brand_id: int
    channel_id: int
    broadcast_id: int
    occurrence_id: int
    subscriber_id: int
    kind: str
    platform: str
    slot: datetime
    last_moment: datetime  # asked later it would break the rate: given back instead
    claimed_at: datetime
    outgoing: Outgoing
    price_micros: int
    consent_id: int | None = None
    consent_used_at: datetime | None = None


@dataclass
class Wave:
    """What one claiming transaction did."""

    claims: list[Claim]
    skipped: int = 0
    overdue: list[Claim] = field(default_factory=list)  # still without a slot
    again_at: datetime | None = None  # no slot before then


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
    held: int = 0,
) -> Wave:
    """Claim at most `room` rows and one wave of the channel's rate. The caller commits at once.

    `overdue` are earlier claims whose slot passed while a commit took long: they come first.
    `lead` is how long the commit will take: slots begin after it. `held` claims of the wave before
    are not asked yet: with them it is one wave that a crash could leave unknown. A run whose
    template may not be sent any more is paused instead.
    """
    if templates.hold(session, run, broadcast, now):
        return Wave([], overdue=list(overdue))
    if broadcast.budget_micros is not None:  # before any row of it: two workers spend in turn
        broadcasts.lock(session, broadcast.id or 0)
    per_second = _rate(broadcast, channel, usage)
    most = max(0, min(room, math.ceil(per_second * WAVE_S) - held) - len(overdue))
    asked = asking.about(session, broadcast, now + REQUEST_MARGIN, book)
    limit = LOOK_FURTHER if look_further else most
    portfolio = portfolios.about(session, channel, broadcast.kind, book, now, lock=True)
    inside = portfolio is not None and portfolio.full  # only these may go on
    rows = budgeting.next_rows(session, run, broadcast, asked.view, limit, now, inside=inside)
    found = [Candidate(*row, asked.decide(row[-1])) for row in rows]
    allowed = [it for it in found if it.decided.allowed]
    wave = Wave(
        [],
        skipped=_skip(
            session, run, broadcast, [it for it in found if not it.decided.allowed], book, now
        ),
    )
    admitted, full_until = portfolios.admitted(portfolio, allowed[:most], now)
    chosen, unpaid = budgeting.affordable(session, broadcast, admitted, now)
    wave.skipped += unpaid
    wanted = len(overdue) + len(chosen)
    grant = rates.take(session, channel.id or 0, per_second, now + lead, wanted)
    wave.claims = [
        replace(claim, slot=grant.slot(n), last_moment=grant.slot(n) + grant.pace.late)
        for n, claim in enumerate(overdue[: grant.count])
    ]
    wave.overdue = list(overdue[grant.count :])
    if wanted or held:
        wave.again_at = grant.again_at - lead if wanted else now + rate.AHEAD
    elif full_until is not None:
        wave.again_at = full_until
    chosen = chosen[: max(0, grant.count - len(overdue))]
    writing = _Writing(run, broadcast, channel, worker_id, book.version, now)
    _write(session, writing, chosen, grant, len(overdue), book, wave)
    return wave


def _rate(broadcast: Broadcast, channel: Channel, usage: rate.Usage | None) -> float:
    """Messages a second: the slower of the two, eased by what the platform says of our usage."""
    most = min(channel.rate_per_second, broadcast.rate_per_second or math.inf)
    return max(float(rate.eased(most, usage)), SLOWEST)


def _write(
    session: Session,
    writing: _Writing,
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
    rows, used = [], []
    for index, it in enumerate(chosen, start=first):
        made = composer.compose(it)
        rows.append(writing.row(it, made, ids[it.code]))
        if not isinstance(made, Fault):
            wave.claims.append(writing.claim(it, made, grant.slot(index), grant.pace.late))
            used += [made.consent.id or 0] if made.consent is not None else []
    deliveries.write_claims(session, rows)
    tokens_of_topics.mark_used(session, used, now)
    faults = sum(row["state"] == DeliveryState.SKIPPED for row in rows)
    _count_faults(session, run, broadcast, faults, now)


def _skip(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    refused: Sequence[Candidate],
    book: Rulebook,
    now: datetime,
) -> int:
    """The rules changed their mind since the plan: skipped, with the rule that says so, and the
    book it stands in when that is no longer the one of the plan."""
    ids = _decision_ids(session, run, refused, book, now)
    if refused and book.version != run.rulebook_version:
        decided = {it.code: it.decided for it in refused}
        decisions.keep_later(session, run, decided, book.version, now)
    deliveries.write_claims(
        session,
        [
            {
                "id": it.delivery_id,
                "state": int(DeliveryState.SKIPPED),
                "reason": it.decided.reason.rule_id,
                "route": Route.NONE.value,
                "rule_ids": it.decided.reason.rule_id,
                "rulebook_version": book.version,
                "decision_id": ids[it.code],
                "decided_at": now,
                "finished_at": now,
            }
            for it in refused
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


@dataclass(frozen=True)
class _Writing:
    """What every row of one wave has in common."""

    run: Occurrence
    broadcast: Broadcast
    channel: Channel
    worker_id: int
    version: str
    now: datetime

    def row(
        self, it: Candidate, made: Composed | Fault, decision_id: int | None
    ) -> dict[str, object]:
        """The update of one row: claimed, or skipped because its message cannot be made."""
        faulty = isinstance(made, Fault)
        consent = None if isinstance(made, Fault) else made.consent
        return {
            "id": it.delivery_id,
            "state": int(DeliveryState.SKIPPED if faulty else DeliveryState.CLAIMED),
            "reason": made.reason if isinstance(made, Fault) else None,
            "worker_id": None if faulty else self.worker_id,
            "claimed_at": None if faulty else self.now,
            "finished_at": self.now if faulty else None,
            "route": it.decided.route.value,
            "rule_ids": _rule_ids(it.decided),
            "rulebook_version": self.version,
            "decided_at": self.now,
            "decision_id": decision_id,
            "window_ends_at": it.window_ends_at,
            "opt_in_id": consent.opt_in_id if consent is not None else None,
            "price_micros": it.decided.price_micros,
            "fallback": False if isinstance(made, Fault) else made.fallback,
        }

    def claim(self, it: Candidate, made: Composed, slot: datetime, late: timedelta) -> Claim:
        delivery_id = it.delivery_id
        return Claim(
            delivery_id=delivery_id,
            brand_id=self.run.brand_id,
            channel_id=self.channel.id or 0,
            broadcast_id=self.run.broadcast_id,
            occurrence_id=self.run.id or 0,
            subscriber_id=it.subscriber_id,
            kind=self.broadcast.kind,
            platform=self.channel.platform,
            slot=slot,
            last_moment=slot + late,
            claimed_at=self.now,
            outgoing=Outgoing(
                key_of(delivery_id),
                made.recipient,
                it.decided.route,
                made.content,
                self.run.campaign_key,
                made.template,
            ),
            price_micros=it.decided.price_micros,
            consent_id=made.consent.id if made.consent is not None else None,
            consent_used_at=made.consent.last_used_at if made.consent is not None else None,
        )


def _rule_ids(decided: Decision) -> str:
    """The rules that spoke, the deciding one first; cut to what the row holds."""
    ids = [decided.reason.rule_id, *(v.rule_id for v in decided.verdicts)]
    text = ""
    for rule_id in dict.fromkeys(ids):
        if len(text) + len(rule_id) >= 300:  # noqa: PLR2004 - Delivery.rule_ids
            break
        text = f"{text} {rule_id}".strip()
    return text


def next_runs(session: Session, now: datetime) -> list[int]:
    """Everything that may be sent now; the longest under way first."""
    return list(occurrences.sending(session, now))
