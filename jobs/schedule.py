"""What the clock does, and how often. What is due lives in our tables; this only ticks.

APScheduler keeps no jobs of its own: its store is in memory, ticks are fixed, a late tick runs
once, and the same tick never runs twice at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from jobs import ticks
from jobs.lock import NotLeading
from webapp.house import House

log = logging.getLogger("jobs")


@dataclass(frozen=True)
class Tick:
    name: str
    every_s: float
    function: Callable[[House], object]


TICKS = (
    Tick("heartbeat", 5, ticks.heartbeat),
    Tick("inbox", 0.5, ticks.apply_inbox),
    Tick("replies", 1, ticks.send_replies),
    Tick("start", 1, ticks.start_due),
    Tick("paid", 5, ticks.prepare_paid),
    Tick("templates", 5, ticks.fetch_templates),
    Tick("imports", 1, ticks.advance_imports),
    Tick("leftovers", 300, ticks.forget_leftovers),
    Tick("threads", 1, ticks.fetch_threads),
    Tick("audiences", 30, ticks.tend_audiences),
    Tick("names", 10, ticks.tend_names),
    Tick("segments", 60, ticks.look_at_segments),
    Tick("suggest", 20, ticks.suggest),
    Tick("retime", 5, ticks.retime),
    Tick("windows", 60, ticks.look_for_windows),
    Tick("finish", 1, ticks.finish_runs),
    Tick("recover", 5, ticks.recover),
    Tick("missed", 1, ticks.read_missed),
    Tick("webhooks", 10, ticks.check_webhooks),
    Tick("deletions", 30, ticks.finish_deletions),
    Tick("weeks", 300, ticks.count_weeks),
    Tick("alerts", 5, ticks.send_alerts),
    Tick("drills", 1, ticks.close_drills),
    Tick("rules", 10, ticks.watch_rules),
)


def start(house: House) -> BackgroundScheduler:
    """Begin ticking on threads of this process."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(len(TICKS))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for tick in TICKS:
        scheduler.add_job(
            _guarded, "interval", args=(tick, house), seconds=tick.every_s, id=tick.name
        )
    scheduler.start()
    return scheduler


def _guarded(tick: Tick, house: House) -> None:
    """A tick that fails says so and comes again; what it had to do is still in its rows."""
    try:
        tick.function(house)
    except NotLeading as error:
        log.info("tick %s was not run: %s", tick.name, error)
    except Exception:
        log.exception("tick %s failed", tick.name)
