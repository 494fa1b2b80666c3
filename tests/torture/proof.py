"""The platform's journal and our ledger, compared row by row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from tests.torture.forking import ASKED
from tests.torture.ground import RATE, Ground
from webapp.domain import confirmation
from webapp.domain.delivery import DeliveryState, key_of
from webapp.models.delivery import Delivery
from webapp.services.claiming import WAVE_S
from webapp.store import occurrences

MAYBE_ACCEPTED = {DeliveryState.SENT, DeliveryState.UNKNOWN}
WAITING = {DeliveryState.QUEUED, DeliveryState.CLAIMED}
DIED = "process.died"
PAGE = 1_000


@dataclass
class Proof:
    """Zeros, all of them, or the invariants do not hold; and the numbers they were found among."""

    doubles: int = 0  # accepted more than once
    lost: int = 0  # accepted, and the ledger says it was not
    invented: int = 0  # the ledger says sent, and it was not accepted
    unheard_of: int = 0  # accepted, and no row of ours
    crooked: int = 0  # broadcasts whose sum does not add up to everybody
    unfinished: int = 0  # rows that still wait at the end
    over: int = 0  # kills that left more unknown than a wave and what was in flight
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def zeros(self) -> dict[str, int]:
        return {it.name: getattr(self, it.name) for it in fields(self) if it.name != "facts"}

    @property
    def holds(self) -> bool:
        return not any(self.zeros.values())

    def __str__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{facts}: " + ", ".join(f"{n} {name}" for name, n in self.zeros.items())


def wave(rate: int = RATE) -> int:
    """What may be claimed and not asked yet: a tenth of a second of the rate, rounded up."""
    return math.ceil(rate * WAVE_S)


def prove(ground: Ground, *, people: int, kills: int = 0, rate: int = RATE) -> Proof:
    """Of all broadcasts made on this ground."""
    calls = list(journal(ground))
    accepted = Counter(call["key"] for call in calls if call["accepted"])
    rows = ledger(ground)
    found = Proof(
        doubles=sum(n > 1 for n in accepted.values()),
        lost=sum(rows[key].state not in MAYBE_ACCEPTED for key in accepted if key in rows),
        unheard_of=sum(key not in rows for key in accepted),
        invented=sum(row.state == DeliveryState.SENT and key not in accepted
                     for key, row in rows.items()),
        crooked=sum(not _whole(ground, it, people) for it in ground.broadcasts),
        unfinished=sum(row.state in WAITING for row in rows.values()),
    )  # fmt: skip
    states = Counter(DeliveryState(row.state).name.lower() for row in rows.values())
    died = {key: row.worker_id for key, row in rows.items() if row.reason == DIED}
    asked = _asked(ground) | {call["key"] for call in calls}  # what was in flight is no wave
    left, unasked = Counter(died.values()), Counter(died[key] for key in died.keys() - asked)
    found.over = sum(n > wave(rate) for n in unasked.values())
    found.facts = {
        "broadcasts": len(ground.broadcasts), "rows": len(rows), "accepted": accepted.total(),
        **states, "kills": kills, "unknown by kills": left.total(), "most by one": _most(left),
        "of these never asked": _most(unasked), "a wave": wave(rate), "in one second":
        busiest([call for call in calls if call["accepted"]]),
    }  # fmt: skip
    return found


def _whole(ground: Ground, broadcast: int, people: int) -> bool:
    """Every run that began has everybody."""
    with ground.db.reader(ground.brand) as session:
        runs = occurrences.of(session, broadcast)
    begun = sum(run.started_at is not None for run in runs)
    totals = ground.totals(broadcast)
    return totals.adds_up and totals.audience == people * begun


def journal(ground: Ground) -> Iterator[dict[str, Any]]:
    """Every message of a broadcast that reached the platform, oldest first: not what answers people
    who wrote to us."""
    after = 0
    while entries := ground.simulator.journal(after=after, limit=PAGE):
        yield from (it for it in entries if it["key"] and confirmation.mark_in(it["key"]) is None)
        after = entries[-1]["id"]


def _asked(ground: Ground) -> set[str]:
    """What the killed had handed to their transport: the platform may never have heard of it."""
    file = ground.folder / ASKED
    return set(file.read_text().split()) if file.exists() else set()


def ledger(ground: Ground) -> dict[str, Delivery]:
    """Every row of ours by the key the platform knows it by."""
    with ground.db.reader(ground.brand) as session:
        query = select(Delivery).where(col(Delivery.broadcast_id).in_(ground.broadcasts))
        return {key_of(row.id or 0, row.epoch): row for row in session.exec(query)}


def _most(counts: Counter[Any]) -> int:
    return max(counts.values(), default=0)


def busiest(calls: Sequence[dict[str, Any]]) -> int:
    """Most within any one second, by the platform's clock."""
    times = [datetime.fromisoformat(call["at"]).timestamp() for call in calls]
    most = first = 0
    for last, moment in enumerate(times):
        while times[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most
