"""`python -m tests.torture.hurried jobs`, or `... worker`: the same process with less patience.

Leases of five seconds instead of fifteen, so that a test need not wait for the real ones. `clock`
is `jobs` that sends nothing, where a test wants to know who does.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta

from jobs import __main__ as jobs
from jobs import leading, lock, schedule
from webapp import app, db
from webapp.services import sending
from webapp.store import workers

OFTEN = {"heartbeat": 0.5, "recover": 0.5}


def hurry() -> None:
    db.FROZEN_MS = 3_000
    workers.LEASE, sending.BEAT = timedelta(seconds=5), timedelta(seconds=0.5)
    leading.SILENT_S, leading.EVERY_S, lock.FRESH_S = 5.0, 0.2, 2.0
    schedule.TICKS = tuple(
        replace(tick, every_s=OFTEN.get(tick.name, tick.every_s)) for tick in schedule.TICKS
    )


def rest(sender: sending.Sender, now: datetime) -> None:
    """In the place of a sender's look for what it may claim."""
    sender.look_at = now + sending.IDLE


if __name__ == "__main__":
    hurry()
    if sys.argv[1] == "clock":
        sending.Sender._claim_all = rest  # type: ignore[method-assign]
    if sys.argv[1] in ("clock", "jobs"):
        sys.exit(jobs.main())
    sys.argv = ["fanlight", *sys.argv[1:]]
    sys.exit(app.command_line())
