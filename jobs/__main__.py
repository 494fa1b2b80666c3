"""The clock process: `python -m jobs`. Ticks on threads, the sender on the main one."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from jobs import leading, lock, schedule, ticks
from webapp import config, house, logs, runtime
from webapp.services import drilling, rulebooks, sending

log = logging.getLogger("jobs")
RETRY_S = 1.0  # after a turn failed, for example while the database restarts


def main() -> int:
    runtime.begin()
    settings = config.load()
    logs.begin(settings, "jobs")
    built = house.build(settings)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stopper(stop))
    return (_alone if built.db.is_sqlite else _one_of_many)(built, stop)


def _alone(built: house.House, stop: threading.Event) -> int:
    with lock.file_lock(built) as alone:
        if not alone:
            sys.stderr.write("fanlight jobs: another one is running on this installation.\n")
            return 1
        rulebooks.take_up(built)
        ticks.begin(built)
        _send(built, stop, lambda: schedule.start(built).shutdown)
    return 0


def _one_of_many(built: house.House, stop: threading.Event) -> int:
    """Sends at once, and keeps the clock whenever no other process does."""
    rulebooks.take_up(built)
    ticks.begin(built)
    _send(built, stop, lambda: _lead(built))
    return 0


def _lead(built: house.House) -> Callable[[], object]:
    clock = leading.Leading(built, schedule.start)
    clock.start()
    return clock.stop


def _send(
    built: house.House, stop: threading.Event, start_ticking: Callable[[], Callable[[], object]]
) -> None:
    """Until stopped: one turn of the sender after the other, with the ticks beside it. They begin
    once it is known whether the database is an older one: a tick confirms what people said."""
    sender = sending.Sender(built)
    sender.enter()
    stop_ticking = start_ticking()
    drilling.stand_ready(built, sender, stop)
    runtime.settle()
    print("fanlight jobs: ready", flush=True)  # noqa: T201 - who started us waits for it
    while not stop.is_set():
        try:
            stop.wait(sender.turn())
        except Exception:
            log.exception("a turn of the sender failed; trying again")
            stop.wait(RETRY_S)
    stop_ticking()
    sender.leave()


def _stopper(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    return handle


if __name__ == "__main__":
    sys.exit(main())
