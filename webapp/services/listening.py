"""The sign of life of whoever hears webhooks, and what follows when there was none for a while."""

from __future__ import annotations

import logging
import threading
import time

from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.services import missing
from webapp.store import workers

log = logging.getLogger(__name__)
EVERY_S = 5.0
# Our own watch: it runs on while the machine sleeps, and does not leap when a clock is set.
WATCH = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def begin(house: House) -> None:
    """Say so every five seconds from a thread, as long as this process lives."""
    threading.Thread(target=_go_on, args=(house,), name="listening", daemon=True).start()


def say_so(house: House, *, at_last: bool = True) -> None:
    """Channels are put on hold first, in the same transaction, where nobody listened before.
    `at_last`: false where this process itself did, whatever its clock says meanwhile."""
    now = house.clock.now()
    with house.db.writer(EVERY_BRAND) as session:
        if at_last:
            missing.after_silence(session, now)
        workers.note_heartbeat(session, missing.HEARING, now)
        session.commit()


def _go_on(house: House) -> None:
    waiting, said_at = threading.Event(), float("-inf")
    while True:
        began = time.clock_gettime(WATCH)
        try:
            say_so(house, at_last=began - said_at > missing.SILENCE.total_seconds())
            said_at = began
        except Exception:
            log.exception("this process could not say that it listens")
        waiting.wait(EVERY_S)
