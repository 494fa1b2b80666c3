"""Sending 10,000 messages through the simulator: every outcome durable, nothing twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from tests import simulator_process
from tests.bench import ground, report
from webapp.models.channel import Channel
from webapp.platforms.transport import Transport
from webapp.services.sending import Sender

MESSAGES = 10_000
RATE = 300  # the platform's own limit for texts


class _Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def run() -> list[report.Row]:
    people = int(MESSAGES * 1.6)  # two in three have an open window
    with (
        ground.with_people(people, RATE) as (set_up, folder),
        simulator_process.running(folder) as simulator,
    ):
        simulator.register_page()
        simulator.pause_reactions()
        with set_up.house.db.writer(set_up.people.rosewood) as session:
            session.get_one(Channel, set_up.people.channel).graph_url = simulator.url
            session.commit()
        broadcast = set_up.broadcast()
        set_up.start()
        object.__setattr__(set_up.house, "clock", _Now())
        sender = Sender(set_up.house, Transport())
        sender.enter()
        took = report.timed(lambda: _send(sender, simulator))
        sender.leave()
        count, totals = simulator.count(), set_up.totals(broadcast)
    assert totals.adds_up
    assert count["doubles"] == 0
    assert totals.sent == count["accepted"]
    sent = totals.sent
    return [
        report.row("sending at 300/s through the simulator", "messages/s", [sent / took.wall],
                   f"{sent:,} sent, 0 doubles, both commits of every wave"),
        report.row("sender CPU", "CPU-s per million", [took.cpu / sent * 1e6], "two cores shared"),
    ]  # fmt: skip


def _send(sender: Sender, simulator: Any) -> None:
    asked = 0.0
    while True:
        time.sleep(sender.turn())
        if time.monotonic() > asked + 1:
            asked = time.monotonic()
            if simulator.count()["accepted"] >= MESSAGES:
                return
