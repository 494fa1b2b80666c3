"""One function a tick: what the clock asks the services to do."""

from __future__ import annotations

from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.services import (
    answering,
    applying,
    audiences,
    import_threads,
    importing,
    paying,
    planning,
    recovering,
    rule_alarms,
    segment_days,
    starting,
    template_lists,
)
from webapp.store import workers


def heartbeat(house: House) -> None:
    """The web shows it, and /readyz fails without it."""
    with house.db.writer(EVERY_BRAND) as session:
        workers.note_heartbeat(session, "clock", house.clock.now())
        session.commit()


def apply_inbox(house: House) -> None:
    applying.apply_new(house.db, house.platforms, house.book, house.clock.now())


def send_replies(house: House) -> None:
    """Answer what was just said: a STOP or a START is confirmed."""
    answering.send_due(house)


def start_due(house: House) -> None:
    """Start what is due and plan it: the sender takes it from there."""
    starting.start_due(house.db, house.book, house.clock.now())
    planning.plan_due(house.db, house.book, house.clock.now())


def prepare_paid(house: House) -> None:
    paying.prepare(house)


def fetch_templates(house: House) -> None:
    """Every quarter of an hour by itself, and soon after a webhook spoke of one."""
    template_lists.fetch_due(house)


def advance_imports(house: House) -> None:
    importing.advance(house.db, house.vault, house.settings.instance, house.clock.now())


def fetch_threads(house: House) -> None:
    """A page of each Page whose conversations are brought in: one call a second, of two allowed."""
    import_threads.advance(house)


def tend_audiences(house: House) -> None:
    """Sets of people catch up with who changed, so that no preview has to."""
    audiences.tend(house.db, house.clock.now())


def look_at_segments(house: House) -> None:
    """Each once an hour: who joined, and who left."""
    segment_days.look_at_due(house.db, house.clock.now())


def finish_runs(house: House) -> None:
    recovering.finish_runs(house.db, house.clock.now())


def recover(house: House) -> None:
    recovering.bury_dead(house.db, house.clock.now())


def watch_rules(house: House) -> None:
    """What changed rules do to the plan; each broadcast is looked at once a day and a book."""
    rule_alarms.watch(house.db, house.book, house.clock.now())
