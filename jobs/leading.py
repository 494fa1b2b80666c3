"""Who keeps the clock where several processes could: one leads, the others stand by.

On PostgreSQL every `fanlight jobs` sends, and one of them leads: it alone ticks. The others try for
its lock every second and take over when its connection is gone. A leader that is silent although
its connection stands (frozen, or on a machine that fell off the network) is put out. A process that
lost the lock stops ticking at once; what a tick of it would still write is refused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from jobs import lock
from webapp.db import NO_BRAND
from webapp.house import House
from webapp.services import health
from webapp.store import depths

EVERY_S = 1.0  # between two looks
SILENT_S = 15.0  # three heartbeats
log = logging.getLogger("jobs")


class Ticking(Protocol):
    def shutdown(self, wait: bool = ...) -> object: ...  # noqa: FBT001 - the scheduler's own


@dataclass
class Watched:
    """The leader's heartbeat as a stand-by sees it: whether it changes, by our own watch, so that
    it does not matter what time the other machine thinks it is."""

    seen: datetime | None = None
    since: float = field(default_factory=time.monotonic)

    def silent_for(self, beat: datetime | None) -> float:
        if beat != self.seen:
            self.seen, self.since = beat, time.monotonic()
        return time.monotonic() - self.since


class Leading(threading.Thread):
    """Leads when it can, until it is told to stop. `start_ticking` is given a fenced house."""

    def __init__(self, house: House, start_ticking: Callable[[House], Ticking]) -> None:
        super().__init__(name="leading", daemon=True)
        self.lock = lock.AdvisoryLock(house)
        self._house = house
        self._start_ticking = start_ticking
        self._ticking: Ticking | None = None
        self._over = threading.Event()
        self._watched: Watched | None = None

    def run(self) -> None:
        while True:
            try:
                self._look()
            except Exception:
                log.exception("a look at who leads failed; trying again")
            if self._over.wait(EVERY_S):
                break
        self._step_down()
        self.lock.release()

    def stop(self) -> None:
        """Ticks under way end first."""
        self._over.set()
        self.join()

    def _look(self) -> None:
        if self._ticking is not None:
            if not self.lock.look():
                self._step_down()
        elif self.lock.take():
            self._step_up()
        else:
            self._stand_by()

    def _step_up(self) -> None:
        """Whoever stood by waits until the one before has surely noticed."""
        if self._watched is not None:
            self._over.wait(lock.FRESH_S)
            if not self.lock.look():
                return
        self._watched = None
        fenced = replace(self._house, db=self._house.db.fenced(self.lock.check))
        self._ticking = self._start_ticking(fenced)
        log.info("this process leads")

    def _step_down(self) -> None:
        ticking, self._ticking = self._ticking, None
        if ticking is not None:
            log.info("this process leads no more")
            ticking.shutdown(wait=self._over.is_set())

    def _stand_by(self) -> None:
        if self._watched is None:
            self._watched = Watched()
            log.info("another process leads; standing by")
        try:
            with self._house.db.reader(NO_BRAND) as session:
                beat = depths.beat(session, health.CLOCK)
        except SQLAlchemyError:
            self._watched = Watched()  # nobody can beat while the database is away
            return
        if self._watched.silent_for(beat.at if beat else None) > SILENT_S:
            ended = self.lock.put_out_the_holder()
            self._watched = Watched()
            log.warning("the leader was silent for %.0f s; ended its %s connections",
                        SILENT_S, ended)  # fmt: skip
