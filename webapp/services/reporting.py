"""What became of a broadcast, in the one set of numbers that every screen and file shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from webapp.domain import schedule as schedules
from webapp.domain import spreadsheet
from webapp.domain.delivery import DeliveryState, Totals, key_of
from webapp.domain.period import AWAITS
from webapp.models.broadcast import Occurrence
from webapp.models.delivery import Delivery
from webapp.models.subscriber import Subscriber
from webapp.services import reasons
from webapp.services.reasons import Explained
from webapp.store import broadcasts, deliveries, occurrences
from webapp.store.deliveries import Summed

Key = TypeVar("Key")
FACTS = ("delivered", "read", "clicked", "replied")
FILE_PAGE = 1_000  # rows read at a time for a file
COLUMNS = (
    "delivery_id", "subscriber_id", "platform_id", "first_name", "last_name", "state", "route",
    "reason", "detail", "rule_ids", "rulebook_version", "decided_at", "sent_at", "delivered_at",
    "read_at", "clicked_at", "replied_at", "price_micros", "fallback", "platform_message_id",
    "key", "claimed_at", "window_ends_at", "opt_in_id", "due_at", "awaits_until",
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """How many ended in this state for this reason."""

    state: DeliveryState
    reason: Explained
    people: int


@dataclass(frozen=True)
class Report:
    """`totals` add up to the audience; `facts` are of those sent."""

    totals: Totals
    planned: int
    facts: Mapping[str, int]
    reasons: tuple[Counted, ...]
    routes: Mapping[str, int]
    spent_micros: int
    awaiting: int  # of those queued: who waits for their window
    run: Occurrence | None

    @property
    def adds_up(self) -> bool:
        """The rows against the planner's own count, once planning is over."""
        return self.totals.adds_up and self.totals.audience == self.planned

    def of(self, state: DeliveryState) -> list[Counted]:
        return [counted for counted in self.reasons if counted.state is state]


def report(session: Session, broadcast_id: int) -> Report:
    """Raises NotFound. Every number comes from the ledger's own sums, of one moment."""
    broadcasts.get(session, broadcast_id)
    sums = deliveries.sums(session, broadcast_id)
    return Report(
        totals=_totals(sums),
        planned=deliveries.planned(session, broadcast_id),
        facts={fact: sum(getattr(it, fact) for it in sums) for fact in FACTS},
        reasons=_reasons(session, broadcast_id, sums),
        routes=_routes(sums),
        spent_micros=sum(it.price_micros for it in sums if it.state in deliveries.SPENT),
        awaiting=sum(it.people for it in sums if it.reason == AWAITS),
        run=occurrences.latest(session, broadcast_id),
    )


def file_rows(session: Session, broadcast_id: int) -> Iterator[list[str]]:
    """The ledger as a table with a header, read page by page; no cell runs as a formula."""
    broadcasts.get(session, broadcast_id)
    yield list(COLUMNS)
    after = 0
    while found := deliveries.page(session, broadcast_id, after=after, limit=FILE_PAGE):
        for row, person in found:
            yield [spreadsheet.harmless(value) for value in _cells(row, person)]
        after = found[-1][0].id or 0
        session.expunge_all()  # a file of a million rows must not stay in memory


def _totals(sums: Sequence[Summed]) -> Totals:
    by_state = _people((it.state, it.people) for it in sums)
    return Totals.counted(by_state.total(), by_state)


def _routes(sums: Sequence[Summed]) -> Counter[str]:
    """People by the route they are or were reached by, of those not skipped."""
    return _people((it.route, it.people) for it in sums if it.state != DeliveryState.SKIPPED)


def _reasons(session: Session, broadcast_id: int, sums: Sequence[Summed]) -> tuple[Counted, ...]:
    """Why people were skipped, failed or unknown; most first."""
    ruled = reasons.of_broadcast(session, broadcast_id)
    counts = _people(((it.state, it.reason), it.people) for it in sums if it.reason)
    return tuple(
        Counted(DeliveryState(state), reasons.explain(code, ruled), people)
        for (state, code), people in counts.most_common()
    )


def _people(counted: Iterable[tuple[Key, int]]) -> Counter[Key]:
    counts: Counter[Key] = Counter()
    for key, people in counted:
        counts[key] += people
    return counts


def _cells(row: Delivery, person: Subscriber) -> tuple[object, ...]:
    return (
        row.id, row.subscriber_id, person.key, person.first_name, person.last_name,
        DeliveryState(row.state).name.lower(), row.route, row.reason, row.detail, row.rule_ids,
        row.rulebook_version, _time(row.decided_at), _time(row.sent_at), _time(row.delivered_at),
        _time(row.read_at), _time(row.clicked_at), _time(row.replied_at), row.price_micros,
        "yes" if row.fallback else "no", row.platform_message_id,
        key_of(row.id or 0, row.epoch), _time(row.claimed_at), _time(row.window_ends_at),
        row.opt_in_id,
        *((None, _time(row.due_at)) if row.reason == AWAITS else (_time(row.due_at), None)),
    )  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else schedules.rfc3339(moment)
