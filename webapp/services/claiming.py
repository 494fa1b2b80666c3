"""Taking rows out of the queue: the last look at the rules, in the transaction that claims.

A claim is committed before the platform is asked. Consent, window, pause, cancel, budget and the
channel's state are read in that transaction; people the rules no longer allow are skipped in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from webapp.domain import message as messages
from webapp.domain import rate
from webapp.domain.content import Content
from webapp.domain.delivery import DeliveryState, key_of
from webapp.domain.policy.rulebook import Rulebook
from webapp.domain.policy.verdict import Decision, Route
from webapp.models.broadcast import Broadcast, Message, Occurrence
from webapp.models.channel import Channel
from webapp.models.delivery import Delivery
from webapp.models.opt_in import Consent
from webapp.models.subscriber import Subscriber
from webapp.platforms.protocol import Outgoing, Recipient
from webapp.services import asking
from webapp.store import (
    decisions,
    deliveries,
    facts,
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


@dataclass(frozen=True)
class _Candidate:
    row: Delivery
    person: Subscriber
    consent: Consent | None
    code: int
    decided: Decision


@dataclass
class Wave:
    """What one claiming transaction did."""

    claims: list[Claim]
    skipped: int = 0
    again_at: datetime | None = None


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
) -> Wave:
    """Claim at most `room` rows and one wave of the channel's rate. The caller commits at once."""
    most_per_second = min(channel.rate_per_second, broadcast.rate_per_second or math.inf)
    per_second = max(rate.eased(most_per_second, usage), SLOWEST)
    most = min(room, math.ceil(per_second * WAVE_S))
    asked = asking.about(session, broadcast, now + REQUEST_MARGIN, book)
    limit = LOOK_FURTHER if look_further else most
    found = [
        _Candidate(row, person, consent, code, asked.decide(code))
        for row, person, consent, code in deliveries.claimable(session, run, asked.view, limit, now)
    ]
    allowed = [it for it in found if it.decided.allowed]
    wave = Wave(
        [], skipped=_skip(session, run, broadcast, [i for i in found if i not in allowed], now)
    )
    chosen = _affordable(session, broadcast, allowed[:most], now, wave)
    grant = rates.take(session, channel.id or 0, float(per_second), now, len(chosen))
    wave.again_at = grant.again_at if chosen else None
    ids = _decision_ids(session, run, chosen[: grant.count], book, now)
    writing = _Writing(session, run, broadcast, channel, worker_id, book, now)
    for index, it in enumerate(chosen[: grant.count]):
        made = writing.claim(it, ids[it.code], grant.slot(index), grant.pace.late)
        wave.claims += [made] if made else []
    writing.keep()
    return wave


def _skip(
    session: Session,
    run: Occurrence,
    broadcast: Broadcast,
    refused: Sequence[_Candidate],
    now: datetime,
) -> int:
    """The rules changed their mind since the plan: skipped, with the rule that says so."""
    deliveries.write_claims(
        session,
        [
            {
                "id": it.row.id,
                "state": int(DeliveryState.SKIPPED),
                "reason": it.decided.reason.rule_id,
                "route": Route.NONE.value,
                "rule_ids": it.decided.reason.rule_id,
                "decided_at": now,
                "finished_at": now,
            }
            for it in refused
        ],
    )
    if refused:
        rollups.add(
            session, run.brand_id, broadcast.channel_id, now, broadcast.kind, skipped=len(refused)
        )
    return len(refused)


def _affordable(
    session: Session,
    broadcast: Broadcast,
    allowed: Sequence[_Candidate],
    now: datetime,
    wave: Wave,
) -> list[_Candidate]:
    """As many as the budget carries; when it carries nobody more, the rest is skipped."""
    if broadcast.budget_micros is None or not allowed:
        return list(allowed)
    left = broadcast.budget_micros - deliveries.spent_micros(session, broadcast.id or 0)
    chosen: list[_Candidate] = []
    for it in allowed:
        left -= it.decided.price_micros
        if left < 0:
            break
        chosen.append(it)
    if not chosen:
        wave.skipped += deliveries.skip_queued(session, broadcast.id or 0, "brand.budget", now)
    return chosen


def _decision_ids(
    session: Session, run: Occurrence, chosen: Sequence[_Candidate], book: Rulebook, now: datetime
) -> dict[int, int | None]:
    """The stored decision behind each situation; situations new since the plan are added."""
    if not chosen:
        return {}
    known = decisions.known(session, run)
    new = {it.code: it.decided for it in chosen if it.code not in known}
    if new:
        decisions.keep(session, run, new, book.version, now)
        known = decisions.known(session, run)
    return {code: row.id for code, row in known.items()}


class _Writing:
    """The rows of one wave, rendered one by one and written together."""

    def __init__(
        self,
        session: Session,
        run: Occurrence,
        broadcast: Broadcast,
        channel: Channel,
        worker_id: int,
        book: Rulebook,
        now: datetime,
    ) -> None:
        self.session, self.run, self.broadcast, self.channel = session, run, broadcast, channel
        self.worker_id, self.book, self.now = worker_id, book, now
        self.limits = book.content_limits(channel.platform, now)
        self.rows: list[Mapping[str, object]] = []
        self.used: list[int] = []

    def claim(
        self, it: _Candidate, decision_id: int | None, slot: datetime, late: timedelta
    ) -> Claim | None:
        """One claimed row; None when this person's message cannot be made, and the row says so."""
        consent = self._token(it)
        content, fallback, fault = self._rendered(it.person)
        if content is None:
            self.rows.append(self._poison(it, fault))
            return None
        self.rows.append(self._row(it, decision_id, consent, fallback=fallback))
        if consent is not None and consent.id is not None:
            self.used.append(consent.id)
        recipient = (
            Recipient("token", consent.token)
            if consent is not None and consent.token
            else Recipient("id", it.person.key)
        )
        return self._claim(it, (slot, slot + late), content, recipient, consent)

    def keep(self) -> None:
        deliveries.write_claims(self.session, self.rows)
        tokens_of_topics.mark_used(self.session, self.used, self.now)

    def _token(self, it: _Candidate) -> Consent | None:
        if it.decided.route is Route.SUBSCRIPTION:
            return it.consent
        if it.decided.route is Route.SPONSORED:
            ids = [it.row.subscriber_id]
            return tokens_of_topics.live(self.session, ids, self.now)[it.row.subscriber_id]
        return None

    def _rendered(self, person: Subscriber) -> tuple[Content | None, bool, str]:
        """One person's message, whether it shows a fallback, or the reason there is none."""
        template = self._template()
        try:
            known = facts.of(self.session, [person.id or 0], self.now)[person.id or 0]
            content = messages.render(template, known)
            if messages.overflows(content, self.limits):
                return None, False, "content.too_long"
            return content, messages.uses_fallback(template, known), ""
        except Exception:  # noqa: BLE001 - one poison row must not stop the others
            return None, False, "content.unrenderable"

    def _template(self) -> Content:
        row = self.session.get_one(Message, self.run.message_id)
        return Content.parse(row.content)

    def _poison(self, it: _Candidate, fault: str) -> dict[str, object]:
        return {
            **self._blank(it),
            "state": int(DeliveryState.SKIPPED),
            "reason": fault,
            "finished_at": self.now,
        }

    def _blank(self, it: _Candidate) -> dict[str, Any]:
        return {
            "id": it.row.id,
            "reason": None,
            "worker_id": None,
            "claimed_at": None,
            "route": it.decided.route.value,
            "rule_ids": _rule_ids(it.decided),
            "rulebook_version": self.book.version,
            "decided_at": self.now,
            "decision_id": it.row.decision_id,
            "window_ends_at": it.person.window_ends_at,
            "opt_in_id": None,
            "price_micros": it.decided.price_micros,
            "fallback": False,
            "finished_at": None,
        }

    def _row(
        self, it: _Candidate, decision_id: int | None, consent: Consent | None, *, fallback: bool
    ) -> dict[str, object]:
        return {
            **self._blank(it),
            "state": int(DeliveryState.CLAIMED),
            "worker_id": self.worker_id,
            "claimed_at": self.now,
            "decision_id": decision_id,
            "opt_in_id": consent.opt_in_id if consent is not None else None,
            "fallback": fallback,
        }

    def _claim(
        self,
        it: _Candidate,
        moments: tuple[datetime, datetime],
        content: Content,
        recipient: Recipient,
        consent: Consent | None,
    ) -> Claim:
        delivery_id = it.row.id or 0
        return Claim(
            delivery_id=delivery_id,
            brand_id=self.run.brand_id,
            channel_id=self.channel.id or 0,
            broadcast_id=self.run.broadcast_id,
            occurrence_id=self.run.id or 0,
            subscriber_id=it.row.subscriber_id,
            kind=self.broadcast.kind,
            platform=self.channel.platform,
            slot=moments[0],
            last_moment=moments[1],
            claimed_at=self.now,
            outgoing=Outgoing(
                key_of(delivery_id), recipient, it.decided.route, content, self.run.campaign_key
            ),
            price_micros=it.decided.price_micros,
            consent_id=consent.id if consent is not None else None,
            consent_used_at=consent.last_used_at if consent is not None else None,
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


def next_runs(session: Session, now: datetime) -> list[tuple[int, int]]:
    """(brand, run) of everything that may be sent now."""
    return [(run.brand_id, run.id or 0) for run, _, _ in occurrences.sending(session, now)]
