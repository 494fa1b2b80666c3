"""One claimed row: what it says in the ledger, and what its sender carries until it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from webapp.domain.delivery import DeliveryState, key_of
from webapp.domain.policy.verdict import Decision
from webapp.models.broadcast import Broadcast, Occurrence
from webapp.models.channel import Channel
from webapp.platforms.protocol import Outgoing
from webapp.services.composing import Candidate, Composed, Fault


class Claim(NamedTuple):
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
class Unasked:
    """Claims of one sender that are not asked yet: of a run, and of the channel it is on."""

    run: int = 0
    channel: int = 0


class _Alike(NamedTuple):
    """What all claims of a wave say."""

    brand_id: int
    channel_id: int
    broadcast_id: int
    occurrence_id: int
    kind: str
    platform: str
    campaign_key: str | None


@dataclass(frozen=True)
class Writing:
    """What every row of one wave has in common."""

    run: Occurrence
    broadcast: Broadcast
    channel: Channel
    worker_id: int
    epoch: int
    version: str
    now: datetime

    def row(
        self, it: Candidate, made: Composed | Fault, decision_id: int | None
    ) -> dict[str, object]:
        """The update of one row: claimed, or skipped because its message cannot be made. What it
        says without its id and the end of the window is the same for many."""
        fault = made if isinstance(made, Fault) else None
        consent = None if isinstance(made, Fault) else made.consent
        return {
            "state": int(DeliveryState.SKIPPED if fault else DeliveryState.CLAIMED),
            "reason": fault.reason if fault else None,
            "worker_id": None if fault else self.worker_id,
            "claimed_at": None if fault else self.now,
            "epoch": None if fault else self.epoch,
            "finished_at": self.now if fault else None,
            "route": it.decided.route.value,
            "rule_ids": _rule_ids(it.decided),
            "rulebook_version": self.version,
            "decided_at": self.now,
            "decision_id": decision_id,
            "opt_in_id": consent.opt_in_id if consent is not None else None,
            "price_micros": it.decided.price_micros,
            "fallback": False if isinstance(made, Fault) else made.said.fallback,
        }

    @cached_property
    def _alike(self) -> _Alike:
        """Read from the rows once: each look at one costs as much as the rest of a claim."""
        run, broadcast = self.run, self.broadcast
        return _Alike(
            run.brand_id,
            broadcast.channel_id,
            run.broadcast_id,
            run.id or 0,
            broadcast.kind,
            self.channel.platform,
            run.campaign_key,
        )

    def claim(self, it: Candidate, made: Composed, slot: datetime, late: timedelta) -> Claim:
        said, consent = made.said, made.consent
        alike = self._alike
        return Claim(
            delivery_id=it.delivery_id,
            brand_id=alike.brand_id,
            channel_id=alike.channel_id,
            broadcast_id=alike.broadcast_id,
            occurrence_id=alike.occurrence_id,
            subscriber_id=it.subscriber_id,
            kind=alike.kind,
            platform=alike.platform,
            slot=slot,
            last_moment=slot + late,
            claimed_at=self.now,
            outgoing=Outgoing(
                key_of(it.delivery_id, self.epoch),
                made.recipient,
                it.decided.route,
                said.content,
                alike.campaign_key,
                said.template,
                said.alike,
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
