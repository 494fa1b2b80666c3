"""The clock process: `python -m jobs`. Ticks on threads, the sender on the main one."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from jobs import lock, schedule, ticks
from webapp import config, house
from webapp.services import rulebooks, sending

log = logging.getLogger("jobs")
RETRY_S = 1.0  # after a turn failed, for example while the database restarts


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a late tick is no news
    built = house.build(config.load())
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stopper(stop))
    with lock.only_one(built) as leads:
        if not leads:
            sys.stderr.write("fanlight jobs: another one is running on this installation.\n")
            return 1
        rulebooks.take_up(built)
        _run(built, stop)
    return 0


def _run(built: house.House, stop: threading.Event) -> None:
    """Until stopped: one turn of the sender after the other, with the ticks beside it."""
    ticks.begin(built)
    clock = schedule.start(built)
    sender = sending.Sender(built)
    sender.enter()
    print("fanlight jobs: ready", flush=True)  # noqa: T201 - who started us waits for it
    while not stop.is_set():
        try:
            stop.wait(sender.turn())
        except Exception:
            log.exception("a turn of the sender failed; trying again")
            stop.wait(RETRY_S)
    clock.shutdown(wait=True)
    sender.leave()


def _stopper(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    return handle


if __name__ == "__main__":
    sys.exit(main())
