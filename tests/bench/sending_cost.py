"""What a message costs the sender when nothing else is slow: CPU, memory and evenness.

Against `tests.bench.sink`, at the channel's rate and at no rate to speak of. Every message has its
row, its claim and its outcome on disk, and the sums are held against the sink's own count.
"""

from __future__ import annotations

import resource
import time
from datetime import UTC, datetime

from tests.bench import ground, report, sink
from webapp import runtime
from webapp.models.channel import Channel
from webapp.platforms.transport import Transport
from webapp.services.sending import Sender

RATE, MESSAGES = 300, 6_000  # 20 s at the platform's own limit for texts
UNTHROTTLED, MANY = 1_000_000, 60_000
OPEN = 1.6  # two in three have an open window
IDLE_S = 0.5
HEADROOM = 1.05  # delivery invariant 12


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def run() -> list[report.Row]:
    return [*_at("the channel's rate", RATE, MESSAGES), *_at("full speed", UNTHROTTLED, MANY)]


def _at(name: str, rate: int, messages: int) -> list[report.Row]:
    with ground.with_people(int(messages * OPEN), rate) as (set_up, _), sink.running() as end:
        with set_up.house.db.writer(set_up.people.rosewood) as session:
            session.get_one(Channel, set_up.people.channel).graph_url = end.url
            session.commit()
        broadcast = set_up.broadcast("Our doors open at nine.")
        set_up.start()
        object.__setattr__(set_up.house, "clock", Now())
        sender = Sender(set_up.house, Transport())
        sender.enter()
        took = report.timed(lambda: send(sender))
        sender.leave()
        seen, totals = end.seen(), set_up.totals(broadcast)
    assert totals.adds_up
    assert totals.sent == seen["accepted"]
    assert seen["most"] <= rate * HEADROOM
    sent = totals.sent
    note = f"{sent:,} sent at {name}"
    return [
        report.row(f"sending at {name}", "messages/s", [sent / (took.wall - IDLE_S)], note),
        report.row("sender CPU", "CPU-s per million", [took.cpu / sent * 1e6], note),
        report.row("share of a core", "%", [took.cpu / (took.wall - IDLE_S) * 100], note),
        report.row("largest second", "messages", [seen["most"]], note),
        report.row("memory of the bench and its sender", "MB", [_peak_mb()], note),
    ]


def send(sender: Sender) -> None:
    """Until nothing has been in flight for a while. As in the process that does nothing else."""
    runtime.settle()
    busy_at = time.monotonic()
    while time.monotonic() < busy_at + IDLE_S:
        time.sleep(sender.turn())
        if sender.transport.in_flight or sender.hand.ready or sender.hand.overdue:
            busy_at = time.monotonic()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
