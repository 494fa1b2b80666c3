"""How evenly a channel sends: 300 a second, 200 ms away, for a minute or as long as asked.

What counts is what arrives: the sink counts, and knows the fullest of all seconds, wherever they
begin. How long: FANLIGHT_BENCH_MINUTES; the target says ten.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from tests.bench import ground, report, sending_cost, sink
from webapp.models.channel import Channel
from webapp.platforms.transport import Transport
from webapp.services.sending import Sender

RATE, LATENCY_S = 300, 0.2
MINUTES = float(os.environ.get("FANLIGHT_BENCH_MINUTES", "1"))
MESSAGES = int(RATE * 60 * MINUTES)


@dataclass(frozen=True)
class Held:
    sent: int
    per_second: float
    most: int  # in any one second
    core: float  # of the sender's process, while it had work


def run() -> list[report.Row]:
    held = hold(RATE, MESSAGES, LATENCY_S)
    note = f"{held.sent:,} sent at {RATE}/s, {LATENCY_S * 1000:.0f} ms away"
    return [
        report.row("rate held", "% of the rate", [held.per_second / RATE * 100], note),
        report.row("fullest second", "% of the rate", [held.most / RATE * 100], note),
        report.row("sender at that rate", "% of a core", [held.core * 100], note),
    ]


def hold(rate: int, messages: int, latency_s: float) -> Held:
    people = int(messages * sending_cost.OPEN)
    with ground.with_people(people, rate) as (set_up, _), sink.running(latency_s) as end:
        with set_up.house.db.writer(set_up.people.rosewood) as session:
            session.get_one(Channel, set_up.people.channel).graph_url = end.url
            session.commit()
        broadcast = set_up.broadcast("Our doors open at nine.")
        set_up.start()
        object.__setattr__(set_up.house, "clock", sending_cost.Now())
        sender = Sender(set_up.house, Transport())
        sender.enter()
        took = report.timed(lambda: sending_cost.send(sender))
        sender.leave()
        seen, totals = end.seen(), set_up.totals(broadcast)
    assert totals.adds_up
    assert totals.sent == seen["accepted"]
    busy = took.wall - sending_cost.IDLE_S
    return Held(totals.sent, (totals.sent - 1) / seen["span"], int(seen["most"]), took.cpu / busy)
