"""One function a tick: what the clock asks the services to do."""

from __future__ import annotations

import os

from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.services import (
    alert_mail,
    answering,
    applying,
    audience_upkeep,
    awaiting,
    catching_up,
    deletions,
    drilling,
    fatigue,
    import_leftovers,
    import_threads,
    importing,
    missed_turns,
    name_upkeep,
    paying,
    planning,
    recovering,
    retiming,
    rule_alarms,
    segment_days,
    starting,
    suggesting,
    template_lists,
    webhook_checks,
)
from webapp.store import workers
from webapp.views import language

INBOX_S = 5.0  # of one tick
WORKERS = recovering.Watch()  # what this process has seen of them, from one tick to the next


def heartbeat(house: House) -> None:
    """The web shows it, and /readyz fails without it."""
    with house.db.writer(EVERY_BRAND) as session:
        workers.note_heartbeat(session, "clock", house.clock.now())
        session.commit()


def apply_inbox(house: House) -> None:
    """For a while: whoever stops the process waits for its ticks."""
    now = house.clock.now()
    applying.apply_new(house.db, house.vault, house.platforms, house.book, now, INBOX_S)


def send_replies(house: House) -> None:
    """Answer what was just said: a STOP or a START is confirmed."""
    answering.send_due(house)


def begin(house: House) -> None:
    """Once, before the first tick and the first message: what came due while nothing ran."""
    missed_turns.skip(house.db, house.clock.now())


def start_due(house: House) -> None:
    """Start what is due and plan it: the sender takes it from there."""
    starting.start_due(house.db, house.book, house.clock.now())
    planning.plan_due(house.db, house.book, house.clock.now(), house.clock)


def prepare_paid(house: House) -> None:
    paying.prepare(house)


def fetch_templates(house: House) -> None:
    """Every quarter of an hour by itself, and soon after a webhook spoke of one."""
    template_lists.fetch_due(house)


def advance_imports(house: House) -> None:
    importing.advance(house.db, house.vault, house.settings.instance, house.clock.now())


def forget_leftovers(house: House) -> None:
    """Files whose import is over, and after a month what refused lines said."""
    import_leftovers.forget(house.db, house.settings.instance, house.clock.now())


def fetch_threads(house: House) -> None:
    """A page of each Page whose conversations are brought in: one call a second, of two allowed."""
    import_threads.advance(house)


def tend_audiences(house: House) -> None:
    """Sets of people catch up with who changed, so that no preview has to; void ones first."""
    audience_upkeep.rebuild(house.db, house.clock.now())
    audience_upkeep.tend(house.db, house.clock.now())


def tend_names(house: House) -> None:
    """New people, and those with another name, are put where a search finds them."""
    name_upkeep.tend(house.db)


def look_at_segments(house: House) -> None:
    """Each once an hour: who joined, and who left."""
    segment_days.look_at_due(house.db, house.clock.now())


def suggest(house: House) -> None:
    """Better hours for what is planned; each broadcast is looked at once an hour."""
    suggesting.look_at_due(house.db, house.book, house.clock.now())


def look_for_windows(house: House) -> None:
    """A webhook frees whoever waits by itself; this finds whoever it could not."""
    awaiting.look_again(house.db, house.clock.now())


def retime(house: House) -> None:
    retiming.retime_due(house.db, house.clock.now())


def finish_runs(house: House) -> None:
    awaiting.close_due(house.db, house.clock.now())
    recovering.finish_runs(house.db, house.clock.now())


def recover(house: House) -> None:
    """On SQLite the only sender is this process's own, and buried its predecessors itself: it may
    wait behind a long write, as this tick does, and must not be declared dead by it."""
    own = os.getpid() if house.db.is_sqlite else None
    recovering.bury_dead(house.db, house.clock.now(), WORKERS, spared=own)


def finish_deletions(house: House) -> None:
    """Only what a process that ended left undone; the door erases at once."""
    deletions.finish_due(house.db, house.vault, house.clock.now())


def read_missed(house: House) -> None:
    """A page of each channel on which something may have been missed; then it sends again."""
    catching_up.advance(house)


def check_webhooks(house: House) -> None:
    """Each channel every ten minutes: whether what people write on it still comes to us."""
    webhook_checks.look(house)


def count_weeks(house: House) -> None:
    """Messages a person, of the weeks that are over."""
    fatigue.count_due(house.db, house.clock.now())


def close_drills(house: House) -> None:
    """The killed process was settled: this one has taken over."""
    drilling.close(house.db, house.clock.now())


def send_alerts(house: House) -> None:
    """E-mails to those who may act on what has stopped."""
    alert_mail.send_due(house, language.say_in)


def watch_rules(house: House) -> None:
    """What changed rules do to the plan; each broadcast is looked at once a day and a book."""
    rule_alarms.watch(house.db, house.book, house.clock.now())
