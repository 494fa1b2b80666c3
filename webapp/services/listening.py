"""The sign of life of whoever hears webhooks, and what follows when there was none for a while."""

from __future__ import annotations

import logging
import threading

from webapp.db import EVERY_BRAND
from webapp.house import House
from webapp.services import missing
from webapp.store import workers

log = logging.getLogger(__name__)
EVERY_S = 5.0


def begin(house: House) -> None:
    """Say so every five seconds from a thread, as long as this process lives."""
    threading.Thread(target=_go_on, args=(house,), name="listening", daemon=True).start()


def say_so(house: House) -> None:
    """Channels are put on hold first, in the same transaction, where nobody listened before."""
    now = house.clock.now()
    with house.db.writer(EVERY_BRAND) as session:
        missing.after_silence(session, now)
        workers.note_heartbeat(session, missing.HEARING, now)
        session.commit()


def _go_on(house: House) -> None:
    waiting = threading.Event()
    while True:
        try:
            say_so(house)
        except Exception:
            log.exception("this process could not say that it listens")
        waiting.wait(EVERY_S)
